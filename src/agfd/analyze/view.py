"""What all analyzers share of a picture: its faces, the mesh on the main one, the aligned crop.

A run shows each image to one analyzer after another. Those that ask `sight` with the same options get the same
networks and, for the same image, the same `View`, in which each thing is found once, when it is first asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from PIL import Image as Pillow

from agfd import models
from agfd.analyze import faces, geometry, mesh, quality
from agfd.analyze.shared import shared
from agfd.analyze.upright import Head, head
from agfd.analyze.warps import Square, crop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from agfd.records import Image

WEIGHTS = (faces.WEIGHTS, mesh.WEIGHTS)

# Below this the mesh does not lie on a face and the detector's eyes are the better ones.
_MESH_LIES = 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """How pictures are looked at: `side` and `fallback`: longer side in pixels at which faces are looked for, first and
    again where there is none; `passes`: how often the mesh is laid, each time cropped by the one before.
    """

    side: int = 320
    fallback: int = 640
    passes: int = 2

    @property
    def version(self) -> str:
        """Part of the version of every analyzer that looks so."""
        return f"{self.side},{self.fallback},{faces.LAST},{self.passes}"


class View:
    """One image as analyzers see it. Nothing in it may be changed: others get the same."""

    def __init__(self, image: Image, detector: faces.Detector, mesher: mesh.Mesher) -> None:
        self.image = image
        self._detector, self._mesher = detector, mesher
        self._crops: dict[tuple[Square, int], NDArray[np.uint8]] = {}

    @cached_property
    def picture(self) -> Pillow.Image:
        """The pixels as an RGB picture."""
        return Pillow.fromarray(self.image.pixels)

    @cached_property
    def faces(self) -> list[faces.Face]:
        """All faces, largest first."""
        return self._detector.find(self.picture)

    @cached_property
    def mesh(self) -> mesh.Mesh | None:
        """The mesh on the largest face, wherever it lies; None without a face."""
        return self._mesher.lay(self.picture, self.faces[0]) if self.faces else None

    @property
    def mesh_lies(self) -> bool:
        """Whether there is a mesh and it lies on a face."""
        return self.mesh is not None and self.mesh.score >= _MESH_LIES

    @cached_property
    def eyes(self) -> NDArray[np.float32] | None:
        """Centres of the main face's eyes, (2, 2) or with depth (2, 3), the viewer's left first; None without one."""
        if self.mesh is not None and self.mesh_lies:
            return geometry.eyes(self.mesh.points)
        return self.faces[0].points[:2] if self.faces else None

    @cached_property
    def aligned(self) -> tuple[NDArray[np.uint8], NDArray[np.bool_]] | None:
        """The main face as `quality.aligned` gives it; None without a face."""
        return None if self.eyes is None else quality.aligned(self.picture, self.eyes)

    @cached_property
    def head(self) -> Head | None:
        """The head around the main face; None where no mesh lies on one."""
        return head(self.picture, self.mesh.points) if self.mesh is not None and self.mesh_lies else None

    def crop(self, square: Square, size: int) -> NDArray[np.uint8]:
        """The content of `square` as uint8 (size, size, 3), read-only; black where it lies outside the picture."""
        key = (square, size)
        if key not in self._crops:
            self._crops[key] = crop(self.picture, square, size)
        return self._crops[key]


class Sight:
    """The networks behind every view, and the last view: a picture is looked at by all analyzers before the next.

    Raises `ModelsMissingError` when the weights are not installed.
    """

    def __init__(self, look: Look) -> None:
        self._detector = faces.Detector(look.side, look.fallback)
        self._mesher = mesh.Mesher(look.passes)
        self._last: View | None = None

    def view(self, image: Image) -> View:
        """The view of this very image: of the record, not of the array in it, which a generator may fill again."""
        if self._last is None or self._last.image is not image:
            self._last = View(image, self._detector, self._mesher)
        return self._last


def sight(look: Look) -> Sight:
    """The one sight of this thread for these options."""
    return shared(Sight, look)


def weights(*names: str) -> dict[str, str]:
    """sha256 by name of the weights of every view and of `names`."""
    return {name: models.weight(name).sha256 for name in (*WEIGHTS, *names)}
