"""From a slot of the table to the words of its prompt."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agfd.recipe.model import Recipe, Variant

PLACES = ("year", "sex", "race", "special")
ADULT = 18


def unknown_places(template: str) -> list[str]:
    """Places in braces that the template has and nothing fills; an unbalanced brace counts as one."""
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError:
        return ["unbalanced brace"]
    return [name for name in fields if name not in PLACES]


def prompt(recipe: Recipe, variant: Variant, sex: str, race: str, age: int) -> str:
    """The prompt for one person. Without special words their place goes together with its comma."""
    word = recipe.words.sex[sex]
    parts = {
        "year": str(age),
        "sex": variant.word.get(sex) or (word.child if age < ADULT else word.adult),
        "race": recipe.words.race.get(race, race),
        "special": variant.phrase,
    }
    template = recipe.template
    if not variant.phrase:
        template = template.replace("{special},", "").replace(",{special}", "").replace("{special}", "")
    # format_map would also open attributes and indices of a value; the check of unknown_places rules those out.
    return template.format_map(parts)
