"""Cutting a round into chunks: a function of the round and of the build identity, whoever works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.fill import Attempt, chunk_size
from agfd.run.messages import ChunkTask

if TYPE_CHECKING:
    from collections.abc import Sequence


def chunked(number: int, attempts: Sequence[Attempt], hint: int, batch: int = 0) -> list[ChunkTask]:
    """The round's attempts as chunks of consecutive ones, smaller towards its end.

    Each chunk holds at most a sixteenth of what is left, so that at the end of a round no worker makes a long chunk
    alone (guided self-scheduling, Polychronopoulos and Kuck 1987); a function of the round, whoever works. Where a
    `batch` is made at once a chunk holds whole batches, at least one: half a batch takes nearly as long.
    """
    tasks: list[ChunkTask] = []
    start = 0
    whole = max(1, batch)
    while start < len(attempts):
        size = max(whole, chunk_size(len(attempts) - start, hint) // whole * whole)
        tasks.append(ChunkTask(number, len(tasks), tuple(attempts[start : start + size])))
        start += size
    return tasks
