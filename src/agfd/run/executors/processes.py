"""Chunks made in worker processes of this machine; one that dies or hangs costs its chunk's time, never the build."""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, TYPE_CHECKING

from agfd.errors import UsageError, WorkerError
from agfd.run.executors.child import Child
from agfd.run.messages import Broken, ChunkDone, ChunkTask, ItemDone, Message, Ready, Short, WorkerSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agfd.ports import Resources

# One chunk in the making and the next one waiting: no worker waits for the driver.
AHEAD = 2
DEATHS = 2
POLL = 0.5

Heard = tuple["_Worker", Message | None]


class _Worker(Child):
    """A process that makes chunks; `seat`: which of the workers at one time it is, from 0."""

    def __init__(self, spec: WorkerSpec, seat: int, noise: IO[bytes], heard: SimpleQueue[Heard]) -> None:
        self.seat = seat
        self.tasks: deque[ChunkTask] = deque()
        self.exclusive = self.ready = self.timed_out = False
        self.last = time.monotonic()
        super().__init__(
            "agfd.run.executors.worker", noise, lambda child, message: heard.put((child, message)), spec.threads
        )
        self.tell(seated(spec, seat))


def seated(spec: WorkerSpec, seat: int) -> WorkerSpec:
    """What the worker on a seat is told: its generator gets the seat's device, in turn."""
    if not spec.devices:
        return spec
    return replace(spec, options={**spec.options, "device": spec.devices[seat % len(spec.devices)]})


def threads(resources: Resources) -> int:
    """Threads that a worker's libraries may compute with: its cores, whatever the number of workers, since the last
    bits of sums hang on it.
    """
    return max(1, int(resources.cpus))


def worker_count(resources: Resources) -> int:
    """Workers where nobody said how many: one for each device, or as many as have the cores they need."""
    if resources.devices:
        return len(resources.devices)
    return max(1, (os.cpu_count() or 1) // threads(resources))


class Processes:
    """`workers` processes of this machine, on the spec's devices in turn. An item may take `item_timeout` seconds."""

    def __init__(self, spec: WorkerSpec, workers: int, item_timeout: float = 600.0) -> None:
        self._spec, self._number, self._timeout = spec, workers, item_timeout
        self._heard: SimpleQueue[Heard] = SimpleQueue()
        self._workers: list[_Worker] = []
        self._redo: deque[ChunkTask] = deque()
        self._deaths: Counter[tuple[int, int]] = Counter()
        self._trials: dict[tuple[int, int], _Trial] = {}
        log = Path(spec.root) / "log"
        log.mkdir(parents=True, exist_ok=True)
        self._noise = (log / "workers.txt").open("ab")

    def run(self, tasks: Iterable[ChunkTask]) -> Iterator[ItemDone | ChunkDone | Short]:
        """See `Executor.run`."""
        source = iter(tasks)
        more = True
        while True:
            more = self._feed(source, more=more)
            if not more and not self._redo and not any(worker.tasks for worker in self._workers):
                return
            try:
                worker, message = self._heard.get(timeout=POLL)
            except Empty:
                self._kill_hanging()
                continue
            yield from self._hear(worker, message)
            self._kill_hanging()

    def again(self, task: ChunkTask) -> None:
        """See `Executor.again`."""
        self._redo.append(task)

    def close(self) -> None:
        """End all workers at once."""
        for worker in self._workers:
            worker.kill()
        self._workers.clear()
        self._noise.close()

    def _feed(self, source: Iterator[ChunkTask], *, more: bool) -> bool:
        """Give every worker something to do; returns whether the source may hold more."""
        for nth in range(self._number):
            worker = self._workers[nth] if nth < len(self._workers) else None
            while worker is None or (not worker.exclusive and len(worker.tasks) < AHEAD):
                # What was lost with a worker is made by one that does nothing else, so that a death tells who did it.
                again = bool(self._redo)
                if again and worker is not None and worker.tasks:
                    break
                task = self._redo.popleft() if again else next(source, None) if more else None
                if task is None:
                    return False if not again else more
                if worker is None:
                    worker = _Worker(self._spec, self._free_seat(), self._noise, self._heard)
                    self._workers.append(worker)
                if not worker.tasks:
                    worker.last = time.monotonic()
                worker.tasks.append(task)
                worker.exclusive = again
                worker.tell(task)
        return more

    def _free_seat(self) -> int:
        taken = {worker.seat for worker in self._workers}
        return next(seat for seat in range(self._number) if seat not in taken)

    def _hear(self, worker: _Worker, message: Message | None) -> Iterator[ItemDone | ChunkDone | Short]:
        worker.last = time.monotonic()
        if worker not in self._workers:
            return
        if message is None:
            self._bury(worker)
        elif isinstance(message, Broken):
            raise UsageError(message.message) if message.usage else WorkerError(message.message)
        elif isinstance(message, Ready):
            worker.ready = True
        elif isinstance(message, ChunkDone | Short):
            worker.tasks = deque(task for task in worker.tasks if task != message.task)
            worker.exclusive = worker.exclusive and bool(worker.tasks)
            if message.task.probe is None:
                yield message
            else:
                self._survived(message.task)
        else:
            yield message

    def _kill_hanging(self) -> None:
        now = time.monotonic()
        for worker in self._workers:
            # Nothing is heard of a batch before all of it is made.
            limit = self._timeout * max(1, worker.tasks[0].batch) if worker.tasks else self._timeout
            if worker.ready and worker.tasks and now - worker.last > limit and not worker.timed_out:
                worker.timed_out = True
                worker.process.kill()

    def _bury(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.kill()
        if not worker.ready:
            raise WorkerError(
                f"a worker ended while it was being set up (exit code {worker.process.returncode}); "
                f"what it said stands in {self._noise.name}"
            )
        code = "timeout" if worker.timed_out else "crash"
        for task in worker.tasks:
            self._lost(task, code)

    def _lost(self, task: ChunkTask, code: str) -> None:
        """A worker took this task with it."""
        if task.probe is not None:
            trial = self._trials[task.key]
            trial.deaths[task.probe] += 1
            if trial.deaths[task.probe] < DEATHS:
                self._redo.append(task)
            else:
                trial.condemned[task.probe] = code
                self._decided(trial, task.probe)
            return
        self._deaths[task.key] += 1
        if self._deaths[task.key] < DEATHS or task.key in self._trials:
            self._redo.append(task)
            return
        self._trials[task.key] = _Trial(task, set(range(len(task.attempts))))
        self._redo.extend(replace(task, probe=place) for place in range(len(task.attempts)))

    def _survived(self, task: ChunkTask) -> None:
        assert task.probe is not None
        self._decided(self._trials[task.key], task.probe)

    def _decided(self, trial: _Trial, place: int) -> None:
        trial.open.discard(place)
        if not trial.open:
            self._redo.append(replace(trial.task, condemned=dict(trial.condemned), probe=None))


@dataclass
class _Trial:
    """A chunk that killed two workers: each of its items is made alone to find the one that does it."""

    task: ChunkTask
    open: set[int]
    deaths: Counter[int] = field(default_factory=Counter)
    condemned: dict[int, str] = field(default_factory=dict)
