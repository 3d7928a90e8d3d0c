"""What the regions of a face look like beside each other: colour, texture and edges of 12 x 12 cells around it.

The face lies in the same place of a square of 96 px, with room for hair, hat and chin. Of each cell: brightness and
colour less those of the middle of the face, how much there is to see in it, and which way its edges run (histograms of
oriented gradients, Dalal and Triggs, CVPR 2005). All of it is relative to the same face: a camera, a lamp, a JPEG or a
renderer change every cell alike, a mask or sunglasses change one beside the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

from agfd.analyze.chips import around_features
from agfd.analyze.warps import Square

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    from agfd.analyze.view import View

    Floats: TypeAlias = NDArray[np.float32]

SIDE, CELLS, DIRECTIONS = 96, 12, 8
# Numbers of a cell: brightness, two of colour, texture, one for each direction.
LAYERS = 4 + DIRECTIONS
LENGTH = CELLS * CELLS * LAYERS

_CELL = SIDE // CELLS
# Room around the face as dlib aligns it, and how far up the square is moved, for hair and hats, by its side.
_MARGIN, _UP = 0.55, 0.1
# Rows and columns of the cells that are face whatever the head's shape: from the brows to the mouth.
_FACE = (slice(3, 10), slice(3, 9))
# A spread of brightness that is only noise, grey values; a step of colour that is plain to see, Cb and Cr.
_NOISE, _STEP = 10.0, 12.0
_MOST = 4.0


def around(view: View) -> Square:
    """The square of the regions around the main face of a view that has one."""
    square = around_features(view, _MARGIN)
    up = _UP * square.side
    sin, cos = float(np.sin(square.angle)), float(np.cos(square.angle))
    return Square(square.x + up * sin, square.y - up * cos, square.side, square.angle)


def regions(pixels: NDArray[np.uint8], inside: NDArray[np.bool_]) -> Floats:
    """The numbers of all cells, float32 (LENGTH,), of uint8 (96, 96, 3); `inside`: bool (96, 96), what is picture.

    A cell that lies outside the picture for more than half of it has zeros: nothing is known of it.
    """
    tones = np.asarray(Pillow.fromarray(pixels).convert("YCbCr"), np.float32)
    weight = inside.astype(np.float32)
    share = _pooled(weight)
    known = share > 0.5
    means = np.asarray(_pooled(tones * weight[..., None]) / np.maximum(share, 1e-6)[..., None], np.float32)
    colour = _beside_face(means, known)
    edges = _edges(tones[..., 0], weight)
    strength = edges.sum(axis=-1)
    usual = strength[known].mean() if known.any() else 0.0
    texture = np.log((strength + 1) / (usual + 1))
    cells = np.concatenate([colour, texture[..., None], _by_strength(edges)], axis=-1)
    return np.where(known[..., None], cells, 0).astype(np.float32).reshape(-1)


def evened(numbers: Floats) -> Floats:
    """The means of both halves of the face, (..., LENGTH // 2) of (..., LENGTH): the same for the mirrored picture."""
    both: Floats = (numbers + mirrored(numbers)) * np.float32(0.5)
    cells = both.reshape(*both.shape[:-1], CELLS, CELLS, LAYERS)[..., : CELLS // 2, :]
    half: Floats = np.ascontiguousarray(cells).reshape(*numbers.shape[:-1], LENGTH // 2)
    return half


def mirrored(numbers: Floats) -> Floats:
    """The numbers of the mirrored pictures: float32 (..., LENGTH)."""
    cells = numbers.reshape(*numbers.shape[:-1], CELLS, CELLS, LAYERS)[..., ::-1, :]
    # A direction turns into its mirror image; the first one is level and stays.
    turned = [0, *range(DIRECTIONS - 1, 0, -1)]
    order = [*range(LAYERS - DIRECTIONS), *(LAYERS - DIRECTIONS + one for one in turned)]
    return np.ascontiguousarray(cells[..., order]).reshape(numbers.shape)


def _beside_face(means: Floats, known: NDArray[np.bool_]) -> Floats:
    """Brightness in deviations of the face's own and colour in plain steps, (12, 12, 3), beside the middle of it."""
    counts = np.zeros_like(known)
    counts[_FACE] = known[_FACE]
    face = means[counts] if counts.any() else means.reshape(-1, 3)
    middle, spread = face.mean(axis=0), face[:, 0].std()
    scale = np.array([spread + _NOISE, _STEP, _STEP], np.float32)
    beside: Floats = ((means - middle) / scale).clip(-_MOST, _MOST)
    return beside


def _edges(grey: Floats, weight: Floats) -> Floats:
    """Mean strength of the edges in each cell by the direction across them, (12, 12, 8); the first one is level."""
    across, down = np.zeros_like(grey), np.zeros_like(grey)
    across[:, 1:-1] = (grey[:, 2:] - grey[:, :-2]) / 2
    down[1:-1] = (grey[2:] - grey[:-2]) / 2
    strength = np.hypot(across, down) * weight
    place = np.mod(np.arctan2(down, across), np.pi) / np.pi * DIRECTIONS
    low = np.floor(place).astype(np.int64)
    part = (place - low).astype(np.float32)
    rows, columns = np.indices(grey.shape) // _CELL
    first = (rows * CELLS + columns) * DIRECTIONS
    found = np.zeros(CELLS * CELLS * DIRECTIONS, np.float32)
    for step, amount in ((0, strength * (1 - part)), (1, strength * part)):
        index = (first + (low + step) % DIRECTIONS).reshape(-1)
        found += np.bincount(index, amount.reshape(-1), minlength=found.size).astype(np.float32)
    return found.reshape(CELLS, CELLS, DIRECTIONS) / np.float32(_CELL**2)


def _by_strength(edges: Floats) -> Floats:
    """Roots of the edges by the strength of those in the 3 x 3 cells around: the same in soft and in hard light."""
    energy = np.pad((edges**2).sum(axis=-1), 1)
    around_it = sum(energy[y : y + CELLS, x : x + CELLS] for y in range(3) for x in range(3)) / 9
    # Under a strength of four grey values there is nothing but noise.
    rooted: Floats = np.sqrt(edges / (3 * np.sqrt(around_it)[..., None] + 4))
    return rooted


def _pooled(values: Floats) -> Floats:
    """Means over the cells: (96, 96, ...) to (12, 12, ...)."""
    return np.asarray(values.reshape(CELLS, _CELL, CELLS, _CELL, *values.shape[2:]).mean(axis=(1, 3)), np.float32)
