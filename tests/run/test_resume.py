"""A power cut at any step costs time, never an image: the dataset ends byte for byte like one never interrupted."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from agfd import testing
from run.killing import CUT, NEVER, Ended, builds
from trees import tree

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are copies of this one")

# Half of the smiles fail, so that there are several rounds with attempts beyond the first.
OPTIONS: dict[str, Any] = {"generator_options": {"rates": "smiling:0.5", "size": "16"}, "scale": 0.5}
WHOLE = OPTIONS | {"scale": 1}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "tiny.yaml"
    path.write_text(testing.TINY, encoding="utf-8")
    return path


def build(recipe: Path, folder: Path, step: int = NEVER, options: dict[str, Any] = OPTIONS) -> Ended:
    return builds(recipe, [(folder, step)], options)[0]


@pytest.fixture(scope="module")
def whole(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], int, Path]:
    """An uninterrupted build: its files, and the number of steps it took."""
    folder = tmp_path_factory.mktemp("whole") / "faces"
    steps = build(recipe, folder).told
    assert steps is not None
    return tree(folder), steps, folder


def test_there_are_several_rounds(whole: tuple[dict[str, str], int, Path]) -> None:
    assert sum(name.startswith("rounds/") and name.endswith(".parquet") for name in whole[0]) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_killed_anywhere_it_ends_the_same(
    recipe: Path, whole: tuple[dict[str, str], int, Path], tmp_path: Path, part: int
) -> None:
    expected, steps, _ = whole
    # The first steps make the folder a dataset. The others are spread over the whole protocol, the same in every run.
    places = sorted([1, 2, 3, 4, 5, *random.Random(steps).sample(range(6, steps + 1), 15)])[part::4]
    ended = builds(recipe, [(tmp_path / str(place), step) for place in places for step in (place, NEVER)], OPTIONS)
    assert ended[::2] == [CUT] * len(places)
    assert {one.code for one in ended[1::2]} == {0}
    for place in places:
        assert tree(tmp_path / str(place)) == expected, f"killed at step {place} of {steps}"


def test_killed_again_and_again(recipe: Path, whole: tuple[dict[str, str], int, Path], tmp_path: Path) -> None:
    expected, _, _ = whole
    # Each try gets a little farther than the chunk that the one before was working on.
    ended = builds(recipe, [(tmp_path / "faces", 40)] * 8, OPTIONS)
    kills = ended.count(CUT)
    assert kills >= 2
    assert {one.code for one in ended[kills:]} == {0}
    assert tree(tmp_path / "faces") == expected


def test_extended_and_killed(recipe: Path, tmp_path: Path) -> None:
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    builds(recipe, [(straight, NEVER), (broken, NEVER)], OPTIONS)
    before = tree(broken)
    builds(recipe, [(straight, NEVER)], WHOLE)
    assert builds(recipe, [(broken, 40), (broken, NEVER)], WHOLE)[0] == CUT
    after = tree(broken)
    assert after == tree(straight)
    kept = [name for name in before if name.startswith(("rounds/", "shards/"))]
    assert kept
    assert all(after[name] == before[name] for name in kept)


def test_nothing_to_do_changes_nothing(recipe: Path, whole: tuple[dict[str, str], int, Path]) -> None:
    expected, _, folder = whole
    build(recipe, folder)
    build(recipe, folder, options=OPTIONS | {"scale": 0.1})
    assert tree(folder) == expected
