"""A power cut at any step costs time, never an image: the dataset ends byte for byte like one never interrupted."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agfd import testing
from trees import tree

SCRIPT = Path(__file__).with_name("killing.py")
# Half of the smiles fail, so that there are several rounds with attempts beyond the first.
OPTIONS = {"generator_options": {"rates": "smiling:0.5"}}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "tiny.yaml"
    path.write_text(testing.TINY, encoding="utf-8")
    return path


def build(recipe: Path, folder: Path, step: int, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", str(SCRIPT), str(recipe), str(folder), str(step)]
    return subprocess.run(
        [*command, json.dumps(OPTIONS | options)], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def whole(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], int, Path]:
    """An uninterrupted build: its files, and the number of steps it took."""
    folder = tmp_path_factory.mktemp("whole") / "faces"
    done = build(recipe, folder, -1)
    assert done.returncode == 0, done.stderr
    return tree(folder), int(done.stdout), folder


def test_there_are_several_rounds(whole: tuple[dict[str, str], int, Path]) -> None:
    assert sum(name.startswith("rounds/") and name.endswith(".parquet") for name in whole[0]) >= 3


@pytest.mark.slow
def test_killed_anywhere_it_ends_the_same(
    recipe: Path, whole: tuple[dict[str, str], int, Path], tmp_path: Path
) -> None:
    expected, steps, _ = whole
    # The first steps make the folder a dataset. The others are spread over the whole protocol, the same in every run.
    places = sorted([1, 2, 3, 4, 5, *random.Random(steps).sample(range(6, steps), 20)])
    for place in places:
        folder = tmp_path / str(place)
        cut = build(recipe, folder, place)
        assert cut.returncode == -signal.SIGKILL, cut.stderr
        again = build(recipe, folder, -1)
        assert again.returncode == 0, again.stderr
        assert tree(folder) == expected, f"killed at step {place} of {steps}"


def test_killed_again_and_again(recipe: Path, whole: tuple[dict[str, str], int, Path], tmp_path: Path) -> None:
    expected, steps, _ = whole
    folder = tmp_path / "faces"
    # Each try gets a little farther than the chunk that the one before was working on.
    kills = 0
    for _ in range(steps):
        if build(recipe, folder, 60).returncode == 0:
            break
        kills += 1
    assert kills >= 2
    assert tree(folder) == expected


def test_extended_and_killed(recipe: Path, whole: tuple[dict[str, str], int, Path], tmp_path: Path) -> None:
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    for folder in (straight, broken):
        assert build(recipe, folder, -1, scale=0.5).returncode == 0
    before = tree(broken)
    assert build(recipe, straight, -1).returncode == 0
    assert build(recipe, broken, 40).returncode == -signal.SIGKILL
    assert build(recipe, broken, -1).returncode == 0
    after = tree(broken)
    assert after == tree(straight)
    kept = [name for name in before if name.startswith(("rounds/", "shards/"))]
    assert kept
    assert all(after[name] == before[name] for name in kept)


def test_nothing_to_do_changes_nothing(recipe: Path, whole: tuple[dict[str, str], int, Path]) -> None:
    expected, _, folder = whole
    assert build(recipe, folder, -1).returncode == 0
    assert build(recipe, folder, -1, scale=0.1).returncode == 0
    assert tree(folder) == expected
