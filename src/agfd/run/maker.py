"""Making chunks: the generator works in the calling thread while the chunk before it is measured and written."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING

from agfd.errors import WorkerError
from agfd.ports import PHOTO
from agfd.records import Failure, Image, Outcome, Request, Sample
from agfd.registry import ANALYZERS, GENERATORS
from agfd.run.finish import Finisher
from agfd.run.imported import table_of
from agfd.run.measuring import Measurer
from agfd.run.messages import ChunkDone, ChunkTask, ItemDone, Message, WorkerSpec, broken
from agfd.run.rules import rules_by_row
from agfd.run.screen import screened
from agfd.store import Layout, Shard, commit_chunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agfd.ports import Analyzer, Generator

# Finished images that wait to be measured and encoded: enough to even out, little memory.
WAITING = 4
TRANSIENT_TRIES = 3


@dataclass(slots=True)
class _Open:
    """A chunk that is being made."""

    task: ChunkTask
    started: float
    shard: Shard
    samples: list[Sample] = field(default_factory=list)
    generating: float = 0.0


class ChunkMaker:
    """Makes chunks one after another; `say` hears of items and chunks, from another thread."""

    def __init__(self, spec: WorkerSpec, say: Callable[[Message], None], generator: Generator | None = None) -> None:
        self._spec, self._say = spec, say
        self._layout = Layout(Path(spec.root))
        self._table = table_of(self._layout, spec.recipe, spec.series)
        self._generator = generator or GENERATORS.make(spec.generator, **spec.options)
        self._analyzers: list[Analyzer] = [ANALYZERS.make(name) for name in spec.analyzers]
        info = self._generator.info
        rules = rules_by_row(spec.recipe, self._analyzers, info.domain)
        whose = screened(self._generator, spec.screen)
        measurer = Measurer(self._analyzers, info.domain)
        self._finisher = Finisher(measurer, rules, spec.keep, whose, generated=info.domain != PHOTO)
        self._queue: Queue[tuple[_Open, Request, Outcome[Image]] | _Open | None] = Queue(WAITING)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._finish_all, name="agfd-finish", daemon=True)

    def setup(self) -> None:
        """Load weights and scenes and start the finishing thread."""
        self._generator.setup()
        for analyzer in self._analyzers:
            analyzer.setup()
        self._thread.start()

    def make(self, task: ChunkTask) -> None:
        """Make the images of a chunk; it is measured, judged and written while the next one is being made."""
        requests = [self._table.request(*attempt) for attempt in task.attempts]
        if task.probe is not None:
            list(outcomes(self._generator, [requests[task.probe]]))
            self._say(ChunkDone(task))
            return
        name = self._layout.chunk_tar(*task.key).name
        chunk = _Open(task, time.perf_counter(), Shard(name))
        healthy = [request for place, request in enumerate(requests) if place not in task.condemned]
        made = outcomes(self._generator, healthy)
        for place, request in enumerate(requests):
            if place in task.condemned:
                code = task.condemned[place]
                outcome: Outcome[Image] = Outcome(request.id, failure=Failure(code, f"its worker twice: {code}"))
            else:
                before = time.perf_counter()
                outcome = next(made)
                chunk.generating += time.perf_counter() - before
            self._put((chunk, request, outcome))
        self._put(chunk)

    def close(self) -> None:
        """Wait until everything is written and release the generator. Raises what finishing raised."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._generator.teardown()
        for analyzer in self._analyzers:
            analyzer.teardown()
        self._raise()

    def _put(self, item: tuple[_Open, Request, Outcome[Image]] | _Open) -> None:
        self._raise()
        self._queue.put(item)

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _finish_all(self) -> None:
        while (item := self._queue.get()) is not None:
            # After an error the queue is still emptied, so that the maker never waits for a dead thread.
            if self._error is not None:
                continue
            try:
                if isinstance(item, _Open):
                    self._commit(item)
                else:
                    chunk, request, outcome = item
                    sample = self._finisher.finish(request, outcome, chunk.shard)
                    chunk.samples.append(sample)
                    self._say(ItemDone(chunk.task.key, request.row, sample.verdict.status))
            except BaseException as error:  # raised again in the maker's thread
                self._error = error
                self._say(broken(error))

    def _commit(self, chunk: _Open) -> None:
        commit_chunk(self._layout, *chunk.task.key, chunk.shard, chunk.samples)
        statuses = [sample.verdict.status for sample in chunk.samples]
        self._say(
            ChunkDone(
                chunk.task,
                statuses.count("accepted"),
                statuses.count("rejected"),
                statuses.count("failed"),
                seconds=time.perf_counter() - chunk.started,
                generating=chunk.generating,
                worker=str(os.getpid()),
            )
        )


def outcomes(generator: Generator, requests: Sequence[Request]) -> Iterator[Outcome[Image]]:
    """One outcome per request, in order, whatever the generator raises; transient failures are tried again.

    An exception is put down to the first request without an outcome only after that request raised alone.
    """
    pending = list(requests)
    alone = False
    while pending:
        part = pending[:1] if alone else pending
        got = 0
        try:
            for request, outcome in zip(part, generator.generate(part), strict=False):
                got += 1
                yield _settled(generator, request, outcome)
            problem: Failure | None = None
            if got < len(part):
                problem = Failure("no_outcome", "the generator ended without an outcome for this request")
        except WorkerError:
            raise
        except Exception as error:  # an item that raises costs that item, never the build
            problem = Failure("exception", f"{type(error).__name__}: {error}")
        pending = pending[got:]
        if problem is not None and alone and got == 0:
            yield Outcome(pending.pop(0).id, failure=problem)
            alone = False
        else:
            alone = problem is not None


def _settled(generator: Generator, request: Request, outcome: Outcome[Image]) -> Outcome[Image]:
    """The outcome after more tries at a transient failure. Raises `WorkerError` when it does not pass."""
    for nth in range(TRANSIENT_TRIES):
        if outcome.failure is None or not outcome.failure.transient:
            return outcome
        time.sleep(0.5 * 2**nth)
        outcome = next(iter(generator.generate([request])))
    if outcome.failure is not None and outcome.failure.transient:
        raise WorkerError(f"the generator is not available: {outcome.failure.message}")
    return outcome
