"""What all export formats share: the target folder appears whole or not at all; names that every file system takes."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agfd import ids
from agfd.errors import ImageError, UsageError
from agfd.registry import EXPORTERS
from agfd.store import write_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from agfd.records import Files, Sample

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"RIFF", ".webp"))


def export(samples: Iterable[tuple[Sample, Files]], out: Path, format: str) -> int:  # noqa: A002  # the word of the command line
    """Write pairs of a sample and its files into the new or empty folder `out`; returns how many images.

    An image without bytes means that only the thumbnail was kept, which is an error. Whatever goes wrong, `out` is as
    it was before. Raises `UnknownNameError` for a format that does not exist, `UsageError` for a folder that holds
    something, `WriteError`.
    """
    exporter = EXPORTERS.make(format)
    with _whole_folder(out) as folder:
        return exporter.write(iter(samples), folder)


@contextmanager
def _whole_folder(out: Path) -> Iterator[Path]:
    """A temporary folder beside `out` that takes its place when the block ends well."""
    out = out.absolute()
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; name a new or empty folder")
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty; name a new or empty folder")
    temporary = out.parent / f".tmp-{os.getpid()}-{out.name}"
    try:
        with write_errors(out):
            temporary.mkdir(parents=True)
            yield temporary
            if out.is_dir():
                out.rmdir()
            temporary.rename(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def safe_name(name: str) -> str:
    """`name` where every file system takes it as it is, else a readable part of it and a hash."""
    if _SAFE.fullmatch(name) and not name.endswith("."):
        return name
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:40]
    return f"{readable or 'row'}-{ids.digest(name)[:8]}"


def file_name(sample: Sample, data: bytes) -> str:
    """The name of an exported image: its row as a folder, its id, and the ending that its bytes call for.

    Raises `UsageError` where there are no bytes, `ImageError` for bytes that are no PNG, JPEG or WebP.
    """
    if not data:
        raise UsageError(
            f"of the {sample.verdict.status} image {sample.request.id} only the thumbnail was kept; "
            "to export rejected images too, build into a new folder with --keep all"
        )
    for signature, ending in _SIGNATURES:
        if data.startswith(signature):
            return f"{safe_name(sample.request.row)}/{sample.request.id}{ending}"
    raise ImageError(f"the file of image {sample.request.id} is neither PNG, JPEG nor WebP")
