"""The routes of design/0037: HTTP in front of `agfd.review.service`."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from agfd.errors import AgfdError, UnknownNameError, WriteError
from agfd.report.pages import environment, package_text
from agfd.review.presses import RefusedError

if TYPE_CHECKING:
    from agfd.review.service import Review

# A thousand presses are some 300 kB.
LARGEST_BODY = 1 << 20
_STATIC = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_PICTURES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))


def make_app(review: Review) -> FastAPI:
    """The application, without its `Guard`."""
    app = FastAPI(title="agfd review", openapi_url=None, docs_url=None, redoc_url=None)
    app.add_exception_handler(AgfdError, _told)
    app.add_exception_handler(HTTPException, _told)
    _add_pages(app)
    _add_data(app, review)
    return app


def _add_pages(app: FastAPI) -> None:
    names = {path.name for path in (resources.files("agfd.report") / "templates").iterdir()}

    @app.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(environment().get_template("review.html.j2").render())

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        kind = _STATIC.get(f".{name.rpartition('.')[2]}")
        if kind is None or name not in names:
            raise UnknownNameError("style or script", name, ())
        return Response(package_text(name), headers={"Content-Type": kind})


def _add_data(app: FastAPI, review: Review) -> None:
    # What reads is a plain function: it runs in a thread, so that no key press waits for it.
    @app.get("/api/session")
    def session() -> JSONResponse:
        return JSONResponse(review.session())

    @app.get("/api/queue/{name}")
    def queue(name: str) -> JSONResponse:
        return JSONResponse(review.queue(name))

    @app.get("/api/detail/{image}")
    def detail(image: str) -> JSONResponse:
        return JSONResponse(review.detail(image))

    @app.get("/api/agreement")
    def agreement() -> JSONResponse:
        return JSONResponse(review.agreement())

    @app.get("/api/thumb/{image}")
    def thumb(image: str) -> Response:
        return _picture(review.thumb(image))

    @app.get("/api/picture/{image}")
    def picture(image: str) -> Response:
        return _picture(review.picture(image))

    @app.get("/api/map/{image}/{name}")
    def a_map(image: str, name: str) -> Response:
        return _picture(review.map(image, name))

    @app.post("/api/presses")
    async def presses(request: Request, journal: str | None = None) -> JSONResponse:
        if journal not in {None, review.journal}:
            raise HTTPException(409, "nothing was taken: these presses are of another reviewer or dataset")
        data = _parsed(await _body(request))
        return JSONResponse({"taken": await run_in_threadpool(review.take, data)})


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > LARGEST_BODY:
            raise HTTPException(413, f"nothing was taken: send at most {LARGEST_BODY} bytes at once")
    return bytes(data)


def _parsed(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise RefusedError("the body is no JSON") from None


def _picture(data: bytes) -> Response:
    kind = next((kind for begins, kind in _PICTURES if data.startswith(begins)), "application/octet-stream")
    return Response(data, media_type=kind)


async def _told(request: Request, error: Exception) -> JSONResponse:
    """Any error as one sentence."""
    del request
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)
    told: dict[str, Any] = {"error": str(error)}
    if isinstance(error, RefusedError):
        return JSONResponse(told | {"wrong": {str(place): why for place, why in error.wrong.items()}}, 422)
    status = 404 if isinstance(error, UnknownNameError) else 507 if isinstance(error, WriteError) else 500
    return JSONResponse(told, status)
