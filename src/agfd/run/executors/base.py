"""What the loop needs of an executor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from agfd.run.messages import ChunkDone, ChunkTask, ItemDone


class Executor(Protocol):
    """Gets chunks made, in any order.

    `run(tasks)` draws tasks lazily, a few ahead of the workers, and yields an `ItemDone` as images get their verdicts
    and a `ChunkDone` for every chunk that is on disk; it ends when all drawn tasks are done. It raises `UsageError`
    or `WorkerError` when work cannot go on; finished chunks stay. `close()` ends the workers at once.
    """

    def run(self, tasks: Iterable[ChunkTask]) -> Iterator[ItemDone | ChunkDone]: ...

    def close(self) -> None: ...
