"""People's word laid over the machine's verdicts: taken off again without a trace, kept by a build that goes on."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import agfd
from agfd import testing
from agfd.api import judge_dataset
from agfd.errors import UsageError
from agfd.records import Press
from agfd.safety import REASON
from agfd.store import Layout, append_presses, read_rows, seal_round
from agfd.store.schema import PLACE
from builders import tiny_but_strict
from trees import tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agfd.records import Sample

FAILS = "emotion.smile/male/0/0"
OPTIONS = {"size": "16", "rates": "smiling:0.5", "fails": FAILS}


@pytest.fixture(scope="module", autouse=True)
def without_truth() -> Iterator[None]:
    """A generator that knows nothing of its pictures: labels are asked, until somebody looks."""
    real = testing.FakeGenerator._make

    def make(self: testing.FakeGenerator, request: Any) -> Any:
        outcome = real(self, request)
        return outcome if outcome.value is None else replace(outcome, value=replace(outcome.value, truth=None))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(testing.FakeGenerator, "_make", make)
        yield


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_but_strict(tmp_path_factory)


def build(recipe: Path, folder: Path, **options: Any) -> agfd.Dataset:
    # An object works in this process; its options are on record, so that it can be asked again.
    generator, told = testing.make_generator(**OPTIONS), tuple(f"generator.{key}={OPTIONS[key]}" for key in OPTIONS)
    return agfd.build(str(recipe), folder, generator=generator, **{"max_tries": 9, "set": told, **options})


@pytest.fixture(scope="module")
def built(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "faces"
    build(recipe, folder)
    return folder


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "copy"))


def samples(folder: Path, **conditions: Any) -> dict[str, Sample]:
    return {s.request.id: s for s in agfd.open(folder).filter(**{"status": None, **conditions})}


def say(folder: Path, reviewer: str, opinion: Any, ids: Iterable[str], reason: str | None = None) -> None:
    presses = [Press(f"{reviewer}-{opinion}-{name}", name, opinion, reason) for name in ids]
    append_presses(Layout(folder), reviewer, presses)


def verdicts(folder: Path) -> list[dict[str, Any]]:
    """Every row without the place of its picture, which may have been made again."""
    layout = Layout(folder)
    rows = [row for number in layout.closed_rounds() for row in read_rows(layout.round_file(number)).to_pylist()]
    return [{name: value for name, value in row.items() if name not in {*PLACE, "maps"}} for row in rows]


def by_reasons(folder: Path, *reasons: str) -> list[str]:
    return [name for name, sample in samples(folder).items() if sample.verdict.reasons == reasons]


def test_somebody_must_have_looked(copy: Path) -> None:
    with pytest.raises(UsageError, match="nobody has reviewed"):
        judge_dataset(copy, reviews=True)
    say(copy, "ann", "accept", samples(copy))
    before = tree(copy)
    assert judge_dataset(copy, reviews=True).changed > 0
    assert judge_dataset(copy).changed == 0
    assert tree(copy) == before


def test_most_people_decide(copy: Path) -> None:
    first, second, third, *_ = samples(copy, status="accepted")
    for reviewer, said in (
        ("ann", ("reject", "reject", "reject")),
        ("bob", ("reject", "accept", "unsure")),
        ("cy", ("accept", "unsure", "unsure")),
    ):
        for name, opinion in zip((first, second, third), said, strict=True):
            say(copy, reviewer, opinion, [name], "blurred" if opinion == "reject" else None)
    done = judge_dataset(copy, reviews=True, apply=True)
    after = samples(copy)
    assert [after[name].verdict.reasons for name in (first, second, third)] == [
        ("review", "blurred"), (), ("review", "blurred")
    ]  # fmt: skip
    assert {change.kind for change in done.changes} >= {"accepted -> rejected"}
    # It counts against the generator, as if a rule had turned it down.
    part = next(row for row in agfd.open(copy).status()["rows"] if row["id"] == after[first].request.row)
    before = samples(copy, row=after[first].request.row)
    rejected = [s for s in before.values() if s.verdict.status == "rejected" and s.verdict.reasons != ("surplus",)]
    assert sum(entry["of"] - entry["accepted"] for entry in part["yield"].values()) == len(rejected)


def test_what_people_accept_is_there_with_its_pixels(built: Path, copy: Path) -> None:
    """Everybody is accepted: of each slot one image stays, also one whose pixels had not been kept."""
    say(copy, "ann", "accept", samples(copy))
    done = judge_dataset(copy, reviews=True, apply=True)
    before, after = samples(built), samples(copy)
    assert done.again > 0
    assert done.lost == 0
    dataset = agfd.open(copy)
    assert dataset.verify() == []
    assert all(dataset.image(sample).shape == (16, 16, 3) for sample in dataset)
    slots = Counter((s.request.row, s.request.sex, s.request.slot) for s in dataset)
    assert set(slots.values()) == {1}
    for name, sample in after.items():
        was, now = before[name].verdict, sample.verdict
        if was.status == "failed":
            assert now == was
            continue
        assert now.reasons in {(), ("surplus",)}
        assert set(was.sources.values()) == {"asked"}
        assert set(now.sources.values()) == {"reviewed"}
        # What stands against it by the machine's word stays beside it.
        assert now.overruled == (was.reasons if was.reasons != ("surplus",) else ())
    assert any(sample.verdict.overruled for sample in dataset)
    assert [s.verdict.status for s in after.values()].count("failed") == 1


def test_without_reviews_the_machine_has_said_what_it_said(built: Path, copy: Path) -> None:
    rejected = by_reasons(built, "no_face")
    say(copy, "ann", "accept", [*rejected, *by_reasons(built, "surplus")])
    say(copy, "bob", "reject", list(samples(copy, status="accepted"))[::3], "blurred")
    assert judge_dataset(copy, reviews=True, apply=True).changed > 0
    assert verdicts(copy) != verdicts(built)
    assert judge_dataset(copy, apply=True).changed > 0
    assert verdicts(copy) == verdicts(built)
    assert agfd.open(copy).verify() == []


def test_the_same_word_twice_changes_nothing(copy: Path) -> None:
    say(copy, "ann", "accept", samples(copy))
    judge_dataset(copy, reviews=True, apply=True)
    before = tree(copy)
    assert judge_dataset(copy, reviews=True, apply=True).changed == 0
    assert tree(copy) == before


def test_a_build_that_goes_on_keeps_it(recipe: Path, copy: Path) -> None:
    kept = samples(copy, status="accepted")
    say(copy, "ann", "reject", list(kept)[:4])
    without_face = by_reasons(copy, "no_face")
    say(copy, "ann", "accept", list(kept)[4:] + without_face)
    judge_dataset(copy, reviews=True, apply=True)
    before = samples(copy)
    looked = len(kept) + len(without_face)
    again = build(recipe, copy, max_tries=30)
    assert len(again) == 30
    after = samples(copy)
    assert {name: after[name].verdict for name in before} == {name: s.verdict for name, s in before.items()}
    assert again.verify() == []
    assert all(after[name].verdict.reasons == ("review",) for name in list(kept)[:4])
    status = again.status()["people"]
    reviewed = [
        s for s in after.values() if s.verdict.status == "accepted" and "reviewed" in s.verdict.sources.values()
    ]
    assert status == {
        "reviewers": 1,
        "images": looked,
        "rejected": 4,
        "accepted": sum(bool(s.verdict.overruled) for s in reviewed),
        "labels": sum(list(s.verdict.sources.values()).count("reviewed") for s in reviewed),
    }


def test_rules_and_people_together(recipe: Path, copy: Path, tmp_path: Path) -> None:
    """People have the last word on what they looked at, the rules on everything else; the rules are on record."""
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: {bright: {about: quality, measure: luminance, max: 0.45}}", encoding="utf-8")
    judge_dataset(copy, rules=rules, apply=True)
    turned_down = by_reasons(copy, "bright")
    assert len(turned_down) > 3
    judge_dataset(copy, rules=recipe, apply=True)
    say(copy, "ann", "accept", turned_down[:2])
    judge_dataset(copy, rules=rules, reviews=True, apply=True)
    after = samples(copy)
    assert [after[name].verdict.overruled for name in turned_down[:2]] == [("bright",)] * 2
    assert by_reasons(copy, "bright") == turned_down[2:]
    assert "bright" in agfd.open(copy).recipe.rules
    # Other rules, the same word of people: only what is overruled is another thing.
    rules.write_text("rules: {bright: null}", encoding="utf-8")
    back = judge_dataset(copy, rules=rules, reviews=True)
    assert {change.what for change in back.changes if change.kind == "overruled"} == {"bright -> nothing"}


def test_nobody_brings_back_what_safety_refused_nor_says_so_in_its_words(copy: Path) -> None:
    layout = Layout(copy)
    refused = by_reasons(copy, "no_face")[0]
    for number in layout.closed_rounds():
        table = pq.read_table(layout.round_file(number))
        reasons = [
            [REASON] if row["id"] == refused else row["reasons"] for row in table.select(["id", "reasons"]).to_pylist()
        ]
        place = table.schema.get_field_index("reasons")
        table = table.set_column(place, table.schema.field(place), pa.array(reasons, table.schema.field(place).type))
        pq.write_table(table, layout.round_file(number), write_page_checksum=True)
        layout.round_sum(number).unlink()
        seal_round(layout, number)
    victim = next(iter(samples(copy, status="accepted")))
    say(copy, "ann", "accept", [refused])
    say(copy, "ann", "reject", [victim], REASON)
    judge_dataset(copy, reviews=True, apply=True)
    assert samples(copy)[refused].verdict.reasons == (REASON,)
    # Else judging again could not take it back.
    assert samples(copy)[victim].verdict.reasons == ("review",)
    judge_dataset(copy, apply=True)
    assert samples(copy)[victim].verdict.status == "accepted"
