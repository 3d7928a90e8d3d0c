"""Chunks made in this process: for generators that are objects of the caller, for notebooks and tests."""

from __future__ import annotations

from collections import deque
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from agfd.run.maker import ChunkMaker
from agfd.run.messages import ChunkDone, ChunkTask, ItemDone, Message, Short, WorkerSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agfd.ports import Generator


class Inline:
    """One worker: the caller's own process. A generator that kills its process kills the caller."""

    def __init__(self, spec: WorkerSpec, generator: Generator | None = None) -> None:
        self._spec, self._generator = spec, generator
        self._again: deque[ChunkTask] = deque()

    def run(self, tasks: Iterable[ChunkTask]) -> Iterator[ItemDone | ChunkDone | Short]:
        """See `Executor.run`."""
        heard: SimpleQueue[Message] = SimpleQueue()
        maker = ChunkMaker(self._spec, heard.put, self._generator)
        maker.setup()
        try:
            for task in tasks:
                maker.make(task)
                yield from _waiting(heard)
                while self._again:
                    maker.make(self._again.popleft())
                    yield from _waiting(heard)
        finally:
            maker.close()
        yield from _waiting(heard)

    def again(self, task: ChunkTask) -> None:
        """See `Executor.again`."""
        self._again.append(task)

    def close(self) -> None:
        """Nothing is left running between calls."""


def _waiting(heard: SimpleQueue[Message]) -> Iterator[ItemDone | ChunkDone | Short]:
    while True:
        try:
            message = heard.get_nowait()
        except Empty:
            return
        if isinstance(message, ItemDone | ChunkDone | Short):
            yield message
