"""The verdict on one image: rules on measurements that know what was asked. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.records import Attributes, Measurements, Source, Status, Truth, Verdict
from agfd.vocabulary import score_name

if TYPE_CHECKING:
    from agfd.judge.rules import ItemRules, Rule, Told
    from agfd.records import Measurement

NOT_AS_ASKED = "not_as_asked"


def judge_item(asked: Attributes, truth: Truth | None, seen: Measurements | None, rules: ItemRules) -> Verdict:
    """The verdict on one image by itself: accepted, or rejected with every reason, in the order of the rules.

    With a truth, what was asked is held against the truth; analyzers then judge visibility and quality only. A rule
    whose measurement is missing cannot be checked and does not reject: rules about the face make sure there is one. A
    label is measured where a rule confirms it and none on the same attribute says otherwise or is unsure. A rule on an
    attribute about which two competent analyzers disagree neither rejects nor confirms: it is for review.
    """
    known = truth.attributes if truth else {}
    reasons = [NOT_AS_ASKED] if any(name in known and known[name] != value for name, value in asked.items()) else []
    confirmed: set[str] = set()
    unsure: set[str] = set()
    disputed: set[str] = set()
    for rule in rules.rules:
        measurement = _checked(rule, asked, known, seen, rules.competent)
        if measurement is None:
            continue
        told = _told(rule, measurement, asked)
        about = [name for name in rule.checks if name in asked]
        (confirmed if told == "confirmed" else unsure).update(about)
        if told is None:
            disputed.update(about)
        elif told == "broken":
            reasons.append(rule.code)
    sources: dict[str, Source] = {
        name: "constructed" if name in known else "measured" if name in confirmed - unsure else "asked"
        for name in asked
    }
    status: Status = "rejected" if reasons else "accepted"
    return Verdict(status, tuple(reasons), None, sources, tuple(sorted(disputed)))


def _checked(
    rule: Rule, asked: Attributes, known: Attributes, seen: Measurements | None, competent: frozenset[str]
) -> Measurement | None:
    """The measurement that a rule holds against its bounds; None where it has nothing to say."""
    if seen is None or not rule.applies(asked):
        return None
    if rule.about == "attribute" and not all(
        name not in known and _is_competent(name, rule, asked, competent) for name in rule.checks
    ):
        return None
    return seen.values.get(rule.looks_at(asked))


def _is_competent(name: str, rule: Rule, asked: Attributes, competent: frozenset[str]) -> bool:
    values = rule.values_of(name, asked)
    return name in competent or (bool(values) and all(score_name(name, str(value)) in competent for value in values))


def _told(rule: Rule, measurement: Measurement, asked: Attributes) -> Told | None:
    """What a rule makes of one or two opinions; None where one breaks it and the other does not."""
    first = rule.tells(measurement.value, asked)
    if rule.about != "attribute" or measurement.second is None:
        return first
    second = rule.tells(measurement.second, asked)
    if first == second:
        return first
    return None if "broken" in {first, second} else "unsure"
