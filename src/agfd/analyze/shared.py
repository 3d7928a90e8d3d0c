"""Networks that several analyzers ask for: one instance in each thread, and each picture seen once."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from agfd.analyze.view import View

T = TypeVar("T")

_instances: WeakValueDictionary[tuple[Hashable, ...], Any] = WeakValueDictionary()


def shared(make: Callable[..., T], *arguments: Hashable) -> T:
    """What `make` gives for these arguments: the one instance of this thread, alive as long as somebody holds it.

    Networks cannot run in two threads at once, and analyzers stay in the thread that sets them up.
    """
    key = (threading.get_ident(), make, *arguments)
    found: T | None = _instances.get(key)
    if found is None:
        found = _instances[key] = make(*arguments)
    return found


class Reader(ABC, Generic[T]):
    """Reads something off a picture's main face, once for all who ask for the same view."""

    _last: tuple[View, T | None] | None = None

    def read(self, view: View) -> T | None:
        """What it reads, which nobody may change; None without a face."""
        if self._last is None or self._last[0] is not view:
            self._last = view, self._look(view) if view.faces else None
        return self._last[1]

    @abstractmethod
    def _look(self, view: View) -> T:
        """The same for a view with a face."""
