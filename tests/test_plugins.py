"""A package of somebody else's, really installed, is found by its name and treated like our own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agfd import testing

PACKAGE = Path(__file__).parent / "plugin_package"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(target), str(PACKAGE)], check=True)
    return {**os.environ, "PYTHONPATH": str(target)}


def agfd(environment: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agfd", *(str(word) for word in words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_it_builds_a_dataset_in_worker_processes(environment: dict[str, str], tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(testing.TINY, encoding="utf-8")
    words = ("--out", tmp_path / "faces", "--generator", "stripes", "--set", "generator.width=48", "--workers", 2)
    done = agfd(environment, "build", recipe, *words, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accepted"] == 30
    build = json.loads((tmp_path / "faces" / "build.json").read_text(encoding="utf-8"))
    assert build["generator"]["model_hash"] == "stripes-48"


def test_what_it_refuses_is_unsupported(environment: dict[str, str]) -> None:
    options = ("--scale", 0.01, "--generator", "stripes", "--no-screen", "--format", "json")
    rows = {row["id"]: row for row in json.loads(agfd(environment, "plan", "agfd-20k", *options).stdout)["rows"]}
    assert rows["illumination.dark"]["unsupported"] == 6
    assert rows["illumination.dark"]["reasons"] == ["stripes are not seen in the dark"]
    # Not declared safe by construction: without the screen nobody under 18 is asked of it.
    assert rows["age.child"]["unsupported"] == 6


def test_a_wrong_option_is_named(environment: dict[str, str]) -> None:
    done = agfd(environment, "plan", "agfd-20k", "--generator", "stripes", "--set", "generator.widht=3")
    assert done.returncode == 2
    assert "no option 'widht'" in done.stderr


def test_a_missing_dependency_is_one_sentence(environment: dict[str, str]) -> None:
    done = agfd(environment, "plan", "agfd-20k", "--generator", "needy")
    assert done.returncode == 2
    assert 'needs agfd-nowhere: pip install "agfd-stripes[nowhere]"' in done.stderr
    assert "Traceback" not in done.stderr
