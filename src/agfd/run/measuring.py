"""All analyzers on one picture: what each sees, put together into one record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agfd.records import Image, Measurement, Measurements
from agfd.vocabulary import ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agfd.ports import Analyzer


@dataclass(frozen=True, slots=True)
class Measurer:
    """The analyzers of one process, and what the pictures are to them: `render`, `diffusion` or `photo`."""

    analyzers: Sequence[Analyzer]
    domain: str
    _competent: tuple[tuple[str, ...], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Asked once: what an analyzer says of itself may cost it a look at its cache of weights.
        told = tuple(tuple(analyzer.info.competent.get(self.domain, ())) for analyzer in self.analyzers)
        object.__setattr__(self, "_competent", told)

    def measure(self, image: Image) -> Measurements | None:
        """What all of them see; None without analyzers."""
        if not self.analyzers:
            return None
        return self.joined({place: one.measure([image])[0] for place, one in enumerate(self.analyzers)})

    def joined(self, parts: Mapping[int, Measurements]) -> Measurements:
        """What some of the analyzers saw, by their place among all, as one record.

        Where several give the same name, the first one that is competent counts, and the farthest of the other
        competent ones is its `second`; where none is competent, the first counts and nobody contradicts.
        """
        told: dict[str, list[tuple[bool, Measurement]]] = {}
        for place, part in sorted(parts.items()):
            for name, measurement in part.values.items():
                told.setdefault(name, []).append((is_competent(name, self._competent[place]), measurement))
        in_order = [part for _, part in sorted(parts.items())]
        return Measurements(
            {name: _opinion(opinions) for name, opinions in told.items()},
            {name: points for part in in_order for name, points in part.points.items()},
            {name: code for part in in_order for name, code in part.codes.items()},
            {name: vector for part in in_order for name, vector in part.vectors.items()},
        )


def is_competent(measurement: str, competent: Iterable[str]) -> bool:
    """Whether an analyzer that may confirm `competent` (attributes or scores) is competent for a measurement."""
    return any(
        name == measurement or (name in ATTRIBUTES and measurement in ATTRIBUTES[name].checked_by) for name in competent
    )


def _opinion(told: list[tuple[bool, Measurement]]) -> Measurement:
    counted = [measurement for competent, measurement in told if competent]
    if not counted:
        return told[0][1]
    first, *others = counted
    if not others:
        return first
    return replace(first, second=max((one.value for one in others), key=lambda value: abs(value - first.value)))
