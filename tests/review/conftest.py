"""Small datasets to review, in the way a build leaves them, and a home for what is kept beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi", reason="the extra [web] is not installed")

from agfd.run.identity import recipe_text
from report import synthetic

if TYPE_CHECKING:
    from pathlib import Path

    from agfd.store import Layout


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folders: nothing is written into the real ones."""
    folder = tmp_path / "home"
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder))
    return folder


@pytest.fixture
def tiles(tmp_path: Path) -> synthetic.Dataset:
    """Tiles with accepted, rejected and failed ones, in one closed round and an open one."""
    made = synthetic.dataset(tmp_path / "tiles")
    made.layout.build.write_text(json.dumps(synthetic.BUILD), encoding="utf-8")
    made.layout.recipe.write_text(recipe_text(made.recipe), encoding="utf-8")
    return made


@pytest.fixture
def layout(tiles: synthetic.Dataset) -> Layout:
    """Where the tiles are."""
    return tiles.layout
