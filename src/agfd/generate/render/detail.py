"""Level of detail of hair: no more strands than the picture can show, cut to pieces that a ray tracer finds quickly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from agfd.generate.render.hair.hair import Strands

Floats: TypeAlias = NDArray[np.float32]

# Strands that are thinner than this share of a pixel are merged; at least this share of them stays.
_FINE, _LEAST = 0.34, 0.5
# How much thicker the rest becomes: below 1, because strands lie over each other.
_WIDER = 0.6
# Metres; shorter pieces only cost memory, longer ones lie crosswise in the boxes of a ray tracer.
_PIECE, _PIECES = 0.007, 3


def shown(hair: Strands, pixel: float) -> Strands:
    """`hair` for a picture whose pixels are `pixel` metres wide at the head: some of its strands, thickened instead.

    Which strands stay depends on nothing but their number and the share that stays.
    """
    if len(hair.points) == 0:
        return hair
    width = 2 * float(np.median(hair.radii)) / pixel
    share = float(np.clip((width / _FINE) ** 2, _LEAST, 1))
    if share == 1:
        return hair
    # Steps of the golden ratio leave no gaps, whatever the order of the strands.
    kept = np.arange(len(hair.points)) * 0.6180339887498949 % 1 < share
    radii = np.asarray(hair.radii[kept] * share**-_WIDER, np.float32)
    return replace(hair, points=hair.points[kept], radii=radii, colors=hair.colors[kept])


def pieces(ends: Floats) -> Floats:
    """Strands (n, k, c) with long segments cut to even parts; the first three of c are places in metres."""
    count, k = ends.shape[:2]
    if count == 0:
        return ends
    length = float(np.linalg.norm(np.diff(ends[..., :3], axis=1), axis=2).mean())
    parts = int(np.clip(round(length / _PIECE), 1, _PIECES))
    if parts == 1:
        return ends
    out = np.empty((count, parts * (k - 1) + 1, ends.shape[2]), dtype=np.float32)
    for part in range(parts):
        share = np.float32(part / parts)
        out[:, part:-1:parts] = ends[:, :-1] * (1 - share) + ends[:, 1:] * share
    out[:, -1] = ends[:, -1]
    return out
