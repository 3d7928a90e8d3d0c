"""Hashes of weight files: read once, then remembered by path, size and time of change.

Gigabytes take seconds to read, and every build asks. What is remembered lies beside the installed weights.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from typing import TYPE_CHECKING

from agfd import ids, models
from agfd.models.cache import sha256_of

if TYPE_CHECKING:
    from pathlib import Path


def sha256(path: Path) -> str:
    """The SHA-256 of the file, in hexadecimal."""
    real = path.resolve()
    found = real.stat()
    note = models.folder() / "hashes" / f"{ids.digest([str(real), found.st_size, found.st_mtime_ns])}.txt"
    with contextlib.suppress(OSError, ValueError):
        known = note.read_text(encoding="ascii").strip()
        if re.fullmatch("[0-9a-f]{64}", known):
            return known
    told = sha256_of(real)
    _remember(note, told)
    return told


def auto_v2(path: Path) -> str:
    """The hash of a single file as AUTOMATIC1111 and civitai show it (AutoV2): the first ten digits of its SHA-256."""
    return sha256(path)[:10]


def auto_v3(path: Path) -> str:
    """The hash of a LoRA as AUTOMATIC1111 writes it into a picture and civitai shows it (AutoV3): the first twelve
    digits of the SHA-256 of what follows the file's header, so that a changed note does not change it.
    """
    with path.open("rb") as stream:
        stream.seek(8 + int.from_bytes(stream.read(8), "little"))
        return hashlib.file_digest(stream, "sha256").hexdigest()[:12]


def _remember(note: Path, told: str) -> None:
    # A cache that cannot be written costs time and nothing else.
    with contextlib.suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        temporary = note.with_name(f".{note.name}.{os.getpid()}.tmp")
        temporary.write_text(told, encoding="ascii")
        temporary.replace(note)
