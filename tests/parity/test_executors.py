"""One build through every executor, with accidents: the folder is the same byte for byte."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import agfd
from agfd import testing
from agfd.errors import UsageError, WorkerError
from builders import tiny
from trees import tree

if TYPE_CHECKING:
    from pathlib import Path

RATES = {"rates": "smiling:0.5"}
SET = ("generator.rates=smiling:0.5",)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory)


@pytest.fixture(scope="module")
def inline(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("inline") / "faces"
    agfd.build(str(recipe), folder, generator=testing.make_generator(**RATES))
    return rows_and_shards(folder)


def rows_and_shards(folder: Path) -> dict[str, str]:
    # Only build.json knows how the generator's options were given: as an object or as words.
    return {name: sha for name, sha in tree(folder).items() if name.startswith(("rounds/", "shards/", "recipe"))}


def build(recipe: Path, folder: Path, **options: Any) -> agfd.Dataset:
    return agfd.build(str(recipe), folder, generator="fake", **{"set": SET, **options})


@pytest.mark.parametrize("workers", [1, 2])
def test_processes_give_what_one_process_gives(
    recipe: Path, inline: dict[str, str], tmp_path: Path, workers: int
) -> None:
    build(recipe, tmp_path / "faces", workers=workers)
    assert rows_and_shards(tmp_path / "faces") == inline


def test_two_killed_drivers_and_workers_change_nothing(recipe: Path, inline: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "faces"
    command = [sys.executable, "-m", "agfd", "build", str(recipe), "--out", str(folder), "--generator", "fake"]
    for rounds in (0, 1):
        process = subprocess.Popen(
            [*command, "--set", *SET, "--set", "generator.wait=0.05", "--workers", "2", "--json"],
            stdout=subprocess.DEVNULL,
        )
        # Waiting for a state of the folder, not for a time: some chunks, then the first closed round.
        while process.poll() is None and not seen(folder, rounds):
            time.sleep(0.01)
        assert process.poll() is None, "the build ended before it could be killed"
        process.send_signal(signal.SIGKILL)
        process.wait()
    build(recipe, folder, workers=2)
    assert rows_and_shards(folder) == inline


def seen(folder: Path, rounds: int) -> bool:
    if rounds:
        return (folder / "rounds" / "000001.parquet").exists() and len(list(folder.glob("shards/000002-*.parquet"))) > 0
    return len(list(folder.glob("shards/*.parquet"))) > 1


def test_a_killed_worker_costs_only_time(recipe: Path, inline: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "faces"
    killed: list[int] = []

    def hear(event: object) -> None:
        worker = getattr(event, "worker", "")
        if worker and not killed:
            killed.append(int(worker))
            os.kill(killed[0], signal.SIGKILL)

    build(recipe, folder, workers=2, on_event=hear)
    assert killed
    assert rows_and_shards(folder) == inline


TROUBLE = "emotion.smile/male/3/0"


@pytest.mark.parametrize(("kind", "code"), [("raises", "exception"), ("kills", "crash"), ("hangs", "timeout")])
def test_a_bad_item_costs_that_item(recipe: Path, tmp_path: Path, kind: str, code: str) -> None:
    dataset = build(
        recipe,
        tmp_path / "faces",
        workers=1,
        item_timeout=2.0,
        set=(f"generator.{kind}={TROUBLE}", "generator.chunk=4"),
    )
    failed = list(dataset.filter(status="failed"))
    assert [(s.request.row, s.request.sex, s.request.slot, s.request.attempt) for s in failed] == [
        ("emotion.smile", "male", 3, 0)
    ]
    assert failed[0].verdict.reasons == (code,)
    assert failed[0].verdict.error
    # The slot was tried again and filled: nothing but the item was lost.
    assert len(dataset) == 30


def test_a_failed_item_has_its_row_and_reason(recipe: Path, tmp_path: Path) -> None:
    dataset = build(recipe, tmp_path / "faces", workers=1, set=(f"generator.fails={TROUBLE}",))
    (failed,) = dataset.filter(status="failed")
    assert failed.verdict.reasons == ("told_to_fail",)
    assert dataset.status()["failed"] == 1


def test_a_worker_that_cannot_start_ends_the_build(recipe: Path, tmp_path: Path) -> None:
    # The analyzer exists where the build is planned and its factory refuses in the worker's own environment.
    bad = recipe.with_name("bad.yaml")
    bad.write_text(testing.TINY.replace("analyzers: [fake]", "analyzers: [fakee]"), encoding="utf-8")
    with pytest.raises(UsageError, match="did you mean 'fake'"):
        build(bad, tmp_path / "faces")


def test_a_full_disk_in_a_worker_is_said_and_nothing_is_lost(
    recipe: Path, inline: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "faces"
    build(recipe, folder, workers=1, max_images=5)
    blocked = folder / "shards"
    before = tree(folder)
    aside = folder / "aside"
    blocked.rename(aside)
    blocked.write_text("not a folder")
    with pytest.raises((WorkerError, OSError, agfd.AgfdError)):
        build(recipe, folder, workers=1)
    blocked.unlink()
    aside.rename(blocked)
    assert {name: sha for name, sha in before.items() if name.startswith("shards")} == {
        name: sha for name, sha in tree(folder).items() if name.startswith("shards")
    }
    build(recipe, folder, workers=1)
    assert rows_and_shards(folder) == inline
