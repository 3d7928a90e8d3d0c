"""What analyzers have in common that measure by the shared view of each picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

from agfd.analyze.view import Look, Sight, View, sight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.ports import AnalyzerInfo
    from agfd.records import Image, Measurements

N = TypeVar("N")

# The packages behind every view, as `agfd.registry.register` wants them.
NEEDS = ("onnxruntime>=1.20", "ai-edge-litert>=2.0", "pillow>=10.3")


class Onlooker(ABC, Generic[N]):
    """An analyzer that sees each picture as all others do, with networks `N` of its own. No GPU, one thread."""

    def __init__(self, look: Look | None = None) -> None:
        self._look = look or Look()
        self._sight: Sight | None = None
        self._networks: N | None = None

    @property
    @abstractmethod
    def info(self) -> AnalyzerInfo:
        """What it says of itself; works before `setup`, without downloads."""

    @abstractmethod
    def _load(self) -> N:
        """Its own networks. Raises `ModelsMissingError`, `ModelError`."""

    @abstractmethod
    def _measure(self, view: View, networks: N) -> Measurements:
        """What it sees in one picture."""

    def setup(self) -> None:
        """Loads the weights. Raises `ModelsMissingError` when they are not installed."""
        self._sight = sight(self._look)
        self._networks = self._load()

    def measure(self, images: Sequence[Image]) -> list[Measurements]:
        """One entry per image, in order, each from its own image alone."""
        if self._sight is None or self._networks is None:
            raise RuntimeError("setup() comes before measure()")
        return [self._measure(self._sight.view(image), self._networks) for image in images]

    def teardown(self) -> None:
        """Frees the networks."""
        self._sight = self._networks = None
