import pytest
from hypothesis import given
from hypothesis import strategies as st

from agfd.recipe import Variant, prompt
from agfd.recipe.words import unknown_places
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
