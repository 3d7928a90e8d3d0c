"""What the log of a dataset says of its chunks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agfd.store import Layout


def chunk_events(layout: Layout) -> dict[str, dict[str, Any]]:
    """The log's line about each chunk, by the name of its shard; of one that was made twice, the last one."""
    path = layout.log / "events.jsonl"
    if not path.is_file():
        return {}
    found: dict[str, dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            event = json.loads(line)
            if event["event"] == "chunk":
                found[layout.chunk_tar(event["round"], event["chunk"]).name] = event
        except (ValueError, KeyError, TypeError):
            # A line that a power cut tore.
            continue
    return found


def spared(layout: Layout) -> tuple[int, int]:
    """Of the images that an early look would have stopped and that were finished all the same, how many passed on
    their own, and how many there are, as far as the log tells.
    """
    chunks = [event for event in chunk_events(layout).values() if "spared" in event]
    return sum(event["spared_accepted"] for event in chunks), sum(event["spared"] for event in chunks)
