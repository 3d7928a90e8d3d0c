"""What the loop needs of an executor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agfd.run.messages import ChunkDone, ChunkTask, ItemDone, Short


class Executor(Protocol):
    """Gets chunks made, in any order."""

    def run(self, tasks: Iterable[ChunkTask]) -> Iterator[ItemDone | ChunkDone | Short]:
        """Draw tasks lazily, a few ahead of the workers, and tell of each image and chunk that is done.

        An `ItemDone` as an image gets its verdict, a `ChunkDone` when a chunk is on disk, a `Short` when a chunk's
        batch did not fit into memory: the caller then gives it back by `again`. Ends when all drawn tasks are done.
        Raises `UsageError` or `WorkerError` when work cannot go on; finished chunks stay.
        """
        ...

    def again(self, task: ChunkTask) -> None:
        """Have a chunk that ran short made after all, while `run` goes on."""
        ...

    def close(self) -> None:
        """End the workers at once."""
        ...
