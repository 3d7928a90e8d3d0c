"""The analyzer `portrait`: age, sex and expression of the main face by better networks than those of `people`.

Age, sex and expression: face-api (Vincent Mühler; a small Xception and a small densely connected network, 112 px), each
the mean over the face and its mirror image. Sex is the mean with faceres, expression that with mini-Xception: two
networks that were trained on different faces err in different ones. Needs the weights of npm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agfd import models
from agfd.analyze import expression, faceres, geometry
from agfd.analyze.onlooker import NEEDS, Onlooker
from agfd.analyze.sessions import onnx_session
from agfd.analyze.shared import shared
from agfd.analyze.view import Look, View, weights
from agfd.analyze.warps import Square
from agfd.ports import AnalyzerInfo
from agfd.records import Measurement, Measurements
from agfd.registry import register
from agfd.vocabulary import SEEN_EXPRESSIONS, score_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agfd.ports import Analyzer

AGE_SEX, EXPRESSION = "age_sex", "face_expression"
GIVES = ("age", "sex", *(score_name("expression", value) for value in SEEN_EXPRESSIONS))

# Raised whenever a number for the same picture and the same weights can come out differently.
VERSION = "1"

# Where the figures of design/0021-models.md are good enough.
_COMPETENT = {"photo": (), "diffusion": ("age", "sex", score_name("expression", "smile")), "render": ()}

SIDE = 112
# Where face-api puts the middle of eyes and mouth in its square, and their distance, in sides of it.
_DISTANCE, _DOWN = 0.45, 0.43
_LIPS = (13, 14)
# A sex as likely as this is not told: the networks disagree or do not know.
_UNSURE = 0.15
# In faces that look younger it is not told either.
_TELLS_SEX = 13
# Places of the vocabulary's words among the seven: neutral, happy, sad, angry, fearful, disgusted, surprised.
_PLACES = {"angry": 3, "smile": 1, "neutral": 0}


class Networks(NamedTuple):
    """Sessions of face-api's networks of age and sex and of expressions, and the two that they are joined with."""

    age_sex: Any
    expression: Any
    faceres: faceres.Faceres
    other: expression.Expression


class Portrait(Onlooker[Networks]):
    """Measures the largest face of each picture; six weight files, no GPU, one thread.

    Without a face: nothing. No sex where it cannot be told: in children, and where its probability is .35 to .65.
    """

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`, without weights."""
        return AnalyzerInfo(
            name="portrait",
            version=f"{VERSION}:{self._look.version}",
            gives=GIVES,
            weights=weights(AGE_SEX, EXPRESSION, faceres.WEIGHTS, expression.WEIGHTS),
            competent=_COMPETENT,
        )

    def _load(self) -> Networks:
        age_sex, feelings = (onnx_session(models.path(name)) for name in (AGE_SEX, EXPRESSION))
        return Networks(age_sex, feelings, shared(faceres.Faceres), shared(expression.Expression))

    def _measure(self, view: View, networks: Networks) -> Measurements:
        reading, other = networks.faceres.read(view), networks.other.read(view)
        if view.mesh is None or reading is None or other is None:
            return Measurements()
        pixels = both_ways(view.crop(around_features(view), SIDE))
        ages, sexes = networks.age_sex.run(["age", "sex"], {"pixels": pixels})
        [feelings] = networks.expression.run(["expression"], {"pixels": pixels})
        values = {"age": max(0.0, float(ages.mean()))}
        male = (float(sexes[:, 0].mean()) + reading.male) / 2
        if values["age"] >= _TELLS_SEX and abs(male - 0.5) >= _UNSURE:
            values["sex"] = male
        for word, place in _PLACES.items():
            seen = float(feelings[:, place].mean()), float(other[expression.PLACES[word]])
            values[score_name("expression", word)] = sum(seen) / 2
        return Measurements({name: Measurement(value, view.mesh.score) for name, value in values.items()})


def both_ways(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A face (h, w, 3) and its mirror image as face-api's networks want them, (2, h, w, 3), 0 to 255."""
    return np.stack([pixels, pixels[:, ::-1]]).astype(np.float32)


def around_features(view: View) -> Square:
    """The square of face-api's alignment (classes/FaceLandmarks.ts), eyes level, by the mesh or, where it does not lie,
    by the detector's points.
    """
    if view.mesh is not None and view.mesh_lies:
        points = view.mesh.points[:, :2]
        return around_eyes_and_mouth(geometry.eyes(view.mesh.points)[:, :2], points[list(_LIPS)].mean(axis=0))
    five = view.faces[0].points
    return around_eyes_and_mouth(five[:2], five[3:].mean(axis=0))


def around_eyes_and_mouth(eyes: NDArray[np.float32], mouth: NDArray[np.float32]) -> Square:
    """The same by the middles of the eyes, (2, 2), the viewer's left first, and of the mouth, (2,)."""
    along = eyes[1] - eyes[0]
    angle = float(np.arctan2(along[1], along[0]))
    side = max(float(np.linalg.norm(eyes - mouth, axis=1).mean()) / _DISTANCE, 1.0)
    centre = np.vstack([eyes, mouth]).mean(axis=0) + (0.5 - _DOWN) * side * np.array([-np.sin(angle), np.cos(angle)])
    return Square(float(centre[0]), float(centre[1]), side, angle)


@register("the analyzer portrait", needs=NEEDS)
def make(*, side: int = 320, fallback: int = 640, passes: int = 2) -> Analyzer:
    """The analyzer; options as those of `basic`: with the same ones both find each face once."""
    return Portrait(Look(side, fallback, passes))
