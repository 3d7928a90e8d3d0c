"""What driver and workers say to each other: plain data that can be pickled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from agfd.errors import AgfdError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.fill import Attempt
    from agfd.recipe import Recipe

Keep = Literal["accepted", "all"]


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """All that a worker needs to know, once.

    `devices`: each worker has one of them; `threads`: those that its libraries may compute with.
    """

    root: str
    recipe: Recipe
    series: int
    generator: str
    options: Mapping[str, object]
    analyzers: tuple[str, ...]
    keep: Keep
    screen: bool = True
    devices: tuple[str, ...] = ()
    threads: int = 1
    early_stop: bool = False


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """A run of consecutive requests to make, measure, judge and write.

    `condemned`: places in the chunk whose item killed its worker, and the reason code to write for it. With `probe`
    only the item at that place is made, and thrown away, to find out whether it is the one that kills. `batch`: how
    many images a generator makes at once that can make several.
    """

    round: int
    chunk: int
    attempts: tuple[Attempt, ...]
    condemned: Mapping[int, str] = field(default_factory=dict)
    probe: int | None = None
    batch: int = 0

    @property
    def key(self) -> tuple[int, int]:
        """Round and chunk."""
        return self.round, self.chunk


@dataclass(frozen=True, slots=True)
class ItemDone:
    """One image got its verdict; for the display."""

    key: tuple[int, int]
    row: str
    status: str


@dataclass(frozen=True, slots=True)
class ChunkDone:
    """A chunk is on disk (or a probe survived). Seconds: wall time of making it, and of that in the generator.

    `spared`: of the images that an early look would have stopped and that were finished all the same, how many passed
    on their own, and how many there are.
    """

    task: ChunkTask
    accepted: int = 0
    rejected: int = 0
    failed: int = 0
    seconds: float = 0.0
    generating: float = 0.0
    worker: str = ""
    device: str = ""
    spared: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Short:
    """A chunk was not made: its batch does not fit into memory."""

    task: ChunkTask
    message: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A worker cannot go on: what its user should read, and whether the user can put it right."""

    message: str
    usage: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker is set up."""


Message = ItemDone | ChunkDone | Short | Broken | Ready


def broken(error: BaseException) -> Broken:
    """The message that tells a driver of an error."""
    text = str(error) if isinstance(error, AgfdError) else f"{type(error).__name__}: {error}"
    return Broken(text, isinstance(error, UsageError))
