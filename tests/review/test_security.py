"""Who gets in, and what a browser is told; with the real application behind the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi", reason="the extra [web] is not installed")
from starlette.testclient import TestClient

from agfd.review.app import make_app
from agfd.review.security import Guard, Keys
from agfd.review.service import Review

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agfd.store import Layout

PORT = 8765
HERE = f"http://127.0.0.1:{PORT}"
BODY = {"presses": []}


@pytest.fixture
def keys() -> Keys:
    return Keys("t" * 43)


@pytest.fixture
def stranger(layout: Layout, keys: Keys) -> Iterator[TestClient]:
    """A browser that never saw the address."""
    review = Review(layout, "ann")
    yield TestClient(Guard(make_app(review), keys, PORT), base_url=HERE, follow_redirects=False)
    review.close()


@pytest.fixture
def friend(stranger: TestClient, keys: Keys) -> TestClient:
    """One that came with the token."""
    assert stranger.get("/", params={"token": keys.token}).status_code == 303
    return stranger


def test_the_token_becomes_a_cookie_and_leaves_the_address(stranger: TestClient, keys: Keys) -> None:
    answer = stranger.get("/", params={"token": keys.token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip() for part in cookie.split(";")}
    assert stranger.get("/api/session").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/static/style.css",
        "/api/session",
        "/api/queue/random",
        "/api/agreement",
        "/nowhere",
        "/api/session?token=",
    ],
)
def test_without_the_token_there_is_one_sentence(stranger: TestClient, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 403
    assert answer.text.count(".") == 1
    assert "agfd review" in answer.text
    assert "set-cookie" not in answer.headers


def test_a_wrong_token_is_none(stranger: TestClient, keys: Keys) -> None:
    for wrong in (
        "",
        "t",
        keys.token[:-1],
        keys.token + "t",
        keys.token.upper(),
        "ä",
        "\ud800".encode("utf-8", "replace"),
    ):
        assert stranger.get("/", params={"token": wrong}).status_code == 403
    assert stranger.get("/?token=%ed%a0%80").status_code == 403
    assert stranger.get("/", headers={"cookie": f"{keys.cookie}=wrong"}).status_code == 403
    # Elsewhere than on the first page the token opens nothing.
    assert stranger.get("/api/session", params={"token": keys.token}).status_code == 403


def test_a_ticket_opens_once(stranger: TestClient, keys: Keys) -> None:
    ticket = keys.ticket()
    assert ticket != keys.token
    assert stranger.get("/", params={"token": ticket}).status_code == 303
    stranger.cookies.clear()
    assert stranger.get("/", params={"token": ticket}).status_code == 403


def test_two_servers_of_one_machine_do_not_share_a_cookie() -> None:
    assert Keys("a" * 43).cookie != Keys("b" * 43).cookie


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", f"127.0.0.1:{PORT}.x", ""]
)
def test_a_foreign_host_is_refused(friend: TestClient, host: str) -> None:
    assert friend.get("/api/session", headers={"host": host}).status_code == 403
    assert friend.post("/api/presses", json=BODY, headers={"host": host}).status_code == 403


def test_localhost_is_a_name_of_ours(friend: TestClient, keys: Keys) -> None:
    cookie = f"{keys.cookie}={keys.token}"
    headers = {"host": f"localhost:{PORT}", "cookie": cookie, "origin": f"http://localhost:{PORT}"}
    assert friend.post("/api/presses", json=BODY, headers=headers).json() == {"taken": []}


@pytest.mark.parametrize(
    "origin", ["null", "http://evil.example", "https://127.0.0.1:8765", "http://127.0.0.1:8766", HERE + "/"]
)
def test_a_foreign_page_changes_nothing(friend: TestClient, origin: str) -> None:
    assert friend.post("/api/presses", json=BODY, headers={"origin": origin}).status_code == 403


def test_our_own_page_may(friend: TestClient) -> None:
    assert friend.post("/api/presses", json=BODY, headers={"origin": HERE}).json() == {"taken": []}
    assert friend.post("/api/presses", json=BODY).json() == {"taken": []}


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonp"]
)
def test_what_a_form_can_send_is_refused(friend: TestClient, kind: str) -> None:
    answer = friend.post("/api/presses", content=b'{"presses": []}', headers={"content-type": kind})
    assert answer.status_code == 403
    right = friend.post(
        "/api/presses", content=b'{"presses": []}', headers={"content-type": "Application/JSON; charset=utf-8"}
    )
    assert right.status_code == 200


def test_a_question_in_advance_gets_no_permission(friend: TestClient) -> None:
    headers = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    answer = friend.options("/api/presses", headers=headers)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/static/style.css", "/api/session", "/api/nowhere", "/"])
@pytest.mark.parametrize("known", [True, False])
def test_every_answer_is_strict(friend: TestClient, path: str, known: bool) -> None:  # a parameter
    if not known:
        friend.cookies.clear()
    headers = friend.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "no-referrer"
    assert not [name for name in headers if name.startswith("access-control")]
