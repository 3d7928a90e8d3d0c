"""The tone of the skin: the angle, the scale, and which pixels count."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PIL import Image as Pillow

from agfd.analyze import skin, upright
from agfd.analyze.colour import lab
from agfd.analyze.upright import CHEEKS, OVAL, head


def disc() -> np.ndarray:
    """A mesh whose outline is an oval 100 px high at (200, 150) and whose cheeks lie in it, eyes level."""
    points = np.zeros((468, 3), np.float32)
    points[:, :2] = (200, 150)
    turn = np.linspace(0, 2 * np.pi, len(OVAL), endpoint=False)
    points[list(OVAL), 0], points[list(OVAL), 1] = 200 + 40 * np.sin(turn), 150 - 50 * np.cos(turn)
    for x, cheek in zip((180, 220), CHEEKS, strict=True):
        turn = np.linspace(0, 2 * np.pi, len(cheek), endpoint=False)
        points[list(cheek), 0], points[list(cheek), 1] = x + 12 * np.sin(turn), 165 - 12 * np.cos(turn)
    points[[33, 133], :2], points[[362, 263], :2] = ((170, 140), (190, 140)), ((210, 140), (230, 140))
    return points


def seen(pixels: np.ndarray) -> dict[str, float]:
    found = head(Pillow.fromarray(pixels), disc())
    return {name: one.value for name, one in skin.measure(found, 0.7).items()}


def test_the_angle_of_published_values() -> None:
    """Del Bino and Bernerd (2013): light over 41, brown 10 to -30, dark under it; L* 50 is level."""
    assert skin.typology_angle(np.array((50, 9, 15), np.float32)) == 0
    assert skin.typology_angle(np.array((65, 9, 15), np.float32)) == pytest.approx(45)
    assert skin.typology_angle(np.array((35, 9, 15), np.float32)) == pytest.approx(-45)


def test_the_scale_is_monotone_and_stays_within_its_ends() -> None:
    tones = [skin.monk(angle) for angle in range(90, -91, -1)]
    assert (tones[0], tones[-1]) == (1, 10)
    assert all(one <= other for one, other in itertools.pairwise(tones))


@pytest.mark.parametrize("tone", range(1, 11))
def test_a_face_of_a_colour_of_the_scale_has_its_number(tone: int) -> None:
    """But for the stretch by which shaded faces are read."""
    colour = list(bytes.fromhex(skin._MONK[tone - 1]))
    angle = skin.typology_angle(lab(np.array(colour, np.uint8)))
    assert skin.monk((angle - skin._SHIFT) / skin._STRETCH) == pytest.approx(tone, abs=1e-3)


def test_only_the_cheeks_count_without_glare_and_shadow() -> None:
    shown = np.full((300, 400, 3), (20, 200, 90), np.uint8)
    shown[150:180, 165:235] = (200, 150, 120)
    plain = seen(shown)
    assert set(plain) == set(skin.GIVES)
    assert plain["ita"] == pytest.approx(skin.typology_angle(lab(np.array((200, 150, 120), np.uint8))), abs=0.1)
    shown[150:156] = 10
    shown[176:180] = 255
    assert seen(shown) == pytest.approx(plain, abs=0.5)


def test_darker_skin_is_farther_on_the_scale() -> None:
    tones = [
        seen(np.full((300, 400, 3), c, np.uint8))["skin_tone"] for c in ((235, 200, 180), (180, 130, 100), (80, 55, 45))
    ]
    assert tones == sorted(tones)
    assert tones[0] < tones[1] < tones[2]


def test_cheeks_outside_the_picture_say_nothing() -> None:
    assert seen(np.full((120, 400, 3), 150, np.uint8)) == {}


def test_the_head_is_upright_and_three_faces_high() -> None:
    found = head(Pillow.new("RGB", (400, 300)), disc())
    assert found.square.side == pytest.approx(300, abs=1)
    assert found.points[10] == pytest.approx((64, 64 - upright.FACE / 2), abs=0.5)
    assert found.points[152] == pytest.approx((64, 64 + upright.FACE / 2), abs=1)
    outside = found.inside[:, 64]
    assert outside.sum() == pytest.approx(128, abs=4)
    assert found.area(OVAL).sum() == pytest.approx(np.pi * 0.4 * 0.5 * upright.FACE**2, rel=0.1)
