"""The analyzer `uniface`: race, sex, age, eyewear and mask by the networks of the package uniface.

FairFace (Karkkainen and Joo, WACV 2021) tells seven groups of race, sex and nine bands of age; FaceAttribNet (Qualcomm)
tells glasses, sunglasses and masks. The faces are those of every other analyzer: uniface's CenterFace is the same
network as ours. Its weights come from its author's releases into its own cache, hashes checked by the package.

Only weights of permissive terms are read (FairFace CC BY 4.0, FaceAttribNet BSD-3-Clause). `uniface_non_commercial`
asks insightface's network for years instead of bands, whose weights are for research that is not commercial.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agfd.analyze.onlooker import Onlooker
from agfd.analyze.sessions import onnx_session
from agfd.analyze.view import Look, View, weights
from agfd.errors import ModelsMissingError
from agfd.ports import AnalyzerInfo
from agfd.records import Measurement, Measurements
from agfd.registry import register
from agfd.vocabulary import RACES, score_name, scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from agfd.ports import Analyzer

# Raised whenever a number for the same picture and the same weights can come out differently.
VERSION = "1"
EYEWEAR, MASKS = ("none", "glasses", "sunglasses"), ("none", "medical")
GIVES = ("age", "sex", *scores("race", RACES), *scores("eyewear", EYEWEAR), *scores("mask", MASKS))

# Middles of FairFace's bands of completed years: 0-2, 3-9, 10-19, ..., 60-69, and 70 on.
_YEARS = np.array([1, 6, 14.5, 24.5, 34.5, 44.5, 54.5, 64.5, 76])
_NEEDS = ("uniface==4.2.1", "onnxruntime>=1.20")


@dataclass(frozen=True, slots=True)
class Part:
    """A network of uniface: its class, the name of its weights there and in the cache, and their sha256."""

    kind: str
    file: str
    sha256: str


FAIRFACE = Part("FairFace", "fairface", "9c8c47d437cd310538d233f2465f9ed0524cb7fb51882a37f74e8bc22437fdbf")
STATE = Part("FaceAttribNet", "face_attrib_net", "1bf7c6453bec2fb28e0830f3a76dceb9ffd020124f87b28da5355940a7bc6e48")
YEARS = Part("AgeGender", "age_gender", "4fde69b1c810857b88c64a335084f1c3fe8f01246c9a191b48c7bb756d6652fb")


class Uniface(Onlooker[dict[str, Any]]):
    """Measures the largest face of each picture; without one: nothing. One thread of the CPU.

    It confirms no attribute: its accuracy was not measured, because its weights cannot be had without a network.
    """

    def __init__(self, *, non_commercial: bool = False, look: Look | None = None) -> None:
        self._non_commercial = non_commercial
        self._parts = (FAIRFACE, STATE, YEARS) if non_commercial else (FAIRFACE, STATE)
        super().__init__(look)

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`, without weights and without loading the package."""
        return AnalyzerInfo(
            name="uniface_non_commercial" if self._non_commercial else "uniface",
            version=f"{VERSION}:{self._look.version}",
            gives=GIVES,
            weights=weights() | {f"uniface/{part.file}": part.sha256 for part in self._parts},
            here=all((cache() / f"{part.file}.onnx").is_file() for part in self._parts),
            commercial=not self._non_commercial,
        )

    def _load(self) -> dict[str, Any]:
        """After a download where they are not in the cache."""
        return {part.kind: _network(part) for part in self._parts}

    def _measure(self, view: View, networks: dict[str, Any]) -> Measurements:
        if not view.faces:
            return Measurements()
        main = view.faces[0]
        box = np.array(main.box, np.float32)
        # The networks cut out whole pixels.
        if min(box[2:].astype(int) - box[:2].astype(int)) < 1:
            return Measurements()
        picture = np.ascontiguousarray(view.image.pixels[..., ::-1])
        values = people(_outputs(networks[FAIRFACE.kind], picture, box))
        values |= worn(networks[STATE.kind].postprocess(_outputs(networks[STATE.kind], picture, box)[0]))
        if self._non_commercial:
            years = networks[YEARS.kind]
            values["age"] = float(years.postprocess(_outputs(years, picture, box)[0][0]).age)
        return Measurements({name: Measurement(value, main.score) for name, value in values.items()})


def people(logits: Sequence[NDArray[np.float32]]) -> dict[str, float]:
    """Age in years, the probability of male and of each race, of FairFace's three outputs (1, 7), (1, 2) and (1, 9).

    The age is the mean over the middles of the bands.
    """
    races, sexes, ages = (_softmax(one[0].astype(np.float64)) for one in logits)
    values = {"age": float(ages @ _YEARS), "sex": float(sexes[0])}
    return values | {name: float(p) for name, p in zip(scores("race", RACES), races, strict=True)}


def worn(state: Any) -> dict[str, float]:
    """Probabilities of eyewear and mask, of uniface's `FaceStateResult`.

    It tells glasses and sunglasses apart from none each by itself; who wears both wears sunglasses. It knows no gas
    masks: a mask counts as a medical one.
    """
    clear, dark = state.eyeglasses * (1 - state.sunglasses), state.sunglasses
    chances = {"none": (1 - state.eyeglasses) * (1 - dark), "glasses": clear, "sunglasses": dark}
    values = {score_name("eyewear", value): chance for value, chance in chances.items()}
    return values | {score_name("mask", "none"): 1 - state.mask, score_name("mask", "medical"): state.mask}


def cache() -> Path:
    """Where uniface keeps its weights, as `uniface.get_cache_dir` says; importing it only to ask takes seconds."""
    return Path(os.environ.get("UNIFACE_CACHE_DIR") or "~/.uniface/models").expanduser()


def _network(part: Part) -> Any:
    import cv2
    import uniface
    from uniface import constants

    cv2.setNumThreads(1)
    try:
        # The classes would try each of two sources three times, which takes long to say that there is no network.
        file = uniface.verify_model_weights(getattr(constants, f"{part.kind}Weights").DEFAULT, max_retries=1)
    except ConnectionError:
        raise ModelsMissingError(
            f"the weights {part.file!r} of uniface are not on this machine and could not be downloaded; bring "
            f"{part.file}.onnx of its releases into {cache()}"
        ) from None
    network = getattr(uniface, part.kind)(providers=["CPUExecutionProvider"])
    # uniface has no option for threads, and its own session takes every core.
    network.session = onnx_session(Path(file))
    return network


def _outputs(network: Any, picture: NDArray[np.uint8], box: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """What the network says of the face in `box`, in numbers: `predict` of uniface would keep the likeliest words."""
    blob = network.preprocess(picture, box)
    outputs: list[NDArray[np.float32]] = network.session.run(network.output_names, {network.input_name: blob})
    return outputs


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import softmax

    chances: NDArray[np.float64] = softmax(logits)
    return chances


@register("the analyzer uniface", needs=_NEEDS, install="agfd[uniface]")
def make(*, non_commercial: bool = False) -> Analyzer:
    """The analyzer; `non_commercial`: with insightface's network for the age, whose terms forbid commercial use."""
    return Uniface(non_commercial=non_commercial)


@register("the analyzer uniface_non_commercial", needs=_NEEDS, install="agfd[uniface]")
def make_non_commercial() -> Analyzer:
    """The analyzer behind the name `uniface_non_commercial`: whoever writes that name has read it."""
    return Uniface(non_commercial=True)
