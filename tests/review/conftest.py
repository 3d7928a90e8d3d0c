"""Small datasets to review, in the way a build leaves them, and a home for what is kept beside them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from agfd.run.identity import recipe_text
from agfd.store import Layout
from report import synthetic


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folders: nothing is written into the real ones."""
    folder = tmp_path / "home"
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder))
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> synthetic.Dataset:
    """Tiles with accepted, rejected and failed ones, in one closed round and an open one, that nobody changes."""
    made = synthetic.dataset(tmp_path_factory.mktemp("made") / "tiles")
    made.layout.build.write_text(json.dumps(synthetic.BUILD), encoding="utf-8")
    made.layout.recipe.write_text(recipe_text(made.recipe), encoding="utf-8")
    return made


@pytest.fixture
def tiles(made: synthetic.Dataset, tmp_path: Path) -> synthetic.Dataset:
    """A copy of the tiles for each test."""
    return replace(made, layout=Layout(Path(shutil.copytree(made.layout.root, tmp_path / "tiles"))))


@pytest.fixture
def layout(tiles: synthetic.Dataset) -> Layout:
    """Where the tiles are."""
    return tiles.layout
