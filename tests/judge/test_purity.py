"""What holds of every verdict, whatever is asked, known and measured."""

from __future__ import annotations

import copy
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agfd.judge import Bounds, ItemRules, Rule, judge_item
from agfd.records import Measurement, Measurements, Truth, Value

NUMBERS = st.floats(-100, 100) | st.just(float("nan"))
BOUNDS = st.builds(Bounds, *[st.none() | st.floats(-90, 90)] * 2, st.none() | st.floats(0, 60))


def rule(code: str, measure: str, about: str, outer: Bounds, inner: Bounds | None, when: object) -> Rule:
    """One as a recipe may have it: words have no distance, and only rules on attributes confirm."""
    if measure in {"eyewear", "mask"}:
        outer, inner = replace(outer, within=None), inner and replace(inner, within=None)
    confirm = inner if about == "attribute" else None
    return Rule(code, measure, about, outer.min, outer.max, outer.within, when, confirm)  # type: ignore[arg-type]


RULES = st.lists(
    st.builds(
        rule,
        st.sampled_from("abcd"),
        st.sampled_from(["yaw", "pitch", "eyewear", "mask"]),
        st.sampled_from(["quality", "attribute"]),
        BOUNDS,
        st.none() | BOUNDS,
        st.none() | st.just({"eyewear": ("glasses",)}) | st.just({"yaw": Bounds(-10, 40)}),
    ),
    max_size=6,
).map(tuple)
ASKED = st.fixed_dictionaries(
    {},
    optional={
        "yaw": st.floats(-90, 90),
        "pitch": st.floats(-45, 45),
        "eyewear": st.sampled_from(["none", "glasses"]),
        "mask": st.sampled_from(["none", "gas"]),
    },
)
SEEN = st.dictionaries(
    st.sampled_from(["yaw", "pitch", "eyewear_glasses", "eyewear_none", "mask_gas", "mask_none"]),
    st.builds(Measurement, NUMBERS, st.just(1.0), st.none() | NUMBERS),
).map(Measurements)
COMPETENT = st.frozensets(st.sampled_from(["yaw", "pitch", "eyewear", "mask_gas"]))


@given(ASKED, SEEN, RULES, COMPETENT)
def test_the_same_things_give_the_same_verdict_and_are_left_alone(
    asked: dict[str, Value], seen: Measurements, rules: tuple[Rule, ...], competent: frozenset[str]
) -> None:
    before = copy.deepcopy((asked, repr(seen)))
    first = judge_item(asked, None, seen, ItemRules(rules, competent))
    assert judge_item(dict(asked), None, replace(seen), ItemRules(rules, competent)) == first
    assert (asked, repr(seen)) == before


@given(ASKED, SEEN, RULES, COMPETENT)
def test_every_label_has_one_source_and_every_reason_its_rule(
    asked: dict[str, Value], seen: Measurements, rules: tuple[Rule, ...], competent: frozenset[str]
) -> None:
    verdict = judge_item(asked, None, seen, ItemRules(rules, competent))
    assert verdict.sources.keys() == asked.keys()
    assert set(verdict.reasons) <= {rule.code for rule in rules}
    assert (verdict.status == "rejected") == bool(verdict.reasons)
    measured = {name for name, source in verdict.sources.items() if source == "measured"}
    # Nothing is called measured that is disputed, or of which no analyzer that looked could tell.
    assert not measured & set(verdict.review)
    assert all(name in competent or f"{name}_{asked[name]}" in competent for name in measured)


@given(ASKED, SEEN, RULES, COMPETENT)
def test_what_the_truth_knows_no_analyzer_changes(
    asked: dict[str, Value], seen: Measurements, rules: tuple[Rule, ...], competent: frozenset[str]
) -> None:
    verdict = judge_item(asked, Truth(dict(asked)), seen, ItemRules(rules, competent))
    assert set(verdict.sources.values()) <= {"constructed"}
    assert verdict == judge_item(asked, Truth(dict(asked)), seen, ItemRules(rules, frozenset()))
    assert not verdict.review


@given(ASKED, SEEN, RULES, COMPETENT)
def test_more_rules_never_accept_what_fewer_reject(
    asked: dict[str, Value], seen: Measurements, rules: tuple[Rule, ...], competent: frozenset[str]
) -> None:
    whole = judge_item(asked, None, seen, ItemRules(rules, competent))
    for nth in range(len(rules)):
        fewer = judge_item(asked, None, seen, ItemRules(rules[:nth], competent))
        assert set(fewer.reasons) <= set(whole.reasons)
        assert set(fewer.review) <= set(whole.review)
