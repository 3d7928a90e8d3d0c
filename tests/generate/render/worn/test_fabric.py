"""Cloth by the yard."""

import numpy as np

from agfd.generate.render.worn import fabric

DYE, SECOND = np.array((0.30, 0.05, 0.05)), np.array((0.05, 0.05, 0.30))


def test_fabrics_differ_from_seed_to_seed_and_stay_between_black_and_paper() -> None:
    cloths = [fabric.cloth(DYE, SECOND, np.random.default_rng(seed)) for seed in range(12)]
    assert all(c.min() > 0 and c.max() <= 0.75 for c in cloths)
    # Some are plain, some show the second colour.
    blue = [float((c[..., 2] > c[..., 0]).mean()) for c in cloths]
    assert min(blue) < 0.01
    assert max(blue) > 0.10


def test_the_same_seed_weaves_the_same_cloth() -> None:
    first, again = (fabric.cloth(DYE, SECOND, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_an_open_jacket_covers_the_shoulders_and_not_the_breastbone() -> None:
    shirt = fabric.cloth(DYE, SECOND, np.random.default_rng(1))
    worn, over = fabric.jacket(shirt, SECOND, np.random.default_rng(2))
    chest, shoulder, back = (0.0, -0.12, 0.52), (0.13, -0.05, 0.55), (0.0, 0.08, 0.55)
    np.testing.assert_array_equal(over(np.array([chest, shoulder, back])), [0, 1, 1])
    assert worn.shape == shirt.shape
    middle = worn.shape[1] // 2
    np.testing.assert_allclose(worn[200:, middle], shirt[200:, middle], rtol=0.2)


def test_places_on_the_body_lie_within_the_texture_and_in_order() -> None:
    points = np.array([(-0.2, -0.05, 0.56), (0.0, -0.12, 0.40), (0.2, -0.05, 0.56), (0.0, -0.12, 0.55)])
    uv = fabric.places(points)
    assert ((uv >= 0) & (uv <= 1)).all()
    assert uv[0, 0] < uv[1, 0] < uv[2, 0]
    assert uv[1, 1] < uv[3, 1]
