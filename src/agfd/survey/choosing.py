"""Which analyzers look at a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd import vocabulary
from agfd.errors import AgfdError, ModelsMissingError, UsageError
from agfd.registry import ANALYZERS
from agfd.run.screen import is_here

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.ports import AnalyzerInfo

_BETTER = "portrait"

# Looks at the marks of the fake generator and at nothing else.
_FAKE = "fake"
# The one reads a picture longer than all others together look at it, the other leaves most of them out.
_WHEN_NAMED = ("words", "words_sample")


def choose(wanted: Sequence[str]) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """What each analyzer gives, by name, and why others of this installation do not look.

    Where none is `wanted` by name: all whose weights are here and for any use, but for the slow one. Raises
    `UsageError`.
    """
    if wanted:
        return {name: ANALYZERS.make(name).info.gives for name in wanted}, {}
    chosen: dict[str, tuple[str, ...]] = {}
    others: dict[str, str] = {}
    # Where nobody is competent the first one counts: the better eyes for what others give too.
    for name in sorted(ANALYZERS.names(), key=lambda name: name != _BETTER):
        if name == _FAKE:
            continue
        if name in _WHEN_NAMED:
            others[name] = "reading takes longer than all others together: it looks only where it is named"
            continue
        try:
            info = ANALYZERS.make(name).info
        except AgfdError as error:
            others[name] = str(error)
            continue
        problem = _problem(info)
        if problem is None:
            chosen[name] = info.gives
        else:
            others[name] = problem
    if not any(vocabulary.MEASUREMENTS.keys() & set(gives) for gives in chosen.values()):
        # Hashes alone say nothing of a face: who has no weights yet should hear of them.
        _none(others)
    return chosen, others


def _problem(info: AnalyzerInfo) -> str | None:
    """Why an analyzer that nobody asked for by name does not look."""
    missing = [weight for weight in info.weights if not is_here(weight)]
    if missing:
        return f"its weights are not installed ({', '.join(missing)}); run: agfd models install"
    if not info.here:
        return "its weights would have to be downloaded; name it to have that done"
    return None if info.commercial else "its weights are not for commercial use; name it if that is no matter"


def _none(others: dict[str, str]) -> None:
    reasons = "; ".join(f"{name}: {reason}" for name, reason in others.items())
    kind = ModelsMissingError if reasons else UsageError
    raise kind(f"there is no analyzer to look with{f': {reasons}' if reasons else ''}")
