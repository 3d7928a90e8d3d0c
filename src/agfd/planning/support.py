"""What a generator can make of a table, asked as rarely as possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from agfd.planning.table import Draw
from agfd.recipe.model import Span
from agfd.records import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agfd.planning.table import Table

CanMake = Callable[[Request], str | None]


class Support:
    """Asks a generator once for each kind of slot: row, sex, race, variant and age.

    A number that is drawn from a span is asked for at both ends of the span; only where one end is refused is each
    slot asked for by itself. A generator's limits are taken to be intervals: what it makes at both ends it makes
    between them.
    """

    def __init__(self, table: Table, can_make: CanMake | None) -> None:
        self.table, self._can_make = table, can_make
        self._kinds: dict[tuple[str, str, Draw], tuple[str | None, bool]] = {}

    def refusal(self, row: str, sex: str, slot: int, draw: Draw) -> str | None:
        """None where the slot can be made, else the generator's sentence."""
        if self._can_make is None:
            return None
        answer, same = self._kind(row, sex, draw)
        return answer if same else self._can_make(self.table.request(row, sex, slot))

    def refused(self, row: str, sex: str) -> Counter[str]:
        """How many slots of a row x sex cannot be made, by the generator's sentence."""
        count = self.table.count(row, sex)
        if self._can_make is None or not count:
            return Counter()
        kinds = [self._kind(row, sex, draw) for draw in self._possible(row)] if count else []
        if all(kind == kinds[0] for kind in kinds) and kinds[0][1]:
            answer = kinds[0][0]
            return Counter() if answer is None else Counter({answer: count})
        answers = (self.refusal(row, sex, slot, draw) for slot, draw in enumerate(self.table.draws(row, sex)))
        return Counter(answer for answer in answers if answer is not None)

    def _possible(self, row: str) -> Iterator[Draw]:
        recipe = self.table.recipe
        for index, variant in enumerate(recipe.rows[row].variants):
            ages = recipe.ages if variant.age is None else [variant.age]
            for race, age in product(recipe.axes.race, ages):
                yield Draw(race, index, age)

    def _kind(self, row: str, sex: str, draw: Draw) -> tuple[str | None, bool]:
        """The answer for a kind of slot, and whether it is the same for all slots of that kind."""
        key = (row, sex, draw)
        if key not in self._kinds:
            assert self._can_make is not None
            request = self.table.request_of(row, sex, draw)
            spans = {
                name: (value.min, value.max)
                for name, value in self.table.recipe.rows[row].variants[draw.variant].set.items()
                if isinstance(value, Span)
            }
            ends = [dict(zip(spans, values, strict=True)) for values in product(*spans.values())]
            requests = (replace(request, attributes={**request.attributes, **end}) for end in ends)
            answers = {self._can_make(asked) for asked in requests}
            self._kinds[key] = (min(answers, key=str), len(answers) == 1)
        return self._kinds[key]
