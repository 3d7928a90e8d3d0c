"""Rows as their columns say, without pictures that anybody looks at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import builders
from agfd import images
from agfd.records import Measurement, Measurements, Place, Truth, Verdict
from agfd.store import Shard, commit_chunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.records import Sample
    from agfd.store import Layout


def row(verdict: Verdict | str, asked: dict[str, Any], truth: dict[str, Any], **seen: float) -> Sample:
    """A sample with these attributes and measurements; of `asked` the row's and the image's own names."""
    named = {name: asked.pop(name) for name in ("id", "row") if name in asked}
    return builders.sample(
        request=builders.request(**{"row": "a", **named}, attributes=asked),
        verdict=Verdict(verdict) if isinstance(verdict, str) else verdict,  # type: ignore[arg-type]
        truth=Truth(truth) if truth else None,
        measurements=Measurements({name: Measurement(value) for name, value in seen.items()}),
    )


def stored(layout: Layout, samples: Sequence[Sample], chunk: int = 0) -> Layout:
    """The samples as a chunk of the open round."""
    layout.shards.mkdir(parents=True, exist_ok=True)
    layout.log.mkdir(exist_ok=True)
    shard = Shard(layout.chunk_tar(1, chunk).name)
    offset = shard.add("x", images.encode_thumbnail(builders.pixels()))
    place = Place(shard.name, 0, 0, offset, 1, 16, 12, "0" * 64, "0" * 64, "")
    commit_chunk(layout, 1, chunk, shard, [replace(sample, place=place) for sample in samples])
    return layout
