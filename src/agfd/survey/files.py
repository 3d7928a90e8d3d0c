"""Which files of a folder there are to look at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def find(folder: Path, without: Path | None = None) -> list[str]:
    """Every file in `folder` and below but `without`, relative to it, with slashes, sorted by its shown name.

    Links are followed; a folder that several links lead to is entered once, so loops end. What is neither file nor
    folder (a broken link, a pipe) is listed too: looking at it will say so. Raises `OSError` where `folder` itself
    cannot be listed; a folder below it that cannot be listed stands for its files.
    """
    skipped = without.resolve() if without is not None else None
    entered = {_identity(folder)}
    found: list[str] = []
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        try:
            entries = sorted(os.scandir(folder / inside), key=lambda entry: entry.name)
        except OSError:
            if not inside:
                raise
            found.append(inside.removesuffix("/"))
            continue
        folders: list[str] = []
        for entry in entries:
            name = inside + entry.name
            if not _is_folder(entry):
                if skipped is None or entry.name != skipped.name or (folder / name).resolve() != skipped:
                    found.append(name)
            elif (identity := _identity(folder / name)) not in entered:
                entered.add(identity)
                folders.append(f"{name}/")
        waiting.extend(reversed(folders))
    return sorted(found, key=shown)


def shown(name: str) -> str:
    r"""A file's name as text: bytes that are no UTF-8 as `\xff`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads to itself.
        return False


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino
