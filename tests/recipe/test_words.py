import pytest
from hypothesis import given
from hypothesis import strategies as st

from agfd.errors import UsageError
from agfd.recipe import Variant, load, phrase_for, prompt
from agfd.recipe.model import Span
from agfd.recipe.words import unknown_places
from agfd.records import Value
from builders import recipe

RECIPE = recipe()


def written(template: str, **variant: object) -> str:
    changed = RECIPE.model_copy(update={"template": template})
    return prompt(changed, Variant.model_validate(variant), "female", "White", 17)


@given(st.text(max_size=8))
@pytest.mark.parametrize(
    ("template", "with_words", "without"),
    [
        ("a, {race},{special}, b", "a, White,<>, b", "a, White, b"),
        ("{special}", "<>", ""),
        ("a,{special}", "a,<>", "a"),
        ("{special},b", "<>,b", "b"),
        ("{special},{special},", "<>,<>,", ""),
        ("{{special}},{special},x", "{special},<>,x", "{special},x"),
        ("a {special} b", "a <> b", "a  b"),
        ("", "", ""),
    ],
)
def test_without_special_words_their_place_goes_with_its_comma(
    template: str, with_words: str, without: str, phrase: str
) -> None:
    expected = with_words.replace("<>", phrase) if phrase else without
    assert written(template, phrase=phrase) == expected


def test_the_words_for_age_and_sex() -> None:
    assert [prompt(RECIPE, Variant(), "male", "Indian", age) for age in (17, 18)] == [
        "photo of 17 y.o boy, Indian, dslr",
        "photo of 18 y.o man, Indian, dslr",
    ]
    assert written("{sex}", word={"female": "grandma"}) == "grandma"
    assert written("{sex}", word={"male": "grandpa"}) == "girl"


def test_braces_in_a_phrase_are_words() -> None:
    assert written("{special}", phrase="{year} {0} {{") == "{year} {0} {{"


def test_unknown_places() -> None:
    assert unknown_places("{year} {sex} {race} {special} {{x}}") == []
    assert unknown_places("{x} {year:d} {sex!r:>3} {}") == ["x", "year:d", "sex!r:>3", ""]
    assert unknown_places("{year") == unknown_places("}") == ["unbalanced brace"]


@pytest.mark.parametrize(
    ("attributes", "phrase"),
    [
        ({}, ""),
        ({"age": 70, "sex": "female", "race": "Indian"}, ""),
        ({"eyewear": "none", "yaw": 0, "eyes": "open"}, ""),
        ({"age": 70, "eyewear": "sunglasses"}, "sunglasses"),
        ({"eyewear": "glasses", "mask": "medical"}, "glasses,(masked:1.2)"),
        ({"eyewear": "glasses", "hair_style": "bald"}, "glasses,Bald"),
        ({"light": "night", "scene": "night"}, "in the night"),
        ({"facial_hair": "goatee"}, "goatee,front view"),
        ({"yaw": 45.0}, "side view"),
        ({"mouth": "open", "expression": "smile"}, "(talking loudly:1.4),smile"),
    ],
)
def test_the_words_of_the_recipe_say_what_was_asked(attributes: dict[str, Value], phrase: str) -> None:
    assert phrase_for(load("agfd-20k"), attributes) == phrase


@pytest.mark.parametrize(
    ("attributes", "unsaid"),
    [
        ({"hair_color": "red", "eyewear": "glasses"}, "hair_color 'red'"),
        # Its words say that the scene is the night too, and a beard of the recipe looks to the front.
        ({"light": "night"}, "light 'night'"),
        ({"facial_hair": "goatee", "yaw": 45}, "facial_hair 'goatee'"),
        ({"yaw": 10}, "yaw 10"),
    ],
)
def test_what_no_words_say_is_named(attributes: dict[str, Value], unsaid: str) -> None:
    with pytest.raises(UsageError, match="has no words for") as caught:
        phrase_for(load("agfd-20k"), attributes)
    assert unsaid in str(caught.value)


def test_every_variant_of_the_recipe_can_be_said() -> None:
    recipe_20k = load("agfd-20k")
    for row in recipe_20k.rows.values():
        for variant in row.variants:
            asked = {name: value.min if isinstance(value, Span) else value for name, value in variant.set.items()}
            assert phrase_for(recipe_20k, asked) == variant.phrase
