"""Final verdicts of a round: duplicates, then at most one image a slot. Pure."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from agfd.dedup.block import Likeness
    from agfd.dedup.candidate import Candidate, Slot
    from agfd.dedup.identity import People
    from agfd.dedup.near import Near

# Pictures that are compared with each other at once: by how they look, and by who they show, where every kept face is
# read once for each crowd.
_BLOCK, _CROWD = 512, 1 << 13


@dataclass(slots=True)
class Seen:
    """The images accepted so far: the hashes of their pixels (16 bytes each) and, if it matters, how they look and who
    they show.
    """

    pixels: set[bytes] = field(default_factory=set)
    near: Near | None = None
    people: People | None = None

    def copy(self) -> Seen:
        """One that grows apart from this one."""
        near = self.near.copy() if self.near is not None else None
        people = self.people.copy() if self.people is not None else None
        return Seen(set(self.pixels), near, people)


def turned_down(
    candidates: Iterable[Candidate], seen: Seen, is_taken: Callable[[Slot], bool] = lambda _: False
) -> dict[int, str]:
    """The candidates that do not stay accepted: index in request order -> reason code.

    `seen` holds the images accepted in earlier rounds; this round's survivors are added, and no others, so that it is
    the same after a resume. `is_taken` tells whether an earlier round filled a slot, which happens only where that was
    judged anew. A picture seen before is a `duplicate`, the earlier one stays; inside the round the better
    image stays, the earlier of equals. The others are `duplicate` where the same picture is kept, `surplus` where
    another image has their slot, `duplicate_near` and `duplicate_mirrored` where one is kept that they, or their mirror
    images, look like, `duplicate_identity` where one is kept that shows the same person. Who looks like one that is not
    kept stays: being alike is not handed on.
    """
    reasons: dict[int, str] = {}
    full: set[Slot] = set()
    for block, alike in _blocks(sorted(candidates, key=lambda c: (-c.score, c.index)), seen):
        for candidate in block:
            if candidate.pixels in seen.pixels:
                reasons[candidate.index] = "duplicate"
            elif candidate.slot in full or is_taken(candidate.slot):
                reasons[candidate.index] = "surplus"
            elif reason := next(filter(None, (way.reason(candidate) for way in alike)), None):
                reasons[candidate.index] = reason
            else:
                seen.pixels.add(candidate.pixels)
                full.add(candidate.slot)
                for way in alike:
                    way.keep(candidate)
    return reasons


def _blocks(best_first: Sequence[Candidate], seen: Seen) -> Iterator[tuple[Sequence[Candidate], Sequence[Likeness]]]:
    """The candidates in blocks, each with the ways in which they may be like one that is kept; what is kept of a block
    is filed when the next one is asked for.
    """
    if seen.near is None and seen.people is None:
        yield best_first, ()
        return
    # Loads numpy, which nobody needs who does not ask for it.
    from agfd.dedup.block import by_faces, by_looks

    for start in range(0, len(best_first), _CROWD):
        crowd = best_first[start : start + _CROWD]
        with by_faces(crowd, seen.people) if seen.people is not None else nullcontext() as faces:
            for begin in range(0, len(crowd), _BLOCK):
                block = crowd[begin : begin + _BLOCK]
                with by_looks(block, seen.near) if seen.near is not None else nullcontext() as looks:
                    yield block, [way for way in (looks, faces) if way is not None]
