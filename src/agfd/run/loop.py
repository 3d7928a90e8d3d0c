"""The one loop: plan a round, have its chunks made, close it, plan the next."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agfd.errors import DamagedError
from agfd.run.batches import BATCH, Epochs
from agfd.run.chunks import chunked
from agfd.run.identity import claim
from agfd.run.likeness import nothing_seen
from agfd.run.log import Log
from agfd.run.messages import ChunkDone, ChunkTask, ItemDone, Short
from agfd.run.state import close, open_round, recover
from agfd.store import Layout, read_rows, schema, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agfd.planning import Table
    from agfd.recipe import Recipe
    from agfd.run.executors import Executor
    from agfd.run.slots import Slots


@dataclass(frozen=True, slots=True)
class RoundOpened:
    """A round begins: its number, its requests, and how many of them are on disk from before."""

    number: int
    requests: int
    there: int


@dataclass(frozen=True, slots=True)
class RoundClosed:
    """A round is closed: its number, and how many of its accepted images were turned down at its end."""

    number: int
    turned_down: int


@dataclass(frozen=True, slots=True)
class BatchHalved:
    """Memory ran short: the images of a chunk are made again, so many at once, and those of all later chunks too."""

    key: tuple[int, int]
    batch: int


Event = RoundOpened | RoundClosed | ItemDone | ChunkDone | BatchHalved


@dataclass(frozen=True)
class Job:
    """One run of the loop. `table`: what is wanted; `slots`: of the folder's recipe, which may want more."""

    layout: Layout
    table: Table
    slots: Callable[[Recipe], Slots]
    build: dict[str, Any]
    chunk: int
    max_images: int | None = None
    max_time: float | None = None


class Budget:
    """How much more may be begun."""

    def __init__(self, max_images: int | None, max_time: float | None) -> None:
        self._images = max_images
        self._until = None if max_time is None else time.monotonic() + max_time
        self.begun = 0

    @property
    def spent(self) -> bool:
        """Whether nothing new may begin."""
        by_time = self._until is not None and time.monotonic() >= self._until
        return by_time or (self._images is not None and self.begun >= self._images)


def run(job: Job, executor: Callable[[Recipe], Executor], hear: Callable[[Event], None]) -> bool:
    """Build until every quota is full, given up, or the budget is spent; True unless the budget stopped it.

    Holds the dataset's lock. `executor` is called with the folder's recipe when there is something to make. Raises
    `BuildMismatchError`, `LockedError`, `WriteError`, `WorkerError`, `DamagedError`; finished chunks stay and a later
    run goes on from them.
    """
    # Loads Arrow: were it broken, that had to be known before the first image is paid for.
    schema()
    with writing(job.layout):
        recipe = claim(job.layout, job.build, job.table)
        slots = job.slots(recipe)
        state = recover(job.layout, nothing_seen(recipe.duplicates, job.build.get("same_person")))
        budget = Budget(job.max_images, job.max_time)
        epochs = Epochs(job.layout)
        crew: Executor | None = None
        log = Log(job.layout)
        log.write("run", table=job.table.total, build=job.build)
        try:
            while attempts := open_round(state, slots):
                number = state.closed + 1
                tasks = chunked(number, attempts, job.chunk, job.build.get(BATCH, 0))
                missing = [task for task in tasks if not _is_there(job, task)]
                epochs.open(number, len(tasks), {task.chunk for task in tasks} - {task.chunk for task in missing})
                there = len(attempts) - sum(len(task.attempts) for task in missing)
                hear(RoundOpened(number, len(attempts), there))
                if missing:
                    crew = crew or executor(recipe)
                    affordable = _affordable(missing, budget)
                    done = _make(crew, affordable, epochs, hear, log)
                    if done < len(missing):
                        return False
                turned_down = close(state, number, len(tasks))
                log.write("round", number=number, requests=len(attempts), turned_down=turned_down)
                hear(RoundClosed(number, sum(turned_down.values())))
        finally:
            log.close()
            if crew is not None:
                crew.close()
    return True


def _affordable(tasks: list[ChunkTask], budget: Budget) -> Iterator[ChunkTask]:
    for task in tasks:
        if budget.spent:
            return
        budget.begun += len(task.attempts)
        yield task


def _make(crew: Executor, tasks: Iterator[ChunkTask], epochs: Epochs, hear: Callable[[Event], None], log: Log) -> int:
    done = 0
    for event in crew.run(epochs.begin(task) for task in tasks):
        if isinstance(event, Short):
            again = epochs.halve(event)
            log.write("epoch", round=again.round, chunk=again.chunk, batch=again.batch, why=event.message)
            hear(BatchHalved(again.key, again.batch))
            crew.again(again)
            continue
        hear(event)
        if isinstance(event, ChunkDone):
            done += 1
            log.chunk(event)
    return done


def _is_there(job: Job, task: ChunkTask) -> bool:
    """Whether the chunk is on disk. Raises `DamagedError` where its file holds other requests."""
    path = job.layout.chunk_rows(*task.key)
    if not path.exists():
        return False
    rows = read_rows(path, ["row", "sex", "slot", "attempt"]).to_pylist()
    if [tuple(row.values()) for row in rows] != [tuple(attempt) for attempt in task.attempts]:
        raise DamagedError(f"{path} does not hold the requests of its chunk; run agfd verify {job.layout.root}")
    return True
