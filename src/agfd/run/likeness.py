"""From the recipe's words about duplicates to what a build compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.dedup import Seen
from agfd.dedup.identity import People
from agfd.dedup.near import Near
from agfd.dedup.thresholds import threshold
from agfd.errors import UsageError
from agfd.recipe.model import IDENTIFYING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agfd.dedup.thresholds import Threshold
    from agfd.ports import Analyzer, AnalyzerInfo
    from agfd.recipe import Duplicates


def same_person(duplicates: Duplicates, analyzers: Iterable[Analyzer], domain: str) -> float | None:
    """The product of two vectors from which on this build takes two faces for one person; None where it compares none.

    Raises `UsageError` where the recipe says none and none was measured for the network and the domain.
    """
    infos = [analyzer.info for analyzer in analyzers]
    name = next((info.name for info in infos if IDENTIFYING in info.gives), None)
    if duplicates.identity == "off" or name is None:
        return None
    if duplicates.identity_threshold is not None:
        return duplicates.identity_threshold
    found = measured(infos, domain)
    if found is None:
        raise UsageError(
            f"from when on two faces are one person was not measured for the analyzer {name!r} and the "
            f"domain {domain!r}: say duplicates.identity_threshold in the recipe, or switch duplicates.identity off"
        )
    return found.cosine


def measured(infos: Iterable[AnalyzerInfo], domain: str) -> Threshold | None:
    """What was measured for the network that tells people, in pictures of that domain; None where nothing was."""
    networks = [network for info in infos if IDENTIFYING in info.gives for network in info.weights.values()]
    return next((one for network in networks if (one := threshold(network, domain)) is not None), None)


def nothing_seen(duplicates: Duplicates, cosine: float | None) -> Seen:
    """What is kept before the first round; `cosine`: as `same_person` says it."""
    near = Near(duplicates.bound, within_cell=duplicates.near == "cell") if duplicates.near != "off" else None
    people = People(cosine, within_cell=duplicates.identity == "cell") if cosine is not None else None
    return Seen(near=near, people=people)
