"""Who looks at the pictures of a generator that could make unsafe ones, before anything of them is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from agfd import models, safety
from agfd.errors import UnknownNameError
from agfd.records import Measurements
from agfd.registry import ANALYZERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.ports import Generator
    from agfd.records import Image, Measurement, Request

SCREEN = "nsfw"

Screened: TypeAlias = Literal["all", "minors", "none"]
"""Whose pictures must pass: those of a generator that is safe by construction need not."""


def with_screen(generator: Generator, analyzers: Sequence[str], wanted: bool = True) -> tuple[str, ...]:
    """The analyzers of a build, with one that screens if the generator needs it, none does, and it is `wanted`."""
    if generator.info.safe_by_construction or not wanted:
        return tuple(analyzers)
    if any(screens(name) for name in analyzers):
        return tuple(analyzers)
    return (*analyzers, SCREEN)


def switched_off(generator: Generator, wanted: bool) -> dict[str, bool]:
    """What a build's identity says of the screen: something only where it was needed and not `wanted`."""
    return {} if generator.info.safe_by_construction or wanted else {"screen": False}


def screens(analyzer: str) -> bool:
    """Whether an analyzer measures what the screen judges."""
    return safety.MEASURE in ANALYZERS.make(analyzer).info.gives


def is_screened(generator: Generator, analyzers: Sequence[str]) -> bool:
    """Whether that generator may make pictures of anybody: safe by construction, or with a screen that is here."""
    found = (ANALYZERS.make(name).info for name in analyzers)
    weights = [info.weights for info in found if safety.MEASURE in info.gives]
    # The generator last: one that asks a server may be away while a dataset that is there is shown.
    return any(all(is_here(weight) for weight in needed) for needed in weights) or generator.info.safe_by_construction


def is_here(weight: str) -> bool:
    """Whether an analyzer's weight file is installed, as far as our manifest knows it."""
    try:
        return models.installed(weight) is not None
    except UnknownNameError:
        # Weights of a third party's analyzer: its own `setup` knows.
        return True


def screened(generator: Generator, wanted: bool) -> Screened:
    """Whose pictures of that generator must pass; the screen of people under 18 is there also where it is not `wanted`,
    for what a build may make of them does not hang on one rule while planning alone.
    """
    if generator.info.safe_by_construction:
        return "none"
    return "all" if wanted else "minors"


def must_pass(request: Request, whose: Screened) -> bool:
    """Whether the picture of that request must pass the screen; where no age was asked it may be anybody's."""
    age = request.attributes.get("age")
    return whose == "all" or (whose == "minors" and (age is None or float(age) < safety.ADULT))


def look(analyzers: Sequence[str], image: Image) -> Measurements:
    """What the analyzers see in one picture. Raises `ModelsMissingError`."""
    values: dict[str, Measurement] = {}
    for name in analyzers:
        analyzer = ANALYZERS.make(name)
        analyzer.setup()
        values |= analyzer.measure([image])[0].values
        analyzer.teardown()
    return Measurements(values)


def is_refused(request: Request, seen: Measurements | None) -> bool:
    """Whether the screen refuses a picture; one that was not measured is refused."""
    found = seen.values.get(safety.MEASURE) if seen else None
    age = request.attributes.get("age")
    return found is None or safety.is_unsafe(found.value, float(age) if age is not None else None)
