"""What analyzers share: one sight for one way of looking, one view for one image."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd.analyze import faces, mesh, shared, view
from agfd.analyze.faces import LAST
from agfd.analyze.view import Look, sight
from agfd.analyze.warps import Square
from agfd.errors import ModelsMissingError
from agfd.records import Image

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image as Pillow


class Detector:
    """Finds one face, or none, and counts how often it is asked."""

    def __init__(self, *_: object) -> None:
        self.found, self.asked = [face()], 0

    def find(self, picture: Pillow.Image) -> list[faces.Face]:
        self.asked += 1
        return self.found


class Mesher(Detector):
    """Lays a mesh of one score on a face."""

    score = 0.9

    def lay(self, picture: Pillow.Image, found: faces.Face) -> mesh.Mesh:
        self.asked += 1
        points = np.random.default_rng(1).uniform(20, 60, (468, 3)).astype(np.float32)
        return mesh.Mesh(points, self.score)


def face() -> faces.Face:
    points = np.array([[30, 40], [50, 40], [40, 50], [33, 60], [47, 60]], np.float32)
    return faces.Face((20, 20, 60, 70), 0.8, points)


def image(level: int = 90) -> Image:
    return Image(np.full((80, 80, 3), level, np.uint8))


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sight that an analyzer of another test holds."""
    monkeypatch.setattr(shared, "_instances", weakref.WeakValueDictionary())


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "Detector", Detector)
    monkeypatch.setattr(mesh, "Mesher", Mesher)


@pytest.mark.usefixtures("networks")
def test_the_same_options_share_a_sight_and_others_do_not() -> None:
    one = sight(Look())
    assert sight(Look()) is one
    assert sight(Look(side=256)) is not one
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(sight, Look()).result() is not one


@pytest.mark.usefixtures("networks")
def test_a_sight_that_nobody_holds_is_freed() -> None:
    held = sight(Look(side=96))
    held.view(image())
    gone = weakref.ref(held)
    del held
    gc.collect()
    assert gone() is None


@pytest.mark.usefixtures("networks")
def test_everything_in_a_view_is_found_once_and_only_when_asked_for() -> None:
    seen = sight(Look())
    shown = image()
    first = seen.view(shown)
    assert (first._detector.asked, first._mesher.asked) == (0, 0)
    for _ in range(2):
        again = seen.view(shown)
        assert again is first
        assert again.faces[0].score == pytest.approx(0.8)
        assert again.mesh is first.mesh
        assert again.eyes is first.eyes
        assert again.aligned is first.aligned
        assert again.crop(Square(40, 40, 20), 16) is first.crop(Square(40, 40, 20), 16)
    assert (first._detector.asked, first._mesher.asked) == (1, 1)


@pytest.mark.usefixtures("networks")
def test_a_generator_that_fills_its_array_again_does_not_show_the_picture_before() -> None:
    seen = sight(Look())
    pixels = np.full((80, 80, 3), 10, np.uint8)
    first = seen.view(Image(pixels)).picture.getpixel((5, 5))
    pixels[:] = 200
    assert first == (10, 10, 10)
    assert seen.view(Image(pixels)).picture.getpixel((5, 5)) == (200, 200, 200)


@pytest.mark.usefixtures("networks")
def test_a_crop_is_made_for_each_square_and_size_and_cannot_be_painted_in() -> None:
    seen = sight(Look()).view(image(77))
    assert seen.crop(Square(40, 40, 20), 16).shape == (16, 16, 3)
    assert seen.crop(Square(40, 40, 20), 8).shape == (8, 8, 3)
    assert seen.crop(Square(-90, 40, 20), 8).max() == 0
    with pytest.raises(ValueError, match="read-only"):
        seen.crop(Square(40, 40, 20), 8)[:] = 0


@pytest.mark.usefixtures("networks")
def test_where_the_mesh_does_not_lie_the_eyes_are_the_detectors(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sight(Look()).view(image()).eyes.shape == (2, 3)
    monkeypatch.setattr(Mesher, "score", 0.2)
    seen = sight(Look()).view(image())
    assert not seen.mesh_lies
    assert np.array_equal(seen.eyes, face().points[:2])


@pytest.mark.usefixtures("networks")
def test_without_a_face_there_is_nothing_to_share() -> None:
    seen = sight(Look()).view(image())
    seen._detector.found = []
    assert (seen.mesh, seen.eyes, seen.aligned, seen.mesh_lies) == (None, None, None, False)
    assert seen._mesher.asked == 0


def test_without_weights_a_sight_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path))
    with pytest.raises(ModelsMissingError, match="run: agfd models install"):
        sight(Look())


def test_the_version_names_every_option() -> None:
    assert Look(1, 2, 3).version == f"1,2,{LAST},3"
    assert set(view.weights("eye_contours")) == {"centerface", "face_mesh", "eye_contours"}
