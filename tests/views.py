"""Views of a picture whose face and mesh are known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from agfd.analyze import chips
from agfd.analyze.faces import Face
from agfd.analyze.mesh import Mesh
from agfd.analyze.view import View
from agfd.records import Image


def laid(score: float, margin: float = 0.2, image: Image | None = None) -> View:
    """A view whose mesh puts the five points where dlib puts them in a square of 100 px at (300, 200)."""
    mesh = np.zeros((468, 3), np.float32)
    mesh[list(chips.POINTS), :2] = chips.template(margin) * 100 + (250, 150)
    found = Face((250, 150, 350, 250), 0.9, np.array([[30, 50], [70, 50], [0, 0], [0, 0], [0, 0]], np.float32))
    detector = SimpleNamespace(find=lambda _: [found])
    mesher = SimpleNamespace(lay=lambda *_: Mesh(mesh, score))
    return View(image or Image(np.zeros((400, 500, 3), np.uint8)), detector, mesher)  # type: ignore[arg-type]
