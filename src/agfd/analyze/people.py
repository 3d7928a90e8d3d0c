"""The analyzer `people`: age, sex and expression of the main face.

Age and sex: dlib's networks (Cydral Technology), which see 64 and 32 px. Both want the face as dlib aligns it: five
points, the corners of the eyes and the bottom of the nose, on fixed places. Expression: mini-Xception (Arriaga et al.,
"Real-time convolutional neural networks for emotion and gender classification", 2017), grey, 64 px.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agfd import models
from agfd.analyze.chips import around_features
from agfd.analyze.expression import PLACES, Expression
from agfd.analyze.onlooker import NEEDS, Onlooker
from agfd.analyze.sessions import onnx_session
from agfd.analyze.shared import shared
from agfd.analyze.view import Look, View, weights
from agfd.ports import AnalyzerInfo
from agfd.records import Measurement, Measurements
from agfd.registry import register
from agfd.vocabulary import SEEN_EXPRESSIONS, score_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agfd.ports import Analyzer

AGE, SEX, EXPRESSION = "age", "sex", "expression"
GIVES = ("age", "sex", *(score_name(EXPRESSION, value) for value in SEEN_EXPRESSIONS))

# Raised whenever a number for the same picture and the same weights can come out differently.
VERSION = "2"

# Where the figures of design/0020-analyzers.md are good enough. In photos the ages of the old fall 9 years short
# or more and 8 of 100 sexes are wrong; a render comes with its truth.
_COMPETENT = {"photo": (), "diffusion": ("age", "sex", score_name(EXPRESSION, "smile")), "render": ()}

# Room around the face in dlib's alignment, as these networks want it.
_MARGIN = 0.2
_AGE_SIDE, _SEX_SIDE = 64, 32
_MEAN = np.array((122.782, 117.001, 104.298), np.float32)
# The age network tells 81 classes: 0 to 80 years; the first one counts as a quarter of a year.
_YEARS = np.concatenate([[0.25], np.arange(1.0, 81.0)])
# In faces that it takes for younger, its sex is right in 57 to 60 of 100 (design/0020-analyzers.md): chance, so none.
_TELLS_SEX = 13


class Networks(NamedTuple):
    """Sessions of the networks of age and sex, and that of expressions."""

    age: Any
    sex: Any
    expression: Expression


class People(Onlooker[Networks]):
    """Measures the largest face of each picture; five weight files, no GPU, one thread.

    Without a face: nothing; in a face that looks younger than 13: no sex, which cannot be told there.
    """

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`, without weights."""
        return AnalyzerInfo(
            name="people",
            version=f"{VERSION}:{self._look.version}",
            gives=GIVES,
            weights=weights(AGE, SEX, EXPRESSION),
            competent=_COMPETENT,
        )

    def _load(self) -> Networks:
        return Networks(onnx_session(models.path(AGE)), onnx_session(models.path(SEX)), shared(Expression))

    def _measure(self, view: View, networks: Networks) -> Measurements:
        if view.mesh is None or view.eyes is None:
            return Measurements()
        square = around_features(view, _MARGIN)
        ages = _classes(networks.age, view.crop(square, _AGE_SIDE))
        sexes = _classes(networks.sex, view.crop(square, _SEX_SIDE))
        feelings = networks.expression.read(view)
        assert feelings is not None
        values = {"age": float(ages @ _YEARS)}
        if values["age"] >= _TELLS_SEX:
            values["sex"] = float(sexes[1])
        values |= {score_name(EXPRESSION, word): float(feelings[place]) for word, place in PLACES.items()}
        return Measurements({name: Measurement(value, view.mesh.score) for name, value in values.items()})


def _classes(session: Any, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    batch = ((pixels.astype(np.float32) - _MEAN) / np.float32(256)).transpose(2, 0, 1)[None]
    [classes] = session.run(None, {"images": np.ascontiguousarray(batch)})
    found: NDArray[np.float32] = classes[0]
    return found


@register("the analyzer people", needs=NEEDS)
def make(*, side: int = 320, fallback: int = 640, passes: int = 2) -> Analyzer:
    """The analyzer; options as those of `basic`: with the same ones both find each face once."""
    return People(Look(side, fallback, passes))
