"""What a generator refuses, and what we refuse on its behalf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.run.screen import is_screened
from agfd.safety import ADULT, screen, screen_negative

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.planning import CanMake
    from agfd.ports import Generator
    from agfd.records import Request

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
