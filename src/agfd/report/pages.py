"""The templates of the package and the few words that format their numbers."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import quote

from agfd.report.lexicon import lexicon

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Environment


def package_text(name: str) -> str:
    """A file of the templates' folder."""
    return (resources.files("agfd.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """The templates. Everything that is put into them is escaped; a name that does not exist is an error."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    made = Environment(
        loader=FunctionLoader(package_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["lexicon"] = lexicon
    made.filters.update(
        thousands=lambda number: f"{number:,}",
        percent=percent,
        interval=lambda result: f"{_number(result.low)}–{_number(result.high)} %",
        width=lambda share: f"{100 * share:.1f}%",
        gap=lambda share: f"{100 * (1 - share):.1f}%",
    )
    made.globals["search"] = search
    return made


def search(**chosen: str | Iterable[str]) -> str:
    """The address of the search page with these values of its facets, any of several, or with one `image` opened."""
    several = ((name, [values] if isinstance(values, str) else values) for name, values in chosen.items())
    pairs = [(name, value) for name, values in several for value in values]
    return "browse.html#" + "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)


def percent(share: float) -> str:
    """A share in per cent, with a decimal where a whole number would say too little: 0.8 %, 73 %, 99.2 %."""
    return f"{_number(share)} %"


def _number(share: float) -> str:
    plain = share in {0.0, 1.0} or 0.05 <= share <= 0.95
    return f"{100 * share:.0f}" if plain else f"{100 * share:.1f}"
