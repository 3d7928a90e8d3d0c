"""All lights of a scene as one environment map.

A path tracer that picks one of several lamps at random shows, at few samples, a speckle of two grey levels that a
denoiser takes for a texture. One map that is sampled by its brightness has no such choice and much less noise; what is
lost is that near lamps grow weaker from the forehead to the shoulders.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from agfd.generate.render.picture.color import LUMINANCE
from agfd.generate.render.scene.lights import CENTRE, Area, LightRig

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS, _COLUMNS, _SUB = 96, 192, 3


def gathered(rig: LightRig) -> LightRig:
    """The same rig with its rectangular lamps painted into its environment, as seen from the middle of the head."""
    rows, columns = rig.environment.shape[:2]
    fine = np.repeat(np.repeat(rig.environment, _ROWS // rows, axis=0), _COLUMNS // columns, axis=1).copy()
    directions = _directions()
    for area in rig.areas:
        fine += _seen(area, directions)[..., None] * area.radiance
    return replace(rig, areas=(), environment=fine.astype(np.float32))


def main_light(rig: LightRig) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where most of the light comes from and its colour: the unit vector and linear RGB, the largest 1.

    The vector irradiance (Gershun, "The light field", 1936) of a rig without lamps: from all sides, opposite ones
    cancel out.
    """
    vectors = _directions().mean(axis=(2, 3))
    ring = np.sin((np.arange(_ROWS) + 0.5) / _ROWS * np.pi)
    power = rig.environment.astype(np.float64) * ring[:, None, None]
    flow = np.einsum("ijc,ijk->ck", power, vectors)
    total = (flow * np.array(LUMINANCE)[:, None]).sum(axis=0)
    direction = total / max(float(np.linalg.norm(total)), 1e-12)
    colour = np.maximum((flow * direction).sum(axis=1), 0)
    return direction, colour / max(float(colour.max()), 1e-12)


def _directions() -> NDArray[np.float64]:
    """Unit vectors (rows, columns, sub, sub, 3) of the parts of each texel, in the order of `LightRig.environment`."""
    polar = (np.arange(_ROWS * _SUB) + 0.5) / (_ROWS * _SUB) * np.pi
    azimuth = (np.arange(_COLUMNS * _SUB) + 0.5) / (_COLUMNS * _SUB) * 2 * np.pi
    p, a = np.meshgrid(polar, azimuth, indexing="ij")
    vectors = np.stack([np.sin(a) * np.sin(p), -np.cos(a) * np.sin(p), np.cos(p)], axis=-1)
    return vectors.reshape(_ROWS, _SUB, _COLUMNS, _SUB, 3).swapaxes(1, 2)


def _seen(area: Area, directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of each texel (rows, columns) that the lamp fills."""
    frame = area.to_world
    facing = directions @ frame[:3, 2]
    distance = (frame[:3, 3] - CENTRE) @ frame[:3, 2] / np.where(facing < -1e-6, facing, -1e-6)
    local = (distance[..., None] * directions + CENTRE - frame[:3, 3]) @ frame[:3, :2]
    half = np.square(frame[:3, :2]).sum(axis=0)
    hit = (facing < -1e-6) & (np.abs(local) <= half).all(axis=-1)
    return np.asarray(hit.mean(axis=(2, 3)))
