"""dlib's alignment: the main face by five points, the corners of the eyes and the bottom of the nose.

Networks that learnt from faces cut so want them so; they differ only in the room around the face.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.analyze.warps import align

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agfd.analyze.view import View
    from agfd.analyze.warps import Square

# Corners of the eyes, from the viewer's left, and the bottom of the nose, in the mesh; and where dlib puts them
# (get_face_chip_details) in a square without room around the face.
POINTS = (33, 133, 362, 263, 2)
_PLACES = np.array(
    (
        (0.1205750620789, 0.2137274526848),
        (0.3340850613712, 0.2290642403242),
        (0.6460604764104, 0.2289674387677),
        (0.8595674595992, 0.2134981538014),
        (0.4901123135679, 0.6277975316475),
    ),
    np.float32,
)


def template(margin: float) -> NDArray[np.float32]:
    """Where the five points come to lie, (5, 2), 0 to 1, with `margin` of the face's side as room at each edge."""
    return (_PLACES + np.float32(margin)) / np.float32(1 + 2 * margin)


def around_features(view: View, margin: float) -> Square:
    """The square of dlib's alignment around the main face, by the mesh or, where it does not lie, by the eyes alone."""
    places = template(margin)
    if view.mesh is not None and view.mesh_lies:
        return align(view.mesh.points[list(POINTS), :2], places)
    assert view.eyes is not None
    # The middles of the eyes.
    return align(view.eyes[:, :2], np.stack([places[:2].mean(axis=0), places[2:4].mean(axis=0)]))
