"""`agfd import` as a user types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from PIL import Image as Pillow

from agfd import models
from agfd.cli.main import main
from builders import pixels, tiny

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    models.installed("open_nsfw") is None, reason="the screen of pictures is not installed: agfd models install"
)


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for nth, name in enumerate(("smile/man/a.png", "smile/man/b.png", "elsewhere/c.png")):
        picture = pixels(nth, (32, 32))
        picture[0, 0] = (255, 0, 0) if nth == 0 else (0, 0, 0)
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(picture).save(path)
    return tmp_path / "mine"


def test_what_is_there_of_what_is_wanted(
    folder: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    recipe, out = tiny(tmp_path_factory), tmp_path / "faces"
    result = run("import", folder, "--recipe", recipe, "--out", out, "--workers", 1)
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["emotion.smile", "male", "2", "1", "12", "11", "short"] in lines
    assert "1 accepted, 1 rejected, 0 failed" in result.stdout
    assert "1 files were not taken" in result.stdout
    assert "1: no folder of its path is called like a row of the recipe (such as elsewhere/c.png)" in result.stdout
    again = run("import", folder, "--recipe", recipe, "--out", out, "--workers", 1, "--json")
    data = json.loads(again.stdout)
    assert data["accepted"] == 1
    assert data["unmatched"] == {"elsewhere/c.png": "no folder of its path is called like a row of the recipe"}
    assert {"row": "emotion.smile", "sex": "male", "wanted": 12, "accepted": 1, "pictures": 2} in data["quotas"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--recipe", "agfd-20"), "did you mean 'agfd-20k'"),
        (("--recipe", "agfd-20k", "--labels", "csv"), "the name of a CSV file"),
        (("--recipe", "agfd-20k", "--domain", "photos"), "domain"),
        ((), "--recipe"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    folder: Path, tmp_path: Path, words: tuple[str, ...], part: str
) -> None:
    result = run("import", folder, "--out", tmp_path / "faces", *words)
    assert result.exit_code == 2
    assert part in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "faces").exists()
