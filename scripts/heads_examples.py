"""What the heads learn from: numbers of rendered faces, each seen as it is and through a few bad cameras.

A face is found once in the picture as it was rendered. Each further copy is what a photo may be: shrunk, blurred, in
other light, in grey, noisy, cut off around the face and saved as JPEG, the face a little beside its place.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow
from PIL import ImageFilter

import agfd
from agfd import ids
from agfd.analyze.chips import around_features
from agfd.analyze.embedding import Embedder
from agfd.analyze.regions import LENGTH, SIDE, around, regions
from agfd.analyze.view import Look, Sight, View
from agfd.analyze.warps import Square, covered, crop
from agfd.records import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from agfd.records import Value

    Rng = np.random.Generator
    Labelled = tuple[str, NDArray[np.uint8], Mapping[str, Value]]

COPIES = 4
# As `agfd.analyze.embedding` cuts a face.
_CHIP, _CHIP_MARGIN = 150, 0.25
# Share of the people that no head learns from.
HELD_OUT = 0.2


@dataclass
class Examples:
    """`regions` float32 (n, LENGTH), `identity` float32 (n, 128), the truth of each, whether it is held out."""

    names: list[str]
    regions: NDArray[np.float32]
    identity: NDArray[np.float32]
    labels: list[dict[str, Any]]

    def chosen(self, where: NDArray[np.bool_]) -> Examples:
        places = np.flatnonzero(where)
        return Examples(
            [self.names[i] for i in places], self.regions[where], self.identity[where], [self.labels[i] for i in places]
        )

    @property
    def first(self) -> NDArray[np.int64]:
        """The place of the first example of the same picture: the picture as it was rendered."""
        places: dict[str, int] = {}
        return np.array([places.setdefault(name, place) for place, name in enumerate(self.names)])

    @property
    def held_out(self) -> NDArray[np.bool_]:
        """Whose numbers no head learns from: a fifth of the people, by their names alone."""
        return np.array([ids.fraction("held out", name) < HELD_OUT for name in self.names])


def joined(*parts: Examples) -> Examples:
    """All of them."""
    return Examples(
        [name for part in parts for name in part.names],
        np.concatenate([part.regions for part in parts]),
        np.concatenate([part.identity for part in parts]),
        [label for part in parts for label in part.labels],
    )


def of_set(folder: Path) -> Iterator[Labelled]:
    """The pictures of `render_heads_set.py`."""
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        name = label.pop("file")
        with Pillow.open(folder / name) as picture:
            yield f"set:{name}", np.asarray(picture.convert("RGB")), label


def of_table(folder: Path) -> Iterator[Labelled]:
    """The pictures of a build of the whole table by the renderer, made with `--keep all`."""
    table = agfd.open(folder).filter(status=None)
    for sample in table:
        if sample.truth is not None and sample.place is not None and sample.place.size:
            yield sample.request.id, table.image(sample), sample.truth.attributes


class Looker:
    """Turns pictures into numbers. Raises `ModelsMissingError` when weights are not installed."""

    def __init__(self) -> None:
        self._sight, self._embedder = Sight(Look()), Embedder()

    def look(self, name: str, pixels: NDArray[np.uint8], copies: int) -> list[tuple[Any, Any]]:
        """The numbers of the picture and of `copies` worse ones; none where no face is found."""
        view = self._sight.view(Image(pixels))
        if not view.faces:
            return []
        squares = around(view), around_features(view, _CHIP_MARGIN)
        seen = [self._numbers(view.picture, squares)]
        for copy in range(copies):
            rng = np.random.default_rng(ids.seed("copy", name, copy))
            seen.append(self._numbers(*worse(view, squares, rng)))
        return seen

    def _numbers(self, picture: Pillow.Image, squares: tuple[Square, Square]) -> tuple[Any, Any]:
        wide, chip = squares
        inside = covered(wide, SIDE, picture.size)
        return regions(crop(picture, wide, SIDE), inside), self._embedder.of_chip(crop(picture, chip, _CHIP))


def worse(view: View, squares: tuple[Square, Square], rng: Rng) -> tuple[Pillow.Image, tuple[Square, Square]]:
    """The picture through a bad camera, and the squares in it."""
    picture, left, top = view.picture, 0, 0
    if rng.random() < 0.4:
        x0, y0, x1, y1 = view.faces[0].box
        room = rng.uniform(0.05, 0.5, 4) * max(x1 - x0, y1 - y0)
        left, top = int(max(0, x0 - room[0])), int(max(0, y0 - room[1] * 1.3))
        right, bottom = int(min(picture.width, x1 + room[2])), int(min(picture.height, y1 + room[3]))
        picture = picture.crop((left, top, right, bottom))
    scale = float(rng.uniform(0.35, 1.0)) if rng.random() < 0.5 else 1.0
    size = max(48, round(picture.width * scale)), max(48, round(picture.height * scale))
    scale = size[0] / picture.width
    small = picture.resize(size, Pillow.Resampling.BILINEAR)
    if rng.random() < 0.3:
        small = small.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 1.2))))
    moved, turned, grown = rng.normal(0, 0.025, 2), float(rng.normal(0, 0.05)), float(np.exp(rng.normal(0, 0.05)))
    side = squares[1].side

    def displaced(one: Square) -> Square:
        x, y = one.x - left + side * moved[0], one.y - top + side * moved[1]
        return Square(x * scale, y * scale, one.side * scale * grown, one.angle + turned)

    return _saved(_lit(small, rng), rng), (displaced(squares[0]), displaced(squares[1]))


def _lit(picture: Pillow.Image, rng: Rng) -> Pillow.Image:
    """Other light, other colours or none, and noise."""
    light = np.asarray(picture, np.float32) / 255
    light = light ** np.exp(rng.normal(0, 0.25)) * np.exp(rng.normal(0, 0.15)) * np.exp(rng.normal(0, 0.06, 3))
    mean = light.mean()
    light = (light - mean) * np.exp(rng.normal(0, 0.15)) + mean
    if rng.random() < 0.3:
        share = 1.0 if rng.random() < 0.4 else rng.random()
        light = light * (1 - share) + light.mean(axis=2, keepdims=True) * share
    light += rng.normal(0, rng.uniform(0, 0.03), light.shape)
    return Pillow.fromarray((light.clip(0, 1) * 255).astype(np.uint8))


def _saved(picture: Pillow.Image, rng: Rng) -> Pillow.Image:
    """Through JPEG."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=int(rng.integers(40, 96)))
    return Pillow.open(file).convert("RGB")


def gathered(pictures: Iterator[Labelled], cache: Path | None = None) -> Examples:
    """The examples of all these pictures; what an earlier call left in the file `cache` is not looked at again."""
    looker = Looker()
    known: dict[str, list[tuple[Any, Any]]] = {}
    if cache is not None and cache.exists():
        with np.load(cache, allow_pickle=False) as kept:
            for name, wide, who in zip(kept["names"], kept["regions"], kept["identity"], strict=True):
                known.setdefault(str(name), []).append((wide, who))
    names: list[str] = []
    numbers: list[tuple[Any, Any]] = []
    labels: list[dict[str, Any]] = []
    for name, pixels, label in pictures:
        copies = known.get(name) or looker.look(name, pixels, COPIES)
        names += [name] * len(copies)
        numbers += copies
        labels += [dict(label)] * len(copies)
    wide = np.array([one for one, _ in numbers], np.float32).reshape(-1, LENGTH)
    who = np.array([one for _, one in numbers], np.float32).reshape(len(numbers), -1)
    if cache is not None:
        np.savez(cache, names=np.array(names), regions=wide, identity=who)
    return Examples(names, wide, who, labels)
