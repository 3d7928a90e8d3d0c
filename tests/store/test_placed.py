"""Rows by their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agfd.errors import DamagedError
from agfd.store import Layout, PlacedRows, close_round, iterate_rows, stamp
from builders import commit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A closed round of two chunks and an open one of two."""
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1, 2, 3])
    commit(layout, 1, 1, [4, 5])
    close_round(layout, 1, 2, {})
    commit(layout, 2, 0, [6])
    commit(layout, 2, 1, [7, 8])
    return layout


def test_every_place_has_its_row(layout: Layout) -> None:
    rows = PlacedRows(layout)
    assert len(rows) == 8
    assert [rows.row(place) for place in range(8)] == list(iterate_rows(layout))
    with pytest.raises(IndexError):
        rows.row(8)


def test_there_may_be_none(tmp_path: Path) -> None:
    assert len(PlacedRows(Layout(tmp_path))) == 0


def test_a_place_outlasts_the_closing_of_its_round_and_not_its_file(layout: Layout) -> None:
    before, rows = stamp(layout), PlacedRows(layout)
    expected = rows.row(7)
    close_round(layout, 2, 2, {})
    with pytest.raises(DamagedError, match="cannot be read"):
        rows.row(7)
    assert stamp(layout) != before
    assert PlacedRows(layout).row(7) == expected


def test_a_stamp_stays_until_something_changes(layout: Layout) -> None:
    before = stamp(layout)
    assert stamp(layout) == before
    commit(layout, 2, 2, [9])
    assert stamp(layout) != before
