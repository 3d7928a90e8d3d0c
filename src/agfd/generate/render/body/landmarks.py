"""The 68 points of the iBUG mark-up on the head model.

Sagonas et al., "300 Faces in-the-Wild Challenge", ICCV Workshops 2013. Chosen on the template; a point keeps its place
on the anatomy when the head turns, also where the camera cannot see it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

# Where the contour of a face that looks ahead runs, evenly spaced as annotators space it.
_JAW = (
    (0.0728, -0.060, 0.733), (0.0712, -0.066, 0.713), (0.0677, -0.080, 0.695), (0.0631, -0.0878, 0.678),
    (0.0561, -0.0982, 0.6615), (0.0468, -0.1098, 0.6475), (0.0345, -0.1219, 0.6340), (0.0180, -0.1335, 0.6222),
)  # fmt: skip
_BROW = (
    (0.0118, -0.150, 0.7465), (0.0222, -0.1475, 0.7518), (0.0335, -0.1425, 0.7528), (0.0450, -0.1348, 0.7503),
    (0.0535, -0.1264, 0.7435),
)  # fmt: skip
# Inner corner, upper inner, upper outer, outer corner, lower outer, lower inner.
_EYE = (
    (0.0185, -0.1385, 0.7282), (0.0272, -0.1396, 0.7324), (0.0350, -0.1393, 0.7328), (0.0438, -0.1345, 0.7288),
    (0.0350, -0.1388, 0.7242), (0.0272, -0.1390, 0.7243),
)  # fmt: skip
_BRIDGE = ((0, -0.1506, 0.733), (0, -0.153, 0.7205), (0, -0.159, 0.7085), (0, -0.1668, 0.696))
_BASE = ((0.0125, -0.151, 0.6833), (0.0062, -0.155, 0.6815))
_LIP_TOP = ((0.015, -0.154, 0.6703), (0.006, -0.159, 0.6715))
_LIP_BOTTOM = ((0.0155, -0.149, 0.6530), (0.007, -0.153, 0.6503))
_CORNERS = ((0.0255, -0.1434, 0.6615), (0.0238, -0.1432, 0.6612))
_MIDDLE = {
    "chin": (0, -0.1390, 0.6182), "nose": (0, -0.1572, 0.6805), "top": (0, -0.159, 0.6697),
    "bottom": (0, -0.154, 0.6492), "inner top": (0, -0.1555, 0.6625), "inner bottom": (0, -0.1545, 0.6590),
}  # fmt: skip
_INNER = ((0.009, -0.1540, 0.6625), (0.009, -0.1530, 0.6590))

NOSE_TIP = 30
EYES = (slice(36, 42), slice(42, 48))


def indices(template: Floats, inside: Floats, points: NDArray[np.floating] | None = None) -> NDArray[np.int64]:
    """Numbers of the vertices nearest to the points, or to the 68 `places`; `inside` (n,) is over 1/2 within the mouth,
    where no point lies.
    """
    outside = np.flatnonzero(inside < 0.5)
    near = template[outside]
    wanted = places() if points is None else points
    return np.array([outside[np.square(near - point).sum(axis=1).argmin()] for point in wanted])


def places() -> NDArray[np.float64]:
    """The points on the template, (68, 3), metres."""
    middle = _MIDDLE
    points = [*map(_mirrored, _JAW), middle["chin"], *_JAW[::-1]]
    points += [*map(_mirrored, _BROW[::-1]), *_BROW]
    points += [*_BRIDGE, *map(_mirrored, _BASE), middle["nose"], *_BASE[::-1]]
    # On the viewer's left the eye is walked from its outer corner, on the right from its inner one.
    points += [_mirrored(_EYE[i]) for i in (3, 2, 1, 0, 5, 4)]
    points += list(_EYE)
    points += [_mirrored(_CORNERS[0]), *map(_mirrored, _LIP_TOP), middle["top"], *_LIP_TOP[::-1], _CORNERS[0]]
    points += [*_LIP_BOTTOM, middle["bottom"], *map(_mirrored, _LIP_BOTTOM[::-1])]
    points += [_mirrored(_CORNERS[1]), _mirrored(_INNER[0]), middle["inner top"], _INNER[0], _CORNERS[1]]
    points += [_INNER[1], middle["inner bottom"], _mirrored(_INNER[1])]
    return np.array(points, dtype=np.float64)


def _mirrored(point: tuple[float, float, float]) -> tuple[float, float, float]:
    return (-point[0], point[1], point[2])


def eye_aspect_ratio(points: NDArray[np.floating]) -> float:
    """Height of the lids' opening by its width, mean of both eyes (Soukupova and Cech, 2016). `points` (68, 2 or 3)."""
    ratios = []
    for eye in EYES:
        p = points[eye]
        height = np.linalg.norm(p[1] - p[5]) + np.linalg.norm(p[2] - p[4])
        ratios.append(height / (2 * np.linalg.norm(p[0] - p[3])))
    return float(np.mean(ratios))


def mouth_aspect_ratio(points: NDArray[np.floating]) -> float:
    """Mean height between the lips by the width between their inner corners. `points` (68, 2 or 3)."""
    height = np.linalg.norm(points[[61, 62, 63]] - points[[67, 66, 65]], axis=1).mean()
    return float(height / np.linalg.norm(points[64] - points[60]))
