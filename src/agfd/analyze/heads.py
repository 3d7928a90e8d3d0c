"""The analyzer `heads`: what is worn on a face, its hair and its race, by heads that learnt from renders alone.

A head is multinomial logistic regression: for each value of an attribute a weight for each number of the regions
around the face (`regions.py`) or of its identity (`embedding.py`). Every head tells a value from the others of its
attribute, `none` among them. The weights and the card that says what they learnt from and how they did are
`data/heads.npz` and `data/heads.json`, written by `scripts/train_heads.py` and `benchmarks/heads.py`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from agfd.analyze.embedding import WEIGHTS as IDENTITY
from agfd.analyze.embedding import Embedder, embedder
from agfd.analyze.onlooker import NEEDS, Onlooker
from agfd.analyze.regions import SIDE, around, evened, regions
from agfd.analyze.view import Look, View, weights
from agfd.analyze.warps import covered
from agfd.ports import AnalyzerInfo
from agfd.records import Measurement, Measurements
from agfd.registry import register
from agfd.vocabulary import score_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from agfd.ports import Analyzer

# Raised whenever a number for the same picture and the same weights can come out differently.
VERSION = "1"

_DATA = files("agfd.analyze") / "data"


@dataclass(frozen=True, slots=True)
class Head:
    """One attribute: its values in the order of the scores, the numbers that it sees (`regions`, `identity`, in that
    order, one or both), float32 weights (numbers, values) and float32 offsets (values,).
    """

    attribute: str
    values: tuple[str, ...]
    sees: tuple[str, ...]
    weights: NDArray[np.float32]
    offsets: NDArray[np.float32]

    def scores(self, numbers: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """How likely each value is, float32 (..., values), summing up to 1, of `numbers` (..., n) by their name."""
        seen = np.concatenate([numbers[name] for name in self.sees], axis=-1)
        logits = seen @ self.weights + self.offsets
        raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
        scores: NDArray[np.float32] = raised / raised.sum(axis=-1, keepdims=True)
        return scores


@cache
def card() -> dict[str, Any]:
    """What the heads learnt from, how they did, where they are competent and which thresholds follow."""
    loaded: dict[str, Any] = json.loads((_DATA / "heads.json").read_text(encoding="utf-8"))
    return loaded


@cache
def shipped() -> tuple[Head, ...]:
    """The heads of this package."""
    heads = []
    with (_DATA / "heads.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        for attribute, entry in card()["heads"].items():
            numbers = arrays[attribute].astype(np.float32)
            heads.append(Head(attribute, tuple(entry["values"]), tuple(entry["sees"]), numbers[:-1], numbers[-1]))
    return tuple(heads)


@cache
def _own_hash() -> str:
    """Of the weights that are part of the package."""
    return hashlib.sha256((_DATA / "heads.npz").read_bytes()).hexdigest()[:12]


class Heads(Onlooker[Embedder]):
    """Measures the largest face of each picture; without one there is nothing. Three weight files, one thread."""

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`, without weights other than the package's own."""
        return AnalyzerInfo(
            name="heads",
            version=f"{VERSION}:{_own_hash()}:{self._look.version}",
            gives=tuple(score_name(head.attribute, value) for head in shipped() for value in head.values),
            weights=weights(IDENTITY),
            competent={domain: tuple(names) for domain, names in card()["competent"].items()},
        )

    def _load(self) -> Embedder:
        return embedder()

    def _measure(self, view: View, networks: Embedder) -> Measurements:
        who = networks.embed(view)
        if who is None:
            return Measurements()
        square = around(view)
        inside = covered(square, SIDE, view.picture.size)
        numbers = {"regions": evened(regions(view.crop(square, SIDE), inside)), "identity": who}
        confidence = view.faces[0].score
        return Measurements(
            {
                score_name(head.attribute, value): Measurement(float(score), confidence)
                for head in shipped()
                for value, score in zip(head.values, head.scores(numbers), strict=True)
            }
        )


@register("the analyzer heads", needs=NEEDS)
def make(*, side: int = 320, fallback: int = 640, passes: int = 2) -> Analyzer:
    """The analyzer; options as those of `basic`: with the same ones both find each face once."""
    return Heads(Look(side, fallback, passes))
