"""Showing what judging again changes, and what was measured against what was asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from agfd.api import MadeAgain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

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
        table = _table("row", "change", "why", "images", "such as")
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
        again = f"go on with: agfd build {folder}/recipe.yaml --out {folder}, and the options that it was built with"
        say(again if result.applied else "to do it: the same command with --apply")


def print_compared(result: Mapping[str, Any]) -> None:
    """Words, numbers and costs, each as a table."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    words = _table("attribute", "against", "images", "measured otherwise (95 %)", "most often")
    for entry in result["words"]:
        wrong = sorted((pair for pair in entry["pairs"] if pair[0] != pair[1]), key=lambda pair: -pair[2])[:3]
        often = ", ".join(f"{label} as {measured} {number}" for label, measured, number in wrong)
        share = 100 * entry["differing"] / entry["images"]
        told = f"{share:.1f} % ({100 * entry['low']:.1f}-{100 * entry['high']:.1f} %)"
        words.add_row(entry["attribute"], entry["against"], f"{entry['images']:,}", told, often)
    numbers = _table("attribute", "against", "images", "mean difference", "mean error")
    for entry in result["numbers"]:
        differences = (f"{entry['bias']:+.2f}", f"{entry['error']:.2f}")
        numbers.add_row(entry["attribute"], entry["against"], f"{entry['images']:,}", *differences)
    costs = _table("row", "seconds of a worker for each accepted image")
    for row, seconds in result["seconds"].items():
        costs.add_row(row, f"{seconds:.2f}")
    for table, empty in ((words, "no words"), (numbers, "no numbers"), (costs, "no costs: the log tells of no chunk")):
        console.print(table if table.row_count else empty, highlight=False)
        console.print()
    console.print("against true: errors of the analyzers; against asked: noise of the labels", highlight=False)


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for title in titles:
        table.add_column(title, justify="right" if title == "images" else "left")
    return table
