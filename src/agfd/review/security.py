"""Who may ask the server anything: this machine's own browser, with the token, from our own pages.

Any page that the browser has open can send requests to 127.0.0.1, and any name can be made to point there (DNS
rebinding). So a request needs the cookie that only the printed address gives, a `Host` of ours, and, where it changes
something, an `Origin` of ours and JSON, which no form can send.
"""

from __future__ import annotations

import hashlib
import secrets
from threading import Lock
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import PlainTextResponse, RedirectResponse

from agfd.review.remembered import fresh

if TYPE_CHECKING:
    from fastapi import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READING = frozenset({"GET", "HEAD"})
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_SEND_JSON = "send application/json from a page of this server"
_CLOSED = "This page opens with the address that `agfd review` printed: it holds a token, and this request has none."


class Keys:
    """What opens the page: the token, again and again; and tickets, once each."""

    def __init__(self, token: str) -> None:
        self.token = token
        # Cookies do not tell ports apart: two servers of this machine must not take each other's away.
        self.cookie = f"agfd_review_{hashlib.sha256(token.encode()).hexdigest()[:12]}"
        self._lock = Lock()
        self._tickets: set[str] = set()

    def ticket(self) -> str:
        """Opens the page once: for the command line of a browser, which every user of this machine can read."""
        ticket = fresh()
        with self._lock:
            self._tickets.add(ticket)
        return ticket

    def opens(self, given: str) -> bool:
        """Whether this is the token, or a ticket that nobody used before."""
        if self.is_token(given):
            return True
        with self._lock:
            used = {ticket for ticket in self._tickets if _are_equal(ticket, given)}
            self._tickets -= used
        return bool(used)

    def is_token(self, given: str) -> bool:
        """Whether this is the token."""
        return _are_equal(self.token, given)


def _are_equal(secret: str, given: str) -> bool:
    return secrets.compare_digest(secret.encode(), given.encode("utf-8", "replace"))


class Guard:
    """Lets only those requests through to `app` that may be; what goes out tells the browser to be as strict."""

    def __init__(self, app: ASGIApp, keys: Keys, port: int) -> None:
        self._app, self._keys = app, keys
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
                message["headers"] = [*message.get("headers", ()), *told]
            await send(message)

        request = Request(scope)
        answer = self._refused(request) or self._admitted(request) or self._unknown(request)
        await (answer or self._app)(scope, receive, strict)

    def _refused(self, request: Request) -> Response | None:
        """The answer to what must not be, whoever asks."""
        if request.headers.getlist("host") not in [[host] for host in self._hosts]:
            return PlainTextResponse("This server answers at 127.0.0.1 and localhost alone.", 403)
        if request.method in _READING:
            return None
        origins = request.headers.getlist("origin")
        allowed = [f"http://{host}" for host in self._hosts]
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if any(origin not in allowed for origin in origins) or kind != "application/json":
            return PlainTextResponse(f"Refused: {_SEND_JSON}.", 403)
        return None

    def _admitted(self, request: Request) -> Response | None:
        """The answer to the first visit: the token becomes a cookie and leaves the address."""
        given = request.query_params.get("token")
        if request.method != "GET" or request.url.path != "/" or given is None or not self._keys.opens(given):
            return None
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self._keys.cookie, self._keys.token, path="/", httponly=True, samesite="strict")
        return answer

    def _unknown(self, request: Request) -> Response | None:
        given = request.cookies.get(self._keys.cookie, "")
        return None if self._keys.is_token(given) else PlainTextResponse(_CLOSED, 403)
