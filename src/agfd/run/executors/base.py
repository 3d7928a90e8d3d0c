"""What the loop needs of an executor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agfd.run.messages import ChunkDone, ChunkTask, ItemDone


class Executor(Protocol):
    """Gets chunks made, in any order."""

    def run(self, tasks: Iterable[ChunkTask]) -> Iterator[ItemDone | ChunkDone]:
        """Draw tasks lazily, a few ahead of the workers, and tell of each image and chunk that is done.

        An `ItemDone` as an image gets its verdict, a `ChunkDone` when a chunk is on disk; ends when all drawn tasks
        are done. Raises `UsageError` or `WorkerError` when work cannot go on; finished chunks stay.
        """
        ...

    def close(self) -> None:
        """End the workers at once."""
        ...
