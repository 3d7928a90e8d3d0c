"""How a build is shown while it runs: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from agfd.api import BatchHalved, ChunkDone, Event, ItemDone, RoundClosed, RoundOpened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console, RenderableType

PLAIN_EVERY = 10.0


class Progress:
    """Counts of a running build. `asked` and `accepted` by row at its start."""

    def __init__(self, asked: Mapping[str, int], accepted: Mapping[str, int]) -> None:
        self.asked, self.accepted = dict(asked), Counter(accepted)
        self.started = time.monotonic()
        self.made = 0
        self.rejected = self.failed = 0
        self.round = 0
        # What was heard of chunks that are not on disk yet.
        self._open: dict[tuple[int, int], list[ItemDone]] = {}

    def hear(self, event: Event) -> None:
        """Count one event. What is turned down only when a round closes is taken off at the end."""
        if isinstance(event, RoundOpened):
            self.round = event.number
        elif isinstance(event, ItemDone):
            self._open.setdefault(event.key, []).append(event)
            self._count(event, 1)
        elif isinstance(event, ChunkDone):
            self._open.pop(event.task.key, None)
        elif isinstance(event, BatchHalved):
            for item in self._open.pop(event.key, ()):
                self._count(item, -1)

    def _count(self, item: ItemDone, times: int) -> None:
        self.made += times
        self.accepted[item.row] += times * (item.status == "accepted")
        self.rejected += times * (item.status == "rejected")
        self.failed += times * (item.status == "failed")

    @property
    def rate(self) -> float:
        """Images a second since the start."""
        return self.made / max(1e-9, time.monotonic() - self.started)

    @property
    def total(self) -> tuple[int, int]:
        """Accepted and asked in all; a row's surplus does not count for another row."""
        return sum(min(self.accepted[row], n) for row, n in self.asked.items()), sum(self.asked.values())

    @property
    def left(self) -> str:
        """Time left at the rate and yield so far."""
        accepted, asked = self.total
        passed = self.made - self.rejected - self.failed
        if not passed:
            return "?"
        seconds = (asked - accepted) / (self.rate * passed / self.made)
        hours, rest = divmod(int(seconds), 3600)
        return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"

    def line(self) -> str:
        """Everything in one line."""
        accepted, asked = self.total
        return (
            f"round {self.round}: {accepted} of {asked} accepted, {self.rejected} rejected, {self.failed} failed, "
            f"{self.rate:.2f} images/s, {self.left} left"
        )


class Display(Protocol):
    """Shows a build."""

    def __enter__(self) -> Display: ...

    def __exit__(self, *error: object) -> None: ...

    def hear(self, event: Event) -> None:
        """Count one event, and show it now or later."""
        ...


class Quiet:
    """Shows nothing: the result is printed as JSON."""

    def __enter__(self) -> Quiet:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def hear(self, event: Event) -> None:
        """Nothing."""


class Plain:
    """A line when a round opens or closes, when memory runs short, and every ten seconds between."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress, self._console = progress, console
        self._last = time.monotonic()

    def __enter__(self) -> Plain:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def hear(self, event: Event) -> None:
        """Count, and say something now and then."""
        self._progress.hear(event)
        now = time.monotonic()
        if isinstance(event, RoundOpened):
            there = f" ({event.there} there already)" if event.there else ""
            self._console.print(f"round {event.number} opens: {event.requests} images to make{there}", highlight=False)
        elif isinstance(event, BatchHalved):
            self._console.print(f"memory ran short: {event.batch} at once from now on", highlight=False)
        elif isinstance(event, RoundClosed) or (isinstance(event, ChunkDone) and now - self._last > PLAIN_EVERY):
            self._last = now
            self._console.print(self._progress.line(), highlight=False)


class Live:
    """A table of rows with bars that moves, redrawn a few times a second."""

    def __init__(self, progress: Progress, console: Console) -> None:
        from rich.live import Live as RichLive

        self._progress = progress
        self._live = RichLive(console=console, refresh_per_second=4, get_renderable=self._draw, transient=True)

    def __enter__(self) -> Live:
        self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def hear(self, event: Event) -> None:
        """Count; the picture is drawn by the clock."""
        self._progress.hear(event)

    def _draw(self) -> RenderableType:
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        table = Table(box=None, padding=(0, 1), pad_edge=False)
        for title in ("row", "accepted", ""):
            table.add_column(title, justify="right" if title == "accepted" else "left")
        for row, asked in self._progress.asked.items():
            if asked:
                accepted = min(self._progress.accepted[row], asked)
                table.add_row(row, f"{accepted}/{asked}", ProgressBar(total=asked, completed=accepted, width=30))
        table.caption = self._progress.line()
        table.caption_justify = "left"
        return table
