"""What a generator refuses, and what we refuse on its behalf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.errors import AgfdError
from agfd.planning import RowPlan, Table, plan_rows
from agfd.run.identity import generator_of
from agfd.run.screen import is_screened
from agfd.safety import ADULT, screen, screen_negative

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from agfd.planning import CanMake
    from agfd.ports import Generator
    from agfd.recipe import Recipe
    from agfd.records import Request
    from agfd.store import Layout

UNSCREENED_MINOR = (
    "requests under 18 are made only by a generator that is safe by construction, or with the safety screen; for the "
    "screen run: agfd models install"
)


def refusals(generator: Generator, analyzers: Sequence[str] = ()) -> CanMake:
    """The generator's own `can_make`, behind the rules on minors and texts; `analyzers`: who looks at its pictures."""
    screened = is_screened(generator, analyzers)

    def can_make(request: Request) -> str | None:
        age = float(request.attributes.get("age", 0))
        if not screened and age < ADULT:
            return UNSCREENED_MINOR
        hit = screen(request.prompt, age) or screen_negative(request.negative_prompt)
        if hit is not None:
            return str(hit)
        return generator.can_make(request)

    return can_make


def planned(layout: Layout, recipe: Recipe, build: Mapping[str, Any]) -> tuple[tuple[RowPlan, ...], bool]:
    """The rows of a dataset's recipe, and whether they say what its generator cannot make: it may not be here."""
    table = Table(recipe)
    try:
        return plan_rows(table, refusals(generator_of(layout, build), tuple(build["analyzers"]))), True
    except AgfdError:
        return plan_rows(table), False
