"""The counts must be those of a naive loop over the rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from agfd import report
from agfd.errors import DamagedError
from agfd.fill import FINAL_REASONS
from agfd.records import Verdict
from agfd.report.sources import count_sources
from agfd.store import Layout, close_round, tables
from builders import commit
from report.synthetic import Dataset, dataset

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tiles(tmp_path: Path) -> Dataset:
    return dataset(tmp_path / "set")


@pytest.mark.parametrize("seed", range(4))
def test_equals_a_naive_count(tmp_path: Path, seed: int) -> None:
    tiles = dataset(tmp_path / "set", seed=seed)
    counted = report.tally(tiles.layout)
    statuses = Counter((s.request.row, s.request.sex, s.verdict.status) for s in tiles.samples)
    for row in tiles.recipe.rows:
        for sex in ("male", "female"):
            part = counted.part(row, sex)
            assert (part.accepted, part.rejected, part.failed) == tuple(
                statuses[row, sex, status] for status in ("accepted", "rejected", "failed")
            )
            assert part.made == part.accepted + part.rejected
            reasons = Counter(r for s in tiles.of(row, sex, "rejected", "failed") for r in s.verdict.reasons)
            assert counted.reasons_of(row, sex) == reasons
        assert counted.row(row).made == sum(counted.part(row, sex).made for sex in ("male", "female"))
    assert counted.total.made + counted.total.failed == len(tiles.samples)
    assert counted.sizes == {(48, 64): sum(s.place is not None for s in tiles.samples)}
    assert counted.all_reasons() == Counter(r for s in tiles.samples for r in s.verdict.reasons)


def test_a_duplicate_or_surplus_image_counts_as_passed_in_the_yield(tiles: Dataset) -> None:
    counted = report.tally(tiles.layout)
    trials: Counter[tuple[str, str, str]] = Counter()
    passed: Counter[tuple[str, str, str]] = Counter()
    for sample in tiles.samples:
        if sample.verdict.status != "failed":
            key = (sample.request.row, sample.request.sex, sample.request.variant)
            trials[key] += 1
            passed[key] += set(sample.verdict.reasons) <= FINAL_REASONS
    assert {key: (y.accepted, y.trials) for key, y in counted.yields.items()} == {
        key: (passed[key], trials[key]) for key in trials
    }
    assert counted.yields
    of_sex = counted.yield_of("eyes.glasses", "male")
    assert of_sex.trials == sum(n for key, n in trials.items() if key[:2] == ("eyes.glasses", "male"))


def test_a_mixed_reason_is_a_reject_of_its_own(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1, 2], verdict=Verdict("rejected", ("surplus", "blurred")))
    counted = report.tally(layout).yield_of("eyes.glasses", "male")
    assert (counted.accepted, counted.rejected) == (0, 2)


def test_nothing_there_counts_as_nothing(tmp_path: Path) -> None:
    counted = report.tally(Layout(tmp_path / "nowhere"))
    assert (counted.total.made, counted.total.failed) == (0, 0)
    assert counted.yield_of("a", "male").interval == (0.0, 1.0)


def test_many_small_tables_and_one_large_one_count_the_same(tiles: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = report.tally(tiles.layout)
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 3)
    assert report.tally(tiles.layout) == whole


def test_a_round_that_closes_while_it_is_counted_is_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1, 2])
    commit(layout, 1, 1, [3])
    list_files, calls = tables.row_files, []

    def closing(asked: Layout) -> list[Path]:
        files = list_files(asked)
        if not calls:
            close_round(layout, 1, 2, {})
        calls.append(files)
        return files

    monkeypatch.setattr(tables, "row_files", closing)
    assert report.tally(layout).total.accepted == 3
    assert len(calls) == 2


def test_rows_that_never_rest_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "row_files", lambda layout: [layout.root / "gone.parquet"])
    with pytest.raises(DamagedError, match="being built"):
        report.tally(Layout(tmp_path))


def test_a_damaged_file_is_named(tiles: Dataset) -> None:
    path = tiles.layout.round_file(1)
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DamagedError, match=r"000001\.parquet"):
        report.tally(tiles.layout)


def test_sources_of_labels_are_those_of_accepted_images(tiles: Dataset) -> None:
    naive: dict[str, Counter[str]] = {}
    for sample in tiles.samples:
        if sample.verdict.status == "accepted":
            for name, source in sample.verdict.sources.items():
                naive.setdefault(name, Counter())[source] += 1
    counted = count_sources(tiles.layout)
    assert {entry.attribute: Counter({k: v for k, v in entry.by_source.items() if v}) for entry in counted} == naive
    assert all(entry.labelled == naive[entry.attribute].total() for entry in counted)
