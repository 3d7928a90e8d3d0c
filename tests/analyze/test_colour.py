"""Linear light and L*a*b* against published values."""

from __future__ import annotations

import numpy as np
import pytest

from agfd.analyze.colour import lab, linear


@pytest.mark.parametrize(
    ("pixel", "wanted"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        # The primaries of sRGB under D65 (Lindbloom's calculator).
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((119, 119, 119), (50.03, 0, 0)),
        ((2, 2, 2), (0.55, 0, 0)),
    ],
)
def test_known_colours(pixel: tuple[int, int, int], wanted: tuple[float, float, float]) -> None:
    assert lab(np.array([pixel], np.uint8))[0] == pytest.approx(wanted, abs=0.02)


def test_shapes_stay_and_light_grows_with_the_value() -> None:
    assert lab(np.zeros((3, 4, 3), np.uint8)).shape == (3, 4, 3)
    ramp = linear(np.arange(256, dtype=np.uint8))
    assert (ramp[0], ramp[255]) == (0, 1)
    assert np.all(np.diff(ramp) > 0)
    assert ramp[188] == pytest.approx(0.5029, abs=1e-4)
