"""The header of a safetensors file: names and shapes of what it holds, without loading any of it.

The format: 8 bytes with the length of the header (little endian), the header as JSON, then the numbers of all tensors
without gaps (https://github.com/huggingface/safetensors#format).
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from agfd.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Formats that are pickles, or may be: opening one can run whatever its author put into it.
PICKLES = (".ckpt", ".pt", ".pth", ".bin", ".pkl", ".pickle")

# The library's own bound (100 MB); a longer header is damage.
_LONGEST = 100_000_000


@dataclass(frozen=True, slots=True)
class Header:
    """What a safetensors file says of itself: the shape of each tensor by name, and its free text."""

    shapes: Mapping[str, tuple[int, ...]]
    notes: Mapping[str, str]

    def has(self, prefix: str) -> bool:
        """Whether any tensor's name starts so."""
        return any(name.startswith(prefix) for name in self.shapes)

    def width(self, name: str) -> int | None:
        """The last dimension of the tensor `name`, or None where there is none."""
        shape = self.shapes.get(name)
        return shape[-1] if shape else None


def refuse_pickle(path: str) -> None:
    """Raises `UsageError` if the name `path` is that of a pickle."""
    if path.lower().endswith(PICKLES):
        raise UsageError(
            f"{path} is refused: it is a pickle, and opening one can run any program; take the .safetensors file of "
            "the same model (most pages offer both), or convert it on a machine that you can spare"
        )


def read(path: Path) -> Header:
    """The header of the file. Raises `UsageError` for what is no safetensors file, or one that is cut off."""
    refuse_pickle(str(path))
    try:
        found = path.stat()
        return _read(path, found.st_size, found.st_mtime_ns)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None


@lru_cache(maxsize=64)
def _read(path: Path, size: int, _changed: int) -> Header:
    if size == 0:
        raise UsageError(f"{path} is empty: fetch it again")
    with path.open("rb") as stream:
        start = stream.read(8)
        if _is_page(start):
            raise UsageError(
                f"{path} is a web page and no model: the download was answered with a page, often one that asks to log "
                "in; fetch it again"
            )
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else _LONGEST
        if length >= _LONGEST:
            raise UsageError(f"{path} is not a safetensors file, whatever its name says")
        text = stream.read(length)
    if len(text) < length:
        raise _cut_off(path)
    entries = _entries(path, text)
    notes = entries.pop("__metadata__", None)
    shapes, end = _shapes(path, entries)
    if 8 + length + end > size:
        raise _cut_off(path)
    return Header(shapes, notes if isinstance(notes, dict) else {})


def _is_page(start: bytes) -> bool:
    return start.lstrip().lower().startswith((b"<!doct", b"<html", b"<head", b"<?xml"))


def _cut_off(path: Path) -> UsageError:
    return UsageError(f"{path} is cut off: the download did not end; fetch it again")


def _entries(path: Path, text: bytes) -> dict[str, Any]:
    try:
        entries = json.loads(text)
    except ValueError:
        entries = None
    if not isinstance(entries, dict):
        raise UsageError(f"{path} is not a safetensors file, or a damaged one: its header cannot be read")
    return entries


def _shapes(path: Path, entries: dict[str, Any]) -> tuple[dict[str, tuple[int, ...]], int]:
    """The shapes, and where the numbers of the last tensor end."""
    try:
        shapes = {name: tuple(entry["shape"]) for name, entry in entries.items()}
        end = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
    except (KeyError, TypeError, IndexError):
        raise UsageError(f"{path} is a damaged safetensors file: an entry of its header is not complete") from None
    return shapes, end
