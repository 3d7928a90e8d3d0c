"""Making chunks: the generator works in the calling thread while the chunk before it is measured and written."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from agfd.errors import OutOfMemoryError, WorkerError
from agfd.ports import PHOTO, Batched
from agfd.records import Failure, Image, Outcome, Request, Sample, Status
from agfd.registry import ANALYZERS, GENERATORS
from agfd.run.finish import Finisher
from agfd.run.imported import table_of
from agfd.run.measuring import Measurer
from agfd.run.messages import ChunkDone, ChunkTask, ItemDone, Message, Short, WorkerSpec, broken
from agfd.run.preview import EarlyLook, looker
from agfd.run.rules import rules_by_row
from agfd.run.screen import screened
from agfd.run.waiting import PLACES, WaitingRoom
from agfd.store import Layout, Shard, commit_chunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agfd.ports import Analyzer, Generator, Preview

TRANSIENT_TRIES = 3
# What an image says of its making that was finished though it looked bad early.
EARLY = "Early stop"


@dataclass(slots=True)
class _Open:
    """A chunk that is being made."""

    task: ChunkTask
    started: float
    shard: Shard
    samples: list[Sample] = field(default_factory=list)
    generating: float = 0.0
    given_up: bool = False
    spared: list[Status] = field(default_factory=list)


_Made: TypeAlias = "tuple[_Open, Request, Outcome[Image]]"


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
        self._early = EarlyLook(looker(spec.analyzers), rules) if spec.early_stop else None
        self._finisher = Finisher(measurer, rules, spec.keep, whose, generated=info.domain != PHOTO)
        # An image, a chunk of which all were made, somebody who waits for all that came before, or the end.
        self._room: WaitingRoom[_Made | _Open | threading.Event | None] = WaitingRoom()
        self._batch = self._generator.batch if isinstance(self._generator, Batched) else 0
        # The smallest batch that did not fit.
        self._short = 0
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._finish_all, name="agfd-finish", daemon=True)

    def setup(self) -> None:
        """Load weights and scenes and start the finishing thread. Raises what loading raises."""
        self._generator.setup()
        if self._early is not None:
            self._early.setup()
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            self._room.put(None)
        self._raise()

    def make(self, task: ChunkTask) -> None:
        """Make the images of a chunk; it is measured, judged and written while the next one is being made.

        Says `Short` instead where its batch does not fit into memory, now or when another chunk tried.
        """
        if self._short and task.batch >= self._short:
            self._say(Short(task, f"{self._short} images at once did not fit before"))
            return
        requests = [self._table.request(*attempt) for attempt in task.attempts]
        if isinstance(self._generator, Batched):
            self._generator.batch = task.batch
            self._room.places = max(PLACES, 2 * task.batch)
        if task.probe is not None:
            self._probe(task, requests[task.probe])
            return
        name = self._layout.chunk_tar(*task.key).name
        chunk = _Open(task, time.perf_counter(), Shard(name))
        try:
            self._generate(chunk, requests)
        except OutOfMemoryError as error:
            self._give_up(chunk, error)
        else:
            self._put(chunk)

    def _probe(self, task: ChunkTask, request: Request) -> None:
        try:
            list(outcomes(self._generator, [request], self._early))
        except OutOfMemoryError as error:
            # It did not kill its worker; what becomes of its chunk is seen when that is made.
            self._say(Short(task, str(error)))
        else:
            self._say(ChunkDone(task))

    def _generate(self, chunk: _Open, requests: Sequence[Request]) -> None:
        """Hand the chunk's outcomes to the finishing thread. Raises `OutOfMemoryError`."""
        condemned = chunk.task.condemned
        healthy = [request for place, request in enumerate(requests) if place not in condemned]
        made = outcomes(self._generator, healthy, self._early)
        for place, request in enumerate(requests):
            if place in condemned:
                code = condemned[place]
                outcome: Outcome[Image] = Outcome(request.id, failure=Failure(code, f"its worker twice: {code}"))
            else:
                before = time.perf_counter()
                outcome = next(made)
                chunk.generating += time.perf_counter() - before
            self._put((chunk, request, outcome), _bytes(outcome))

    def _give_up(self, chunk: _Open, error: OutOfMemoryError) -> None:
        """Nothing of the chunk is written; what is said of its images was said before this is."""
        chunk.given_up = True
        self._short = chunk.task.batch
        through = threading.Event()
        self._put(through)
        through.wait()
        self._say(Short(chunk.task, str(error)))

    def close(self) -> None:
        """Wait until everything is written and release the generator. Raises what finishing raised."""
        if self._thread.is_alive():
            self._room.put(None)
            self._thread.join()
        self._generator.teardown()
        if isinstance(self._generator, Batched):
            # It may be the caller's, who may make something else with it.
            self._generator.batch = self._batch
        for analyzer in self._analyzers:
            analyzer.teardown()
        if self._early is not None:
            self._early.teardown()
        self._raise()

    def _put(self, item: _Made | _Open | threading.Event, size: int = 0) -> None:
        self._raise()
        self._room.put(item, size)

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _finish_all(self) -> None:
        try:
            # Networks stay in the thread that loads them.
            for analyzer in self._analyzers:
                analyzer.setup()
        except BaseException as error:  # raised again in the maker's thread
            self._error = error
        self._ready.set()
        while (item := self._room.get()) is not None:
            if isinstance(item, threading.Event):
                item.set()
                continue
            # After an error the room is still emptied, so that the maker never waits for a dead thread.
            if self._error is not None:
                continue
            try:
                if isinstance(item, _Open):
                    self._commit(item)
                elif not item[0].given_up:
                    self._finish(*item)
            except BaseException as error:  # raised again in the maker's thread
                self._error = error
                self._say(broken(error))

    def _finish(self, chunk: _Open, request: Request, outcome: Outcome[Image]) -> None:
        spared = self._early is not None and request.id in self._early.spared
        if spared and outcome.value is not None:
            made = {**outcome.value.made, EARLY: "spared"}
            outcome = replace(outcome, value=replace(outcome.value, made=made))
        sample = self._finisher.finish(request, outcome, chunk.shard)
        chunk.samples.append(sample)
        if spared:
            chunk.spared.append(sample.verdict.status)
        self._say(ItemDone(chunk.task.key, request.row, sample.verdict.status))

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
                device=str(self._spec.options.get("device", "")),
                spared=(chunk.spared.count("accepted"), len(chunk.spared)),
            )
        )


def _bytes(outcome: Outcome[Image]) -> int:
    """What an outcome holds in memory, about."""
    image = outcome.value
    if image is None:
        return 0
    maps = image.truth.maps.values() if image.truth else ()
    return sum(int(getattr(one, "nbytes", 0)) for one in (image.pixels, *maps))


def outcomes(
    generator: Generator, requests: Sequence[Request], preview: Preview | None = None
) -> Iterator[Outcome[Image]]:
    """One outcome per request, in order, whatever the generator raises; transient failures are tried again.

    An exception is put down to the first request without an outcome only after that request raised alone.
    """
    pending = list(requests)
    alone = False
    while pending:
        part = pending[:1] if alone else pending
        got = 0
        try:
            for request, outcome in zip(part, generator.generate(part, preview), strict=False):
                got += 1
                yield _settled(generator, request, outcome, preview)
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


def _settled(
    generator: Generator, request: Request, outcome: Outcome[Image], preview: Preview | None
) -> Outcome[Image]:
    """The outcome after more tries at a transient failure. Raises `WorkerError` when it does not pass."""
    for nth in range(TRANSIENT_TRIES):
        if outcome.failure is None or not outcome.failure.transient:
            return outcome
        time.sleep(0.5 * 2**nth)
        outcome = next(iter(generator.generate([request], preview)))
    if outcome.failure is not None and outcome.failure.transient:
        raise WorkerError(f"the generator is not available: {outcome.failure.message}")
    return outcome
