"""The images of a dataset with their files, in the order of the dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.errors import UsageError
from agfd.store import Layout, iterate_rows, read_member, to_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agfd.records import Sample


def stored(layout: Layout, *, everything: bool = False) -> Iterator[tuple[Sample, bytes]]:
    """Every accepted image as a sample and the bytes of its file; with `everything` the rejected ones too.

    Requests that left no picture (failed, or refused for safety) are passed over. Raises `UsageError` at the first
    image of which only the thumbnail was kept, `DamagedError` where the store is damaged.
    """
    for row in iterate_rows(layout):
        if row["shard"] is None or not (everything or row["status"] == "accepted"):
            continue
        sample = to_sample(row)
        if sample.place is None or sample.place.size == 0:
            raise UsageError(
                f"of the {row['status']} image {row['id']} only the thumbnail was kept; "
                "build into a new folder with --keep all to export rejected images too"
            )
        yield sample, read_member(layout, sample.place)
