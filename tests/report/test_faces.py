"""Which faces are shown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agfd.records import Place
from agfd.report.faces import EXAMPLES, Face, find_faces, spread
from agfd.store import read_member, tables
from report.synthetic import Dataset, dataset

if TYPE_CHECKING:
    from pathlib import Path

RACES = ("White", "Black", "Indian")
PLACE = Place("a.tar", 0, 0, 0, 1, 0, 0, "", "", "")


@pytest.fixture
def tiles(tmp_path: Path) -> Dataset:
    return dataset(tmp_path / "set")


def faces(combinations: list[tuple[str, str, int]]) -> list[Face]:
    return [Face(f"{n:032x}", "row", "male", r, v, a, PLACE) for n, (r, v, a) in enumerate(combinations)]


def test_found_faces_are_accepted_and_rejected_ones_with_a_thumbnail(tiles: Dataset) -> None:
    found = find_faces(tiles.layout)
    for (row, sex), candidates in found.accepted.items():
        assert {face.id for face in candidates} <= {s.request.id for s in tiles.of(row, sex, "accepted")}
        assert candidates
    for (row, sex, reason), examples in found.rejected.items():
        named = [s for s in tiles.of(row, sex, "rejected") if reason in s.verdict.reasons]
        # Those that name the reason first come first, each in request order.
        wanted = sorted(named, key=lambda sample: sample.verdict.reasons.index(reason))
        assert [face.id for face in examples] == [sample.request.id for sample in wanted[:EXAMPLES]]
        assert read_member(tiles.layout, examples[0].place, thumbnail=True).startswith(b"\xff\xd8")
    assert max(len(examples) for examples in found.rejected.values()) > 1


def test_small_batches_find_the_same_faces(tiles: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = find_faces(tiles.layout)
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 2)
    assert find_faces(tiles.layout) == whole


@given(st.lists(st.tuples(st.sampled_from(RACES), st.sampled_from("ab"), st.sampled_from((25, 60))), max_size=40))
def test_spread_takes_races_as_evenly_as_they_are_there(combinations: list[tuple[str, str, int]]) -> None:
    available = Counter(race for race, _, _ in combinations)
    chosen = spread(faces(combinations), 7, RACES)
    assert len(chosen) == min(7, len(combinations)) == len({face.id for face in chosen})
    taken = Counter(face.race for face in chosen)
    for one in available:
        for other in available:
            # A race may only be behind another where all its faces are shown.
            assert taken[one] >= taken[other] - 1 or taken[one] == available[one]


def test_spread_shows_each_race_before_the_second_of_any() -> None:
    there = faces([(race, variant, age) for race in RACES for variant in "ab" for age in (25, 60)])
    shown = spread(there, 6, RACES)
    assert [face.race for face in shown] == [*RACES, *RACES]
    assert Counter(face.variant for face in shown) == {"a": 3, "b": 3}
    assert Counter(face.age for face in shown) == {25: 3, 60: 3}


def test_spread_of_nothing_is_nothing() -> None:
    assert spread([], 7, RACES) == []
