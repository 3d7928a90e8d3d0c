"""The waiting room between the thread that makes images and the one that finishes them."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")

# Enough to even out where images come one by one.
PLACES = 4
# Two batches of 64 images of 1024 px and their neighbours; where that is not enough the generator waits.
BYTES = 1 << 29


class WaitingRoom(Generic[T]):
    """A queue with room for `places` items and `limit` bytes; one item always finds room.

    A generator that makes a batch at once hands it over image by image: with room for two batches it begins the next
    one while all of the last are still to be finished.
    """

    def __init__(self, places: int = PLACES, limit: int = BYTES) -> None:
        self.places, self._limit = places, limit
        self._items: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._changed = threading.Condition()

    def put(self, item: T, size: int = 0) -> None:
        """Add an item of that many bytes; waits for room."""
        with self._changed:
            self._changed.wait_for(lambda: not self._items or self._fits(size))
            self._items.append((item, size))
            self._bytes += size
            self._changed.notify_all()

    def get(self) -> T:
        """The oldest item; waits for one."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._items))
            item, size = self._items.popleft()
            self._bytes -= size
            self._changed.notify_all()
            return item

    def _fits(self, size: int) -> bool:
        return len(self._items) < self.places and self._bytes + size <= self._limit
