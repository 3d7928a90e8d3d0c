import pytest

from agfd.judge import NOT_AS_ASKED, Bounds, ItemRules, Rule, judge_item
from agfd.records import Measurement, Measurements, Source, Truth, Value, Verdict

FACE = Rule("no_face", "faces", "face", min=1)
SHARP = Rule("blurred", "sharpness", "quality", min=5, max=90)
YAW = Rule("wrong_yaw", "yaw", "attribute", within=20)
OPEN = Rule("eyes_not_open", "eye_opening", "attribute", min=0.15, when={"eyes": ["open", "half-closed"]})
ASKED: dict[str, Value] = {"age": 25, "yaw": 30.0, "eyes": "open"}


def seen(**values: float) -> Measurements:
    return Measurements({name: Measurement(value) for name, value in values.items()})


def judged(*rules: Rule, competent: tuple[str, ...] = ("yaw", "eyes"), truth: dict[str, Value] | None = None,
           asked: dict[str, Value] | None = None, **values: float) -> Verdict:  # fmt: skip
    known = None if truth is None else Truth(truth)
    return judge_item(ASKED if asked is None else asked, known, seen(**values), ItemRules(rules, frozenset(competent)))


@pytest.mark.parametrize(
    ("sharpness", "holds"), [(4.999, False), (5, True), (50, True), (90, True), (90.001, False), (float("nan"), False)]
)
def test_bounds_are_inclusive(sharpness: float, holds: bool) -> None:
    assert judged(SHARP, sharpness=sharpness).reasons == (() if holds else ("blurred",))


@pytest.mark.parametrize(("yaw", "holds"), [(9.9, False), (10, True), (30, True), (50, True), (50.1, False)])
def test_within_is_a_distance_from_what_was_asked(yaw: float, holds: bool) -> None:
    assert judged(YAW, yaw=yaw).reasons == (() if holds else ("wrong_yaw",))


def test_all_reasons_in_the_order_of_the_rules() -> None:
    verdict = judged(YAW, SHARP, FACE, yaw=-90, sharpness=0, faces=0)
    assert verdict == Verdict("rejected", ("wrong_yaw", "blurred", "no_face"), None, dict.fromkeys(ASKED, "asked"))


def test_accepted_when_every_rule_holds() -> None:
    verdict = judged(FACE, SHARP, YAW, OPEN, faces=1, sharpness=9, yaw=31, eye_opening=0.3)
    assert (verdict.status, verdict.reasons, verdict.error) == ("accepted", (), None)
    assert verdict.sources == {"age": "asked", "yaw": "measured", "eyes": "measured"}


def test_a_rule_without_its_measurement_does_not_reject() -> None:
    assert judged(FACE, YAW, OPEN).status == "accepted"


def test_without_measurements_nothing_is_measured() -> None:
    verdict = judge_item(ASKED, None, None, ItemRules((FACE, YAW), frozenset({"yaw"})))
    assert verdict == Verdict("accepted", (), None, dict.fromkeys(ASKED, "asked"))


def test_without_rules_everything_passes() -> None:
    assert judge_item(ASKED, None, seen(faces=0), ItemRules()).status == "accepted"


def test_who_can_tell_one_value_confirms_that_one_alone() -> None:
    smiles = Rule("no_smile", "expression_smile", "attribute", min=0.3, when={"expression": ["smile"]})
    both = Rule("no_smile", "expression_smile", "attribute", min=0.3, when={"expression": ["smile", "angry"]})
    competent, asked = ("expression_smile",), {"expression": "smile"}
    assert judged(smiles, competent=competent, asked=asked, expression_smile=0.9).sources == {"expression": "measured"}
    assert judged(smiles, competent=competent, asked=asked, expression_smile=0.1).reasons == ("no_smile",)
    assert judged(both, competent=competent, asked=asked, expression_smile=0.1).sources == {"expression": "asked"}


@pytest.mark.parametrize("competent", [(), ("eyes",)])
def test_an_analyzer_that_is_not_competent_neither_rejects_nor_confirms(competent: tuple[str, ...]) -> None:
    assert judged(YAW, competent=competent, yaw=-90).status == "accepted"
    assert judged(YAW, competent=competent, yaw=30).sources["yaw"] == "asked"


def test_rules_of_face_and_quality_need_no_competence() -> None:
    assert judged(FACE, SHARP, competent=(), faces=0, sharpness=0).reasons == ("no_face", "blurred")


def test_a_truth_settles_attributes_whatever_analyzers_say() -> None:
    verdict = judged(FACE, YAW, OPEN, truth=dict(ASKED), faces=1, yaw=-90, eye_opening=0)
    assert verdict == Verdict("accepted", (), None, dict.fromkeys(ASKED, "constructed"))


def test_a_truth_does_not_excuse_a_bad_picture() -> None:
    assert judged(FACE, SHARP, truth=dict(ASKED), faces=0, sharpness=0).reasons == ("no_face", "blurred")


def test_a_truth_that_is_not_what_was_asked_rejects() -> None:
    verdict = judged(FACE, truth={**ASKED, "yaw": 31.0}, faces=0)
    assert (verdict.status, verdict.reasons) == ("rejected", (NOT_AS_ASKED, "no_face"))


def test_what_the_truth_leaves_out_is_left_to_the_analyzers() -> None:
    verdict = judged(YAW, OPEN, truth={"age": 25}, yaw=30, eye_opening=0.0)
    assert verdict.reasons == ("eyes_not_open",)
    expected: dict[str, Source] = {"age": "constructed", "yaw": "measured", "eyes": "asked"}
    assert verdict.sources == expected


def test_what_nobody_asked_for_is_not_judged() -> None:
    assert judged(YAW, OPEN, asked={"age": 25}, yaw=80, eye_opening=0).status == "accepted"
    assert judged(YAW, asked={"age": 25}, truth={"age": 25, "yaw": 3.0}).sources == {"age": "constructed"}


@pytest.mark.parametrize(("eyes", "holds"), [("open", False), ("half-closed", False), ("closed", True)])
def test_when_looks_at_what_was_asked(eyes: str, holds: bool) -> None:
    assert judged(OPEN, asked={"eyes": eyes}, eye_opening=0).reasons == (() if holds else ("eyes_not_open",))


def test_every_condition_of_when_must_be_met() -> None:
    rule = Rule("x", "luminance", "quality", max=0.5, when={"light": ["dim"], "scene": ["night"]})
    assert judged(rule, asked={"light": "dim", "scene": "night"}, luminance=1).reasons == ("x",)
    assert judged(rule, asked={"light": "dim", "scene": "studio"}, luminance=1).reasons == ()
    assert judged(rule, asked={"light": "dim"}, luminance=1).reasons == ()


def test_a_rule_about_quality_confirms_no_attribute() -> None:
    rule = Rule("x", "luminance", "quality", max=0.5, when={"light": ["dim"]})
    assert judged(rule, competent=("light",), asked={"light": "dim"}, luminance=0.1).sources == {"light": "asked"}


def test_a_broken_rule_confirms_nothing_even_if_another_holds_before() -> None:
    verdict = judged(YAW, Rule("way_off", "yaw", "attribute", within=5), yaw=40)
    assert verdict.reasons == ("way_off",)
    assert verdict.status == "rejected"


@pytest.mark.parametrize(("first", "second"), [(31, -60), (-60, 31)])
def test_a_rule_about_which_analyzers_disagree_neither_rejects_nor_confirms(first: float, second: float) -> None:
    told = Measurements({"yaw": Measurement(first, second=second)})
    verdict = judge_item(ASKED, None, told, ItemRules((YAW,), frozenset({"yaw"})))
    assert (verdict.status, verdict.review, verdict.sources["yaw"]) == ("accepted", ("yaw",), "asked")


def test_analyzers_that_agree_confirm_or_reject_together() -> None:
    for first, second, review, source in [(31, 25, (), "measured"), (-60, -70, (), "asked")]:
        told = Measurements({"yaw": Measurement(first, second=second)})
        verdict = judge_item(ASKED, None, told, ItemRules((YAW,), frozenset({"yaw"})))
        assert (verdict.review, verdict.sources["yaw"]) == (review, source)
        assert verdict.reasons == (() if source == "measured" else ("wrong_yaw",))


GLASSES = Rule("wrong_eyewear", "eyewear", "attribute", min=0.1, confirm=Bounds(min=0.7))


@pytest.mark.parametrize(
    ("score", "reasons", "source"),
    [
        (0.09, ("wrong_eyewear",), "asked"),
        (0.1, (), "asked"),
        (0.69, (), "asked"),
        (0.7, (), "measured"),
        (float("nan"), ("wrong_eyewear",), "asked"),
    ],
)
def test_between_rejecting_and_confirming_a_label_stays_asked(
    score: float, reasons: tuple[str, ...], source: Source
) -> None:
    verdict = judged(GLASSES, competent=("eyewear",), asked={"eyewear": "glasses"}, eyewear_glasses=score)
    assert (verdict.reasons, verdict.sources["eyewear"]) == (reasons, source)


def test_a_rule_on_scores_looks_at_the_score_of_what_was_asked() -> None:
    scores = {"eyewear_glasses": 0.05, "eyewear_sunglasses": 0.9}
    asked: dict[str, Value] = {"eyewear": "sunglasses"}
    assert judged(GLASSES, competent=("eyewear",), asked=asked, **scores).sources == {"eyewear": "measured"}
    assert judged(GLASSES, competent=("eyewear",), asked={"eyewear": "glasses"}, **scores).reasons == ("wrong_eyewear",)
    assert judged(GLASSES, competent=("eyewear",), asked={"eyewear": "none"}, **scores).status == "accepted"
    assert judged(GLASSES, competent=("eyewear",), asked={"age": 25}, **scores).status == "accepted"


def test_a_rule_on_scores_is_in_force_for_the_values_that_can_be_told() -> None:
    asked: dict[str, Value] = {"eyewear": "glasses"}
    for competent, told in ((("eyewear_glasses",), True), (("eyewear_sunglasses",), False), ((), False)):
        verdict = judged(GLASSES, competent=competent, asked=asked, eyewear_glasses=0.0)
        assert (verdict.status == "rejected") is told


def test_one_unsure_rule_keeps_a_label_from_being_measured() -> None:
    narrow = Rule("x", "yaw", "attribute", within=40, confirm=Bounds(within=5))
    assert judged(YAW, narrow, yaw=31).sources["yaw"] == "measured"
    assert judged(YAW, narrow, yaw=40).sources["yaw"] == "asked"
    assert judged(narrow, YAW, yaw=40).sources["yaw"] == "asked"


def test_a_rule_may_only_confirm() -> None:
    rule = Rule("x", "yaw", "attribute", confirm=Bounds(within=10))
    assert judged(rule, yaw=25).sources["yaw"] == "measured"
    assert judged(rule, yaw=-80) == Verdict("accepted", (), None, dict.fromkeys(ASKED, "asked"))
    assert judged(rule, asked={"age": 25}, competent=("yaw",), yaw=0).status == "accepted"


@pytest.mark.parametrize(("age", "holds"), [(59, True), (60, False), (80, False), (81, True)])
def test_when_may_be_a_range_of_numbers(age: int, holds: bool) -> None:
    old = Rule("too_young", "age", "attribute", min=40, when={"age": Bounds(60, 80)})
    verdict = judged(old, competent=("age",), asked={"age": age}, age=30)
    assert verdict.reasons == (() if holds else ("too_young",))
    assert judged(old, competent=("age",), asked={}, age=30).status == "accepted"


def test_the_less_sure_of_two_opinions_counts() -> None:
    told = Measurements({"eyewear_glasses": Measurement(0.9, second=0.5)})
    verdict = judge_item({"eyewear": "glasses"}, None, told, ItemRules((GLASSES,), frozenset({"eyewear"})))
    assert (verdict.review, verdict.sources["eyewear"]) == ((), "asked")
