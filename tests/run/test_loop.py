"""The loop with a generator whose yields are known: quotas, margins, giving up, budgets, extensions."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import agfd
from agfd import testing
from agfd.errors import BuildMismatchError, DamagedError, LockedError, UsageError
from agfd.fill import Attempt
from agfd.planning import Table
from agfd.run.chunks import chunked
from agfd.run.loop import RoundOpened
from agfd.store import Layout, writing
from builders import tiny
from trees import tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory)


def build(recipe: Path, folder: Path, rates: str = "", **options: Any) -> agfd.Dataset:
    return agfd.build(str(recipe), folder, generator=testing.make_generator(rates=rates, size="16"), **options)


def margins(dataset: agfd.Dataset) -> Counter[tuple[str, ...]]:
    return Counter(
        (s.request.row, s.request.sex, name, str(value))
        for s in dataset
        for name, value in (
            ("race", s.request.race),
            ("variant", s.request.variant),
            ("age", s.request.attributes["age"]),
        )
    )


def planned(table: Table) -> Counter[tuple[str, ...]]:
    return Counter(
        (row, sex, name, str(value))
        for row, sex in table.parts()
        for draw in table.draws(row, sex)
        for name, value in (
            ("race", draw.race),
            ("variant", table.recipe.rows[row].variants[draw.variant].name),
            ("age", draw.age),
        )
    )


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(series=st.integers(0, 1000), scale=st.sampled_from([0.5, 1.0, 2.0]))
def test_accepted_margins_are_the_planned_ones_at_unequal_yields(
    recipe: Path, tmp_path_factory: pytest.TempPathFactory, series: int, scale: float
) -> None:
    folder = tmp_path_factory.mktemp("margins") / "faces"
    dataset = build(
        recipe, folder, "smiling:0.2,laughing:0.95", series=series, scale=scale, rows="emotion.smile", max_tries=200
    )
    table = Table(agfd.load_recipe(str(recipe)), scale, ("emotion.smile",), series)
    assert margins(dataset) == planned(table)
    rejected = Counter(s.request.variant for s in dataset.filter(status="rejected") if "no_face" in s.verdict.reasons)
    assert rejected["smiling"] > rejected["laughing"]


@given(number=st.integers(1, 3000), hint=st.integers(1, 64))
def test_chunks_hold_every_attempt_once_and_end_small(number: int, hint: int) -> None:
    attempts = [Attempt("r", "male", slot, 0) for slot in range(number)]
    tasks = chunked(3, attempts, hint)
    assert [attempt for task in tasks for attempt in task.attempts] == attempts
    assert [task.key for task in tasks] == [(3, index) for index in range(len(tasks))]
    sizes = [len(task.attempts) for task in tasks]
    assert max(sizes) <= max(1, min(hint, number // 16))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1


def test_a_hopeless_variant_is_given_up_with_evidence(recipe: Path, tmp_path: Path) -> None:
    dataset = build(recipe, tmp_path / "f", "bald:0", scale=10, rows="hair.bald", max_tries=1000)
    status = dataset.status()
    (row,) = status["rows"]
    assert row["accepted"] == 0
    # Wilson's upper bound falls under 2 % at 189 failures in a row; a round goes on to its end.
    assert 189 <= row["made"] < 1000
    assert row["yield"]["male"]["high"] < 0.02


def test_a_slot_is_left_after_max_tries(recipe: Path, tmp_path: Path) -> None:
    dataset = build(recipe, tmp_path / "f", "bald:0", rows="hair.bald", max_tries=3)
    assert Counter(s.request.slot for s in dataset.filter(status=None)) == dict.fromkeys(range(6), 3)


def test_at_most_one_image_of_a_slot_is_accepted(recipe: Path, tmp_path: Path) -> None:
    dataset = build(recipe, tmp_path / "f", "smiling:0.15", scale=3, max_tries=100)
    slots = Counter((s.request.row, s.request.sex, s.request.slot) for s in dataset)
    assert set(slots.values()) == {1}
    assert len(slots) == 90
    reasons = Counter(r for s in dataset.filter(status="rejected") for r in s.verdict.reasons)
    # Several attempts at one slot in one round make some surplus; it must stay small.
    assert 0 < reasons["surplus"] < 30


def test_rounds_are_few(recipe: Path, tmp_path: Path) -> None:
    rounds: list[int] = []
    build(
        recipe,
        tmp_path / "f",
        "smiling:0.2",
        max_tries=100,
        on_event=lambda event: rounds.append(event.number) if isinstance(event, RoundOpened) else None,
    )
    assert 2 <= len(rounds) <= 14


def test_a_budget_stops_and_the_next_run_goes_on(recipe: Path, tmp_path: Path) -> None:
    whole = build(recipe, tmp_path / "whole", "smiling:0.5")
    for nth in range(1, 100):
        part = build(recipe, tmp_path / "part", "smiling:0.5", max_images=7)
        made = part.status()["made"]
        assert made <= 7 * nth + 7
        if len(part) == 30:
            break
    assert nth > 2
    assert tree(tmp_path / "part") == tree(tmp_path / "whole")
    assert len(whole) == 30


def test_growing_keeps_what_exists(recipe: Path, tmp_path: Path) -> None:
    small = {s.request.id for s in build(recipe, tmp_path / "f", "smiling:0.5", scale=0.5)}
    before = tree(tmp_path / "f")
    large = {s.request.id for s in build(recipe, tmp_path / "f", "smiling:0.5", scale=2)}
    assert small < large
    assert len(large) == 60
    after = tree(tmp_path / "f")
    assert all(after[name] == sha for name, sha in before.items() if name.startswith(("rounds/", "shards/")))


def test_a_larger_build_first_ends_the_round_that_it_finds_open(recipe: Path, tmp_path: Path) -> None:
    build(recipe, tmp_path / "f", scale=1, max_images=4)
    assert list((tmp_path / "f" / "rounds").glob("*.open.json"))
    dataset = build(recipe, tmp_path / "f", scale=2)
    assert len(dataset) == 60
    assert dataset.verify() == []


def test_rows_come_one_after_the_other(recipe: Path, tmp_path: Path) -> None:
    build(recipe, tmp_path / "f", rows="hair.bald", max_images=2)
    build(recipe, tmp_path / "f", rows="emotion.smile")
    dataset = build(recipe, tmp_path / "f")
    assert len(dataset) == 30
    assert dataset.status()["asked"] == 30
    together = build(recipe, tmp_path / "g")
    assert {s.request.id for s in dataset} == {s.request.id for s in together}


def test_a_second_writer_is_refused_at_once(recipe: Path, tmp_path: Path) -> None:
    with writing(Layout(tmp_path / "f")), pytest.raises(LockedError, match="another process"):
        build(recipe, tmp_path / "f")


def test_changed_rules_are_refused(recipe: Path, tmp_path: Path) -> None:
    build(recipe, tmp_path / "f", scale=0.2)
    changed = recipe.with_name("changed.yaml")
    changed.write_text(testing.TINY.replace("min: 1}", "min: 2}"), encoding="utf-8")
    with pytest.raises(BuildMismatchError, match="other rules"):
        build(changed, tmp_path / "f", scale=0.2)


@pytest.mark.parametrize("pattern", ["*.parquet", "*.open.json"])
def test_a_damaged_open_round_is_said_and_nothing_is_lost(recipe: Path, tmp_path: Path, pattern: str) -> None:
    folder = tmp_path / "f"
    build(recipe, folder, max_images=4)
    victim = sorted((folder / ("rounds" if "open" in pattern else "shards")).glob(pattern))[0]
    data = victim.read_bytes()
    victim.write_bytes(data[: len(data) // 2])
    before = tree(folder)
    with pytest.raises(DamagedError, match=victim.name):
        build(recipe, folder)
    assert {n: s for n, s in tree(folder).items() if n in before} == before
    victim.write_bytes(data)
    assert len(build(recipe, folder)) == 30


def test_a_missing_round_is_said(recipe: Path, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    build(recipe, folder)
    (folder / "rounds" / "000001.parquet").unlink()
    with pytest.raises(DamagedError, match="000001"):
        build(recipe, folder, scale=2)
    assert any("000001" in str(item.path) for item in agfd.open(folder).verify())


def test_a_newest_round_that_is_gone_is_found(recipe: Path, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    dataset = build(recipe, folder)
    last = sorted((folder / "rounds").glob("*.parquet"))[-1]
    last.unlink()
    last.with_name(last.name + ".sha256").unlink()
    assert any(item.path == last and "holds images" in item.problem for item in dataset.verify())


def test_duplicates_of_pixels_are_turned_down(recipe: Path, tmp_path: Path) -> None:
    class Copier(testing.FakeGenerator):
        """Gives everybody the picture of the first slot."""

        def generate(self, requests, preview=None):  # type: ignore[no-untyped-def]
            from agfd.records import Image, Outcome, Truth

            first = next(iter(super().generate(requests[:1]))).value
            for request in requests:
                pixels = first.pixels.copy()
                pixels[1:] = 7
                pixels[0] = 255
                yield Outcome(request.id, Image(pixels, Truth(dict(request.attributes))))

    dataset = agfd.build(
        str(recipe), tmp_path / "f", generator=Copier({"size": "16"}), max_tries=2, rows=("hair.bald",)
    )
    assert len(dataset) == 1
    reasons = Counter(r for s in dataset.filter(status="rejected") for r in s.verdict.reasons)
    assert set(reasons) == {"duplicate"}
    # A duplicate says nothing against the generator's yield.
    assert dataset.status()["rows"][0]["yield"]["male"]["accepted"] == dataset.status()["made"]


def test_the_log_knows_the_costs(recipe: Path, tmp_path: Path) -> None:
    build(recipe, tmp_path / "f", scale=0.2)
    lines = (tmp_path / "f" / "log" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    assert {event["event"] for event in events} == {"run", "chunk", "round"}
    assert sum(event["images"] for event in events if event["event"] == "chunk") == 5


def test_files_that_cannot_be_had_leave_no_folder(recipe: Path, tmp_path: Path) -> None:
    class Absent(testing.FakeGenerator):
        def setup_on_node(self) -> None:
            raise UsageError("the hub has no model of that name")

    with pytest.raises(UsageError, match="no model of that name"):
        agfd.build(str(recipe), tmp_path / "f", generator=Absent({"size": "16"}))
    assert not (tmp_path / "f").exists()


def test_what_a_generator_is_may_be_known_when_its_files_are_here(recipe: Path, tmp_path: Path) -> None:
    class Late(testing.FakeGenerator):
        def setup_on_node(self) -> None:
            self.info = replace(self.info, model_hash="of the file")

    agfd.build(str(recipe), tmp_path / "f", generator=Late({"size": "16"}), scale=0.2)
    build = json.loads((tmp_path / "f" / "build.json").read_text(encoding="utf-8"))
    assert build["generator"]["model_hash"] == "of the file"
