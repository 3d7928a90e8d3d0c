"""Judging a dataset again: pure, from what is on record, all or nothing, and the build goes on from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import agfd
from agfd import testing
from agfd.api import judge_dataset
from agfd.errors import BuildMismatchError, LockedError, UsageError
from agfd.store import Layout, seal_round, staging, writing
from trees import tree

SCRIPT = Path(__file__).with_name("cutting.py")
# Half of the smiles show no face, half of all faces are too unsure; so there are several rounds.
SET = ("generator.rates=smiling:0.5", "generator.size=16")
RECIPE = testing.TINY.replace("rules:\n", "rules:\n  unsure: {about: quality, measure: face_confidence, min: 0.5}\n")
# Turns some down that were accepted and takes some that were not; as a file of rules and as a whole recipe.
RULES = """\
rules:
  unsure: {min: 0.3}
  bright: {about: quality, measure: luminance, max: 0.5}
rows:
  hair.bald:
    rules:
      bright: null
"""
WHOLE = RECIPE.replace("min: 0.5", "min: 0.3").replace(
    "rows:\n", "  bright: {about: quality, measure: luminance, max: 0.5}\nrows:\n", 1
).replace("    note: {female: left out}\n", "    note: {female: left out}\n    rules: {bright: null}\n")  # fmt: skip


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def build(recipe: Path, folder: Path, **options: Any) -> agfd.Dataset:
    return agfd.build(str(recipe), folder, generator="fake", workers=1, **{"set": SET, "max_tries": 9, **options})


def verdicts(folder: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {s.request.id: (s.verdict.status, s.verdict.reasons) for s in agfd.open(folder).filter(status=None)}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the recipe, the rules and the recipe with the rules in it."""
    folder = tmp_path_factory.mktemp("files")
    write(folder, "tiny.yaml", RECIPE)
    write(folder, "rules.yaml", RULES)
    write(folder, "whole.yaml", WHOLE)
    return folder


@pytest.fixture(scope="module")
def built(files: Path) -> Path:
    build(files / "tiny.yaml", files / "built")
    return files / "built"


@pytest.fixture(scope="module")
def stopped(files: Path) -> Path:
    """A build that was stopped in its second round."""
    build(files / "tiny.yaml", files / "stopped", max_images=14)
    assert list((files / "stopped").glob("rounds/000002.open.json"))
    assert list((files / "stopped").glob("shards/*.parquet"))
    return files / "stopped"


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "copy"))


@pytest.fixture
def broken_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    """No picture comes out as it was."""
    real = testing.FakeGenerator._make

    def make(self: testing.FakeGenerator, request: Any) -> Any:
        outcome = real(self, request)
        outcome.value.pixels[5, 5] ^= 1  # type: ignore[union-attr]
        return outcome

    monkeypatch.setattr(testing.FakeGenerator, "_make", make)


def test_the_same_rules_change_nothing_and_write_nothing(built: Path, stopped: Path) -> None:
    for folder in (built, stopped):
        before = tree(folder)
        result = judge_dataset(folder)
        assert (result.changed, result.again, result.closed, result.applied) == (0, 0, None, False)
        assert result.images == len(verdicts(folder))
        assert result.accepted_before == result.accepted_after == len(agfd.open(folder))
        assert judge_dataset(folder, apply=True).changed == 0
        assert tree(folder) == before


def test_without_apply_nothing_is_written(built: Path, files: Path) -> None:
    before = tree(built)
    result = judge_dataset(built, rules=files / "rules.yaml")
    assert tree(built) == before
    kinds = Counter()  # type: ignore[var-annotated]
    for change in result.changes:
        kinds[change.kind] += change.images
        assert len(change.examples) == min(3, change.images)
    assert kinds["accepted -> rejected"] > 0
    assert kinds["rejected -> accepted"] > 0
    assert result.again > 0


def test_what_is_shown_is_what_is_done(built: Path, copy: Path, files: Path) -> None:
    shown, before = judge_dataset(copy, rules=files / "rules.yaml"), verdicts(copy)
    done, after = judge_dataset(copy, rules=files / "rules.yaml", apply=True), verdicts(copy)
    assert done.applied
    assert (done.changes, done.changed, done.again, done.lost) == (shown.changes, shown.changed, shown.again, 0)
    assert sum(before[name] != after[name] for name in before) == done.changed
    assert before.keys() == after.keys()
    assert Counter(status for status, _ in after.values())["accepted"] == done.accepted_after
    for change in done.changes:
        if change.kind == "accepted -> rejected":
            assert all(before[name][0] == "accepted" and change.what in after[name][1] for name in change.examples)


def test_a_judged_dataset_is_as_if_it_had_been_judged_so_at_first(copy: Path, files: Path, tmp_path: Path) -> None:
    """Verdicts on an image by itself do not depend on when they were given, nor on whether pixels were kept."""
    judge_dataset(copy, rules=files / "rules.yaml", apply=True)
    alone = tmp_path / "alone"
    build(files / "whole.yaml", alone)
    here, there = verdicts(copy), verdicts(alone)
    both = {name for name in here.keys() & there.keys() if {"surplus"} & {*here[name][1], *there[name][1]} == set()}
    assert len(both) > 30
    assert {name: here[name] for name in both} == {name: there[name] for name in both}


def test_slots_hold_one_image_and_what_was_surplus_may_return(built: Path, copy: Path, files: Path) -> None:
    judge_dataset(copy, rules=files / "rules.yaml", apply=True)
    slots = Counter((s.request.row, s.request.sex, s.request.slot) for s in agfd.open(copy))
    assert set(slots.values()) == {1}
    back = judge_dataset(copy, rules=files / "tiny.yaml", apply=True)
    assert back.changed > 0
    slots = Counter((s.request.row, s.request.sex, s.request.slot) for s in agfd.open(copy))
    assert set(slots.values()) == {1}
    assert len(slots) == len(agfd.open(built))


def test_there_and_back_is_where_it_began(built: Path, copy: Path, files: Path) -> None:
    judge_dataset(copy, rules=files / "rules.yaml", apply=True)
    judge_dataset(copy, rules=files / "tiny.yaml", apply=True)
    assert verdicts(copy) == verdicts(built)
    assert agfd.open(copy).recipe == agfd.open(built).recipe


def test_then_it_verifies_goes_on_and_is_exported(copy: Path, files: Path, tmp_path: Path) -> None:
    done = judge_dataset(copy, rules=files / "rules.yaml", apply=True)
    dataset = agfd.open(copy)
    assert dataset.verify() == []
    assert all(dataset.image(sample).shape == (16, 16, 3) for sample in dataset)
    with pytest.raises(BuildMismatchError, match=r"agfd judge .* --rules RECIPE --apply"):
        build(files / "tiny.yaml", copy)
    before = verdicts(copy)
    again = build(files / "whole.yaml", copy, max_tries=30)
    assert len(again) == 30 > done.accepted_after
    assert again.verify() == []
    assert {name: verdicts(copy)[name] for name in before} == before
    assert agfd.api.export_dataset(again, "imagefolder", tmp_path / "out") == 30


def test_images_that_come_out_otherwise_stay_rejected(copy: Path, files: Path, broken_generator: None) -> None:
    done = judge_dataset(copy, rules=files / "rules.yaml", apply=True)
    lost = [name for name, (_, reasons) in verdicts(copy).items() if reasons == ("pixels_lost",)]
    assert len(lost) == done.lost > 0
    assert all(sample.place.size for sample in agfd.open(copy))  # type: ignore[union-attr]
    assert agfd.open(copy).verify() == []
    # It says nothing against the generator's yield.
    passed = sum(part["accepted"] for row in agfd.open(copy).status()["rows"] for part in row["yield"].values())
    assert passed >= done.accepted_after + done.lost


def test_what_was_lost_is_tried_again(copy: Path, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("agfd.run.remake.images.pixels_sha256", lambda pixels: "other")
        assert judge_dataset(copy, rules=files / "rules.yaml", apply=True).lost > 0
    again = judge_dataset(copy, apply=True)
    assert (again.lost, len(agfd.open(copy))) == (0, again.accepted_after)
    assert not [reasons for _, reasons in verdicts(copy).values() if "pixels_lost" in reasons]


def test_an_open_round_ends_with_what_it_has(stopped: Path, files: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(stopped, tmp_path / "copy"))
    before = verdicts(folder)
    done = judge_dataset(folder, rules=files / "rules.yaml", apply=True)
    assert done.closed == 2
    assert verdicts(folder).keys() == before.keys()
    assert not list(folder.glob("rounds/*.open.json")) + list(folder.glob("shards/*.parquet"))
    dataset = build(files / "whole.yaml", folder, max_tries=30)
    assert (len(dataset), dataset.verify()) == (30, [])


def test_new_labels_alone_are_shown_and_written(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that confirms what nobody could know before."""
    rules = write(
        copy.parent, "labels.yaml", "rules: {light: {about: attribute, measure: sex, min: 0, when: {sex: [male]}}}"
    )
    assert judge_dataset(copy, rules=rules).changed == 0
    info = testing.FakeAnalyzer.info
    # The truth of the fake decides all that was asked, so no analyzer can add to it.
    monkeypatch.setattr(testing.FakeAnalyzer, "info", type(info)(info.name, "1", info.gives, {}, {"render": ("sex",)}))
    assert judge_dataset(copy, rules=rules, apply=True).changed == 0
    assert "light" in agfd.open(copy).recipe.rules


def test_rows_of_an_older_version_are_judged_and_get_todays_columns(copy: Path, files: Path) -> None:
    newer = ["review", "second", "measured_noise", "measured_hand_none", "vector_identity", "maps", "truths"]
    layout = Layout(copy)
    for number in layout.closed_rounds():
        table = pq.read_table(layout.round_file(number)).drop_columns(newer)
        pq.write_table(table, layout.round_file(number), write_page_checksum=True)
        layout.round_sum(number).unlink()
        seal_round(layout, number)
    assert judge_dataset(copy).changed == 0
    assert judge_dataset(copy, rules=files / "rules.yaml", apply=True).changed > 0
    assert {"review", "second"} <= set(pq.read_schema(layout.round_file(1)).names)
    assert agfd.open(copy).verify() == []


def test_a_second_writer_is_refused_and_a_reader_is_not(copy: Path) -> None:
    with writing(Layout(copy)):
        judge_dataset(copy)
        with pytest.raises(LockedError):
            judge_dataset(copy, apply=True)


def test_codes_that_were_never_made_cannot_be_compared(copy: Path) -> None:
    rules = write(copy.parent, "near.yaml", "duplicates: {near: set}")
    with pytest.raises(UsageError, match="nothing to find duplicates"):
        judge_dataset(copy, rules=rules)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are copies of this one")
def test_cut_off_anywhere_it_is_all_old_or_all_new(stopped: Path, files: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(SCRIPT), str(stopped), str(files / "rules.yaml"), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(SCRIPT.parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=250, env=environment)
    assert done.returncode == 0, done.stderr
    whole, *cuts = json.loads(done.stdout)
    assert len(cuts) == whole["steps"] > 10
    old, new, ends = data_of(tree(stopped)), data_of(whole["tree"]), Counter()  # type: ignore[var-annotated]
    assert old != new
    for step, cut in enumerate(cuts, start=1):
        there = data_of(cut["opened"])
        # Of the new state at most the rows of the open round's chunks still wait to be swept.
        assert there == old or new.items() <= there.items(), f"cut at step {step}"
        ends["old" if there == old else "new"] += 1
        assert data_of(cut["again"]) == new, f"cut at step {step}"
    assert min(ends["old"], ends["new"]) > 3


def data_of(names: dict[str, str]) -> dict[str, str]:
    return {name: sha for name, sha in names.items() if name.startswith(("rounds/", "shards/", "recipe", "staging"))}


def test_a_folder_that_was_cut_off_says_so(copy: Path, files: Path) -> None:
    layout, after = Layout(copy), copy.parent / "after"
    shutil.copytree(copy, after)
    judge_dataset(after, rules=files / "rules.yaml", apply=True)
    # As a cut leaves it after everything was written and before anything was moved.
    layout.staging.mkdir()
    for name in ("rounds", "shards"):
        shutil.copytree(after / name, layout.staging / name)
    shutil.copy(after / "recipe.yaml", layout.staging)
    (layout.staging / staging._COMPLETE).touch()
    assert any("kept from their places" in item.problem for item in agfd.open(copy).verify())
    with pytest.raises(agfd.AgfdError, match="interrupted"):
        judge_dataset(copy)
    build(files / "whole.yaml", copy, max_images=1)
    assert not layout.staging.exists()
    assert verdicts(after).items() <= verdicts(copy).items()
