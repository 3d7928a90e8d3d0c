"""How many images a generator makes at once: found by trial, put on record, halved where memory runs short."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agfd.errors import DamagedError, OutOfMemoryError
from agfd.run.identity import read_build, write_build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agfd.ports import Batched
    from agfd.run.messages import ChunkTask, Short
    from agfd.store import Layout

BATCH, EPOCHS = "batch", "epochs"

Key = tuple[int, int]


def settled(layout: Layout, generator: Batched, find: Callable[[], int]) -> int:
    """The batch of a dataset: what its user says, else what is on record, else what `find` finds by trial."""
    if generator.batch:
        return generator.batch
    recorded = read_build(layout).get(BATCH, 0) if layout.build.exists() else 0
    return int(recorded) or find()


def by_trial(generator: Any) -> int:
    """The largest batch of a generator that is set up for that and let go again. Raises `OutOfMemoryError`."""
    generator.setup()
    try:
        found = int(generator.largest_batch())
    finally:
        generator.teardown()
    if found < 1:
        raise too_short("the trial found no batch that fits")
    return found


def too_short(why: str) -> OutOfMemoryError:
    """What to say where a single image is too much."""
    return OutOfMemoryError(
        f"not even one image at a time fits into the memory of the device ({why}); make smaller images "
        "(--set settings.width=512 --set settings.height=512), take a smaller model (--model), or have it decode in "
        "slices (--set generator.slices=1)",
        1,
    )


def recorded_batch(build: Mapping[str, Any], key: Key) -> int:
    """How many images at once a chunk (round, chunk) is made with; 0 where the generator makes them one by one."""
    return _at(_entries(build), build.get(BATCH, 0), key)


def _entries(build: Mapping[str, Any]) -> dict[Key, int]:
    """From which chunk on how many. Raises `DamagedError`."""
    try:
        return {(int(one["round"]), int(one["chunk"])): int(one["batch"]) for one in build.get(EPOCHS, ())}
    except (KeyError, TypeError, ValueError):
        raise DamagedError("the epochs in build.json are damaged: each has a round, a chunk and a batch") from None


def _at(entries: Mapping[Key, int], first: int, key: Key) -> int:
    before = [begin for begin in entries if begin <= key]
    return entries[max(before)] if before else first


class Epochs:
    """Which chunk is made with how many images at once, as `build.json` has it.

    An entry holds from its chunk on until the next entry. Chunks that are on disk or in the making when memory runs
    short keep what they have, so that the record always tells how a chunk was made.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        build = read_build(layout)
        self._first = int(build.get(BATCH, 0))
        self._batches = _entries(build)
        self._round = self._chunks = 0
        self._begun: set[int] = set()

    def open(self, number: int, chunks: int, there: Iterable[int]) -> None:
        """A round of so many chunks begins, some of which are on disk."""
        self._round, self._chunks, self._begun = number, chunks, set(there)

    def begin(self, task: ChunkTask) -> ChunkTask:
        """The chunk with its batch, which it keeps until it runs short itself."""
        self._begun.add(task.chunk)
        return replace(task, batch=self._of(task.key))

    def halve(self, short: Short) -> ChunkTask:
        """The chunk that ran short, with half its batch, which is on record from now on for all that are not begun.

        Where another chunk was there first with the same batch, this one gets what that one got. Raises
        `OutOfMemoryError` where one image is too much, `WriteError`.
        """
        task = short.task
        if task.batch <= 1:
            raise too_short(short.message)
        later = self._of((self._round + 1, 0))
        smaller = later if later < task.batch else task.batch // 2
        kept = self._begun - {task.chunk}
        wanted = [self._of((self._round, c)) if c in kept else smaller for c in range(self._chunks)]
        self._batches = {key: batch for key, batch in self._batches.items() if key[0] < self._round}
        for place, batch in enumerate([*wanted, smaller]):
            key = (self._round, place) if place < self._chunks else (self._round + 1, 0)
            if self._of(key) != batch:
                self._batches[key] = batch
        entries = [{"round": r, "chunk": c, "batch": n} for (r, c), n in sorted(self._batches.items())]
        write_build(self._layout, read_build(self._layout) | {EPOCHS: entries})
        return replace(task, batch=smaller)

    def _of(self, key: Key) -> int:
        return _at(self._batches, self._first, key)
