"""Showing an import while it runs, and what came of it."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from agfd import api
from agfd.cli.display import Display, Live, Plain, Progress, Quiet

if TYPE_CHECKING:
    from pathlib import Path

REASONS_SHOWN = 8


class Showing:
    """Shows an import as a build is shown, once it is known which pictures there are."""

    def __init__(self, out: Path, *, quiet: bool) -> None:
        self._progress = Progress({}, api.accepted_by_row(out))
        self._display = self._chosen(quiet=quiet)

    def _chosen(self, *, quiet: bool) -> Display:
        if quiet:
            return Quiet()
        console = Console(stderr=True)
        return Live(self._progress, console) if sys.stderr.isatty() else Plain(self._progress, console)

    def __enter__(self) -> Showing:
        self._display.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._display.__exit__(*error)

    def hear(self, event: api.Event | api.ImportBegan) -> None:
        """Count one event, and show it now or later."""
        if isinstance(event, api.ImportBegan):
            self._progress.asked = dict(event.rows)
        else:
            self._display.hear(event)


def as_data(result: api.ImportResult) -> dict[str, Any]:
    """A result as plain data."""
    return {
        "quotas": [asdict(quota) for quota in result.quotas()],
        "unmatched": dict(result.unmatched),
        **result.dataset.status(),
    }


def print_import(result: api.ImportResult, out: Path) -> None:
    """What there is of what the recipe wants, why images do not count, and which files were not taken."""
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("row")
    table.add_column("sex")
    for title in ("images", "accepted", "wanted", ""):
        table.add_column(title, justify="right" if title else "left")
    for quota in result.quotas():
        short = quota.wanted - quota.accepted
        note = f"{short:,} short" if short > 0 else "full" if quota.wanted else ""
        table.add_row(quota.row, quota.sex, *(f"{n:,}" for n in (quota.pictures, quota.accepted, quota.wanted)), note)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table, highlight=False)
    status = result.dataset.status()

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    say(f"{status['accepted']:,} accepted, {status['rejected']:,} rejected, {status['failed']:,} failed")
    if status["reasons"]:
        reasons = Counter(status["reasons"]).most_common()
        say("reasons: " + ", ".join(f"{reason} {number:,}" for reason, number in reasons))
    if result.ignored_columns:
        say(f"columns of the labels that say nothing to us: {', '.join(result.ignored_columns)}")
    if result.unmatched:
        say(f"{len(result.unmatched):,} files were not taken; all of them stand in {out / 'unmatched.csv'}:")
        why = Counter(result.unmatched.values()).most_common()
        for reason, number in why[:REASONS_SHOWN]:
            example = min(file for file, told in result.unmatched.items() if told == reason)
            say(f"  {number:,}: {reason} (such as {example})")
        if len(why) > REASONS_SHOWN:
            say(f"  {sum(number for _, number in why[REASONS_SHOWN:]):,} for other reasons")
