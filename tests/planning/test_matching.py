"""From labels, folders and prompts of pictures that one already has to the rows of a recipe."""

from __future__ import annotations

from typing import Any

import pytest

from agfd.labels import Label
from agfd.planning import Asked, Match, Matcher, PromptMatcher, Table
from agfd.recipe import load
from builders import recipe

RECIPE = load("agfd-20k")
MATCHER = Matcher(RECIPE)
PROMPTS = PromptMatcher(MATCHER)


def told(match: Match) -> tuple[Any, ...]:
    assert isinstance(match, Asked), match
    return match.row, match.sex, match.race, match.variant


def attributes(match: Match) -> dict[str, Any]:
    assert isinstance(match, Asked), match
    return dict(match.attributes)


@pytest.mark.parametrize(
    ("path", "row", "sex", "variant"),
    [
        ("Age/Child/male/1.png", "age.child", "male", "unknown"),
        ("AGFD-20K/Age/Child (0-5)/Female/1.png", "age.child", "female", "unknown"),
        ("Age/Teenager/boy/1.png", "age.teenager", "male", "unknown"),
        ("Age/Young people (18-40)/man/1.png", "age.young", "male", "unknown"),
        ("Age/Middle aged/woman/1.png", "age.middle-aged", "female", "unknown"),
        ("young_child_girl/1.png", "age.child", "female", "unknown"),
        ("young_adult_man/1.png", "age.young", "male", "unknown"),
        ("Old_man/2.png", "age.old", "male", "unknown"),
        ("grandma/1.png", "age.old", "female", "grandparent"),
        ("1 y.o/boy/1.png", "age.child", "male", "1 y.o"),
        ("Only mask/female/x.png", "occlusion.mask", "female", "unknown"),
        ("occlusion/Only_glasses/man/3.png", "occlusion.glasses", "male", "unknown"),
        # A folder called like the row holds all four kinds of glasses, not only those called like it.
        ("glasses/woman/2.jpg", "occlusion.glasses", "female", "unknown"),
        ("Only glasses/sunglasses/male/2.jpg", "occlusion.glasses", "male", "sunglasses"),
        ("sunglasses/male/1.png", "occlusion.glasses", "male", "sunglasses"),
        ("heavy black eyeliner/woman/1.png", "occlusion.makeup", "female", "heavy black eyeliner"),
        ("makeup_woman/1.png", "occlusion.makeup", "female", "unknown"),
        ("Complex/m/1.png", "occlusion.complex", "male", "unknown"),
        ("under_water_man/1.png", "illumination.under-water", "male", "under water"),
        ("sun_behind_man/1.png", "illumination.strong-light", "male", "(sun behind:1.2)"),
        ("Dark light/women/1.png", "illumination.dark", "female", "dark light"),
        ("Large pose/Left & right/male/1.png", "pose.side", "male", "unknown"),
        ("sideview_man/1.png", "pose.side", "male", "unknown"),
        ("Large pose/Up/f/1.png", "pose.up", "female", "(looking up:1.3)"),
        ("Hair/Blond/F/1.png", "hair.blond", "female", "blond hair"),
        ("hair.bald/1.png", "hair.bald", "unknown", "Bald"),
        ("Others/Open Mouse/male/1.png", "others.open-mouth", "male", "unknown"),
        ("Open mouth/smile/male/3.png", "others.open-mouth", "male", "smile"),
        ("Emotion/Smile/female/3.png", "emotion.smile", "female", "unknown"),
        ("close_eye_woman/1.png", "others.closed-eyes", "female", "(sleepy,close eyes:1.4)"),
        ("flat/smile_man_0012.png", "emotion.smile", "male", "unknown"),
    ],
)
def test_folders(path: str, row: str, sex: str, variant: str) -> None:
    match = told(MATCHER.by_path(path))
    assert (match[0], match[1], match[3]) == (row, sex, variant)


def test_every_row_is_found_by_its_id_and_by_its_feature() -> None:
    for row_id, row in RECIPE.rows.items():
        for folder in (row_id, f"{row.group}/{row.feature}"):
            assert told(MATCHER.by_path(f"{folder}/female/1.png"))[:2] == (row_id, "female")


def test_what_the_variants_of_a_row_share_is_asked() -> None:
    assert attributes(MATCHER.by_path("Moustache/male/1.png")) == {"sex": "male", "yaw": 0.0}
    assert attributes(MATCHER.by_path("Open mouth/male/1.png")) == {"sex": "male"}
    assert attributes(MATCHER.by_path("Bald/white/man/1.png")) == {"sex": "male", "race": "White", "hair_style": "bald"}


def test_a_drawn_number_is_not_known() -> None:
    assert attributes(MATCHER.by_path("Up/male/1.png")) == {"sex": "male"}


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("1.png", "no folder"),
        ("holiday/2.png", "no folder"),
        ("smile/angry/1.png", "several rows: emotion.angry, emotion.smile"),
        ("male/female/smile/1.png", "more than one sex: female, male"),
        ("without_mask/2.png", "no folder"),
        ("no glasses/2.png", "no folder"),
        # One letter between others is no sex.
        ("f stop/1.png", "no folder"),
    ],
)
def test_paths_that_do_not_tell(path: str, part: str) -> None:
    match = MATCHER.by_path(path)
    assert isinstance(match, str)
    assert part in match


def test_every_prompt_of_the_table_leads_back_to_its_request() -> None:
    table = Table(RECIPE)
    for row, sex in table.parts():
        for slot in range(min(20, table.count(row, sex))):
            request = table.request(row, sex, slot)
            match = PROMPTS.match(request.prompt)
            assert told(match)[:3] == (row, sex, request.race)
            assert told(match)[3] in {request.variant, "unknown" if row == "pose.side" else request.variant}
            known = attributes(match)
            assert {name: request.attributes[name] for name in known} == known
            drawn = {"yaw", "pitch"} & request.attributes.keys() - known.keys()
            assert set(request.attributes) - set(known) == drawn


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("photo of a 30 y.o woman, black, smiling, 8k", ("emotion.smile", "female", "Black", "smiling")),
        ("portrait, glasses，(masked:1.2), 25yo man", ("occlusion.complex", "male", "unknown", "glasses,(masked:1.2)")),
        ("a man 40 years old with a black coat, (masked), white", ("occlusion.mask", "male", "White", "(masked:1.2)")),
    ],
)
def test_prompts_of_other_templates(prompt: str, expected: tuple[str, ...]) -> None:
    assert told(PROMPTS.match(prompt)) == expected


def of_template(age: int, sex: str, race: str) -> str:
    return RECIPE.template.format(year=age, sex=sex, race=race, special="").replace(",,", ",")


def test_an_age_between_those_of_a_row_is_of_that_row() -> None:
    assert told(PROMPTS.match(of_template(30, "man", "white"))) == ("age.young", "male", "White", "unknown")
    assert attributes(PROMPTS.match(of_template(30, "man", "white")))["age"] == 30
    assert told(PROMPTS.match(of_template(70, "grandma", "martian"))) == ("age.old", "female", "unknown", "grandparent")


@pytest.mark.parametrize("prompt", ["", "a cat", of_template(20, "man", "white"), "smiling, Angry, 30 y.o man"])
def test_prompts_that_do_not_tell(prompt: str) -> None:
    assert isinstance(PROMPTS.match(prompt), str)


def label(others: dict[str, str], **values: Any) -> Label:
    return Label("a.png", "labels.csv:2", values, others)


def test_lines_of_a_table() -> None:
    full = label({"row": "Only glasses", "variant": "sunglasses"}, sex="male", race="Indian", age=30)
    assert told(MATCHER.by_label(full)) == ("occlusion.glasses", "male", "Indian", "sunglasses")
    assert attributes(MATCHER.by_label(full))["eyewear"] == "sunglasses"
    assert told(MATCHER.by_label(label({"phrase": "(masked:1.2)"}))) == (
        "occlusion.mask",
        "unknown",
        "unknown",
        "(masked:1.2)",
    )
    by_attribute = label({"row": "occlusion.glasses"}, eyewear="skiing goggles")
    assert told(MATCHER.by_label(by_attribute))[3] == "skiing goggles"
    by_angle = label({"row": "pose.side"}, yaw=50.0)
    assert told(MATCHER.by_label(by_angle))[3] == "side view right"
    assert attributes(MATCHER.by_label(by_angle)) == {"yaw": 50.0}


@pytest.mark.parametrize(
    ("others", "part"),
    [
        ({}, "neither row nor variant"),
        ({"row": "only glases"}, "no row 'only glases' in the recipe; did you mean Only glasses"),
        ({"row": "beard"}, "no row 'beard' in the recipe"),
        (
            {"row": "occlusion.glasses", "variant": "(masked:1.2)"},
            "no variant '(masked:1.2)' in the recipe in that row",
        ),
    ],
)
def test_lines_that_do_not_tell(others: dict[str, str], part: str) -> None:
    match = MATCHER.by_label(label(others))
    assert isinstance(match, str)
    assert part in match


def test_a_template_in_another_order() -> None:
    text = """\
name: other
template: "{special} {race} {sex}, {year} y.o, studio"
axes: {sex: [male, female], race: [White, Black]}
ages: [25, 35]
words: {sex: {male: {child: boy, adult: man}, female: {child: girl, adult: woman}}}
rows:
  a: {group: A, feature: A, count: {male: 1}, variants: [{phrase: smiling, set: {expression: smile}}]}
  b: {group: B, feature: B, count: {male: 1}, variants: [{phrase: angry, set: {expression: angry}}]}
"""
    matcher = PromptMatcher(Matcher(recipe(text)))
    assert told(matcher.match("Smiling  Black woman , 35 y.o,studio.")) == ("a", "female", "Black", "smiling")
