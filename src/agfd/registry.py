"""Generators, analyzers and exporters by name.

A plug-in is a *factory* marked with `@register(...)` and named in an entry point of its package, for example

    [project.entry-points."agfd.generators"]
    mine = "my_package:make"

Our own are found in the same way. The factory's modules are imported when the name is first asked for.
"""

from __future__ import annotations

import importlib.util
import inspect
import operator
import re
from functools import wraps
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast

from agfd.errors import DuplicateNameError, MissingDependencyError, UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agfd.ports import Analyzer, Exporter, Generator

P = ParamSpec("P")
T = TypeVar("T")

_REQUIREMENT = re.compile(r"([\w.-]+)(?:(>=|==)(.+))?")
_SIGNS = {">=": operator.ge, "==": operator.eq}


def register(
    feature: str, *, needs: tuple[str, ...] = (), install: str = "agfd", platforms: str = ""
) -> Callable[..., Any]:
    """Mark a factory; `needs` are distributions, optionally with a lowest version, `mitsuba>=3.6`, or the only one,
    `uniface==4.2.1`.

    Before each call they are checked; one that is missing or of a wrong version raises `MissingDependencyError` with
    the exact pip command for `install`, and names the `platforms` if they have no builds for others.
    """

    def mark(factory: Callable[P, T]) -> Callable[P, T]:
        @wraps(factory)
        def checked(*args: P.args, **kwargs: P.kwargs) -> T:
            for requirement in needs:
                _require(feature, requirement, install, platforms)
            return factory(*args, **kwargs)

        return checked

    return mark


def _require(feature: str, requirement: str, install: str, platforms: str) -> None:
    asked = _REQUIREMENT.fullmatch(requirement)
    assert asked is not None, requirement
    name, sign, wanted = asked.groups()
    try:
        found = version(name)
    except PackageNotFoundError:
        raise MissingDependencyError(feature, name, install, platforms) from None
    if sign and not _SIGNS[sign](_numbers(found), _numbers(wanted)):
        raise MissingDependencyError(feature, f"{requirement} (there is {found})", install)


def _numbers(text: str) -> tuple[int, ...]:
    """The release of a version as numbers without trailing zeros; what comes after it (rc1, .dev4) is left out."""
    release = re.match(r"\d+(\.\d+)*", text)
    numbers = [int(part) for part in release[0].split(".")] if release else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


class Registry(Generic[T]):
    """The plug-ins of one kind, read from the entry points of one group."""

    def __init__(self, kind: str, group: str) -> None:
        self.kind, self.group = kind, group

    def _entries(self) -> dict[str, EntryPoint]:
        found: dict[str, EntryPoint] = {}
        for entry in entry_points(group=self.group):
            before = found.get(entry.name)
            if before is not None and before.value != entry.value:
                both = f"{before.value}, {entry.value}"
                raise DuplicateNameError(f"two packages offer a {self.kind} {entry.name!r}: {both}")
            found[entry.name] = entry
        return found

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._entries())

    def make(self, name: str, /, **options: object) -> T:
        """The plug-in of that name. Raises `UnknownNameError`, `MissingDependencyError`, `UsageError` (bad option)."""
        entries = self._entries()
        if name not in entries:
            raise UnknownNameError(self.kind, name, entries)
        module = entries[name].value.partition(":")[0]
        if importlib.util.find_spec(module.partition(".")[0]) is None:
            raise UsageError(f"the package of the {self.kind} {name!r} ({module}) is not installed any more")
        factory = cast("Callable[..., T]", entries[name].load())
        accepted = inspect.signature(factory).parameters
        takes_all = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in accepted.values())
        for option in sorted(set(options) - set(accepted)):
            if not takes_all:
                raise UsageError(f"the {self.kind} {name!r} has no option {option!r}")
        return factory(**options)


GENERATORS: Registry[Generator] = Registry("generator", "agfd.generators")
ANALYZERS: Registry[Analyzer] = Registry("analyzer", "agfd.analyzers")
EXPORTERS: Registry[Exporter] = Registry("export format", "agfd.exporters")
