"""A real server on a real port: who has it, what a restart keeps, and a kill in the middle."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fastapi", reason="the extra [web] is not installed")
import httpx2
from click.testing import CliRunner

from agfd import api
from agfd.cli.main import main
from agfd.errors import LockedError, MissingDependencyError, UsageError, WriteError
from agfd.review.remembered import Remembered, place_of, remember, remembered
from agfd.review.server import ReviewServer, open_server
from agfd.store import Journal, append_presses, read_presses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agfd.store import Layout
    from report.synthetic import Dataset


@contextmanager
def visiting(address: str) -> Iterator[httpx2.Client]:
    """A browser that opened the address."""
    base = address.partition("/?")[0]
    with httpx2.Client(base_url=base, trust_env=False) as client:
        assert client.get(address).status_code == 303
        yield client


def press(image: str, key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "image": image, "opinion": "accept", **more}


def test_it_serves_until_the_block_ends(layout: Layout) -> None:
    with ReviewServer(layout, "ann") as server, visiting(server.address) as browser:
        first = browser.get("/api/queue/random").json()["ids"][0]
        assert browser.post("/api/presses", json={"presses": [press(first, "k1")]}).json() == {"taken": ["k1"]}
        with visiting(server.ticket()) as opened:
            assert opened.get("/api/session").json()["reviewer"] == "ann"
        port = server.port
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))
    Journal(layout, "ann").close()


def test_only_this_machine_is_served(layout: Layout) -> None:
    server = ReviewServer(layout, "ann")
    assert server._socket.getsockname()[0] == "127.0.0.1"
    server.close()


def test_an_open_page_goes_on_after_a_restart(layout: Layout) -> None:
    with ReviewServer(layout, "ann") as first:
        address = first.address
    with visiting_after(address, layout) as (browser, server):
        assert server.address == address
        assert browser.get("/api/session").status_code == 200


@contextmanager
def visiting_after(address: str, layout: Layout) -> Iterator[tuple[httpx2.Client, ReviewServer]]:
    with ReviewServer(layout, "ann") as server, visiting(address) as browser:
        yield browser, server


def test_another_reviewer_or_folder_has_another_token(layout: Layout) -> None:
    with ReviewServer(layout, "ann") as ann, ReviewServer(layout, "bob") as bob:
        assert ann.port != bob.port
        assert remembered(layout, "ann").token != remembered(layout, "bob").token
        with visiting(ann.address) as browser:
            assert browser.get(bob.address.partition("?")[0]).status_code == 403


def test_what_is_remembered_is_for_this_user_alone_and_not_in_the_dataset(layout: Layout, home: Path) -> None:
    with ReviewServer(layout, "ann") as server:
        kept = place_of(layout, "ann")
        assert home in kept.parents
        token = json.loads(kept.read_text())["token"]
        assert len(token) >= 22  # 128 bits in base 64
        assert token in server.address
    if os.name != "nt":
        assert kept.stat().st_mode & 0o777 == 0o600
        assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert not [path for path in layout.root.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"token": "short", "port": 1}', '{"token": 7, "port": 1}', '{"port": 8765}']
)
def test_what_cannot_be_remembered_is_made_anew(text: str, layout: Layout) -> None:
    remember(layout, "ann", Remembered("x" * 43, 8765))
    place_of(layout, "ann").write_text(text)
    known = remembered(layout, "ann")
    assert (known.port, len(known.token)) == (None, 43)
    assert known.token != "x" * 43


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
def test_a_token_that_others_could_read_is_not_used_again(layout: Layout) -> None:
    remember(layout, "ann", Remembered("x" * 43, 8765))
    assert remembered(layout, "ann").token == "x" * 43
    place_of(layout, "ann").chmod(0o644)
    assert remembered(layout, "ann").token != "x" * 43


def test_a_second_server_of_a_reviewer_is_refused_and_names_the_first(layout: Layout) -> None:
    with ReviewServer(layout, "ann") as server:
        with pytest.raises(LockedError, match=rf"process {os.getpid()} at http://127.0.0.1:{server.port}/") as told:
            ReviewServer(layout, "ann")
        assert server.address in str(told.value)
        with visiting(server.address) as browser:
            assert browser.get("/api/session").status_code == 200


def test_the_next_port_is_taken_where_one_is_not_free(layout: Layout) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {taken} is taken"):
            ReviewServer(layout, "ann", port=taken)
        remember(layout, "ann", Remembered("x" * 43, taken))
        with ReviewServer(layout, "ann") as server, visiting(server.address) as browser:
            assert server.port != taken
            assert browser.get("/api/session").status_code == 200
    # The journal was let go when the port was not to be had.
    with ReviewServer(layout, "ann", port=taken) as server:
        assert server.port == taken


def test_what_was_taken_is_let_go_where_the_rest_cannot_be(layout: Layout, home: Path) -> None:
    home.mkdir(exist_ok=True)
    (home / "agfd").write_text("a file where the folder has to be")
    (home / "Library").mkdir()
    (home / "Library" / "Caches").write_text("the same of macOS")
    with pytest.raises(WriteError):
        ReviewServer(layout, "ann")
    Journal(layout, "ann").close()


def test_without_the_extra_there_is_one_sentence(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import PackageNotFoundError

    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("agfd.registry.version", version)
    with pytest.raises(MissingDependencyError, match=r'pip install "agfd\[web\]"'):
        open_server(layout)


@pytest.mark.parametrize(
    ("user", "name"), [("ann", "ann"), ("DOMAIN\\Ann B.", "DOMAIN-Ann-B"), ("äö", "reviewer"), ("a" * 60, "a" * 40)]
)
def test_a_reviewer_is_the_user_unless_named(
    user: str, name: str, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: user)
    server = open_server(layout)
    server.close()
    assert server.reviewer == name


@pytest.mark.parametrize(
    ("keep", "blind", "told"), [("all", True, False), ("accepted", True, True), ("accepted", False, False)]
)
def test_what_gives_a_verdict_away_is_said(keep: str, blind: bool, told: bool, layout: Layout) -> None:
    build = json.loads(layout.build.read_text())
    layout.build.write_text(json.dumps(build | {"keep": keep}))
    server = open_server(layout, "ann", blind=blind)
    server.close()
    assert bool(server.remark) is told


def test_the_api_ends_where_its_listener_fails(layout: Layout) -> None:
    def fail(server: ReviewServer) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        api.review(layout.root, reviewer="ann", on_ready=fail)
    Journal(layout, "ann").close()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere"], "holds no dataset"),
        (["tiles", "--reviewer", "../x"], "reviewer: write up to 40"),
        (["tiles", "--port", "80000"], "80000 is not in the range"),
    ],
)
def test_wrong_use_ends_in_a_sentence(words: list[str], told: str, layout: Layout) -> None:
    result = CliRunner().invoke(main, ["review", str(layout.root.parent / words[0]), *words[1:]])
    assert result.exit_code == 2
    assert told in result.output


def test_a_folder_that_cannot_be_written_is_told_at_the_start(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("agfd.store.reviews.os.fsync", read_only)
    result = CliRunner().invoke(main, ["review", str(layout.root), "--no-browser"])
    assert result.exit_code == 1
    assert "read-only" in result.output


@contextmanager
def process(layout: Layout) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`agfd review` as a user starts it, and the address that it prints."""
    code = "from agfd.cli import main; main()"
    words = ["review", str(layout.root), "--reviewer", "ann", "--no-browser"]
    command = [sys.executable, "-u", "-c", code, *words]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert started.stdout is not None
        line = started.stdout.readline()
        assert "http://" in line, line + started.stdout.read()
        yield started, line[line.index("http://") :].strip()
    finally:
        started.kill()
        started.wait()
        assert started.stdout is not None
        started.stdout.close()


@pytest.mark.slow
def test_no_press_that_was_acknowledged_is_lost_when_the_server_is_killed(layout: Layout, tiles: Dataset) -> None:
    images = [one.request.id for one in tiles.samples if one.place is not None]
    acknowledged: list[str] = []
    addresses = set()
    for life in range(3):
        with process(layout) as (server, address):
            addresses.add(address)
            with visiting(address) as browser:
                for number in range(20):
                    key = f"{life}-{number}"
                    sent = [press(images[number % len(images)], f"{key}-{n}") for n in range(3)]
                    acknowledged += browser.post("/api/presses", json={"presses": sent}).json()["taken"]
                server.kill()
                server.wait()
                with pytest.raises(httpx2.TransportError):
                    browser.post("/api/presses", json={"presses": [press(images[0], f"{life}-late")]})
    assert len(addresses) == 1
    assert [one.key for one in read_presses(layout, "ann")] == acknowledged
    assert len(acknowledged) == len(set(acknowledged)) == 180


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal for another process")
def test_ctrl_c_ends_it_cleanly(layout: Layout) -> None:
    with process(layout) as (server, address), visiting(address) as browser:
        assert browser.get("/api/session").status_code == 200
        server.send_signal(signal.SIGINT)
        assert server.stdout is not None
        output = server.stdout.read()
        assert server.wait() == 0
    assert "ended" in output
    assert "Traceback" not in output
    append_presses(layout, "ann", [])
    Journal(layout, "ann").close()
