"""The truth about a picture agrees with itself, with the tracer, and with a detector that knows nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from agfd import models
from agfd.errors import ModelsMissingError
from agfd.generate.render.body.landmarks import NOSE_TIP
from agfd.generate.render.generator import Renderer
from agfd.generate.render.picture import raster, trace
from agfd.generate.render.scene.camera import Camera
from agfd.vocabulary import FACE_PARTS, QUANTITIES, TRUTHS
from sitters import digest, request, shot, small

if TYPE_CHECKING:
    from agfd.records import Image, Truth

ALL = tuple(TRUTHS)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    renderer = small()
    renderer.setup()
    return renderer


def known(renderer: Renderer, truths: tuple[str, ...] = ALL, **attributes: Any) -> Truth:
    (outcome,) = renderer.generate([request(truths=truths, **attributes)])
    assert outcome.value is not None
    assert outcome.value.truth is not None
    return outcome.value.truth


@pytest.fixture(scope="module")
def ahead(renderer: Renderer) -> Truth:
    return known(renderer, yaw=0, pitch=0, roll=0)


@pytest.fixture(scope="module")
def aside(renderer: Renderer) -> Truth:
    return known(renderer, yaw=60, pitch=0, roll=0, hair_style="short")


def in_camera(truth: Truth, points: Any) -> Any:
    assert truth.extrinsics is not None
    return points.astype(np.float64) @ truth.extrinsics[:, :3].T + truth.extrinsics[:, 3]


def part(truth: Truth, points: Any) -> list[str]:
    x, y = np.floor(points).astype(int).T
    return [FACE_PARTS[number] for number in truth.maps["segmentation"][y, x]]


@pytest.mark.parametrize("points", ["landmarks", "dense"])
def test_points_in_space_are_seen_where_the_landmarks_are(aside: Truth, points: str) -> None:
    assert aside.intrinsics is not None
    seen = in_camera(aside, getattr(aside, f"{points}_3d")) @ aside.intrinsics.T
    np.testing.assert_allclose(seen[:, :2] / seen[:, 2:], getattr(aside, points), atol=1e-3)
    assert getattr(aside, f"{points}_visible").dtype == bool


def test_what_is_asked_for_besides_changes_no_pixel(renderer: Renderer) -> None:
    (outcome,) = renderer.generate([request(truths=ALL)])
    assert outcome.value is not None
    plain = shot(renderer)
    assert digest(outcome.value) == digest(plain)
    assert plain.truth is not None
    assert plain.truth.maps == {}
    assert plain.truth.dense is None


def test_visible_landmarks_lie_at_the_depth_of_their_pixel(ahead: Truth, aside: Truth) -> None:
    for truth in (ahead, aside):
        assert truth.landmarks is not None
        assert truth.landmarks_3d is not None
        x, y = np.floor(truth.landmarks[truth.landmarks_visible]).astype(int).T
        off = truth.maps["depth"][y, x] - in_camera(truth, truth.landmarks_3d[truth.landmarks_visible])[:, 2]
        # A pixel is 4 mm wide here: on the flank of a nose that is much depth, on the flat nearly none.
        assert np.median(np.abs(off)) < 0.003
        assert np.mean(np.abs(off) < 0.012) > 0.85


def test_hidden_landmarks_are_invisible(ahead: Truth, aside: Truth) -> None:
    assert ahead.landmarks_visible is not None
    assert aside.landmarks_visible is not None
    assert ahead.landmarks_visible[17:60].all()
    # Turned to the viewer's right, the far cheek and the far side of the nose cannot be seen; the near eye can.
    assert not aside.landmarks_visible[11:17].any()
    assert not aside.landmarks_visible[35]
    assert aside.landmarks_visible[36:42].sum() >= 4
    assert aside.landmarks_visible[[30, 31, 33, 48]].all()


def test_parts_lie_where_the_landmarks_say(ahead: Truth) -> None:
    assert ahead.landmarks is not None
    assert ahead.dense is not None
    assert part(ahead, ahead.landmarks[[NOSE_TIP, 29]]) == ["nose", "nose"]
    # The viewer's left is the person's right.
    assert part(ahead, ahead.dense[[468, 473]]) == ["r_eye", "l_eye"]
    for name, brow in (("r_brow", ahead.landmarks[17:22]), ("l_brow", ahead.landmarks[22:27])):
        y, x = np.nonzero(ahead.maps["segmentation"] == FACE_PARTS.index(name))
        assert len(x) > 5
        # Two pixels are 8 mm.
        np.testing.assert_allclose((x.mean() + 0.5, y.mean() + 0.5), brow.mean(axis=0), atol=2)
    lips = ahead.landmarks[[50, 51, 52, 56, 57, 58]] + np.repeat([[0, 1.0], [0, -1.0]], 3, axis=0)
    assert part(ahead, lips) == ["u_lip"] * 3 + ["l_lip"] * 3
    assert part(ahead, ahead.dense[[50, 280, 151]]) == ["skin"] * 3
    middle = ahead.landmarks[8] + (0, 8)
    assert part(ahead, middle[None]) == ["neck"]
    assert {"background", "cloth", "skin", "nose", "neck"} <= {
        FACE_PARTS[i] for i in np.unique(ahead.maps["segmentation"])
    }


def test_hair_and_glasses_are_parts(renderer: Renderer) -> None:
    truth = known(renderer, hair_style="long", eyewear="sunglasses", yaw=0)
    counts = dict(zip(*np.unique(truth.maps["segmentation"], return_counts=True), strict=True))
    assert counts[FACE_PARTS.index("hair")] > 200
    assert counts[FACE_PARTS.index("eye_g")] > 60
    assert FACE_PARTS.index("l_eye") not in counts
    assert truth.dense_visible is not None
    assert not truth.dense_visible[[468, 473]].any()


def test_normals_are_unit_and_face_the_camera(aside: Truth) -> None:
    assert aside.intrinsics is not None
    normals, there = aside.maps["normals"].astype(np.float64), aside.maps["depth"] > 0
    np.testing.assert_allclose(np.linalg.norm(normals[there], axis=1), 1, atol=1e-5)
    y, x = np.nonzero(there)
    rays = np.stack([x + 0.5, y + 0.5, np.ones(len(x))], axis=1) @ np.linalg.inv(aside.intrinsics).T
    assert (np.einsum("ij,ij->i", normals[there], rays) < 1e-5).all()
    assert (normals[~there] == 0).all()


def test_depth_is_empty_where_there_is_no_part(aside: Truth) -> None:
    np.testing.assert_array_equal(aside.maps["depth"] == 0, aside.maps["segmentation"] == 0)


def test_gaze_follows_what_is_asked(renderer: Renderer) -> None:
    looks = {
        word: known(renderer, (), gaze=word, yaw=0, pitch=0, roll=0).values for word in ("left", "right", "up", "down")
    }
    for values in looks.values():
        assert set(values) == set(QUANTITIES)
    for name in ("gaze_yaw", "gaze_x"):
        assert looks["left"][name] < 0 < looks["right"][name]
    for name in ("gaze_pitch", "gaze_y"):
        assert looks["down"][name] < looks["up"][name]
    assert looks["right"]["gaze_yaw"] == pytest.approx(24, abs=5)
    turned = known(renderer, (), gaze="front", yaw=40, pitch=0, roll=0)
    assert turned.values["gaze_yaw"] == pytest.approx(40, abs=5)
    assert turned.looks is not None
    np.testing.assert_allclose(np.linalg.norm(turned.looks, axis=1), 1, atol=1e-6)


def test_openings_follow_what_is_asked(renderer: Renderer) -> None:
    def value(name: str, **attributes: str) -> float:
        return known(renderer, (), **attributes).values[name]

    assert (
        value("eye_opening", eyes="open")
        > value("eye_opening", eyes="half-closed")
        > value("eye_opening", eyes="closed")
    )
    assert value("mouth_opening", mouth="open") > 0.2 > value("mouth_opening", mouth="closed")


def test_the_sun_behind_is_behind(renderer: Renderer) -> None:
    behind = known(renderer, (), light="sun behind", scene="outdoor").main_light
    studio = known(renderer, (), light="studio").main_light
    assert behind is not None
    assert studio is not None
    # The camera looks along +z.
    assert behind[0, 2] > max(0.3, studio[0, 2] + 0.2)
    assert studio[1].max() == 1


def test_triangles_are_hit_as_the_tracer_hits_them() -> None:
    rng = np.random.default_rng(1)
    corners = rng.normal(size=(60, 1, 3)) * (0.06, 0.05, 0.06) + rng.normal(size=(60, 3, 3)) * 0.02
    corners = corners.reshape(-1, 3).astype(np.float32)
    faces = np.arange(180).reshape(60, 3)
    flat = {"type": "diffuse"}
    mesh = trace.Mesh(corners, faces, np.tile(np.float32((0, -1, 0)), (180, 1)), flat, np.ones(3, np.float32), "skin")
    camera = Camera((0.01, -0.9, 0.02), 14.0, (40, 30))
    seen = raster.pixels([mesh], camera)
    mi = trace.mitsuba()
    scene = trace.load({"type": "scene", "mesh": trace._mesh(mesh)})
    expected = np.full(1200, np.inf)
    for i in range(1200):
        x, y = (i % 40 + 0.5 - 20) / camera.focal, (i // 40 + 0.5 - 15) / camera.focal
        hit = scene.ray_intersect(mi.Ray3f(list(camera.position), [x, 1.0, -y]))
        expected[i] = float(hit.t) if hit.is_valid() else np.inf
    assert 100 < np.isfinite(expected).sum() < 1150
    np.testing.assert_allclose(seen.depth, expected, rtol=1e-5)
    # The same places asked for one by one.
    middle = np.stack([np.arange(1200) % 40 + 0.5, np.arange(1200) // 40 + 0.5], axis=1)
    np.testing.assert_allclose(raster.places([mesh], camera, middle).depth, seen.depth)


def test_a_detector_finds_the_face_in_the_box() -> None:
    from PIL import Image as Pillow

    try:
        models.path("centerface")
    except ModelsMissingError as error:
        pytest.skip(str(error))
    from agfd.analyze.faces import Detector

    renderer = Renderer("draft")
    image: Image = shot(renderer, yaw=0, hair_style="short")
    assert image.truth is not None
    assert image.truth.box is not None
    face = Detector().find(Pillow.fromarray(image.pixels))[0]
    (a0, b0, a1, b1), (x0, y0, x1, y1) = image.truth.box, face.box
    both = max(min(a1, x1) - max(a0, x0), 0) * max(min(b1, y1) - max(b0, y0), 0)
    assert both / ((a1 - a0) * (b1 - b0) + (x1 - x0) * (y1 - y0) - both) > 0.6
