"""The regions of a face in numbers: what they tell, and what makes no difference to them."""

from __future__ import annotations

import numpy as np
import pytest

from agfd.analyze.regions import CELLS, LAYERS, LENGTH, SIDE, around, evened, regions
from agfd.analyze.warps import crop
from agfd.records import Image
from views import laid

EVERYWHERE = np.ones((SIDE, SIDE), bool)
BRIGHTNESS, BLUE, RED, TEXTURE, LEVEL = 0, 1, 2, 3, 4


def face(seed: int = 1) -> np.ndarray:
    """Something like skin, a little uneven."""
    noise = np.random.default_rng(seed).normal(0, 12, (CELLS, CELLS, 1)).repeat(8, 0).repeat(8, 1)
    return (np.array([170.0, 130, 110]) + noise).clip(0, 255).astype(np.uint8)


def cells(pixels: np.ndarray, inside: np.ndarray = EVERYWHERE) -> np.ndarray:
    return regions(pixels, inside).reshape(CELLS, CELLS, LAYERS)


def test_they_are_as_many_as_they_say_and_finite() -> None:
    for pixels in (face(), np.zeros((SIDE, SIDE, 3), np.uint8)):
        numbers = regions(pixels, EVERYWHERE)
        assert numbers.shape == (LENGTH,)
        assert numbers.dtype == np.float32
        assert np.isfinite(numbers).all()
        assert evened(numbers).shape == (LENGTH // 2,)


def test_a_dark_band_over_the_eyes_is_darker_than_the_face() -> None:
    pixels = face()
    pixels[32:48] = 20
    seen = cells(pixels)[..., BRIGHTNESS]
    assert (seen[4:6] < -1).all()
    assert seen[6:, 3:9].min() > seen[4:6].max() + 1


def test_a_blue_cloth_over_the_mouth_is_bluer_and_smoother() -> None:
    pixels = face()
    pixels[64:] = (120, 160, 220)
    seen = cells(pixels)
    assert (seen[9:, :, BLUE] > 1).all()
    assert (seen[9:, :, RED] < -1).all()
    assert seen[9:11, 1:11, TEXTURE].max() < seen[2:6, 1:11, TEXTURE].mean()


def test_edges_lie_in_their_direction() -> None:
    stripes = np.zeros((SIDE, SIDE, 3), np.uint8)
    stripes[:, ::8] = stripes[:, 1::8] = 255
    upright, lying = cells(stripes), cells(np.ascontiguousarray(stripes.transpose(1, 0, 2)))
    inner = (slice(1, -1), slice(1, -1))
    assert (upright[inner][..., LEVEL:].argmax(axis=-1) == 0).all()
    assert (lying[inner][..., LEVEL:].argmax(axis=-1) == (LAYERS - LEVEL) // 2).all()


def test_what_lies_outside_the_picture_is_unknown() -> None:
    inside = EVERYWHERE.copy()
    inside[:16] = False
    pixels = face()
    pixels[:16] = 0
    seen, whole = cells(pixels, inside), cells(face())
    assert not seen[:2].any()
    assert seen[3:, :, :3] == pytest.approx(whole[3:, :, :3], abs=1e-4)
    assert not regions(pixels, np.zeros_like(inside)).any()


def test_the_mirrored_picture_has_the_same_evened_numbers() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    inside = EVERYWHERE.copy()
    inside[:, :20] = False
    there = evened(regions(pixels, inside))
    back = evened(regions(np.ascontiguousarray(pixels[:, ::-1]), inside[:, ::-1]))
    assert back == pytest.approx(there, abs=1e-3)
    assert np.abs(there - evened(regions(face(), inside))).max() > 0.5


def test_a_stronger_lamp_changes_little() -> None:
    dim = (face() * 0.7).astype(np.uint8)
    assert cells(dim)[..., BRIGHTNESS] == pytest.approx(cells(face())[..., BRIGHTNESS], abs=0.4)


def test_several_pictures_are_evened_as_one_by_one() -> None:
    both = np.stack([regions(face(seed), EVERYWHERE) for seed in (1, 2)])
    assert evened(both)[1] == pytest.approx(evened(both[1]), abs=0)


def test_the_square_holds_the_face_with_hair_above_it() -> None:
    pixels = np.zeros((400, 500, 3), np.uint8)
    # Where dlib aligns the eyes to in the view's face of 100 px with its margin.
    pixels[175:185, 270:330] = 255
    view = laid(0.9, image=Image(pixels))
    seen = crop(view.picture, around(view), SIDE)[..., 0]
    rows, columns = np.nonzero(seen > 127)
    assert columns.mean() == pytest.approx(SIDE / 2, abs=1.5)
    assert SIDE * 0.4 < rows.mean() < SIDE * 0.55
    assert around(view).side > 120
