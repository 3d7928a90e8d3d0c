"""From a slot of the table to the words of its prompt."""

from __future__ import annotations

import string
from functools import lru_cache
from typing import TYPE_CHECKING

from agfd.errors import UsageError
from agfd.recipe.model import Span
from agfd.safety import ADULT
from agfd.vocabulary import ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.recipe.model import Recipe, Variant
    from agfd.records import Value

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


# What the template has places for.
_PLACED = frozenset({"age", "sex", "race"})


def phrase_for(recipe: Recipe, attributes: Mapping[str, Value]) -> str:
    """The recipe's special words for these attributes, those of several variants one after the other.

    Age, sex and race have places of their own, and what a face has when nobody asked needs no words. Raises
    `UsageError` that names what the recipe has no words for.
    """
    left = {name: value for name, value in attributes.items() if name not in _PLACED and value != _plain(name)}
    variants = [variant for row in recipe.rows.values() for variant in row.variants if variant.phrase and variant.set]
    phrases: list[str] = []
    while left:
        fitting = [variant for variant in variants if left.keys() & variant.set.keys() and _says(variant, attributes)]
        if not fitting:
            unsaid = ", ".join(f"{name} {value!r}" for name, value in left.items())
            raise UsageError(f"the recipe {recipe.name} has no words for {unsaid}, and this generator reads words only")
        best = max(fitting, key=lambda variant: len(left.keys() & variant.set.keys()))
        phrases.append(best.phrase)
        left = {name: value for name, value in left.items() if name not in best.set}
    return ",".join(phrases)


def _plain(name: str) -> Value | None:
    return ATTRIBUTES[name].plain


def _says(variant: Variant, attributes: Mapping[str, Value]) -> bool:
    """Whether the variant means nothing else than these attributes and what is plain."""
    for name, means in variant.set.items():
        value = attributes.get(name, _plain(name))
        if isinstance(means, Span):
            if not isinstance(value, int | float) or not means.min <= value <= means.max:
                return False
        elif value != means:
            return False
    return True


@lru_cache(maxsize=64)
def _pieces(template: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((literal, place) for literal, place, _, _ in string.Formatter().parse(template))
