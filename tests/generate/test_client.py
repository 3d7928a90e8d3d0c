"""Asking a server over HTTP: what is tried again, what is not, and what the errors say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agfd.errors import ServerError, UsageError
from agfd.generate import client as client_
from agfd.generate.client import Client, checked_url, words
from servers import Answer, Asked, Server, as_json, page

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "AGFD_TEST_AUTH"


class Echo(Server):
    def reply(self, asked: Asked) -> Answer:
        return as_json({"path": asked.path, "query": asked.query, "body": asked.body})


@pytest.fixture
def server() -> Iterator[Echo]:
    with Echo() as running:
        yield running


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(server: Echo, pauses: list[float]) -> Client:
    return Client(server.url, SECRET, timeout=20, retries=3, final=("NaN",), pause=pauses.append)


def test_json_goes_there_and_back(client: Client, server: Echo) -> None:
    assert client.get("/a", q="ü &", empty="") == {"path": "/a", "query": {"q": "ü &", "empty": ""}, "body": None}
    assert client.post("/b", {"prompt": "лицо"})["body"] == {"prompt": "лицо"}
    assert server.asked[1].method == "POST"
    assert server.asked[1].headers["Content-Type"] == "application/json"
    assert "Authorization" not in server.asked[1].headers


@pytest.mark.parametrize(
    "fault",
    ["drop", "cut", as_json({"detail": "busy"}, 429), as_json({"error": "OSError"}, 500), page("Bad gateway", 502)],
)
def test_what_may_pass_is_tried_again(client: Client, server: Echo, pauses: list[float], fault: Answer | str) -> None:
    server.faults.extend([fault] * 3)
    assert client.post("/a", {"n": 1})["body"] == {"n": 1}
    assert len(server.asked) == 4
    assert pauses == [1, 2, 4]


def test_a_server_may_say_how_long_it_wants_to_be_left_alone(client: Client, server: Echo, pauses: list[float]) -> None:
    server.faults.extend(as_json({}, 503, ("Retry-After", wait)) for wait in ("7", "9999", "Wed, 21 Oct 2026"))
    client.get("/a")
    assert pauses == [7, 30, 4]


def test_what_does_not_pass_ends_in_its_own_words(client: Client, server: Echo) -> None:
    server.faults.extend([as_json({"detail": "out of disk"}, 503)] * 9)
    with pytest.raises(ServerError, match=r"/a says 503: out of disk \(tried 4 times\)$") as caught:
        client.get("/a", secret="1")
    assert (caught.value.status, caught.value.words) == (503, "out of disk")
    assert len(server.asked) == 4


def test_no_try_begins_after_the_loop_s_patience(
    server: Echo, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += 200

    monkeypatch.setattr(client_.time, "monotonic", lambda: now[0])
    server.faults.extend(["drop"] * 9)
    with pytest.raises(ServerError, match="tried 3 times"):
        Client(server.url, SECRET, timeout=20, retries=8, pause=pause).get("/a")


def test_a_silent_server_is_lost_after_the_timeout(server: Echo, pauses: list[float]) -> None:
    server.faults.append("stall")
    impatient = Client(server.url, SECRET, timeout=0.2, retries=0, pause=pauses.append)
    with pytest.raises(ServerError, match=r"did not answer within 0.2 s$"):
        impatient.get("/a")
    assert not pauses


def test_nobody_there() -> None:
    with Echo() as server:
        url = server.url
    with pytest.raises(ServerError, match=f"{url} cannot be reached: .*refused"):
        Client(url, SECRET, timeout=20, retries=0).get("/a")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (as_json({"detail": [{"loc": ["body", "steps"], "msg": "not a number", "type": "int"}]}, 422), "steps: not a"),
        (as_json({"detail": "Sampler not found"}, 404), "says 404: Sampler not found"),
        (as_json({"error": "NaNError", "detail": "", "errors": "all NaN"}, 500), "says 500: NaNError: all NaN"),
        (Answer(b"", 400, "text/plain"), "says 400: Bad Request"),
        (as_json({}, 302, ("Location", "https://other/")), "redirects to https://other/; name that place"),
        (page("Log in"), "something else than JSON: a web page, 'Log in'"),
        (Answer(b'{"a": '), "something else than JSON"),
        (Answer(b""), "something else than JSON: nothing"),
    ],
)
def test_what_is_not_tried_again(client: Client, server: Echo, fault: Answer, said: str) -> None:
    server.faults.append(fault)
    with pytest.raises(ServerError) as caught:
        client.post("/a", {})
    assert said in str(caught.value)
    assert len(server.asked) == 1


def test_an_account_comes_from_the_environment(client: Client, server: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    server.account = "me:päss:word"
    with pytest.raises(ServerError, match=f"wants an account .*Incorrect.*; set {SECRET}=user:password"):
        client.get("/a")
    monkeypatch.setenv(SECRET, "me:wrong")
    with pytest.raises(ServerError, match=f"refuses the account in {SECRET}") as caught:
        client.get("/a")
    assert "wrong" not in str(caught.value)
    monkeypatch.setenv(SECRET, server.account)
    assert client.get("/a")["path"] == "/a"
    assert server.account not in repr(client)


def test_no_proxy_between_this_machine_and_itself(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:1")
    assert client.get("/a")["path"] == "/a"


def test_a_proxy_is_asked_for_the_rest(server: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    far = Client("http://images.invalid", SECRET, timeout=20, retries=0)
    assert far.get("/a")["path"] == "/a"
    assert server.asked[0].headers["Host"] == "images.invalid"


def test_an_answer_without_an_end_is_cut_off(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_, "_MOST", 1 << 20)
    client.post("/a", {"prompt": "a" * 1000})
    with pytest.raises(ServerError, match="more than 1 MiB"):
        client.post("/a", {"prompt": "a" * (1 << 20)})


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("http://127.0.0.1:7860/", "http://127.0.0.1:7860"),
        (" https://host/path/ ", "https://host/path"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_urls(url: str, checked: str) -> None:
    assert checked_url(url) == checked


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:7860",
        "ftp://host",
        "file:///etc/passwd",
        "http://",
        "http://h:99999",
        "http://h?a=1",
        "http://[h",
    ],
)
def test_what_is_no_url_of_a_server(url: str) -> None:
    with pytest.raises(UsageError, match="no URL"):
        checked_url(url)


def test_a_url_with_a_password_is_not_repeated() -> None:
    with pytest.raises(UsageError, match="the url of host holds a user and a password") as caught:
        checked_url("http://me:hidden@host:1")
    assert "hidden" not in str(caught.value)


COMFY = {
    "error": {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed", "details": ""},
    "node_errors": {
        "4": {"errors": [{"message": "Value not in list", "details": "ckpt_name"}], "class_type": "Loader"}
    },
}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (COMFY, "Prompt outputs failed: Loader: Value not in list: ckpt_name"),
        ({"error": "E", "detail": "", "body": "", "errors": "E"}, "E"),
        ([1, None, {"message": 5}], ""),
        ("plain", "plain"),
        ({"detail": "x\ny " * 200}, "x y " * 74 + "x..."),
    ],
)
def test_the_words_of_a_server(data: Any, said: str) -> None:
    assert words(json.dumps(data).encode()) == said


def test_the_words_of_a_web_page() -> None:
    assert words(b"<p>Gateway <b>down</b></p><script>x()</script>") == "Gateway down"
    assert words(b"\xff") == "\N{REPLACEMENT CHARACTER}"
