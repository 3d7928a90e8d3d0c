"""How one face is told: the text in its place, for who cannot see it, and the short one beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agfd.report.wording import plain

if TYPE_CHECKING:
    from agfd.recipe import Recipe
    from agfd.report.faces import Face


@dataclass(frozen=True, slots=True)
class Portrait:
    """One face as it is shown. `alt`: the text in its place; `caption`: race, age and words, as far as told."""

    face: Face
    alt: str
    caption: str


def portrait(recipe: Recipe, face: Face, before: str = "") -> Portrait:
    """The face in words; `before` is put before the text in its place."""
    row = recipe.rows[face.row]
    race = face.race.replace("_", " ")
    age = f"{face.age} years" if face.age is not None else ""
    # Where the words are the age they would only repeat it.
    words = "" if face.variant == f"{face.age} y.o" or len(row.variants) == 1 else face.variant
    told = ", ".join(part for part in (face.sex, race, age, words) if part)
    caption = ", ".join(part for part in (race, age, plain(words)) if part)
    return Portrait(face, f"{before}{row.feature}: {told}", caption)
