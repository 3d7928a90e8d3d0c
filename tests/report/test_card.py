"""The dataset card."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from markdown_it import MarkdownIt

from agfd import models, report
from agfd.records import Press
from agfd.report.card import code, markdown
from agfd.store import append_presses
from report.synthetic import BUILD, TABLE, Dataset, dataset

if TYPE_CHECKING:
    from pathlib import Path

EVIL = "<script>alert(1)</script> | [a](b) *c* `d` _e_"


@pytest.fixture
def tiles(tmp_path: Path) -> Dataset:
    return dataset(tmp_path / "set")


def parts(tiles: Dataset, build: dict[str, Any] = BUILD) -> tuple[dict[str, Any], str]:
    """The front matter and the text below it."""
    path = report.write_card(tiles.layout, tiles.recipe, build)
    assert path == tiles.layout.card
    _, front, text = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), text


def html(text: str) -> str:
    return MarkdownIt("gfm-like", {"linkify": False}).disable("linkify").render(text)


def test_the_front_matter_names_the_rows_as_the_dataset(tiles: Dataset) -> None:
    front, _ = parts(tiles)
    assert front["size_categories"] == ["n<1K"]
    assert front["configs"][0]["data_files"][0]["path"] == "rounds/*.parquet"
    assert "license" not in front


def test_counts_yields_and_sources_stand_in_tables(tiles: Dataset) -> None:
    _, text = parts(tiles)
    counted = report.tally(tiles.layout)
    for row in tiles.recipe.rows:
        line = next(line for line in text.splitlines() if line.startswith(f"| `{row}` |"))
        for sex in ("male", "female"):
            asked = tiles.recipe.rows[row].count[sex]
            assert f"| {counted.part(row, sex).accepted} / {asked} |" in line
    assert "nobody asked for it" in text
    accepted = counted.total.accepted
    assert f"| `race` | {accepted} | 0 % | 0 % | 0 % | 100 % |" in text
    assert f"| `age` | {accepted} | 0 % | 0 % | 100 % | 0 % |" in text
    assert html(text).count("<table>") == 2


def test_people_who_looked_are_counted_and_where_their_word_lies(tiles: Dataset) -> None:
    assert "looked at" not in parts(tiles)[1].partition("| attribute |")[2]
    names = [sample.request.id for sample in tiles.samples if sample.verdict.status == "accepted"]
    for reviewer, part in (("ann", names[:5]), ("bob", names[3:9])):
        append_presses(tiles.layout, reviewer, [Press(name, name, "accept") for name in part])
    append_presses(tiles.layout, "cy", [Press("k", names[0], "accept"), Press("l", names[0], undoes="k")])
    _, text = parts(tiles)
    assert "2 people looked at 9 images" in text
    assert "the machine's alone; `agfd judge --reviews`" in text
    # The round on disk as people's word leaves it.
    table = pq.read_table(tiles.layout.round_file(1))
    rows = table.to_pylist()
    accepted = [row for row in rows if row["status"] == "accepted"]
    accepted[0].update(status="rejected", reasons=["review", "blurred"])
    accepted[1].update(overruled=["too_dark"], source_race="reviewed")
    accepted[2].update(source_race="reviewed")
    pq.write_table(pa.Table.from_pylist(rows, table.schema), tiles.layout.round_file(1), write_page_checksum=True)
    _, text = parts(tiles)
    assert "1 images are rejected by them and 1 accepted against the machine, and 2 labels are `reviewed`" in text


def test_who_made_and_measured_it(tiles: Dataset) -> None:
    _, text = parts(tiles)
    assert "`render` 1.2, quality `draft`, model hash `" + "ab" * 32 in text
    assert "`faces.tflite`: `" + "cd" * 32 in text
    assert "No analyzer ran" not in text
    assert "CC0" in text
    assert "agfd reproduce DIR ID" in text
    assert "**Grade A**" in text
    assert "**Grade B**" in text


def test_without_an_analyzer_it_says_so(tiles: Dataset) -> None:
    _, text = parts(tiles, {"generator": "other", "analyzers": {}})
    assert "**No analyzer ran** (`--no-analyze`)" in text
    assert "CC0" not in text


@pytest.mark.parametrize("terms", [{}, {"commercial": False}])
def test_analyzers_with_weights_of_their_own_are_named_too(tiles: Dataset, terms: dict[str, bool]) -> None:
    analyzer = {"uniface_non_commercial": {"version": "1", "weights": {"uniface/age_gender": "00"}, **terms}}
    _, text = parts(tiles, {**BUILD, "analyzers": analyzer})
    assert ("forbid it: `uniface_non_commercial`." in text) == bool(terms)


def test_what_the_safety_screen_did_is_said(tiles: Dataset) -> None:
    assert "safety screen" not in parts(tiles)[1]
    assert "**No safety screen looked** (`--no-screen`)" in parts(tiles, {**BUILD, "screen": False})[1]
    hits = dataset(tiles.layout.root.parent / "other", outcomes=(("accepted", ()), ("rejected", ("unsafe",))))
    refused = sum(sample.verdict.reasons == ("unsafe",) for sample in hits.samples)
    assert refused > 1
    assert f"The safety screen refused {refused} images: each has a line and no pixels." in parts(hits)[1]


@pytest.mark.parametrize("commercial", [True, False])
def test_weights_that_may_not_be_used_commercially_are_named(
    tiles: Dataset, monkeypatch: pytest.MonkeyPatch, commercial: bool
) -> None:
    entry = replace(models.weight("age"), commercial=commercial)
    monkeypatch.setattr(models, "weights", lambda: {"age": entry, "other": replace(entry, name="other")})
    _, text = parts(tiles, {**BUILD, "analyzers": {"people": {"version": "1", "weights": {"age": "ab" * 32}}}})
    assert ("**Not for commercial use**: the terms of these weights" in text) == (not commercial)
    assert ("forbid it: `age`." in text) == (not commercial)


def test_an_empty_dataset_has_a_card(tmp_path: Path) -> None:
    _, text = parts(dataset(tmp_path / "set", attempts=0), {})
    assert "0 faces of people who do not exist" in text
    assert "No image is accepted yet." in text


def test_markup_in_a_recipe_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    evil = TABLE.replace("title: Tiles for tests", f"title: '{EVIL}'").replace("feature: Glasses", f"feature: '{EVIL}'")
    evil = evil.replace("female: nobody asked for it", f"female: '{EVIL}'")
    _, text = parts(dataset(tmp_path / "set", evil))
    page = html(text)
    assert "<script" not in page
    assert "<em>" not in page
    assert 'href="b"' not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; | [a](b) *c* `d` _e_") == 3
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    assert {row.count("<td") for row in rows} <= {0, 5, 6}


def test_the_same_dataset_gives_the_same_bytes(tmp_path: Path) -> None:
    cards = []
    for name in ("one", "other"):
        tiles = dataset(tmp_path / name)
        cards.append(report.write_card(tiles.layout, tiles.recipe, BUILD).read_bytes())
    assert cards[0] == cards[1]


@pytest.mark.parametrize("text", ["plain", "a`b", "``", "`x", "a | b"])
def test_code_shows_any_text(text: str) -> None:
    table = html(f"| a |\n|--|\n| {code(text)} |\n")
    shown = re.search(r"<td><code>(.*?)</code></td>", table)
    assert shown is not None
    assert shown[1] == text


def test_markdown_keeps_text_on_one_line() -> None:
    assert markdown("a\n# b\n") == "a # b"


@pytest.mark.slow
def test_the_dataset_itself_loads_as_its_rows(tiles: Dataset, tmp_path: Path) -> None:
    """The front matter of the card tells loaders where the labels are."""
    pytest.importorskip("datasets")

    report.write_card(tiles.layout, tiles.recipe, BUILD)
    program = (
        "import sys; from datasets import load_dataset\n"
        "print(load_dataset(sys.argv[1], split='train', cache_dir=sys.argv[2]).num_rows)"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    run = subprocess.run(
        [sys.executable, "-c", program, str(tiles.layout.root), str(tmp_path / "cache")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout.splitlines()[-1]) == pq.read_metadata(tiles.layout.round_file(1)).num_rows
