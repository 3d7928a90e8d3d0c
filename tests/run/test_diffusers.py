"""agfd-20k with a diffusion model, from the command line to the dataset, through a power cut and with nobody in it."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import agfd
from agfd import ids, models
from agfd.recipe import load
from agfd.registry import ANALYZERS
from agfd.run.screen import is_here
from trees import tree

if TYPE_CHECKING:
    from pathlib import Path

# The small model makes 64 pixels; the number of images at once is not what is tried here.
OPTIONS = {"width": "64", "height": "64", "steps": "4", "batch": "8", "dtype": "float32", "threads": "1"}


@pytest.fixture(scope="module", autouse=True)
def _screened() -> None:
    """The table has rows of children: without the screen they are not made."""
    if models.installed("open_nsfw") is None:
        pytest.skip("open_nsfw is not installed; run: agfd models install")


def command(model: Path, out: Path, *more: str) -> list[str]:
    sets = [part for name, value in OPTIONS.items() for part in ("--set", f"generator.{name}={value}")]
    asked = ["build", "agfd-20k", "--generator", "diffusers", "--model", str(model), "--scale", "0.001"]
    return [sys.executable, "-m", "agfd", *asked, "--out", str(out), "--workers", "1", *sets, *more]


def run(model: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(model, out, *more), capture_output=True, text=True, check=False, timeout=280)


@pytest.fixture(scope="module")
def whole(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build that nobody interrupts."""
    folder = tmp_path_factory.mktemp("whole") / "faces"
    done = run(small_model, folder, "--no-analyze")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_the_whole_table_is_made(whole: Path) -> None:
    dataset = agfd.open(whole)
    assert dataset.status()["accepted"] == len(dataset) == 47
    sample = next(iter(dataset))
    assert sample.made["Model"] == "small"
    assert sample.made["Seed"] == str(ids.noise_seed(sample.request.person, sample.request.scene))


@pytest.mark.slow
def test_killed_and_resumed_it_ends_the_same(small_model: Path, whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "faces"
    started = subprocess.Popen(
        command(small_model, folder, "--no-analyze"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    # The Parquet file of a chunk is what commits it.
    while not list(folder.glob("shards/*.parquet")):
        assert started.poll() is None, "the build ended before it was killed"
    started.kill()
    assert started.wait() == -signal.SIGKILL
    assert not list(folder.glob("rounds/*.parquet"))
    again = run(small_model, folder, "--no-analyze")
    assert again.returncode == 0, again.stderr
    assert tree(folder) == tree(whole)


@pytest.mark.slow
def test_noise_without_faces_ends_by_itself(small_model: Path, tmp_path: Path) -> None:
    """Every image is rejected, and the last try comes."""
    needed = {weight for name in load("agfd-20k").all_analyzers for weight in ANALYZERS.make(name).info.weights}
    missing = sorted(weight for weight in needed if not is_here(weight))
    if missing:
        pytest.skip(f"weights are not installed ({', '.join(missing)}); run: agfd models install")
    folder = tmp_path / "faces"
    done = run(small_model, folder, "--rows", "age.young", "--max-tries", "2")
    assert done.returncode == 1, done.stderr
    counts = agfd.open(folder).status()
    assert (counts["accepted"], counts["rejected"], counts["failed"]) == (0, 4, 0)
