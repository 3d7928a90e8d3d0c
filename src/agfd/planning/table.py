"""The table of a recipe at one scale: which slots there are, and the request for each attempt at one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from agfd import ids, vocabulary
from agfd.errors import UnknownNameError, UsageError
from agfd.recipe import Recipe, Variant, prompt
from agfd.recipe.model import Span
from agfd.records import Request, Settings, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

T = TypeVar("T")

# Multiples of the golden ratio, modulo 1, are spread evenly however many of them are taken.
GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class Draw:
    """What a slot is fixed to for ever: race, variant (its index in the row) and age in years."""

    race: str
    variant: int
    age: int


@dataclass(frozen=True)
class Table:
    """The slots of a recipe at one scale.

    Slot number i of a row x sex is the same at every scale and whatever other rows say, so a larger count only
    appends. `rows` limits the table to some rows; `series` gives other people for the same table.
    """

    recipe: Recipe
    scale: float = 1.0
    rows: tuple[str, ...] | None = None
    series: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.scale) and 0 < self.scale <= 1000):
            raise UsageError(f"the scale lies between 0 and 1000, not at {self.scale:g}")
        for row in self.rows or ():
            if row not in self.recipe.rows:
                raise UnknownNameError("row", row, self.recipe.rows)

    @cached_property
    def row_ids(self) -> tuple[str, ...]:
        """The rows of the table in the recipe's order."""
        return tuple(row for row in self.recipe.rows if self.rows is None or row in self.rows)

    def count(self, row: str, sex: str) -> int:
        """Accepted images wanted: 0 stays 0, anything else is rounded half up and at least 1."""
        full = self.recipe.rows[row].count.get(sex, 0)
        return max(1, math.floor(full * self.scale + 0.5)) if full else 0

    @cached_property
    def total(self) -> int:
        """Accepted images wanted over all rows."""
        return sum(self.count(row, sex) for row, sex in self.parts())

    def parts(self) -> Iterator[tuple[str, str]]:
        """Every row x sex, also the empty ones, in the recipe's order."""
        for row in self.row_ids:
            for sex in self.recipe.axes.sex:
                yield row, sex

    def draws(self, row: str, sex: str) -> Iterator[Draw]:
        """The draws of all slots of one row x sex, by slot number."""
        return (self.draw(row, sex, slot) for slot in range(self.count(row, sex)))

    def draw(self, row: str, sex: str, slot: int) -> Draw:
        """What slot number `slot` of a row x sex is fixed to.

        Races and ages go round and round, variants come from shuffled bags, so any number of slots holds each value
        equally often within one. The rows start at different places of the round (`turn`) and the second sex goes
        backwards: what one row or sex has left over the others lack, which keeps the whole table even at small
        scales. After each joint cycle the ages move on by one, so that races and ages meet in every combination.
        """
        axes, variants = self.recipe.axes, self.recipe.rows[row].variants
        backwards = axes.sex.index(sex) % 2 == 1
        turn = self.recipe.rows[row].turn or 0
        race = _in_round(axes.race, turn, slot, backwards=backwards)
        variant = ids.from_bag(range(len(variants)), slot, "variant", row, sex)
        age = variants[variant].age
        if age is None:
            nth = self._ageless_before(row, sex, slot)
            cycle = math.lcm(len(axes.race), len(self.recipe.ages))
            age = _in_round(self.recipe.ages, turn, nth + nth // cycle, backwards=backwards)
        return Draw(race, variant, age)

    def _ageless_before(self, row: str, sex: str, slot: int) -> int:
        """How many earlier slots of the row x sex took their age from the bag."""
        ageless = [variant.age is None for variant in self.recipe.rows[row].variants]
        if all(ageless):
            return slot
        bag, position = divmod(slot, len(ageless))
        order = ids.shuffled(len(ageless), "variant", row, sex, bag)
        return bag * sum(ageless) + sum(ageless[index] for index in order[:position])

    def request(self, row: str, sex: str, slot: int, attempt: int = 0) -> Request:
        """The request for one attempt at a slot."""
        return self.request_of(row, sex, self.draw(row, sex, slot), slot, attempt)

    def request_of(self, row: str, sex: str, draw: Draw, slot: int = 0, attempt: int = 0) -> Request:
        """The request for one attempt at a slot that is fixed to `draw`."""
        variant = self.recipe.rows[row].variants[draw.variant]
        identity = f"{self._identity(row, sex, draw)}/{slot}/{attempt}/{self.series}"
        request_id = ids.digest(identity)
        settings = self.recipe.settings
        return Request(
            id=request_id,
            row=row,
            sex=sex,
            race=draw.race,
            variant=variant.name,
            slot=slot,
            attempt=attempt,
            person=ids.seed(request_id, "person"),
            scene=ids.seed(request_id, "scene"),
            attributes=_attributes(variant, sex, draw, request_id),
            prompt=prompt(self.recipe, variant, sex, draw.race, draw.age),
            negative_prompt=self.recipe.negative,
            settings=Settings(**settings.model_dump()),
            truths=self.recipe.all_truths,
        )

    @cached_property
    def _identities(self) -> dict[tuple[str, str, Draw], str]:
        return {}

    def _identity(self, row: str, sex: str, draw: Draw) -> str:
        """A hash of all that shapes the images of such a slot; counts, other rows and rules stay out."""
        key = (row, sex, draw)
        if key not in self._identities:
            variant = self.recipe.rows[row].variants[draw.variant]
            self._identities[key] = ids.digest(
                {
                    "row": row,
                    "sex": sex,
                    "race": draw.race,
                    "age": draw.age,
                    "variant": variant.name,
                    "set": {name: _plain(value) for name, value in variant.set.items()},
                    "prompt": prompt(self.recipe, variant, sex, draw.race, draw.age),
                    "negative": self.recipe.negative,
                    "settings": self.recipe.settings.model_dump(mode="json"),
                }
            )
        return self._identities[key]


def _in_round(items: Sequence[T], turn: int, index: int, *, backwards: bool) -> T:
    """The item at `index` of a round; each `turn` starts it at a place of its own, evenly spread (golden ratio)."""
    start = int(turn * GOLDEN % 1 * len(items))
    return items[(start - 1 - index if backwards else start + index) % len(items)]


def _plain(value: object) -> object:
    return [value.min, value.max] if isinstance(value, Span) else value


def _attributes(variant: Variant, sex: str, draw: Draw, request_id: str) -> dict[str, Value]:
    attributes: dict[str, Value] = {"age": draw.age, "sex": sex, "race": draw.race}
    for name, value in variant.set.items():
        if isinstance(value, Span):
            share = ids.fraction(request_id, "attribute", name)
            # Tenths are fine enough for degrees and years and keep rows readable.
            drawn: object = round(value.min + share * (value.max - value.min), 1)
            entry = vocabulary.attribute(name)
            if isinstance(entry, vocabulary.Number) and entry.integer:
                drawn = round(value.min + share * (value.max - value.min))
        else:
            drawn = value
        attributes[name] = vocabulary.check(name, drawn)
    return attributes
