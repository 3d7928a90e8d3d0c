"""What is read off a picture by a network that several analyzers share: each picture once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from agfd.analyze.view import View

T = TypeVar("T")


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
