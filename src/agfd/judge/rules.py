"""What an image is judged by: bounds on measurements that know what was asked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from agfd.vocabulary import SCORED, score_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agfd.records import Attributes, Value

About: TypeAlias = Literal["face", "quality", "attribute"]
Told: TypeAlias = Literal["broken", "unsure", "confirmed"]
"""What a rule says of a value: outside its bounds, inside them, or sure enough to call the label measured."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a number may lie, ends included: from `min` to `max`, and at most `within` from an asked number."""

    min: float | None = None
    max: float | None = None
    within: float | None = None

    def hold(self, value: float, asked: Value | None = None) -> bool:
        """Whether a value lies inside."""
        # Written so that a value that is not a number lies outside every bound.
        if self.min is not None and not value >= self.min:
            return False
        if self.max is not None and not value <= self.max:
            return False
        return self.within is None or (asked is not None and abs(value - float(asked)) <= self.within)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.hold(value)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of acceptance; `code` is the reason given when it is broken.

    `measure`: a measurement, or an attribute whose words have scores, which means the score of the asked word.
    `about`: `face` and `quality` always apply; `attribute` only where the generator does not know the truth and the
    analyzer is competent. `min`, `max`, `within` (largest distance from the asked number of the same name): outside,
    the image is rejected. `confirm`: inside, the label is called measured; between the two it stays `asked`, which is
    the reject option of Chow (1970); None: whatever is not rejected is confirmed. `when`: the rule applies only if
    every named attribute was asked with one of these values, or with a number inside these bounds.
    """

    code: str
    measure: str
    about: About = "quality"
    min: float | None = None
    max: float | None = None
    within: float | None = None
    when: Mapping[str, Collection[Value] | Bounds] | None = None
    confirm: Bounds | None = None

    @property
    def is_score(self) -> bool:
        """Whether it looks at the score of what was asked."""
        return self.measure in SCORED

    @property
    def checks(self) -> tuple[str, ...]:
        """The attributes that the rule confirms when it holds."""
        if self.about != "attribute":
            return ()
        return (self.measure,) if self.is_relative else tuple(self.when or ())

    @property
    def is_relative(self) -> bool:
        """Whether what was asked for under the name of its measure decides what is right."""
        confirmed_within = self.confirm is not None and self.confirm.within is not None
        return self.is_score or self.within is not None or confirmed_within

    def applies(self, asked: Attributes) -> bool:
        """Whether the rule has anything to say about such a request."""
        if self.is_relative and self.measure not in asked:
            return False
        return all(name in asked and asked[name] in values for name, values in (self.when or {}).items())

    def looks_at(self, asked: Attributes) -> str:
        """The measurement that it holds against its bounds."""
        return score_name(self.measure, str(asked[self.measure])) if self.is_score else self.measure

    def holds(self, value: float, asked: Attributes) -> bool:
        """Whether a measured value keeps the rule."""
        return Bounds(self.min, self.max, self.within).hold(value, asked.get(self.measure))

    def tells(self, value: float, asked: Attributes) -> Told:
        """What a measured value means."""
        if not self.holds(value, asked):
            return "broken"
        sure = self.confirm is None or self.confirm.hold(value, asked.get(self.measure))
        return "confirmed" if sure else "unsure"

    def values_of(self, name: str, asked: Attributes) -> tuple[Value, ...]:
        """The words of an attribute that the rule tells apart from others; none for a number."""
        if self.is_score and name == self.measure:
            return (asked[name],)
        values = (self.when or {}).get(name, ())
        return () if isinstance(values, Bounds) else tuple(values)


@dataclass(frozen=True, slots=True)
class ItemRules:
    """The rules in force for one row and what the analyzers may confirm in this domain: attributes, or single values of
    them by the names of their scores.
    """

    rules: tuple[Rule, ...] = ()
    competent: frozenset[str] = frozenset()
