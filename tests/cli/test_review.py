"""`agfd review` as a user types it, without a server behind it: what is said and what is opened."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from agfd.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN, TICKET = "http://127.0.0.1:8765/?token=token", "http://127.0.0.1:8765/?token=ticket"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the API was asked for and which addresses a browser was opened with; a display is there."""
    told: dict[str, Any] = {"opened": []}
    server = SimpleNamespace(
        reviewer="ann", address=TOKEN, journal=Path("ann.jsonl"), remark="a remark", ticket=lambda: TICKET
    )

    def review(folder: Path, *, on_ready: Callable[[Any], None], **options: Any) -> None:
        told.update(folder=folder, **options)
        on_ready(server)

    monkeypatch.setattr("agfd.api.review", review)
    monkeypatch.setattr("webbrowser.open", told["opened"].append)
    monkeypatch.setenv("DISPLAY", ":0")
    return told


def run(*words: str) -> Result:
    result = CliRunner().invoke(main, ["review", "faces", *words])
    assert result.exit_code == 0, result.output
    return result


def test_the_address_is_printed_and_opened_with_a_ticket(asked: dict[str, Any]) -> None:
    output = run().output
    assert TOKEN in output
    assert "ann.jsonl" in output
    assert "a remark" in output
    # The command line of a browser is seen by every user of the machine: the token is not in it.
    assert asked["opened"] == [TICKET]
    assert asked == {"folder": Path("faces"), "reviewer": None, "port": None, "blind": True, "opened": [TICKET]}


def test_what_is_given_is_handed_on(asked: dict[str, Any]) -> None:
    run("--reviewer", "bob", "--port", "9000", "--open", "--no-browser")
    assert asked == {"folder": Path("faces"), "reviewer": "bob", "port": 9000, "blind": False, "opened": []}


def test_nothing_is_opened_where_there_is_no_display(asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert TOKEN in run().output
    assert asked["opened"] == []
