"""From the options of a caller to the table, the generator and what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from agfd.errors import UsageError
from agfd.planning import Table
from agfd.recipe import Recipe, load
from agfd.registry import GENERATORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.ports import Generator
    from agfd.run.options import PlanOptions

O = TypeVar("O", bound=BaseModel)  # noqa: E741  # the usual name of an options type

FOR_GENERATOR = "generator."


def options_from(kind: type[O], given: Mapping[str, Any]) -> O:
    """Checked options. Raises `UsageError` that names the option."""
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "options"
        if first["type"] == "extra_forbidden":
            raise UsageError(f"there is no option {name!r}") from None
        raise UsageError(f"{name}: {first['msg'][0].lower()}{first['msg'][1:]} (not {first['input']!r})") from None


def table_from(recipe: str | Recipe, options: PlanOptions) -> Table:
    """The table that is asked for. Raises `UsageError`."""
    changes = [change for change in options.set if not change.startswith(FOR_GENERATOR)]
    if isinstance(recipe, Recipe):
        if changes:
            raise UsageError("`set` changes recipes that are read from a file; change the Recipe object instead")
        loaded = recipe
    else:
        loaded = load(recipe, changes)
    return Table(loaded, options.scale, options.rows or None, options.series)


def generator_options(options: PlanOptions) -> dict[str, Any]:
    """What the generator is told. Raises `UsageError`."""
    chosen: dict[str, Any] = {}
    for change in options.set:
        if change.startswith(FOR_GENERATOR):
            key, equals, value = change.removeprefix(FOR_GENERATOR).partition("=")
            if not equals or not key:
                raise UsageError(f"--set {change}: write generator.KEY=VALUE")
            chosen[key] = value
    for name in ("quality", "model"):
        if getattr(options, name) is not None:
            chosen[name] = getattr(options, name)
    return chosen


def generator_from(options: PlanOptions) -> Generator:
    """The generator that is asked for. Raises what the registry raises."""
    return GENERATORS.make(options.generator, **generator_options(options))
