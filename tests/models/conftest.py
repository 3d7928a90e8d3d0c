"""An empty cache, and a pip that knows nothing but one folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from models.tiny import TINY, use_manifest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, the manifest with one tiny entry, and a pip that only knows the folder `links`."""
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    (tmp_path / "links").mkdir()
    use_manifest(monkeypatch, TINY)
    return tmp_path
