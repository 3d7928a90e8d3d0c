"""Small datasets of coloured tiles, written straight into the store: what the pages and the exports are tested on."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import builders
from agfd import images
from agfd.planning import Table
from agfd.records import Place, Sample, Truth, Verdict
from agfd.store import Layout, Shard, close_round, commit_chunk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agfd.recipe import Recipe
    from agfd.records import Request

TABLE = (
    "name: tiles\n"
    + builders.COMMON
    + """\
title: Tiles for tests
axes:
  sex: [male, female]
  race: [White, Latino_Hispanic, East Asian]
rows:
  eyes.glasses:
    group: Eyes
    feature: Glasses
    count: {male: 8, female: 6}
    variants:
      - {phrase: "(glasses:1.2)", set: {eyewear: glasses}}
      - {phrase: sunglasses, set: {eyewear: sunglasses}}
  eyes.closed:
    group: Eyes
    feature: Closed
    count: {male: 4, female: 4}
    variants:
      - {phrase: close eyes, set: {eyes: closed}}
  others.moustache:
    group: Others
    feature: Moustache
    count: {male: 4, female: 0}
    note: {female: nobody asked for it}
    variants:
      - {phrase: moustache, set: {facial_hair: moustache}}
"""
)
UNSUPPORTED = {"others.moustache": "the generator has no hair for the face"}
BUILD: dict[str, Any] = {
    "generator": {"name": "render", "version": "1.2", "model_hash": "ab" * 32},
    "options": {"quality": "draft"},
    "analyzers": {"basic": {"version": "3", "weights": {"faces.tflite": "cd" * 32}}},
    "series": 0,
}
CHUNK = 12
OUTCOMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("accepted", ()),
    ("accepted", ()),
    ("accepted", ()),
    ("rejected", ("blurred",)),
    ("rejected", ("no_face", "blurred")),
    ("rejected", ("surplus",)),
    ("rejected", ("duplicate",)),
    ("failed", ("crash",)),
)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset on disk, the recipe it was made from and every sample in it."""

    layout: Layout
    recipe: Recipe
    samples: list[Sample]

    def of(self, row: str, sex: str, *statuses: str) -> list[Sample]:
        """The samples of a row x sex with one of the statuses."""
        return [
            s for s in self.samples if (s.request.row, s.request.sex) == (row, sex) and s.verdict.status in statuses
        ]


def dataset(
    root: Path,
    text: str = TABLE,
    *,
    keep_all: bool = False,
    seed: int = 1,
    attempts: int = 2,
    outcomes: Sequence[tuple[str, tuple[str, ...]]] = OUTCOMES,
) -> Dataset:
    """A dataset of one closed round and one open one with verdicts from a dice; unsupported rows are left out."""
    recipe = builders.recipe(text)
    table = Table(recipe)
    dice = random.Random(seed)
    requests = [
        table.request(row, sex, slot, attempt)
        for row, sex in table.parts()
        if row not in UNSUPPORTED
        for slot in range(table.count(row, sex))
        for attempt in range(attempts)
    ]
    layout = Layout(root)
    layout.shards.mkdir(parents=True)
    layout.rounds.mkdir()
    samples: list[Sample] = []
    for number, part in ((1, requests[::2]), (2, requests[1::2])):
        for chunk, first in enumerate(range(0, len(part), CHUNK)):
            verdicts = [dice.choice(outcomes) for _ in part[first : first + CHUNK]]
            samples += _commit(layout, (number, chunk), part[first : first + CHUNK], verdicts, keep_all)
        if number == 1:
            close_round(layout, number, len(layout.chunks("parquet")), {})
    return Dataset(layout, recipe, samples)


def _commit(
    layout: Layout,
    key: tuple[int, int],
    requests: list[Request],
    verdicts: list[tuple[str, tuple[str, ...]]],
    keep_all: bool,
) -> list[Sample]:
    shard = Shard(layout.chunk_tar(*key).name)
    samples = []
    for request, (status, reasons) in zip(requests, verdicts, strict=True):
        sources = dict.fromkeys(request.attributes, "constructed") | {"age": "measured", "race": "asked"}
        verdict = Verdict(status, reasons, None, sources)  # type: ignore[arg-type]
        place = None if status == "failed" else _place(shard, request, full=keep_all or status == "accepted")
        samples.append(builders.sample(request=request, verdict=verdict, truth=Truth({"eyes": "open"}), place=place))
    commit_chunk(layout, *key, shard, samples)
    return samples


def _place(shard: Shard, request: Request, *, full: bool) -> Place:
    tile = tile_of(request)
    file, thumbnail = images.encode_png(tile), images.encode_thumbnail(tile)
    return Place(
        shard=shard.name,
        offset=shard.add(f"{request.id}.png", file) if full else 0,
        size=len(file) if full else 0,
        thumb_offset=shard.add(f"{request.id}.jpg", thumbnail),
        thumb_size=len(thumbnail),
        width=tile.shape[1],
        height=tile.shape[0],
        pixels_sha256=images.pixels_sha256(tile),
        file_sha256=hashlib.sha256(file).hexdigest(),
        shard_sha256="",
    )


def tile_of(request: Request) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The picture of a request: one colour."""
    return np.full((64, 48, 3), [request.person % 256, request.scene % 256, 90], dtype=np.uint8)
