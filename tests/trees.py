"""Comparing datasets on disk."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# What may differ between two builds of one dataset: the clock, the host, the lock.
VOLATILE = {"log", ".lock"}


def tree(folder: Path) -> dict[str, str]:
    """Every file of a dataset but its log, with its hash."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in VOLATILE
    }
