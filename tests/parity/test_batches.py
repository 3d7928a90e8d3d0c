"""A generator that makes several images at once, whose last bits hang on which: the same dataset for any workers."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

import agfd
from agfd import testing
from builders import tiny
from trees import tree

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = {"size": "16", "fits": "4", "together": "1", "rates": "smiling:0.5", "chunk": "8"}
SET = tuple(f"generator.{name}={value}" for name, value in OPTIONS.items())


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny(tmp_path_factory))


@pytest.fixture(scope="module")
def inline(recipe: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("inline") / "faces"
    agfd.build(recipe, folder, generator=testing.make_generator(**OPTIONS), scale=4)
    return rows_and_shards(folder)


def rows_and_shards(folder: Path) -> dict[str, str]:
    return {name: sha for name, sha in tree(folder).items() if name.startswith(("rounds/", "shards/"))}


@pytest.mark.parametrize("workers", [1, 2])
def test_processes_give_what_one_process_gives(
    recipe: str, inline: dict[str, str], tmp_path: Path, workers: int
) -> None:
    agfd.build(recipe, tmp_path / "f", generator="fake", set=SET, workers=workers, scale=4)
    assert rows_and_shards(tmp_path / "f") == inline


def test_a_killed_worker_and_an_interrupted_build_change_nothing(
    recipe: str, inline: dict[str, str], tmp_path: Path
) -> None:
    killed: list[int] = []

    def hear(event: object) -> None:
        worker = getattr(event, "worker", "")
        if worker and not killed:
            killed.append(int(worker))
            os.kill(killed[0], signal.SIGKILL)

    for most in (20, 40, None):
        agfd.build(
            recipe, tmp_path / "f", generator="fake", set=SET, workers=2, scale=4, max_images=most, on_event=hear
        )
    assert killed
    assert rows_and_shards(tmp_path / "f") == inline


def test_the_batch_shapes_the_pixels(recipe: str, inline: dict[str, str], tmp_path: Path) -> None:
    """So the tests above could fail."""
    agfd.build(recipe, tmp_path / "f", generator=testing.make_generator(**{**OPTIONS, "batch": "2"}), scale=4)
    assert rows_and_shards(tmp_path / "f") != inline
