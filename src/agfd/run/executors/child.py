"""A process of ours that is told and heard through pipes: both ends of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any

from agfd.run.executors.wire import receive, send

if TYPE_CHECKING:
    from collections.abc import Callable


class Child:
    """The driver's end of `python -m MODULE`, a process that begins with `stand_by`.

    `noise`: where its standard error goes. `heard(child, message)` is called from a thread for each message, and with
    None when the process is gone. `threads`: those that its libraries may compute with.
    """

    def __init__(self, module: str, noise: IO[bytes], heard: Callable[[Any, Any], None], threads: int = 1) -> None:
        command = [sys.executable, "-m", module]
        # The user's own word counts.
        environment = {"OMP_NUM_THREADS": str(threads), **os.environ}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=noise, env=environment
        )
        threading.Thread(target=self._listen, args=(heard,), daemon=True).start()

    def _listen(self, heard: Callable[[Any, Any], None]) -> None:
        assert self.process.stdout is not None
        try:
            while True:
                heard(self, receive(self.process.stdout))
        except (EOFError, OSError):
            heard(self, None)

    def tell(self, message: object) -> None:
        """Send a message; one that is gone does not hear it, and its listener reports the death."""
        assert self.process.stdin is not None
        try:
            send(self.process.stdin, message)
        except OSError:
            return

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:
                # What was not heard before the death needs no flushing.
                continue


def stand_by() -> tuple[Any, SimpleQueue[Any], Callable[[object], None]]:
    """The process's end: the driver's first message, a queue of those that follow, and how to answer.

    None in the queue means that there is no more to do. A driver that is gone without a word ends the process at once.
    """
    # Ctrl-C reaches the whole terminal group; the driver decides what becomes of the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What generators print must not get between the messages.
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    source = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    speaking = threading.Lock()

    def say(message: object) -> None:
        with speaking:
            send(pipe, message)

    first = receive(source)
    messages: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_take, args=(source, messages), daemon=True).start()
    return first, messages, say


def _take(source: IO[bytes], messages: SimpleQueue[Any]) -> None:
    try:
        while True:
            message = receive(source)
            messages.put(message)
            if message is None:
                return
    except (EOFError, OSError):
        os._exit(1)
