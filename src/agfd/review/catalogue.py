"""Which images can be looked at, in which orders, and where their rows are. Also while a build adds to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from agfd.errors import DamagedError
from agfd.review.queues import COLUMNS, Figures, figures, orders
from agfd.store import PlacedRows, read_stable, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from agfd.review.queues import Order
    from agfd.store import Layout
    from agfd.store.placed import Stamp


# Rows that are kept: a page asks for what is known of an image, then for its picture, and comes back to the last ones.
_KEPT = 128


@dataclass(frozen=True, slots=True)
class _State:
    """What was known of the dataset at one time; never changed, so any thread may read it. `row`: by place."""

    stamp: Stamp
    row: Callable[[int], dict[str, Any]]
    figures: Figures
    by_id: NDArray[np.int64]
    queues: Mapping[str, Order]


class Catalogue:
    """The images of a dataset that have a picture, and `columns` of their rows. Any number of threads.

    It holds about 100 bytes for each image. Whatever reads raises `DamagedError`.
    """

    def __init__(self, layout: Layout, columns: Sequence[str]) -> None:
        self._layout, self._columns = layout, columns
        self._lock = Lock()
        self._state = _read(layout, columns)

    def refresh(self) -> None:
        """Read the dataset again if it has changed."""
        with self._lock:
            if stamp(self._layout) != self._state.stamp:
                self._state = _read(self._layout, self._columns)

    def __contains__(self, image: str) -> bool:
        return _number(self._state, image) is not None

    def queue(self, name: str) -> list[str]:
        """The images of a queue in its order."""
        state = self._state
        names: list[bytes] = state.figures.ids[state.queues[name]].tolist()
        return [name.decode() for name in names]

    def sizes(self, said: Iterable[str]) -> dict[str, tuple[int, int]]:
        """For each queue its images, and how many of them are among those that somebody `said` something of."""
        import numpy as np

        state = self._state
        spoken = np.zeros(len(state.figures.ids), dtype=bool)
        numbers = [number for image in said if (number := _number(state, image)) is not None]
        spoken[numbers] = True
        return {name: (len(order), int(spoken[order].sum())) for name, order in state.queues.items()}

    def row(self, image: str) -> Mapping[str, Any]:
        """The row of an image. Raises `KeyError` for one that is not there."""
        try:
            return self._row(image)
        except (DamagedError, LookupError):
            # Chunks of an open round become rows of a closed one while the dataset is being built.
            before = self._state
            self.refresh()
            if self._state is before:
                raise
        return self._row(image)

    def _row(self, image: str) -> Mapping[str, Any]:
        state = self._state
        number = _number(state, image)
        if number is None:
            raise KeyError(image)
        row = state.row(int(state.figures.places[number]))
        if row["id"] != image:
            raise DamagedError(f"the rows of {self._layout.root} have moved: read it again")
        return row


def _read(layout: Layout, columns: Sequence[str]) -> _State:
    while True:
        # Before the rows: what comes while they are read makes the next stamp another one.
        before = stamp(layout)
        try:
            return _read_once(layout, columns, before)
        except DamagedError:
            # A build that closes a round takes files away between their names and their rows.
            if stamp(layout) == before:
                raise


def _read_once(layout: Layout, columns: Sequence[str], before: Stamp) -> _State:
    import numpy as np

    found = read_stable(layout, COLUMNS, figures)
    placed = PlacedRows(layout)
    row = lru_cache(_KEPT)(lambda place: placed.row(place, columns))
    return _State(before, row, found, np.argsort(found.ids, kind="stable"), orders(found))


def _number(state: _State, image: str) -> int | None:
    """The number of an image; nothing of what is not there is trusted, least of all its length."""
    import numpy as np

    if not image.isascii() or len(image) > state.figures.ids.itemsize:
        return None
    name = np.bytes_(image.encode())
    place = int(np.searchsorted(state.figures.ids, name, sorter=state.by_id))
    if place == len(state.by_id):
        return None
    number = int(state.by_id[place])
    return number if state.figures.ids[number] == name else None
