"""Which texts of a recipe ask for what agfd does not make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.safety import screen, screen_negative

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agfd.recipe.model import Recipe
    from agfd.recipe.source import Key


def unsafe_texts(recipe: Recipe) -> Iterator[tuple[Key, str]]:
    """Key and problem of each text that could reach a prompt, for the youngest people it could stand for.

    The negative prompt names what is to be kept out of a picture, and is held against other terms.
    """
    kept_out = screen_negative(recipe.negative)
    if kept_out is not None:
        yield ("negative",), str(kept_out)
    for key, text, youngest in _texts(recipe):
        hit = screen(text, youngest)
        if hit is not None:
            yield key, str(hit)


def _texts(recipe: Recipe) -> Iterator[tuple[Key, str, float]]:
    drawn = min(recipe.ages)
    ages = {row: [drawn if v.age is None else v.age for v in recipe.rows[row].variants] for row in recipe.rows}
    youngest = min((age for of in ages.values() for age in of), default=drawn)
    yield ("template",), recipe.template, youngest
    for race, word in recipe.words.race.items():
        yield ("words", "race", race), word, youngest
    for sex, by_age in recipe.words.sex.items():
        yield ("words", "sex", sex, "child"), by_age.child, 1
        yield ("words", "sex", sex, "adult"), by_age.adult, youngest
    for row_id, row in recipe.rows.items():
        for index, (variant, age) in enumerate(zip(row.variants, ages[row_id], strict=True)):
            at: Key = ("rows", row_id, "variants", index)
            yield (*at, "phrase"), variant.phrase, age
            yield from (((*at, "word", sex), word, age) for sex, word in variant.word.items())
