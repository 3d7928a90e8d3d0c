"""What is counted while a build runs."""

from __future__ import annotations

from agfd.api import BatchHalved, ChunkDone, ItemDone
from agfd.cli.display import Progress
from agfd.run.messages import ChunkTask


def test_what_was_told_of_a_chunk_that_ran_short_is_taken_back() -> None:
    progress = Progress({"a": 4}, {})
    for key, status in (((1, 0), "accepted"), ((1, 1), "accepted"), ((1, 1), "rejected"), ((1, 1), "failed")):
        progress.hear(ItemDone(key, "a", status))
    progress.hear(ChunkDone(ChunkTask(1, 0, ()), accepted=1))
    progress.hear(BatchHalved((1, 1), 2))
    assert (progress.made, progress.accepted["a"], progress.rejected, progress.failed) == (1, 1, 0, 0)
    # What is on disk is not taken back.
    progress.hear(BatchHalved((1, 0), 1))
    assert progress.made == 1
