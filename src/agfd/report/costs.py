"""What the images of each row cost, from the log: seconds of workers for each accepted one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from agfd.report.events import chunk_events
from agfd.store import read_stable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from agfd.store import Layout


def seconds_per_accepted(layout: Layout) -> dict[str, float]:
    """By row: the seconds that workers spent on its images, also on rejected ones, by its accepted ones.

    The seconds of a chunk are shared evenly among its images. Rows without an accepted image and images of which the
    log does not tell are left out. Raises `DamagedError`.
    """
    spent = {shard: float(event["seconds"]) for shard, event in chunk_events(layout).items() if "seconds" in event}

    def fold(tables: Iterator[pa.Table]) -> tuple[Counter[tuple[str, str]], Counter[str]]:
        made: Counter[tuple[str, str]] = Counter()
        accepted: Counter[str] = Counter()
        for table in tables:
            grouped = table.group_by(["row", "shard", "status"], use_threads=False).aggregate([([], "count_all")])
            for entry in grouped.to_pylist():
                if entry["shard"] in spent:
                    made[entry["row"], entry["shard"]] += entry["count_all"]
                    accepted[entry["row"]] += entry["count_all"] * (entry["status"] == "accepted")
        return made, accepted

    made, accepted = read_stable(layout, ("row", "shard", "status"), fold)
    images: Counter[str] = Counter()
    for (_, shard), number in made.items():
        images[shard] += number
    seconds: dict[str, float] = {}
    for (row, shard), number in made.items():
        seconds[row] = seconds.get(row, 0.0) + spent[shard] * number / images[shard]
    return {row: total / accepted[row] for row, total in seconds.items() if accepted[row]}
