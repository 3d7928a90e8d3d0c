"""Which images are made together: a rule that depends on the requests of one call and the batch size alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agfd.generate.diffusers.how import How
    from agfd.records import Request


@dataclass(frozen=True, slots=True)
class Work:
    """One image to make: its place in the run, what is asked, and how it is made."""

    place: int
    request: Request
    how: How


def named(works: Sequence[Work]) -> str:
    """What is made at once, for an error."""
    how = works[0].how
    images = f"a batch of {len(works)} images" if len(works) > 1 else "one image"
    return f"{images} of {how.width} x {how.height} pixels"


def runs(requests: Sequence[Request], batch: int) -> Iterator[Sequence[Request]]:
    """The requests in their order, cut into runs of `batch`."""
    for start in range(0, len(requests), batch):
        yield requests[start : start + batch]


def groups(works: Sequence[Work], chunks: Callable[[Request], int]) -> list[list[Work]]:
    """The works of a run that go through the network together: made alike, with texts of as many chunks of tokens.

    Padding a text to a longer one's length would change its image. In the order of their first images.
    """
    alike: dict[tuple[How, int], list[Work]] = {}
    for work in works:
        alike.setdefault((work.how, chunks(work.request)), []).append(work)
    return list(alike.values())
