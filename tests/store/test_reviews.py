"""Journals of reviewers: nothing that was taken is lost, nothing is rewritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agfd.errors import DamagedError, UsageError
from agfd.records import Press
from agfd.store import Layout, append_presses, journal, read_presses, read_reviews, standing

if TYPE_CHECKING:
    from pathlib import Path

FIRST = Press("k1", "a", "accept", at="2026-01-01T00:00:00+00:00")
SECOND = Press("k2", "a", "reject", "not_as_asked", "eyewear", "glasses")
UNDO = Press("k3", "a", None, undoes="k2")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert read_presses(layout, "ann") == []
    assert read_reviews(layout) == {}
    append_presses(layout, "ann", [FIRST])
    append_presses(layout, "ann", [SECOND, UNDO])
    append_presses(layout, "bob", [SECOND])
    assert read_presses(layout, "ann") == [FIRST, SECOND, UNDO]
    assert read_reviews(layout) == {"ann": {"a": FIRST}, "bob": {"a": SECOND}}


def test_the_last_press_that_was_not_taken_back_stands() -> None:
    assert standing([FIRST, SECOND]) == {"a": SECOND}
    assert standing([FIRST, SECOND, UNDO]) == {"a": FIRST}
    assert standing([FIRST, Press("k4", "a", None, undoes="k1")]) == {}


def test_a_line_that_was_cut_short_is_nobodys(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    append_presses(layout, "ann", [FIRST])
    whole = journal(layout, "ann").read_bytes()
    append_presses(layout, "ann", [SECOND])
    both = journal(layout, "ann").read_bytes()
    for cut in range(len(whole), len(both)):
        journal(layout, "ann").write_bytes(both[:cut])
        assert read_presses(layout, "ann") == [FIRST]
    append_presses(layout, "ann", [UNDO])
    assert read_presses(layout, "ann") == [FIRST, UNDO]


def test_other_damage_is_told(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    append_presses(layout, "ann", [FIRST])
    journal(layout, "ann").write_bytes(b"{}\n" + journal(layout, "ann").read_bytes())
    with pytest.raises(DamagedError, match="line 1"):
        read_presses(layout, "ann")


@pytest.mark.parametrize("name", ["", "../x", "a b", "-a", "a" * 41, "ä"])
def test_a_name_is_one_for_a_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="reviewer"):
        journal(Layout(tmp_path), name)
