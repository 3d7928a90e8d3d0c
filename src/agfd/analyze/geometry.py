"""Pose and opening of the mouth from the 468 points of MediaPipe's face mesh: pure geometry.

Points: float32 (468, 3), x to the viewer's right, y down, z away from the viewer, all in pixels. The indices are those
of the canonical face model of MediaPipe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points: TypeAlias = NDArray[np.floating[Any]]

TOP, CHIN, LEFT, RIGHT = 10, 152, 234, 454
# On a level face the forehead's point lies in front of the chin's: the median of 260 portraits of FFHQ and StyleGAN2
# (benchmarks/analyzers.py), whose mean pitch is taken as level.
_LEAN = np.radians(7.6)
# Both inner corners of the lips, then pairs of the upper and the lower lip.
MOUTH = (78, 308, ((81, 178), (13, 14), (311, 402)))
# Rims of the eyes, the viewer's left one first, from corner to corner and back.
LEFT_EYE_RIM = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
RIGHT_EYE_RIM = (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249)


def pose(points: Points) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees, with the signs of `agfd.vocabulary`; roll first, then pitch, then yaw.

    The axes of the head are the line from forehead to chin, less what it leans on a level face, and the line through
    both cheeks, made orthogonal.
    """
    down = _unit(points[CHIN] - points[TOP])
    across = points[RIGHT] - points[LEFT]
    right = _unit(across - down * (across @ down))
    front = np.cross(down, right)
    front = front * np.cos(_LEAN) - down * np.sin(_LEAN)
    yaw = np.arctan2(front[0], -front[2])
    pitch = np.arcsin(np.clip(-front[1], -1, 1))
    # Where the cheeks' line would point if the head were turned and raised but not tilted.
    level = np.array([np.cos(yaw), 0.0, np.sin(yaw)])
    roll = np.arctan2(right @ np.cross(level, front), right @ level)
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))


def mouth_opening(points: Points) -> float:
    """Mouth aspect ratio: mean height between the lips by the width between their inner corners."""
    left, right, lips = MOUTH
    upper, lower = np.array(lips).T
    height = np.linalg.norm(points[upper] - points[lower], axis=1).mean()
    width = np.linalg.norm(points[left] - points[right])
    return float(height / max(float(width), 1e-6))


def eyes(points: Points) -> NDArray[np.float32]:
    """The centres of both eyes, the viewer's left first: float32 (2, 3)."""
    rims = points[[LEFT_EYE_RIM, RIGHT_EYE_RIM]]
    return np.asarray(rims.mean(axis=1), np.float32)


def _unit(vector: Points) -> Points:
    unit: Points = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return unit
