"""Serving a review on this machine: the one port, from the first request to a clean end."""

from __future__ import annotations

import getpass
import os
import re
import socket
from contextlib import ExitStack, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

from agfd.errors import LockedError, UsageError
from agfd.registry import register
from agfd.review.remembered import Remembered, remember, remembered
from agfd.store import journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from uvicorn import Server

    from agfd.store import Layout

HOST = "127.0.0.1"
PORT = 8765
# So many ports after it are tried, then any that is free.
_NEXT = 20
# Seconds for answers that are on their way when the server ends.
_PATIENCE = 3
_SMALL = "rejected images were kept as thumbnails only, which gives their verdict away; --keep all of a build does not"


class ReviewServer:
    """The review of the dataset in a folder by one reviewer, from now on at `address`.

    `run()` serves in this thread until Ctrl-C; as a context manager it serves in a thread of its own. Either way it
    can be used once; `close()` where it never was. `blind`: the machine's verdict is shown after the reviewer's.
    `port`: that one and no other.

    Raises `LockedError` that names the address of the server that has this reviewer's journal, `UsageError` for a name
    that is none or a port that is taken, `WriteError` where the dataset cannot be written, `DamagedError`.
    """

    def __init__(self, layout: Layout, reviewer: str, *, port: int | None = None, blind: bool = True) -> None:
        # Here because they need the extra [web] (`open_server`).
        from agfd.review.app import make_app
        from agfd.review.security import Guard, Keys
        from agfd.review.service import Review

        known = remembered(layout, reviewer)
        try:
            self._review = Review(layout, reviewer, blind=blind)
        except LockedError as error:
            raise _held(error, known) from None
        with ExitStack() as undo:
            undo.callback(self._review.close)
            self._socket = undo.enter_context(_bound(_candidates(known, port), asked=port))
            self.port = int(self._socket.getsockname()[1])
            mine = Remembered(known.token, self.port, os.getpid())
            remember(layout, reviewer, mine)
            undo.pop_all()
        self.reviewer, self.journal = reviewer, journal(layout, reviewer)
        self.address = mine.address
        self.remark = _SMALL if self._review.gives_away else None
        self._keys = Keys(known.token)
        self._server = _uvicorn(Guard(make_app(self._review), self._keys, self.port))
        self._thread: Thread | None = None

    def ticket(self) -> str:
        """An address that opens the page once: for the command line of a browser, which others can read."""
        return f"http://{HOST}:{self.port}/?token={self._keys.ticket()}"

    def run(self) -> None:
        """Serve until Ctrl-C, which ends it cleanly."""
        try:
            # uvicorn ends cleanly on the signal, and then raises it again.
            with suppress(KeyboardInterrupt):
                self._server.run([self._socket])
        finally:
            self.close()

    def close(self) -> None:
        """Let go of port and journal."""
        self._socket.close()
        self._review.close()

    def __enter__(self) -> Self:
        # The port listens since `__init__`: a request that comes before the thread is ready waits.
        self._thread = Thread(target=self._server.run, args=([self._socket],), name="agfd-review", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.should_exit = True
        assert self._thread is not None
        self._thread.join()
        self.close()


@register("agfd review", needs=("fastapi>=0.115", "uvicorn>=0.32"), install="agfd[web]")
def open_server(
    layout: Layout, reviewer: str | None = None, *, port: int | None = None, blind: bool = True
) -> ReviewServer:
    """A server that waits to be run. `reviewer`: the user's own name where it is left out.

    Raises `MissingDependencyError`, and what `ReviewServer` raises.
    """
    return ReviewServer(layout, reviewer or _user(), port=port, blind=blind)


def _user() -> str:
    """The user's name as one of a journal."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        # No such user on this machine, as in some containers.
        name = ""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_")[:40] or "reviewer"


def _held(error: LockedError, known: Remembered) -> LockedError:
    if known.port is None:
        return error
    told = f"{error}; the last `agfd review` of this reviewer was process {known.process} at {known.address}"
    return LockedError(told)


def _candidates(known: Remembered, port: int | None) -> Iterator[int]:
    """Ports in the order in which to try them: the last one again, so that an open page goes on."""
    if port is not None:
        yield port
        return
    if known.port is not None:
        yield known.port
    yield from range(PORT, PORT + _NEXT)
    yield 0


def _bound(ports: Iterable[int], asked: int | None) -> socket.socket:
    """A listening socket at the first of the ports that is free. Raises `UsageError`."""
    for port in ports:
        # Of a socket whose protocol is not named asyncio does not know that it is TCP, and leaves Nagle's algorithm on:
        # each answer then waits 40 ms for the acknowledgement of its own head.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # After a crash the port of before is free at once. Windows means something else by it: taking it from others.
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(128)
        except (OSError, OverflowError):
            listener.close()
            continue
        return listener
    raise UsageError(f"port {asked} is taken or not to be had; choose another one for --port, or leave it out")


def _uvicorn(app: Callable[..., Any]) -> Server:
    import uvicorn

    # No log of requests: the first one holds the token. Its own signal handling ends answers that are on their way.
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="off",
        loop="asyncio",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE,
    )
    return uvicorn.Server(config)
