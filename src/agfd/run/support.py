"""What a generator refuses, and what we refuse on its behalf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.safety import ADULT

if TYPE_CHECKING:
    from agfd.planning import CanMake
    from agfd.ports import Generator
    from agfd.records import Request

UNSCREENED_MINOR = (
    "requests under 18 are made only by a generator that is safe by construction, or with a safety screen"
)


def refusals(generator: Generator) -> CanMake:
    """The generator's own `can_make`, behind the rule on minors."""

    def can_make(request: Request) -> str | None:
        age = request.attributes.get("age")
        if not generator.info.safe_by_construction and isinstance(age, int | float) and age < ADULT:
            return UNSCREENED_MINOR
        return generator.can_make(request)

    return can_make
