"""A finished build, made once for all tests of commands that look at one or judge it anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from agfd.cli.main import main
from builders import tiny


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset; nobody changes it."""
    folder = tmp_path_factory.mktemp("built") / "faces"
    words = ["build", tiny(tmp_path_factory), "--out", folder, "--generator", "fake", "--workers", 1]
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def faces(built: Path, tmp_path: Path) -> Path:
    """A copy for one test, which may judge it anew."""
    return Path(shutil.copytree(built, tmp_path / "faces"))
