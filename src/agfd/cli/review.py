"""What people say: `agfd review` says where its page is, opens it and waits; `agfd agreement` shows what came of it."""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agfd.api import ReviewServer


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--reviewer", metavar="NAME", help="whose verdicts these are; each has a journal  [the user's name]")
@click.option("--port", type=click.IntRange(1, 65535), help="of 127.0.0.1  [the last one, 8765 or the next free one]")
@click.option("--open", "shown", is_flag=True, help="show the machine's verdict before yours; you may follow it")
@click.option("--no-browser", is_flag=True, help="do not open the page")
def review(folder: Path, reviewer: str | None, port: int | None, *, shown: bool, no_browser: bool) -> None:
    """Look at the images in FOLDER in a browser and say what you think of them, key by key; Ctrl-C ends it.

    Every key press is on the disk before the page counts it. The machine's verdicts are never changed by it.
    """
    from agfd import api

    def ready(server: ReviewServer) -> None:
        click.echo(f"{folder}: {server.reviewer} reviews at {server.address}")
        click.echo(f"verdicts: {server.journal}; Ctrl-C ends it")
        if server.remark:
            click.echo(f"note: {server.remark}")
        if not no_browser and _has_display():
            webbrowser.open(server.ticket())

    api.review(folder, reviewer=reviewer, port=port, blind=not shown, on_ready=ready)
    click.echo("ended; the same command goes on")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="print JSON")
def agreement(folder: Path, *, as_json: bool) -> None:
    """Show how far the reviewers of FOLDER agree, and how often machine and analyzers are wrong by what they say."""
    from agfd import api
    from agfd.cli.people import print_agreement

    result = api.agreement(folder)
    if as_json:
        click.echo(json.dumps(result, indent=2))
    else:
        print_agreement(result, folder)


def _has_display() -> bool:
    """Whether a browser has where to open; a browser of text would take this terminal."""
    return sys.platform in {"win32", "darwin"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
