"""Files looked at in processes of this machine; one that dies or hangs over a file costs that file a retry, no more."""

from __future__ import annotations

import tempfile
import time
from collections import Counter, deque
from queue import Empty, SimpleQueue
from typing import IO, TYPE_CHECKING, Any

from agfd.errors import UsageError, WorkerError
from agfd.run.executors.child import Child
from agfd.run.messages import Broken, Ready
from agfd.survey.looking import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# Files told to a worker before it answers: enough that it never waits, few enough that the last ones are shared out.
AHEAD = 4
DEATHS = 2
POLL = 0.5

Heard = tuple["_Worker", Any]


class _Worker(Child):
    """A process that answers for its files in the order in which it was told them."""

    def __init__(self, spec: tuple[str, tuple[str, ...]], noise: IO[bytes], heard: SimpleQueue[Heard]) -> None:
        self.files: deque[int] = deque()
        self.ready = self.timed_out = False
        self.last = time.monotonic()
        super().__init__("agfd.survey.worker", noise, lambda child, message: heard.put((child, message)))
        self.tell(spec)


class Pool:
    """`workers` processes that look at files below `root`; a file may take `timeout` seconds."""

    def __init__(self, root: Path, analyzers: Sequence[str], workers: int, timeout: float = 300.0) -> None:
        self._spec = (str(root), tuple(analyzers))
        self._number, self._timeout = workers, timeout
        self._heard: SimpleQueue[Heard] = SimpleQueue()
        self._workers: list[_Worker] = []
        self._again: deque[int] = deque()
        self._deaths: Counter[int] = Counter()
        self._noise = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the pool

    def look(self, names: Sequence[str]) -> Iterator[tuple[int, Seen]]:
        """The look at each file with its place in `names`, in any order.

        Raises `UsageError` or `WorkerError` where no worker can start.
        """
        source = iter(range(len(names)))
        left = len(names)
        while left:
            self._feed(source, names)
            try:
                worker, message = self._heard.get(timeout=POLL)
            except Empty:
                self._kill_hanging()
                continue
            for answer in self._hear(worker, message):
                left -= 1
                yield answer
            self._kill_hanging()

    def close(self) -> None:
        """End all workers at once."""
        for worker in self._workers:
            worker.kill()
        self._workers.clear()
        self._noise.close()

    def _feed(self, source: Iterator[int], names: Sequence[str]) -> None:
        """Give every worker something to do."""
        for nth in range(self._number):
            worker = self._workers[nth] if nth < len(self._workers) else None
            while worker is None or len(worker.files) < AHEAD:
                index = self._again.popleft() if self._again else next(source, None)
                if index is None:
                    return
                if worker is None:
                    worker = _Worker(self._spec, self._noise, self._heard)
                    self._workers.append(worker)
                if not worker.files:
                    worker.last = time.monotonic()
                worker.files.append(index)
                worker.tell((index, names[index]))

    def _hear(self, worker: _Worker, message: Any) -> Iterator[tuple[int, Seen]]:
        worker.last = time.monotonic()
        if worker not in self._workers:
            return
        if message is None:
            yield from self._bury(worker)
        elif isinstance(message, Broken):
            raise UsageError(message.message) if message.usage else WorkerError(message.message)
        elif isinstance(message, Ready):
            worker.ready = True
        else:
            worker.files.popleft()
            yield message

    def _kill_hanging(self) -> None:
        now = time.monotonic()
        for worker in self._workers:
            if worker.ready and worker.files and now - worker.last > self._timeout and not worker.timed_out:
                worker.timed_out = True
                worker.process.kill()

    def _bury(self, worker: _Worker) -> Iterator[tuple[int, Seen]]:
        """A worker is gone: the first file that it had not answered for did it, and comes again or is given up."""
        self._workers.remove(worker)
        worker.kill()
        if not worker.ready:
            self._noise.seek(0)
            said = self._noise.read().decode(errors="replace").strip().splitlines()
            raise WorkerError(
                f"a worker ended while it was being set up (exit code {worker.process.returncode})"
                + (f": {said[-1]}" if said else "")
            )
        if not worker.files:
            return
        first = worker.files.popleft()
        self._deaths[first] += 1
        self._again.extend(worker.files)
        if self._deaths[first] < DEATHS:
            self._again.append(first)
        elif worker.timed_out:
            yield first, Seen("timeout", f"looking at it took more than {self._timeout:g} s, twice")
        else:
            yield first, Seen("crash", f"looking at it ended its process twice (exit code {worker.process.returncode})")
