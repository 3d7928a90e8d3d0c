"""Writing files so that a crash leaves either the old one, the new one, or a temporary name that is swept."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agfd.errors import WriteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPORARY = ".tmp-"


@contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors on writing into one sentence."""
    try:
        yield
    except OSError as error:
        reasons = {
            errno.ENOSPC: "the disk is full",
            errno.EDQUOT: "the disk quota is used up",
            errno.EROFS: "the file system is read-only",
            errno.EACCES: "there is no permission to write",
            errno.EPERM: "there is no permission to write",
        }
        reason = reasons.get(error.errno or 0, error.strerror or str(error))
        raise WriteError(f"cannot write {path}: {reason}; what was finished before is safe") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`; when the block ends well it is synced and takes the place of `path`."""
    temporary = path.parent / f"{TEMPORARY}{os.getpid()}-{path.name}"
    try:
        with write_errors(path):
            yield temporary
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file at once or not at all. Raises `WriteError`."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def sync(path: Path) -> None:
    """Have the system write a file or folder to the disk."""
    # Windows cannot open a folder; its rename is durable without.
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove temporary files that a crash left behind."""
    if folder.is_dir():
        for path in folder.iterdir():
            if path.name.startswith(TEMPORARY):
                path.unlink(missing_ok=True)
