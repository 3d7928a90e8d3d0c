"""Talking to a server that makes images: JSON over HTTP, further tries with growing pauses, errors in its own words.

The standard library's client, because a base install has no other and none is needed (design/0034-servers.md).
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import itertools
import json
import os
import re
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from agfd.errors import ServerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# What any of its answers may weigh: a picture of 64 megapixels as base64 fits.
_MOST = 1 << 28
_MOST_OF_AN_ERROR = 1 << 16
# After so long no further try begins: with one more answer waited for, that is still below a loop's patience with an
# image (`--item-timeout`), which would otherwise end the worker.
PATIENCE = 300.0
_LONGEST_PAUSE = 30.0
# Too many requests, and what gateways and servers say while they start or are full.
_PASSING = frozenset({408, 425, 429, *range(500, 600)})
# For looking around before any work: whoever is there answers at once, or is busy with a model.
_BRIEF = 30.0


class _PassingError(Exception):
    """What another try may get over. `after`: the pause that the server asked for, in seconds."""

    def __init__(self, message: str, status: int | None = None, words: str = "", after: float | None = None) -> None:
        self.status, self.words, self.after = status, words, after
        super().__init__(message)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would turn a POST into a GET, and take the password to another host."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """None: the answer is an error with the redirect's status."""
        del args, kwargs


@dataclass(frozen=True, slots=True)
class Client:
    """A server at `url`.

    `secret`: the environment variable with its `user:password`, read when it is needed and never kept. `timeout`:
    seconds without a byte; `retries`: further tries after a lost connection, a timeout or a status that may pass.
    `final`: words with which a server says in an error of its own (5xx) that another try would not help.
    """

    url: str
    secret: str
    timeout: float
    retries: int
    final: tuple[str, ...] = ()
    pause: Callable[[float], None] = time.sleep

    def brief(self) -> Client:
        """The same for looking around: one try, a short timeout."""
        return replace(self, timeout=min(self.timeout, _BRIEF), retries=0)

    def get(self, path: str, **query: str) -> Any:
        """The JSON at `path`. Raises `ServerError`."""
        return self._json(path, self.download(path, **query))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON that answers this one. Raises `ServerError`."""
        return self._json(path, self._ask(path, json.dumps(body).encode()))

    def download(self, path: str, **query: str) -> bytes:
        """What lies at `path`. Raises `ServerError`."""
        return self._ask(f"{path}?{urlencode(query)}" if query else path, None)

    def _json(self, path: str, data: bytes) -> Any:
        try:
            return json.loads(data)
        except ValueError:
            raise ServerError(
                f"{self.url}{path} answers with something else than JSON: {words(data) or 'nothing'}"
            ) from None

    def _ask(self, path: str, body: bytes | None) -> bytes:
        started = time.monotonic()
        for nth in itertools.count(1):
            try:
                return self._once(path, body)
            except _PassingError as problem:
                if nth > self.retries or time.monotonic() - started > PATIENCE:
                    tried = f" (tried {nth} times)" if nth > 1 else ""
                    raise ServerError(f"{problem}{tried}", problem.status, problem.words) from None
                self.pause(min(problem.after or 2.0 ** (nth - 1), _LONGEST_PAUSE))
        raise AssertionError("counting does not end")

    def _once(self, path: str, body: bytes | None) -> bytes:
        headers = {"User-Agent": "agfd", "Accept": "*/*", **self._account()}
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url + path, body, headers)  # noqa: S310  # `checked_url` checked it
        try:
            with _opener(self.url).open(request, timeout=self.timeout) as answer:
                data: bytes = answer.read(_MOST + 1)
                missing = answer.length
        except urllib.error.HTTPError as error:
            raise self._refused(path, error) from None
        except (OSError, http.client.HTTPException) as error:
            raise _PassingError(self._lost(error)) from None
        if len(data) > _MOST:
            raise ServerError(f"{self.url}{path} sends more than {_MOST >> 20} MiB")
        if missing:
            # A read with a limit does not notice it itself.
            raise _PassingError(f"{self.url} broke off in the middle of an answer")
        return data

    def _account(self) -> dict[str, str]:
        account = os.environ.get(self.secret, "")
        return {"Authorization": f"Basic {base64.b64encode(account.encode()).decode()}"} if account else {}

    def _lost(self, error: Exception) -> str:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, TimeoutError):
            return f"{self.url} did not answer within {self.timeout:g} s"
        if isinstance(reason, http.client.IncompleteRead):
            return f"{self.url} broke off in the middle of an answer"
        said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        return f"{self.url} cannot be reached: {said}"

    def _refused(self, path: str, error: urllib.error.HTTPError) -> Exception:
        with error:
            try:
                said = words(error.read(_MOST_OF_AN_ERROR))
            except (OSError, http.client.HTTPException):
                said = ""
        if error.code in {401, 403}:
            known = os.environ.get(self.secret)
            wants = f"refuses the account in {self.secret}" if known else "wants an account"
            return ServerError(
                f"{self.url} {wants} ({error.code}{said and f': {said}'}); set {self.secret}=user:password",
                error.code,
                said,
            )
        if 300 <= error.code < 400:
            to = error.headers.get("Location", "another place")
            return ServerError(f"{self.url} redirects to {to}; name that place instead", error.code)
        message = f"{self.url}{path.partition('?')[0]} says {error.code}: {said or error.reason or 'no more'}"
        if error.code in _PASSING and not any(word in said for word in self.final):
            return _PassingError(message, error.code, said, _seconds(error.headers.get("Retry-After", "")))
        return ServerError(message, error.code, said)


def checked_url(url: str) -> str:
    """The URL without a slash at its end. Raises `UsageError` for what is none of a server."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is no URL: {error}") from None
    if parts.username is not None or parts.password is not None:
        # Not repeated: it holds the password.
        raise UsageError(f"the url of {parts.hostname} holds a user and a password; take them out: it is kept in files")
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or parts.query or parts.fragment:
        raise UsageError(f"{url!r} is no URL of a server: write http://HOST:PORT or https://HOST")
    return url.strip().rstrip("/")


def words(data: bytes) -> str:
    """What a server says in an answer, on one line: of JSON the messages in it, of a web page its title or its text."""
    text = data.decode("utf-8", "replace")
    try:
        said = ": ".join(dict.fromkeys(_said(json.loads(text))))
    except ValueError:
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        page = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", text, flags=re.IGNORECASE | re.DOTALL)
        said = f"a web page, {title[1].strip()!r}" if title else page
    line = " ".join(said.split())
    return line if len(line) <= 300 else f"{line[:297]}..."


def _said(value: Any) -> Iterator[str]:
    """The messages in the JSON of an error, as FastAPI, AUTOMATIC1111 and ComfyUI write them."""
    if isinstance(value, str):
        if value.strip():
            yield value.strip()
    elif isinstance(value, list):
        yield from itertools.chain.from_iterable(_said(entry) for entry in value)
    elif isinstance(value, dict):
        # FastAPI says where a wrong value stands, ComfyUI in which node.
        where = value.get("loc") or [value.get("class_type", "")]
        yield from _said(".".join(str(part) for part in where if part != "body"))
        for name in ("error", "message", "msg", "detail", "details", "errors"):
            yield from _said(value.get(name))
        nodes = value.get("node_errors")
        yield from _said(list(nodes.values()) if isinstance(nodes, dict) else None)


def _opener(url: str) -> urllib.request.OpenerDirector:
    """No proxy between this machine and itself, wherever the environment sends the rest."""
    host = urlsplit(url).hostname or ""
    direct = [urllib.request.ProxyHandler({})] if _is_here(host) else []
    return urllib.request.build_opener(_NoRedirect, *direct)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,4}", text.strip()) else None
