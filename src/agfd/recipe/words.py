"""From a slot of the table to the words of its prompt."""

from __future__ import annotations

import string
from functools import lru_cache
from typing import TYPE_CHECKING

from agfd.safety import ADULT

if TYPE_CHECKING:
    from agfd.recipe.model import Recipe, Variant

PLACES = ("year", "sex", "race", "special")


def unknown_places(template: str) -> list[str]:
    """Places in braces that the template has and nothing fills; an unbalanced brace counts as one.

    Formats and conversions (`{year:>9}`, `{sex!r}`) are none of ours.
    """
    unknown = []
    try:
        for _, name, form, conversion in string.Formatter().parse(template):
            if name is not None and (name not in PLACES or form or conversion):
                unknown.append(name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else ""))
    except ValueError:
        return ["unbalanced brace"]
    return unknown


def prompt(recipe: Recipe, variant: Variant, sex: str, race: str, age: int) -> str:
    """The prompt for one person. Without special words their place goes together with its comma."""
    word = recipe.words.sex[sex]
    parts = {
        "year": str(age),
        "sex": variant.word.get(sex) or (word.child if age < ADULT else word.adult),
        "race": recipe.words.race.get(race, race),
        "special": variant.phrase,
    }
    written: list[str] = []
    comma_goes = False
    for literal, place in _pieces(recipe.template):
        text = literal
        if comma_goes:
            if text.startswith(","):
                text = text[1:]
            elif written:
                written[-1] = written[-1].removesuffix(",")
        written.append(text)
        comma_goes = place == "special" and not variant.phrase
        if place is not None and not comma_goes:
            written.append(parts[place])
    if comma_goes:
        written[-1] = written[-1].removesuffix(",")
    return "".join(written)


@lru_cache(maxsize=64)
def _pieces(template: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((literal, place) for literal, place, _, _ in string.Formatter().parse(template))
