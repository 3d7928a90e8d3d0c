import errno
import os
from pathlib import Path

import pytest

from agfd.errors import WriteError
from agfd.store import Layout, close_round, sweep, write_bytes, write_errors
from agfd.store.files import TEMPORARY
from builders import commit, contents


class Crash(BaseException):
    """The process ends here."""


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"one")
    write_bytes(tmp_path / "a", b"two")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"two"}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk quota is used up"),
        (errno.EACCES, "there is no permission to write"),
        (errno.EPERM, "there is no permission to write"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_the_system_says_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    write_bytes(tmp_path / "a", b"old")

    def refuse(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(WriteError) as caught:
        write_bytes(tmp_path / "a", b"new")
    assert str(caught.value) == f"cannot write {tmp_path / 'a'}: {words}; what was finished before is safe"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}


def test_an_error_without_a_number_keeps_its_words(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="odd"), write_errors(tmp_path):
        raise OSError("odd")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="No such file or directory"):
        write_bytes(tmp_path / "gone" / "a", b"")


def test_sweep_takes_what_a_crash_left_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / f"{TEMPORARY}123-a.tar").write_bytes(b"half")
    (tmp_path / "a.tar").write_bytes(b"whole")
    sweep(tmp_path)
    sweep(tmp_path / "gone")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]


def crash_at(monkeypatch: pytest.MonkeyPatch, name: str, call: int) -> None:
    """The `call`-th use of `Path.replace` or `os.fsync` is the last thing that happens."""
    owner = Path if name == "replace" else os
    real, calls = getattr(owner, name), iter(range(1000))

    def wrapped(*args: object) -> object:
        if next(calls) == call:
            raise Crash
        return real(*args)

    monkeypatch.setattr(owner, name, wrapped)


@pytest.mark.parametrize(("name", "call"), [("replace", 0), ("replace", 1), *(("fsync", call) for call in range(4))])
def test_a_chunk_is_there_as_a_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, call: int
) -> None:
    layout, whole = Layout(tmp_path / "a"), Layout(tmp_path / "b")
    commit(whole, 1, 0, [1, 2])
    with monkeypatch.context() as patch:
        crash_at(patch, name, call)
        with pytest.raises(Crash):
            commit(layout, 1, 0, [1, 2])
    files = contents(layout)
    # Whatever has its name is complete, and the rows never stand there without their images.
    assert all(contents(whole)[file] == data for file, data in files.items() if TEMPORARY not in file)
    if layout.chunks("parquet"):
        assert layout.chunks("tar") == [(1, 0)]
    sweep(layout.shards)
    commit(layout, 1, 0, [1, 2])
    assert contents(layout) == contents(whole)


@pytest.mark.parametrize(("name", "call"), [("replace", 0), ("replace", 1), *(("fsync", call) for call in range(4))])
def test_a_round_is_closed_as_a_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, call: int
) -> None:
    layout, whole = Layout(tmp_path / "a"), Layout(tmp_path / "b")
    for place in (layout, whole):
        commit(place, 1, 0, [1, 2])
        commit(place, 1, 1, [3])
    close_round(whole, 1, 2, {2: "surplus"})
    with monkeypatch.context() as patch:
        crash_at(patch, name, call)
        with pytest.raises(Crash):
            close_round(layout, 1, 2, {2: "surplus"})
    if layout.closed_rounds():
        assert layout.round_file(1).read_bytes() == whole.round_file(1).read_bytes()
    assert layout.chunks("parquet") == [(1, 0), (1, 1)]
    sweep(layout.rounds)
    close_round(layout, 1, 2, {2: "surplus"})
    assert contents(layout) == contents(whole)
