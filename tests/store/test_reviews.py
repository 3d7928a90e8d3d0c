"""Journals of reviewers: nothing that was taken is lost, nothing is rewritten."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from agfd.errors import DamagedError, LockedError, UsageError, WriteError
from agfd.records import Press
from agfd.store import Journal, Layout, append_presses, journal, read_presses, read_reviews, standing

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


def test_the_end_is_found_without_reading_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path)
    many = [Press(f"k{n}", "a" * 40, "accept") for n in range(3000)]
    append_presses(layout, "ann", many)
    sizes: list[int] = []
    rfind = "agfd.store.reviews._whole_lines"
    monkeypatch.setattr(rfind, lambda data: sizes.append(len(data)) or data.rfind(b"\n") + 1)
    append_presses(layout, "ann", [UNDO])
    monkeypatch.undo()
    assert sum(sizes) < journal(layout, "ann").stat().st_size / 10
    assert read_presses(layout, "ann") == [*many, UNDO]


def test_a_torn_line_of_any_length_is_cut_off(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    for before, torn in (([], 1), ([FIRST], 10), ([FIRST], 1 << 13), ([FIRST], 40_000), ([], 40_000)):
        journal(layout, "ann").unlink(missing_ok=True)
        append_presses(layout, "ann", before)
        with journal(layout, "ann").open("ab") as file:
            file.write(b"x" * torn)
        append_presses(layout, "ann", [UNDO])
        assert read_presses(layout, "ann") == [*before, UNDO]


@pytest.mark.parametrize("step", ["write", "sync"])
def test_what_the_disk_did_not_take_is_not_there(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path)
    append_presses(layout, "ann", [FIRST])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def half(file: object, data: bytes) -> None:
        file.write(data[: len(data) - 5])  # type: ignore[attr-defined]
        full()

    with monkeypatch.context() as patch:
        patch.setattr(*(("agfd.store.reviews._write", half) if step == "write" else ("os.fsync", full)))
        with pytest.raises(WriteError, match="the disk is full"):
            append_presses(layout, "ann", [SECOND, UNDO])
    assert read_presses(layout, "ann") == [FIRST]


def test_one_process_writes_a_journal(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    mine = Journal(layout, "ann")
    with pytest.raises(LockedError, match=r"another process is writing .*ann\.jsonl"):
        Journal(layout, "ann")
    Journal(layout, "bob").close()
    mine.close()
    Journal(layout, "ann").close()


def test_a_journal_takes_each_press_once(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    mine = Journal(layout, "ann")
    mine.take([SECOND, FIRST, SECOND])
    mine.take([FIRST, UNDO])
    mine.close()
    again = Journal(layout, "ann")
    again.take([UNDO, FIRST])
    assert again.find("k3") == UNDO
    assert again.find("k4") is None
    assert again.standing() == {"a": FIRST}
    again.close()
    assert read_presses(layout, "ann") == [SECOND, FIRST, UNDO]


def test_what_was_not_written_can_be_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path)
    mine = Journal(layout, "ann")

    def fail(handle: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(WriteError):
            mine.take([FIRST])
    assert mine.find("k1") is None
    assert mine.standing() == {}
    mine.take([FIRST])
    mine.close()
    assert read_presses(layout, "ann") == [FIRST]


def test_a_folder_that_cannot_be_written_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("pathlib.Path.mkdir", read_only)
    with pytest.raises(WriteError, match="read-only"):
        Journal(Layout(tmp_path), "ann")


def test_a_damaged_journal_is_let_go_again(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    append_presses(layout, "ann", [FIRST])
    whole = journal(layout, "ann").read_bytes()
    journal(layout, "ann").write_bytes(b"{}\n" + whole)
    with pytest.raises(DamagedError):
        Journal(layout, "ann")
    journal(layout, "ann").write_bytes(whole)
    Journal(layout, "ann").close()
