"""How well analyzers tell what people have said of the same pictures, and from which scores on to believe them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from agfd import stats, vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from agfd.labels import Label

Cases = list[tuple[object, "Mapping[str, object]"]]
Side = Literal["min", "max"]

# The share of pictures without a value that may be taken for having it.
FALSE_ACCEPTS = 0.05
# What is told by how wide something is open: the measurement, and the values whose pictures have more of it.
_OPENINGS = {"eyes": ("eye_opening", ("open",)), "mouth": ("mouth_opening", ("open", "talking"))}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of accuracy with 95 % of it over pictures drawn again; None where the pictures do not give it."""

    name: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ValueFigures:
    """One value of an attribute against all others, by one measurement, as a rule of a recipe would tell it.

    `side`: `min` where more of the measurement means the value, `max` where less does. `bound`: at most 5 % of the
    `without` lie on its side, `false_accepts` of them in truth, and it misses `false_rejects` of the `having`, both as
    shares; None where there are no pictures of one kind.
    """

    value: str
    measure: str
    side: Literal["min", "max"]
    having: int
    without: int
    auc: Figure
    bound: float | None
    false_accepts: float | None
    false_rejects: float | None


@dataclass(frozen=True, slots=True)
class AttributeFigures:
    """One labelled attribute. `pictures` have a label and a measurement, `unseen` a label alone (no face was found).

    `confusion`: pictures by what was said and what was told, empty for numbers.
    """

    name: str
    pictures: int
    unseen: int
    figures: tuple[Figure, ...]
    confusion: Mapping[str, Mapping[str, int]]
    values: tuple[ValueFigures, ...] = ()


@dataclass(frozen=True, slots=True)
class Calibration:
    """The figures of every attribute that is labelled and measured; `not_measured`: those that no analyzer here gives.

    `missing`: labelled files that are not there; `errors`: files that could not be read or measured, by code.
    """

    files: int
    missing: tuple[str, ...]
    errors: Mapping[str, int]
    attributes: tuple[AttributeFigures, ...]
    not_measured: tuple[str, ...]


def calibrate(frame: pl.DataFrame, by_file: Mapping[str, Label]) -> Calibration:
    """The table of `analyze_folder` held against labels of the same files."""
    rows = {row["file"]: row for row in frame.iter_rows(named=True)}
    labelled: dict[str, list[tuple[object, Mapping[str, object]]]] = {}
    for file, label in by_file.items():
        if file in rows:
            for name, value in label.values.items():
                labelled.setdefault(name, []).append((value, rows[file]))
    found = {
        name: _attribute(name, labelled[name], frame.columns) for name in vocabulary.ATTRIBUTES if name in labelled
    }
    return Calibration(
        files=len(rows),
        missing=tuple(sorted(set(by_file) - set(rows))),
        errors=dict(Counter(code for code in frame["error"].to_list() if code).most_common()),
        attributes=tuple(figures for figures in found.values() if figures is not None),
        not_measured=tuple(name for name, figures in found.items() if figures is None),
    )


def _attribute(name: str, cases: Cases, columns: Sequence[str]) -> AttributeFigures | None:
    """The figures of one attribute; None where nothing measures it."""
    entry = vocabulary.attribute(name)
    if isinstance(entry, vocabulary.Number):
        return _number(name, cases) if name in columns else None
    if name == "sex":
        return _sexes(cases) if name in columns else None
    if name in _OPENINGS:
        measure, wide = _OPENINGS[name]
        return _opening(name, measure, wide, cases) if measure in columns else None
    measured = {value: score for value in entry.values if (score := vocabulary.score_name(name, value)) in columns}
    return _scored(name, measured, cases) if measured else None


def _number(name: str, cases: Cases) -> AttributeFigures:
    said, seen = _pairs([(value, row.get(name)) for value, row in cases])
    figures = (
        _figure("MAE", lambda truth, told: float(np.abs(told - truth).mean()), said, seen),
        _figure("mean error", lambda truth, told: float((told - truth).mean()), said, seen),
    )
    return AttributeFigures(name, len(said), len(cases) - len(said), figures, {})


def _sexes(cases: Cases) -> AttributeFigures:
    told = []
    for value, row in cases:
        if (male := _float(row.get("sex"))) is not None:
            told.append((str(value), {"male": male, "female": 1 - male}, row))
    return _chosen("sex", {"male": ("sex", "min"), "female": ("sex", "max")}, told, len(cases))


def _scored(name: str, measured: Mapping[str, str], cases: Cases) -> AttributeFigures:
    told = []
    for value, row in cases:
        scores = {word: _float(row.get(score)) for word, score in measured.items()}
        known = {word: score for word, score in scores.items() if score is not None}
        if len(known) == len(measured):
            told.append((str(value), known, row))
    return _chosen(name, {word: (score, "min") for word, score in measured.items()}, told, len(cases))


Told = list[tuple[str, dict[str, float], "Mapping[str, object]"]]


def _chosen(name: str, measures: Mapping[str, tuple[str, Side]], told: Told, cases: int) -> AttributeFigures:
    """Of each picture the value with the highest score is told. A value that has no score cannot be told right and
    stays out of the accuracy.
    """
    words = list(measures)
    pairs = [(said, max(scores, key=lambda word: scores[word])) for said, scores, _ in told]
    known = [(words.index(said), words.index(word)) for said, word in pairs if said in words]
    truth, answer = np.array(known, np.int64).reshape(-1, 2).T
    values = []
    for word, (measure, side) in measures.items():
        has = np.array([said == word for said, _, _ in told], bool)
        if has.any():
            values.append(_value(word, measure, side, has, np.array([row[measure] for _, _, row in told], np.float64)))
    figures = (_figure("balanced accuracy", stats.balanced_accuracy, truth, answer),)
    return AttributeFigures(name, len(told), cases - len(told), figures, _confusion(pairs), tuple(values))


def _opening(name: str, measure: str, wide: Sequence[str], cases: Cases) -> AttributeFigures:
    """Wide against the others, by one number."""
    known = [(str(value), number) for value, row in cases if (number := _float(row.get(measure))) is not None]
    has = np.array([value in wide for value, _ in known], bool)
    seen = np.array([number for _, number in known], np.float64)
    word = " or ".join(wide)
    values = (_value(word, measure, "min", has, seen), _value(f"not {word}", measure, "max", ~has, seen))
    return AttributeFigures(name, len(known), len(cases) - len(known), (), {}, values)


def _value(word: str, measure: str, side: Side, has: NDArray[np.bool_], seen: NDArray[np.float64]) -> ValueFigures:
    sign = 1.0 if side == "min" else -1.0
    found = stats.threshold_at(FALSE_ACCEPTS, has, sign * seen) if len(has) else None
    return ValueFigures(
        word,
        measure,
        side,
        having=int(has.sum()),
        without=int((~has).sum()),
        auc=_figure("AUC", stats.auc, has, sign * seen),
        bound=sign * found.score if found else None,
        false_accepts=found.false_accepts if found else None,
        false_rejects=found.false_rejects if found else None,
    )


def _figure(name: str, figure: Callable[..., float], *columns: NDArray[np.generic]) -> Figure:
    value = figure(*columns) if len(columns[0]) else math.nan
    return Figure(name, _or_none(value), *(_or_none(bound) for bound in stats.bootstrap(figure, *columns)))


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def _confusion(pairs: Sequence[tuple[str, str]]) -> dict[str, dict[str, int]]:
    counted = Counter(pairs)
    columns = sorted({told for _, told in pairs})
    return {said: {told: counted[said, told] for told in columns} for said in sorted({said for said, _ in pairs})}


def _pairs(told: Sequence[tuple[object, object]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    known = [(_float(said), _float(seen)) for said, seen in told if seen is not None]
    said, seen = np.array(known, np.float64).reshape(-1, 2).T
    return said, seen


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
