"""The verdict on one image: rules on measurements that know what was asked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agfd.records import Attributes, Measurements, Source, Status, Truth, Value, Verdict
from agfd.vocabulary import score_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

NOT_AS_ASKED = "not_as_asked"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of acceptance; `code` is the reason given when it is broken.

    `about`: `face` and `quality` always apply; `attribute` only where the generator does not know the truth and the
    analyzer is competent. `within`: largest distance from the asked number of the same name. `when`: the rule applies
    only if every named attribute was asked with one of these values.
    """

    code: str
    measure: str
    about: Literal["face", "quality", "attribute"] = "quality"
    min: float | None = None
    max: float | None = None
    within: float | None = None
    when: Mapping[str, Collection[Value]] | None = None

    @property
    def checks(self) -> tuple[str, ...]:
        """The attributes that the rule confirms when it holds."""
        if self.about != "attribute":
            return ()
        return (self.measure,) if self.within is not None else tuple(self.when or ())

    def applies(self, asked: Attributes) -> bool:
        """Whether the rule has anything to say about such a request."""
        if self.within is not None and self.measure not in asked:
            return False
        return all(asked.get(name) in values for name, values in (self.when or {}).items())

    def holds(self, value: float, asked: Attributes) -> bool:
        """Whether a measured value keeps the rule."""
        # Written so that a value that is not a number breaks every rule.
        if self.min is not None and not value >= self.min:
            return False
        if self.max is not None and not value <= self.max:
            return False
        return self.within is None or abs(value - float(asked[self.measure])) <= self.within


@dataclass(frozen=True, slots=True)
class ItemRules:
    """The rules in force for one row and what the analyzers may confirm in this domain: attributes, or single values of
    them by the names of their scores.
    """

    rules: tuple[Rule, ...] = ()
    competent: frozenset[str] = frozenset()


def judge_item(asked: Attributes, truth: Truth | None, seen: Measurements | None, rules: ItemRules) -> Verdict:
    """The verdict on one image by itself: accepted, or rejected with every reason, in the order of the rules.

    With a truth, what was asked is held against the truth; analyzers then judge visibility and quality only. A rule
    whose measurement is missing cannot be checked and does not reject: rules about the face make sure there is one. A
    rule on an attribute about which two competent analyzers disagree neither rejects nor confirms: it is for review.
    """
    known = truth.attributes if truth else {}
    reasons = [NOT_AS_ASKED] if any(name in known and known[name] != value for name, value in asked.items()) else []
    sources: dict[str, Source] = {name: "constructed" if name in known else "asked" for name in asked}
    disputed: set[str] = set()
    for rule in rules.rules:
        if seen is None or not rule.applies(asked):
            continue
        if rule.about == "attribute" and not _may_confirm(rule, known, rules.competent):
            continue
        measurement = seen.values.get(rule.measure)
        if measurement is None:
            continue
        holds = rule.holds(measurement.value, asked)
        if (
            rule.about == "attribute"
            and measurement.second is not None
            and rule.holds(measurement.second, asked) != holds
        ):
            disputed.update(name for name in rule.checks if name in asked)
        elif not holds:
            reasons.append(rule.code)
        else:
            sources.update({name: "measured" for name in rule.checks if name in asked})
    sources.update(dict.fromkeys(disputed, "asked"))
    status: Status = "rejected" if reasons else "accepted"
    return Verdict(status, tuple(reasons), None, sources, tuple(sorted(disputed)))


def _may_confirm(rule: Rule, known: Attributes, competent: frozenset[str]) -> bool:
    return all(name not in known and _is_competent(name, rule, competent) for name in rule.checks)


def _is_competent(name: str, rule: Rule, competent: frozenset[str]) -> bool:
    values = (rule.when or {}).get(name, ())
    return name in competent or (bool(values) and all(score_name(name, str(value)) in competent for value in values))
