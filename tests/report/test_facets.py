"""By what images can be found: the right value for each, from the right source, in a fixed order."""

from __future__ import annotations

from typing import Any

import pytest

import builders
from agfd import vocabulary
from agfd.records import Measurement, Measurements, Sample, Truth, Verdict
from agfd.report.facets import SOURCES, asks_for, columns, facets, twins
from agfd.store import schema, to_row

RECIPE = builders.recipe(
    "name: facets\n"
    + builders.COMMON
    + """\
axes:
  sex: [male, female]
  race: [White, Black, Indian]
rows:
  eyes.glasses:
    group: Eyes
    feature: Glasses
    count: {male: 1, female: 1}
    variants:
      - {phrase: "(dark glasses:1.2)", set: {eyewear: sunglasses, expression: smile}}
      - {phrase: a wink}
  age.child:
    group: Age
    feature: Child
    count: {male: 1, female: 1}
    variants:
      - {age: 3}
"""
)


def table(*samples: Sample) -> Any:
    import pyarrow as pa

    return pa.Table.from_pylist([to_row(sample) for sample in samples], schema=schema()).select(columns())


def sample(
    asked: dict[str, Any] | None = None,
    true: dict[str, Any] | None = None,
    seen: dict[str, float] | None = None,
    verdict: Verdict | None = None,
    **request: Any,
) -> Sample:
    return Sample(
        builders.request(attributes=asked or {}, **request),
        verdict or Verdict("accepted"),
        Truth(true) if true else None,
        Measurements({name: Measurement(value) for name, value in (seen or {}).items()}) if seen else None,
    )


def accepted(**sources: str) -> Verdict:
    return Verdict("accepted", (), None, sources)  # type: ignore[arg-type]


def found(key: str, *samples: Sample) -> list[Any]:
    """The values of one facet, by image: None for none, a list where there may be many."""
    (facet,) = (one for one in facets(table(*samples), RECIPE) if one["key"] == key)
    values = [value["value"] for value in facet["values"]]
    if facet["many"]:
        return [[values[place] for place in places] for places in facet["of"]]
    return [None if place < 0 else values[place] for place in facet["of"]]


def test_there_is_a_facet_for_everything_that_the_contract_names() -> None:
    keys = ["row", "variant", "sex", "race", "age", "light", "pose", "source", "verdict", "reason"]
    made = facets(table(sample(), sample()), RECIPE)
    assert [facet["key"] for facet in made] == keys
    assert all(len(facet["of"]) == 2 for facet in made)
    assert [facet["key"] for facet in made if facet["many"]] == ["reason"]
    # An empty dataset has them too.
    assert [facet["of"] for facet in facets(table(), RECIPE)] == [[]] * len(keys)


def test_rows_stand_in_the_recipes_order_with_their_group_and_others_after_them() -> None:
    rows = ("age.child", "zebra", "eyes.glasses", "age.child")
    (facet, *_) = facets(table(*(sample(row=row) for row in rows)), RECIPE)
    assert facet["values"] == [
        {"value": "eyes.glasses", "label": "Glasses", "group": "Eyes"},
        {"value": "age.child", "label": "Child", "group": "Age"},
        {"value": "zebra", "label": "zebra"},
    ]
    assert facet["of"] == [1, 2, 0, 1]


def test_what_does_not_occur_is_left_out_and_words_have_no_weights() -> None:
    (_, variant, *_) = facets(table(sample(variant="(dark glasses:1.2)"), sample(variant="3 y.o")), RECIPE)
    assert variant["values"] == [
        {"value": "(dark glasses:1.2)", "label": "dark glasses"},
        {"value": "3 y.o", "label": "3 y.o"},
    ]


def test_a_word_is_the_true_one_else_the_confirmed_one_else_the_asked_one() -> None:
    scores = {"race_black": 0.9, "race_indian": 0.1}
    asked = {"sex": "male", "race": "Indian"}
    sure, unsure = accepted(race="measured", sex="measured"), accepted(race="asked", sex="asked")
    images = (
        sample(asked, {"race": "White", "sex": "female"}, {**scores, "sex": 1.0}, sure),
        sample(asked, None, {**scores, "sex": 0.1}, sure),
        sample(asked, None, {**scores, "sex": 0.1}, unsure),
        # Nobody said it: what the row stands for.
        sample({}, None, None, race="unknown", sex="unknown"),
    )
    assert found("race", *images) == ["White", "Black", "Indian", "unknown"]
    assert found("sex", *images) == ["female", "female", "male", "unknown"]


def test_light_is_known_or_asked_and_otherwise_not_there() -> None:
    confirmed = sample({"light": "night"}, None, {"luminance": 0.1}, accepted(light="measured"))
    images = (sample({"light": "dim"}, {"light": "studio"}), confirmed, sample())
    assert found("light", *images) == ["studio", "night", None]


@pytest.mark.parametrize(
    ("age", "band"),
    [(1, "0-5"), (5, "0-5"), (6, "6-12"), (17, "13-17"), (18, "18-24"), (59, "45-59"), (75, "75-"), (100, "75-")],
)
def test_bands_of_age(age: int, band: str) -> None:
    assert found("age", sample({"age": age}), sample({"age": 2}, {"age": age})) == [band, band]


def test_ages_and_yaws_follow_the_rule_of_words() -> None:
    seen = {"age": 24.9, "yaw": -35.0}
    asked = {"age": 30, "yaw": 5.0}
    images = (
        sample(asked, {"age": 70, "yaw": 61.0}, seen, accepted(age="measured", yaw="measured")),
        sample(asked, None, seen, accepted(age="measured", yaw="measured")),
        sample(asked, None, seen, accepted(age="asked", yaw="asked")),
        sample({}, None, seen),
    )
    assert found("age", *images) == ["60-74", "18-24", "25-34", None]
    assert found("pose", *images) == ["60..90", "-60..-30", "-10..10", None]


@pytest.mark.parametrize(
    ("yaw", "band"),
    [(-90, "-90..-60"), (-60, "-60..-30"), (-10.5, "-30..-10"), (0, "-10..10"), (10, "10..30"), (90, "60..90")],
)
def test_bands_of_yaw(yaw: float, band: str) -> None:
    assert found("pose", sample({}, {"yaw": yaw})) == [band]


def test_sides_are_the_viewers() -> None:
    pose = facets(table(*(sample({}, {"yaw": yaw}) for yaw in (-40.0, 40.0))), RECIPE)[6]
    assert [value["label"] for value in pose["values"]] == ["half to the left", "half to the right"]


def test_the_labels_source_is_the_weakest_of_what_the_words_ask_for() -> None:
    def one(variant: str, row: str = "eyes.glasses", **sources: str) -> Sample:
        return sample({}, row=row, variant=variant, verdict=accepted(**sources))

    dark = "(dark glasses:1.2)"
    assert found(
        "source",
        one(dark, eyewear="constructed", expression="constructed", age="asked"),
        one(dark, eyewear="constructed", expression="reviewed"),
        one(dark, eyewear="measured", expression="reviewed"),
        one(dark, eyewear="constructed", expression="asked"),
        # What has no source was only asked for.
        one(dark, eyewear="constructed"),
        one("3 y.o", "age.child", age="measured", eyewear="asked"),
        # Words that mean no attribute, and words that the recipe does not have.
        one("a wink", eyewear="constructed"),
        one("something", eyewear="constructed"),
    ) == ["constructed", "reviewed", "measured", "asked", "asked", "measured", "asked", "asked"]


def test_what_failed_has_no_label() -> None:
    assert found("source", sample(verdict=Verdict("failed", ("crash",)))) == [None]


def test_sources_go_from_strong_to_weak() -> None:
    assert SOURCES == ("constructed", "reviewed", "measured", "asked")


def test_what_a_variant_asks_for() -> None:
    dark, wink = RECIPE.rows["eyes.glasses"].variants
    (child,) = RECIPE.rows["age.child"].variants
    assert [asks_for(one) for one in (dark, wink, child)] == [("eyewear", "expression"), (), ("age",)]


def test_an_image_may_have_several_reasons() -> None:
    verdicts = (
        Verdict("rejected", ("surplus",)), Verdict("accepted"), Verdict("rejected", ("no_face", "blurred")),
        Verdict("failed", ("crash",)), Verdict("rejected", ("blurred",)),
    )  # fmt: skip
    images = [sample(verdict=verdict) for verdict in verdicts]
    assert found("reason", *images) == [["surplus"], [], ["no_face", "blurred"], ["crash"], ["blurred"]]
    assert found("verdict", *images) == ["rejected", "accepted", "rejected", "failed", "rejected"]
    reason = facets(table(*images), RECIPE)[-1]
    # The recipe's rules in its order, then what else there is.
    assert [value["value"] for value in reason["values"]] == ["no_face", "blurred", "crash", "surplus"]


def test_values_that_browsers_put_into_addresses_are_ascii() -> None:
    images = [sample({"age": age}, {"yaw": 20.0}) for age in (3, 80)]
    for facet in facets(table(*images), RECIPE):
        assert all(str(value["value"]).isascii() for value in facet["values"])


def test_twins_stand_together_and_nobody_is_a_twin_of_himself() -> None:
    groups = ("b", None, "a", "b", "alone", "a", "__proto__", "__proto__", "a")
    images = table(*(sample(twin_group=group) for group in groups))
    assert twins(images) == {"__proto__": [6, 7], "a": [2, 5, 8], "b": [0, 3]}
    assert twins(table(sample())) == {}


def test_every_column_that_is_read_is_one_of_the_stores() -> None:
    assert len(set(columns())) == len(columns())
    assert set(columns()) <= set(schema().names)
    assert {f"source_{name}" for name in vocabulary.ATTRIBUTES} <= set(columns())
