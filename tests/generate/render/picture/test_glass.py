"""Clear panes mirror the light around, where nothing lies before them."""

from __future__ import annotations

import numpy as np
import pytest

from agfd.generate.render.picture import glass
from agfd.generate.render.picture.trace import Glass, Mesh
from agfd.generate.render.scene.camera import Camera

CAMERA = Camera((0.0, -1.0, 0.0), 20.0, (32, 32))
EVEN = np.ones((96, 192, 3), np.float32)


def square(y: float, half: float, tilt: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    points = np.array([(-half, y, -half), (half, y, -half), (half, y, half), (-half, y, half)], np.float32)
    normal = np.array((0.0, -np.cos(tilt), np.sin(tilt)), np.float32)
    return points, np.array([(0, 1, 2), (0, 2, 3)]), np.tile(normal, (4, 1))


def pane(tilt: float = 0.0) -> Glass:
    return Glass(*square(0.0, 0.1, tilt), "eyewear")


def shield(y: float) -> Mesh:
    points, faces, normals = square(y, 0.2)
    return Mesh(points, faces, normals, {}, np.zeros(3, np.float32), "hand")


def test_a_pane_adds_a_little_light_where_it_is() -> None:
    black = np.zeros((32, 32, 4), np.float32)
    out = glass.mirrored(black, [pane()], CAMERA, EVEN)
    assert out[16, 16, :3] == pytest.approx(0.05, abs=0.002)
    assert not out[0, 0].any()
    assert not out[..., 3].any()
    assert not black.any()


def test_nothing_is_mirrored_behind_a_hand() -> None:
    black = np.zeros((32, 32, 4), np.float32)
    assert not glass.mirrored(black, [pane(), shield(-0.1)], CAMERA, EVEN).any()
    assert glass.mirrored(black, [pane(), shield(0.1)], CAMERA, EVEN).any()


def test_a_pane_that_leans_back_mirrors_what_is_above() -> None:
    black, sky = np.zeros((32, 32, 4), np.float32), np.zeros_like(EVEN)
    sky[:30] = 1.0
    assert not glass.mirrored(black, [pane()], CAMERA, sky).any()
    assert glass.mirrored(black, [pane(np.radians(30))], CAMERA, sky)[16, 16, 0] > 0.04


def test_the_side_of_a_lamp_is_kept() -> None:
    black, left = np.zeros((32, 32, 4), np.float32), np.zeros_like(EVEN)
    left[:, 96:] = 1.0
    points, faces, normals = square(0.0, 0.1)
    turned = np.tile(np.array((-0.5, -np.sqrt(0.75), 0.0), np.float32), (4, 1))
    assert glass.mirrored(black, [Glass(points, faces, turned, "eyewear")], CAMERA, left)[16, 16, 0] > 0.04
    assert normals[0, 1] == -1
    assert not glass.mirrored(black, [Glass(points, faces, turned * (-1, 1, 1), "eyewear")], CAMERA, left)[16, 16].any()
