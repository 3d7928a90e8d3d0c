"""What people said of the images: one journal for each reviewer, beside the rows and never over them.

A line is one key press, as JSON; it is on the disk before anybody is told that it was taken. A press that takes back
another one is a line too, so nothing is ever rewritten. The last line is cut short by a power cut at worst: then it is
nobody's press yet, and the next writer cuts it off.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

from agfd.errors import DamagedError, LockedError, UsageError
from agfd.records import Press
from agfd.store.files import sync, write_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from io import FileIO
    from pathlib import Path

    from agfd.store.layout import Layout

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
# A line of a journal is some 200 bytes: its end is in the last block.
_BLOCK = 1 << 13


def journal(layout: Layout, reviewer: str) -> Path:
    """The journal of one reviewer. Raises `UsageError` for a name that is none for a file."""
    if not _NAME.fullmatch(reviewer):
        raise UsageError(f"reviewer: write up to 40 letters, digits, - and _, not {reviewer!r}")
    return layout.reviews / f"{reviewer}.jsonl"


class Journal:
    """The journal of one reviewer in the hands of the one process that writes it, until `close`.

    One thread at a time. Raises `LockedError` at once where another process has it, `DamagedError`, and `WriteError`
    where the dataset cannot be written.
    """

    def __init__(self, layout: Layout, reviewer: str) -> None:
        from filelock import FileLock, Timeout

        self.layout, self.reviewer, self.path = layout, reviewer, journal(layout, reviewer)
        with write_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Taken in one thread and let go in another.
            self._lock = FileLock(layout.reviews / f".{reviewer}.lock", timeout=0, thread_local=False)
            try:
                self._lock.acquire()
            except Timeout:
                raise LockedError(f"another process is writing {self.path}; end it or choose another name") from None
        try:
            self._presses = read_presses(layout, reviewer)
            # A folder that cannot be written is told now and not at the first key.
            append_presses(layout, reviewer, [])
        except BaseException:
            self._lock.release()
            raise
        self._keys = {press.key: press for press in self._presses}
        self._standing: dict[str, Press] | None = None

    def close(self) -> None:
        """Let another process have the journal."""
        self._lock.release()

    def find(self, key: str) -> Press | None:
        """The press of that key, if it was taken."""
        return self._keys.get(key)

    def standing(self) -> Mapping[str, Press]:
        """The press that stands for each image; what is returned never changes."""
        # Asked for with every image that is looked at, and changed only by a press.
        if self._standing is None:
            self._standing = standing(self._presses)
        return self._standing

    def take(self, presses: Sequence[Press]) -> None:
        """Write the presses that were not taken before, in their order, and wait until the disk has them.

        All of them or none. Raises `WriteError`.
        """
        new: dict[str, Press] = {}
        for press in presses:
            if press.key not in self._keys:
                new.setdefault(press.key, press)
        if new:
            append_presses(self.layout, self.reviewer, list(new.values()))
            self._presses += new.values()
            self._keys |= new
            self._standing = None


def append_presses(layout: Layout, reviewer: str, presses: Sequence[Press]) -> None:
    """Add key presses to a journal and wait until the disk has them; all or none. One writer at a time.

    Raises `WriteError`.
    """
    path = journal(layout, reviewer)
    told = [{name: value for name, value in asdict(press).items() if value is not None} for press in presses]
    data = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in told)
    with write_errors(path):
        is_new = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+", buffering=0) as file:
            end = _end_of_lines(file)
            file.truncate(end)
            try:
                _write(file, data)
            except OSError:
                # What nobody was told of is not to be read either.
                with suppress(OSError):
                    file.truncate(end)
                raise
        if is_new:
            # The names too must outlast a power cut.
            sync(path.parent)
            sync(layout.root)


def _write(file: FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    os.fsync(file.fileno())


def _end_of_lines(file: FileIO) -> int:
    """The place behind the last whole line, looked for from the end."""
    place = file.seek(0, os.SEEK_END)
    while place:
        start = max(0, place - _BLOCK)
        file.seek(start)
        block = file.read(place - start)
        if found := _whole_lines(block):
            return start + found
        place = start
    return 0


def read_presses(layout: Layout, reviewer: str) -> list[Press]:
    """All key presses of one reviewer, in their order; none where there is no journal. Raises `DamagedError`."""
    path = journal(layout, reviewer)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    presses = []
    for number, line in enumerate(data[: _whole_lines(data)].splitlines(), 1):
        try:
            presses.append(Press(**json.loads(line)))
        except (ValueError, TypeError):
            raise DamagedError(f"{path}, line {number}: this is no key press of a reviewer") from None
    return presses


def read_reviews(layout: Layout) -> dict[str, Mapping[str, Press]]:
    """What every reviewer says today: by reviewer, then by image. Raises `DamagedError`."""
    names = sorted(path.stem for path in layout.reviews.glob("*.jsonl")) if layout.reviews.is_dir() else []
    return {name: standing(read_presses(layout, name)) for name in names}


def standing(presses: Sequence[Press]) -> dict[str, Press]:
    """The press that stands for each image: the last one that was not taken back. The same key twice is one press."""
    undone = {press.undoes for press in presses if press.undoes is not None}
    result: dict[str, Press] = {}
    for press in presses:
        if press.undoes is None and press.key not in undone:
            result.pop(press.image, None)
            result[press.image] = press
    return result


def _whole_lines(data: bytes) -> int:
    return data.rfind(b"\n") + 1
