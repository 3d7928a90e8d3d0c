"""A build that goes on after people had their word: one worker, two, and another run after a stop give the same."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

import agfd
from agfd.api import judge_dataset
from agfd.records import Press
from agfd.store import Layout, append_presses
from builders import tiny
from trees import tree

if TYPE_CHECKING:
    from pathlib import Path

SET = ("generator.rates=smiling:0.5", "generator.size=16")


def build(recipe: Path, folder: Path, **options: Any) -> agfd.Dataset:
    return agfd.build(str(recipe), folder, generator="fake", **{"set": SET, "workers": 1, **options})


def rows_and_shards(folder: Path) -> dict[str, str]:
    return {name: sha for name, sha in tree(folder).items() if name.startswith(("rounds/", "shards/"))}


def said(folder: Path) -> dict[str, tuple[str, ...]]:
    return {s.request.id: s.verdict.reasons for s in agfd.open(folder).filter(status=None)}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory)


@pytest.fixture(scope="module")
def reviewed(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stopped in its second round; then people turned some down and took some back, and had the last word."""
    folder = tmp_path_factory.mktemp("reviewed") / "faces"
    build(recipe, folder, max_images=20)
    assert list(folder.glob("rounds/*.open.json"))
    presses = [
        Press(str(place), s.request.id, "reject" if s.verdict.status == "accepted" else "accept")
        for place, s in enumerate(agfd.open(folder).filter(status=None))
        if place % 3 == 0
    ]
    append_presses(Layout(folder), "ann", presses)
    done = judge_dataset(folder, reviews=True, apply=True)
    # The open round was planned from a ledger that holds no more.
    assert done.closed == 2
    assert {change.kind for change in done.changes} >= {"accepted -> rejected", "rejected -> accepted"}
    return folder


def test_it_does_not_matter_who_goes_on(recipe: Path, reviewed: Path, tmp_path: Path) -> None:
    before = said(reviewed)
    trees = []
    for name, runs in (("one", [{}]), ("two", [{"workers": 2}]), ("stopped", [{"max_images": 5}, {"workers": 2}])):
        folder = tmp_path / name
        shutil.copytree(reviewed, folder)
        for options in runs:
            dataset = build(recipe, folder, **options)
        assert (len(dataset), dataset.verify()) == (30, [])
        assert before.items() <= said(folder).items()
        trees.append(rows_and_shards(folder))
    assert trees[0] == trees[1] == trees[2]
