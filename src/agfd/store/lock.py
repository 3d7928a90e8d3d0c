"""One writer at a time; readers need no lock."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from agfd.errors import LockedError
from agfd.store.files import write_errors
from agfd.store.staging import settle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agfd.store.layout import Layout


@contextmanager
def writing(layout: Layout) -> Iterator[None]:
    """Hold the dataset's lock; an exchange of files that a crash cut off is ended first.

    Raises `LockedError` at once when somebody else does, `WriteError` on a read-only folder.
    """
    from filelock import FileLock, Timeout

    with write_errors(layout.root):
        layout.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(layout.lock, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            message = f"another process is writing {layout.root}; wait for it or choose another folder"
            raise LockedError(message) from None
    try:
        settle(layout)
        yield
    finally:
        lock.release()
