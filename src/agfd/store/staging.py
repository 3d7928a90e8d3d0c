"""Replacing several files of a dataset at once: all of them or none, whenever the power is cut."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agfd.store import files
from agfd.store.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Written last: with it the new files are complete and only have to be moved.
_COMPLETE = "complete"


@contextmanager
def exchanging(layout: Layout) -> Iterator[Layout]:
    """A folder laid out like the dataset; what is written there takes its place when the block ends well.

    The caller holds the lock. A power cut before the block ends leaves the dataset as it was, one after it the new
    files, which the next `settle` moves. Raises `WriteError`.
    """
    staging = Layout(layout.staging)
    with files.write_errors(staging.root):
        for folder in (staging.rounds, staging.shards):
            folder.mkdir(parents=True)
    try:
        yield staging
    except BaseException:
        shutil.rmtree(staging.root, ignore_errors=True)
        raise
    for folder in (staging.rounds, staging.shards, staging.root, layout.root):
        files.sync(folder)
    files.write_bytes(staging.root / _COMPLETE, b"")
    settle(layout)


def is_unsettled(layout: Layout) -> bool:
    """Whether new files wait to take the places of old ones: a crash came between."""
    return (layout.staging / _COMPLETE).exists()


def settle(layout: Layout) -> None:
    """End an exchange that a crash cut off: forward if the new files are complete, else back."""
    if not layout.staging.is_dir():
        return
    with files.write_errors(layout.root):
        if is_unsettled(layout):
            for path in _new_files(layout.staging):
                target = layout.root / path.relative_to(layout.staging)
                path.replace(target)
                files.sync(target.parent)
        shutil.rmtree(layout.staging)


def _new_files(staging: Path) -> list[Path]:
    return sorted(path for path in staging.rglob("*") if path.is_file() and path.name != _COMPLETE)
