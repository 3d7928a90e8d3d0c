"""Pose and openings from points whose answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agfd.analyze import eyes, geometry

ANGLES = st.floats(-60, 60)


def about(axis: str, degrees: float) -> Any:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turns = {
        "x": [[1, 0, 0], [0, cos, -sin], [0, sin, cos]],
        "y": [[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]],
        "z": [[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]],
    }
    return np.array(turns[axis])


def head(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, size: float = 100.0) -> Any:
    """A mesh of which only the four axis points are set, level when all angles are 0; x right, y down, z away.

    Rolled first, then raised, then turned. Clockwise about an axis that points away from the viewer is a positive
    turn about z; the nose, which points to -z, moves to +x under a negative turn about y and to -y (up) under a
    negative turn about x.
    """
    points = np.zeros((468, 3))
    # A level face: the line from forehead to chin leans by the constant that the module takes off.
    lean = about("x", float(np.degrees(geometry._LEAN)))
    points[geometry.TOP], points[geometry.CHIN] = lean @ [0, -size, 0], lean @ [0, size, 0]
    points[geometry.LEFT], points[geometry.RIGHT] = [-size, 0, 0], [size, 0, 0]
    turn = about("y", -yaw) @ about("x", -pitch) @ about("z", roll)
    return points @ turn.T


@given(ANGLES, ANGLES, ANGLES)
@settings(max_examples=150, deadline=None)
def test_pose_recovers_every_angle(yaw: float, pitch: float, roll: float) -> None:
    assert geometry.pose(head(yaw, pitch, roll)) == pytest.approx((yaw, pitch, roll), abs=1e-6)


def test_signs_of_the_pose() -> None:
    """Each sign told by where single points go in the picture, not by the matrices."""
    turned = head(yaw=30)
    assert turned[geometry.RIGHT][2] > 0 > turned[geometry.LEFT][2]  # the cheek at the right goes away from the viewer
    assert geometry.pose(turned)[0] == pytest.approx(30)
    raised = head(pitch=30)
    assert raised[geometry.TOP][2] > raised[geometry.CHIN][2]  # the forehead goes away, the chin comes near
    assert geometry.pose(raised)[1] == pytest.approx(30)
    tilted = head(roll=30)
    assert tilted[geometry.TOP][0] > tilted[geometry.CHIN][0]  # clockwise: the top of the head goes to the right
    assert geometry.pose(tilted)[2] == pytest.approx(30)


def test_pose_does_not_depend_on_size_and_place() -> None:
    assert geometry.pose(head(20, -10, 5, size=3.0) + np.array([50, 60, 70])) == pytest.approx((20, -10, 5))


def test_pose_of_a_single_point_is_finite() -> None:
    assert np.isfinite(geometry.pose(np.zeros((468, 3)))).all()


def mouth(height: float, width: float = 60.0) -> Any:
    points = np.zeros((468, 3))
    left, right, lips = geometry.MOUTH
    points[left], points[right] = [0, 0, 0], [width, 0, 0]
    for number, (upper, lower) in enumerate(lips, start=1):
        points[upper], points[lower] = [number * 15, -height / 2, 0], [number * 15, height / 2, 0]
    return points


def test_opening_of_the_mouth_is_height_by_width() -> None:
    assert geometry.mouth_opening(mouth(0)) == 0
    assert geometry.mouth_opening(mouth(30)) == pytest.approx(0.5)
    assert geometry.mouth_opening(mouth(30) @ about("y", 40).T) == pytest.approx(0.5)
    assert np.isfinite(geometry.mouth_opening(mouth(3, width=0.0)))


def test_centres_of_the_eyes_come_viewers_left_first() -> None:
    points = np.zeros((468, 3), np.float32)
    points[list(geometry.LEFT_EYE_RIM)] = [30, 40, 0]
    points[list(geometry.RIGHT_EYE_RIM)] = [70, 44, 0]
    assert geometry.eyes(points).tolist() == [[30, 40, 0], [70, 44, 0]]


def eye(height: float, iris: tuple[float, float] = (32, 32), width: float = 40.0) -> eyes.Eye:
    """An eye of 40 px in the middle of the crop of 64 px; lids `height` apart in the middle."""
    rim = np.zeros((16, 3), np.float32)
    rim[0], rim[8] = [32 - width / 2, 32, 0], [32 + width / 2, 32, 0]
    for i in range(1, 8):
        rim[i] = [32 - width / 2 + width * i / 8, 32 + height / 2, 0]
        rim[i + 8] = [32 - width / 2 + width * i / 8, 32 - height / 2, 0]
    return eyes.Eye(rim, np.array([*iris, 0], np.float32))


def test_opening_of_the_eye_is_height_by_width() -> None:
    assert eyes.opening(eye(0)) == 0
    assert eyes.opening(eye(12)) == pytest.approx(0.3)


def test_gaze_is_right_and_up_as_the_viewer_sees_it() -> None:
    assert eyes.gaze(eye(12)) == pytest.approx((0, 0))
    assert eyes.gaze(eye(12, iris=(36, 32))) == pytest.approx((0.1, 0))
    assert eyes.gaze(eye(12, iris=(32, 28))) == pytest.approx((0, 0.1))


def test_eyes_are_averaged_and_carry_the_confidence() -> None:
    values = eyes.measure((eye(12), eye(4, iris=(36, 32))), 0.7)
    assert values["eye_opening"].value == pytest.approx(0.2)
    assert values["gaze_x"].value == pytest.approx(0.05)
    assert {one.confidence for one in values.values()} == {0.7}
    assert set(values) == set(eyes.GIVES)
