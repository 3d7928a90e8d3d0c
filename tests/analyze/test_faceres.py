"""Features of a face: the numbers of the original, and what of a picture the network sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd import models
from agfd.analyze import geometry
from agfd.analyze.faceres import LENGTH, SIDE, WEIGHTS, Faceres, around
from agfd.errors import ModelsMissingError
from agfd.records import Image
from drawn import drawn
from views import laid

if TYPE_CHECKING:
    from pathlib import Path

# The first of the 1024 numbers that TensorFlow.js 4.22.0 itself gives for `drawn(224)`, their sum, and p(male).
FEATURES, SUM, MALE = (0.0, 0.0, 0.0, 0.0051087, 0.0, 0.0, 0.0, 0.46301612), 16.687092, 0.8747254


@pytest.fixture(scope="module")
def network() -> Faceres:
    if models.installed(WEIGHTS) is None:
        pytest.skip(f"the weights {WEIGHTS} are not installed; run: agfd models install")
    return Faceres()


def test_the_numbers_are_those_of_the_original(network: Faceres) -> None:
    reading = network.of_crop(drawn(SIDE))
    assert reading.features.shape == (LENGTH,)
    assert reading.features[: len(FEATURES)] == pytest.approx(FEATURES, abs=1e-4)
    assert float(reading.features.sum()) == pytest.approx(SUM, abs=1e-3)
    assert reading.male == pytest.approx(MALE, abs=1e-5)


def test_a_view_is_read_as_its_crop(network: Faceres) -> None:
    view = laid(0.9, image=Image(np.random.default_rng(0).integers(0, 256, (400, 500, 3), dtype=np.uint8)))
    reading, crop = network.read(view), network.of_crop(view.crop(around(view), SIDE))
    assert reading is not None
    assert (reading.features == crop.features).all()
    assert reading.male == crop.male


def test_it_sees_a_tenth_of_room_around_the_mesh_or_the_box_of_the_detector() -> None:
    view = laid(0.9)
    assert view.mesh is not None
    low, high = np.array((200, 100)), np.array((300, 180))
    view.mesh.points[:, :2] = np.random.default_rng(0).uniform(low, high, (468, 2))
    view.mesh.points[0, :2], view.mesh.points[1, :2] = low, high
    for rim, x in ((geometry.LEFT_EYE_RIM, 230), (geometry.RIGHT_EYE_RIM, 270)):
        view.mesh.points[list(rim), :2] = (x, 140)
    square = around(view)
    assert (square.x, square.y, square.side, square.angle) == pytest.approx((250, 140, 120, 0), abs=1e-3)
    square = around(laid(0.1))
    assert (square.x, square.y, square.side, square.angle) == pytest.approx((300, 200, 120, 0), abs=1e-3)


def test_missing_weights_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path))
    with pytest.raises(ModelsMissingError, match="run: agfd models install"):
        Faceres()
