"""Showing a folder while it is looked at, and what its table says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from agfd.api import SurveyBegan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import IO

    from agfd.api import SurveyEvent
    from agfd.survey.summary import Balance, Summary

PLAIN_EVERY = 10.0
_WIDE = 160
# Axes down the side of a table whose product is longer than a screen.
_MANY = 2


class Progress:
    """A bar on a terminal, a line every ten seconds elsewhere; both on standard error."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._console = Console(stderr=True)
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
        self._bar = RichProgress(*columns, console=self._console, transient=True, disable=not self._console.is_terminal)
        self._files = self._seen = 0
        self._task = self._bar.add_task("", total=None, rate="")
        self._began = self._said = time.monotonic()

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def hear(self, event: SurveyEvent) -> None:
        """Count one event, and show it now and then."""
        if isinstance(event, SurveyBegan):
            self._files = event.files
            self._print(f"{event.files:,} files, looked at by {', '.join(event.analyzers)}")
            for name, why in event.others.items():
                self._print(f"{name} does not look: {why}")
            self._bar.update(self._task, total=event.files)
            return
        self._seen += 1
        now = time.monotonic()
        rate = f"{self._seen / max(1e-9, now - self._began):.1f} files/s"
        self._bar.update(self._task, completed=self._seen, rate=rate)
        if not self._console.is_terminal and now - self._said > PLAIN_EVERY:
            self._said = now
            self._print(f"{self._seen:,} of {self._files:,} files, {rate}")

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)


def print_summary(folder: str | Path, summary: Summary, file: IO[str]) -> None:
    """The report, to `file`."""
    console = Console(file=file, width=None if file.isatty() else _WIDE)

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    say(f"{folder}: {summary.files:,} files, {summary.readable:,} readable images")
    if summary.errors:
        say(f"not read or not measured: {_listed(summary.errors)}")
    if summary.notes:
        say(f"particular: {_listed(summary.notes)}")
    if summary.faces is not None:
        none, one, more = summary.faces
        say(f"faces: none in {none:,}, one in {one:,}, two or more in {more:,}")
    say(f"issues: {_listed(summary.issues) or 'none'}")
    say(f"exact duplicates: {_repeated(summary)}")
    if summary.copied or summary.mirrored:
        say(f"near duplicates: {summary.copied:,} look like another one, {summary.mirrored:,} like its mirror image")
    if summary.again:
        say(f"same person: {summary.again:,} images seem to show somebody who is in another one")
    if summary.spreads:
        say("")
        console.print(_spreads(summary), highlight=False)
    say("")
    if summary.balance is not None:
        say(f"people in pictures with a face, by {' and '.join(summary.balance.axes)} of the largest one:")
        console.print(_balance(summary.balance), highlight=False)
        say(_extremes(summary.balance))
    if summary.not_measured:
        say(f"balance over {', '.join(summary.not_measured)}: not measured, no analyzer here gives it")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{code} {number:,}" for code, number in counts.items())


def _repeated(summary: Summary) -> str:
    if not summary.repeated:
        return "none"
    return f"{summary.repeated:,} images repeat the pixels of {summary.originals:,} others"


def _spreads(summary: Summary) -> Table:
    rows = (
        (name, f"{spread.count:,}", *(f"{value:.3g}" for value in (spread.low, spread.median, spread.high)))
        for name, spread in summary.spreads.items()
    )
    return _table(("measured", "images", "5 %", "median", "95 %"), rows)


def _balance(balance: Balance) -> Table:
    """The last axis across, the others down; groups without anybody are left out where there are many."""
    *down, across = balance.axes
    columns = balance.groups[across]
    keys = list(dict.fromkeys(key[:-1] for key in balance.cells))
    numbers = {key: [balance.cells[(*key, column)] for column in columns] for key in keys}
    rows = [(*key, *_with_sum(counts)) for key, counts in numbers.items() if len(down) < _MANY or any(counts)]
    sums = [sum(balance.cells[(*key, column)] for key in keys) for column in columns]
    last = [("all", *[""] * (len(down) - 1), *_with_sum(sums))] if down else []
    return _table((*down, *columns, "all"), [*rows, *last], texts=len(down))


def _with_sum(numbers: Iterable[int]) -> list[str]:
    values = list(numbers)
    return [f"{value:,}" for value in (*values, sum(values))]


def _extremes(balance: Balance) -> str:
    (most, largest), (least, smallest) = balance.largest, balance.smallest
    empty = sum(not number for number in balance.cells.values())
    return (
        f"most: {' '.join(most)} {largest:,}; fewest: {' '.join(least)} {smallest:,}; "
        f"{empty} of {len(balance.cells)} cells empty"
    )


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for place, title in enumerate(titles):
        table.add_column(title, justify="left" if place < texts else "right")
    for row in rows:
        table.add_row(*row)
    return table
