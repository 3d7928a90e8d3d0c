"""Showing what judging again changes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from agfd.api import MadeAgain

if TYPE_CHECKING:
    from pathlib import Path

    from agfd.api import JudgeEvent, Rejudged

EVERY = 25


class Progress:
    """A line on standard error now and then while images are made again: that takes long, judging does not."""

    def __init__(self) -> None:
        self._made = self._lost = 0

    def hear(self, event: JudgeEvent) -> None:
        """Count one event."""
        if isinstance(event, MadeAgain):
            self._made += 1
            self._lost += not event.same
            if self._made % EVERY == 0:
                print(f"{self._made} images made again, {self._lost} of them lost", file=sys.stderr)  # noqa: T201


def print_rejudged(folder: Path, result: Rejudged) -> None:
    """Changes by row and reason with examples, then what becomes of the whole."""
    console = Console(width=None if sys.stdout.isatty() else 160)

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    would = "" if result.applied else "would "
    if result.changes:
        table = Table(box=None, pad_edge=False, padding=(0, 1))
        for title in ("row", "change", "why", "images", "such as"):
            table.add_column(title, justify="right" if title == "images" else "left")
        for change in result.changes:
            examples = " ".join(example[:8] for example in change.examples)
            table.add_row(change.row, change.kind, change.what, f"{change.images:,}", examples)
        console.print(table, highlight=False)
    say(
        f"{folder}: {result.images:,} images judged, {result.changed:,} {would}change; "
        f"accepted {result.accepted_before:,} -> {result.accepted_after:,}"
    )
    if result.again:
        lost = f", {result.lost:,} of them came out otherwise and are rejected: pixels_lost" if result.applied else ""
        were = "were" if result.applied else "would be"
        say(f"{result.again:,} accepted images whose pixels were not kept {were} made again{lost}")
    if result.closed is not None:
        say(f"round {result.closed} was open and {would}end with what it has; the next build goes on from there")
    if result.changed:
        say("what the reasons mean: docs/reasons.md")
        say("go on with: agfd build" if result.applied else "to do it: the same command with --apply")
