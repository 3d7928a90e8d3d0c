"""The head model and its subdivision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import agfd.generate.render.body.head as head_module
from agfd.generate.render.body import expression, landmarks
from agfd.generate.render.body.head import HeadModel, Pose, Shape
from agfd.generate.render.body.subdivision import refine
from agfd.generate.render.person import person

WHITE = (0.05, 0.05, 0.9)


def test_data_come_with_their_licence() -> None:
    folder = Path(head_module.__file__).parents[1] / "data"
    text = (folder / "LICENSE.md").read_text(encoding="utf-8")
    assert "CC0" in text
    assert "MakeHuman" in text
    assert (folder / "head.npz").stat().st_size < 8_000_000


def test_subdivision_keeps_a_plane_and_counts() -> None:
    x, y = np.meshgrid(np.arange(4.0), np.arange(3.0), indexing="ij")
    points = np.stack([x.ravel(), y.ravel(), 0.5 * x.ravel() - y.ravel()], axis=1)
    quads = np.array([[3 * i + j, 3 * i + 3 + j, 3 * i + 4 + j, 3 * i + 1 + j] for i in range(3) for j in range(2)])
    matrix, fine = refine(quads, len(points), levels=2)
    assert len(fine) == 16 * len(quads)
    assert np.asarray(matrix.sum(axis=1)).ravel() == pytest.approx(np.ones(matrix.shape[0]))
    smooth = matrix @ points
    assert smooth[:, 2] == pytest.approx(0.5 * smooth[:, 0] - smooth[:, 1])


def test_subdivision_of_a_cube_is_round() -> None:
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    quads = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    matrix, _ = refine(quads, 8, levels=3)
    radius = np.linalg.norm(matrix @ corners, axis=1)
    assert radius.max() / radius.min() < 1.15


def test_head_grows_with_age(model: HeadModel) -> None:
    scales = [model.shape(Shape(age, 0.5, WHITE)).scale for age in (1, 5, 11, 30)]
    assert scales == sorted(scales)
    assert scales[0] < 0.8 * scales[-1]


def test_pose_moves_the_skull_rigidly(model: HeadModel) -> None:
    person = Shape(30, 1, WHITE)
    still, turned = model.shape(person), model.shape(person, pose=Pose(yaw=30, pitch=-10, roll=5))
    top = still.template_vertices[:, 2] > 0.80
    moved = turned.carried(still.vertices[top])
    assert np.abs(moved - turned.vertices[top]).max() < 2e-3
    rotation = turned.head_transform[:3, :3]
    assert rotation == pytest.approx(Pose(yaw=30, pitch=-10, roll=5).matrix(), abs=1e-9)


def test_expression_leaves_the_rest_shape_alone(model: HeadModel) -> None:
    person = Shape(30, 0, WHITE)
    still, open_mouth = model.shape(person), model.shape(person, {"jawOpen": 0.6})
    assert np.array_equal(still.rest_vertices, open_mouth.rest_vertices)
    assert np.abs(still.vertices - open_mouth.vertices).max() > 0.01


def test_normals_point_outwards(model: HeadModel) -> None:
    head = model.shape(Shape(30, 0, WHITE))
    nose = head.template_vertices[:, 1].argmin()
    assert head.normals[nose, 1] < -0.8
    assert np.linalg.norm(head.normals, axis=1) == pytest.approx(np.ones(len(head.normals)), abs=1e-3)


def test_skin_ends_above_the_chest(model: HeadModel) -> None:
    assert model.fine_template[:, 2].min() > 0.40


def test_lids_meet_in_wide_and_in_narrow_eyes(model: HeadModel) -> None:
    def gap(local: dict[str, float], blink: float) -> float:
        shape = Shape(age=30, male=0.5, races=(0.1, 0.1, 0.8), local=local)
        points = model.shape(shape, {"eyeBlinkLeft": blink, "eyeBlinkRight": blink}).landmarks
        return float(np.mean([points[u, 2] - points[v, 2] for u, v in ((37, 41), (38, 40), (43, 47), (44, 46))]))

    wide = {f"eyes/{side}-eye-height2-incr": 0.8 for side in "lr"}
    narrow = {f"eyes/{side}-eye-height2-decr": 0.8 for side in "lr"}
    assert gap(wide, 0.0) > 1.3 * gap(narrow, 0.0)
    assert gap(wide, 1.0) == pytest.approx(gap(narrow, 1.0), abs=1e-4)
    assert gap(wide, 1.0) < 0


def test_open_eyes_of_grown_people_are_open(model: HeadModel) -> None:
    rng = np.random.default_rng(1)
    for seed in range(24):
        sitter = person(seed, {"age": 20 + 3 * (seed % 24), "sex": ("male", "female")[seed % 2]})
        head = model.shape(sitter.shape, expression.actions("neutral", "closed", "open", rng))
        assert 0.22 < landmarks.eye_aspect_ratio(head.landmarks) < 0.45
