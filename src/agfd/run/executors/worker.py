"""The worker process: `python -m agfd.run.executors.worker`, told what to do on its standard input."""

from __future__ import annotations

import os
import signal
import sys
import threading
from queue import SimpleQueue
from typing import IO

from agfd.run.executors.wire import receive, send
from agfd.run.messages import ChunkTask, Message, Ready


def main() -> None:
    """Serve until told to stop."""
    # One thread per worker: the workers are the parallelism.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # Ctrl-C reaches the whole terminal group; the driver decides what becomes of the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What generators print must not get between the messages.
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    source = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    speaking = threading.Lock()

    def say(message: Message) -> None:
        with speaking:
            send(pipe, message)

    _serve(source, say)


def _serve(source: IO[bytes], say: object) -> None:
    from agfd.run.maker import ChunkMaker, broken

    assert callable(say)
    spec = receive(source)
    tasks: SimpleQueue[ChunkTask | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(source, tasks), daemon=True).start()
    try:
        maker = ChunkMaker(spec, say)
        maker.setup()
        say(Ready())
        while (task := tasks.get()) is not None:
            maker.make(task)
        maker.close()
    except BaseException as error:  # the driver tells the user
        say(broken(error))
        raise


def _listen(source: IO[bytes], tasks: SimpleQueue[ChunkTask | None]) -> None:
    """Hand on tasks; a driver that is gone without a word ends this process at once."""
    try:
        while True:
            task = receive(source)
            tasks.put(task)
            if task is None:
                return
    except (EOFError, OSError):
        os._exit(1)


if __name__ == "__main__":
    main()
