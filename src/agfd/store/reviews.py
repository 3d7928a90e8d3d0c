"""What people said of the images: one journal for each reviewer, beside the rows and never over them.

A line is one key press, as JSON; it is on the disk before anybody is told that it was taken. A press that takes back
another one is a line too, so nothing is ever rewritten. The last line is cut short by a power cut at worst: then it is
nobody's press yet, and the next writer cuts it off.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict
from typing import TYPE_CHECKING

from agfd.errors import DamagedError, UsageError
from agfd.records import Press
from agfd.store.files import write_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from agfd.store.layout import Layout

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def journal(layout: Layout, reviewer: str) -> Path:
    """The journal of one reviewer. Raises `UsageError` for a name that is none for a file."""
    if not _NAME.fullmatch(reviewer):
        raise UsageError(f"reviewer: write up to 40 letters, digits, - and _, not {reviewer!r}")
    return layout.reviews / f"{reviewer}.jsonl"


def append_presses(layout: Layout, reviewer: str, presses: Sequence[Press]) -> None:
    """Add key presses to a journal and wait until the disk has them. One writer at a time. Raises `WriteError`."""
    path = journal(layout, reviewer)
    with write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            file.seek(0)
            file.truncate(_whole_lines(file.read()))
            for press in presses:
                told = {name: value for name, value in asdict(press).items() if value is not None}
                file.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


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
