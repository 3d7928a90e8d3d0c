"""An early look at an image that is being made: whether the faces that its row wants can be seen in it already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd import ids
from agfd.errors import UsageError
from agfd.judge import ItemRules, judge_item
from agfd.records import Image
from agfd.registry import ANALYZERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from agfd.ports import Analyzer
    from agfd.records import Request

FACES = "faces"
# One in so many that look bad is finished all the same: how many of them pass tells what the early look costs.
SPARED = 20


def looker(analyzers: Sequence[str]) -> str:
    """The first of a build's analyzers that counts faces. Raises `UsageError`."""
    for name in analyzers:
        if FACES in ANALYZERS.make(name).info.gives:
            return name
    who = f"none of {', '.join(analyzers)} counts them" if analyzers else "nobody measures the images"
    raise UsageError(
        f"early_stop looks for faces, and {who}; put an analyzer that does, such as basic, into the recipe"
    )


class EarlyLook:
    """A `Preview`: holds against an early picture the rules of its row about the number of faces, and no others.

    A row that wants no face (gas masks) or does not mind several is treated as its rules say. It belongs to the thread
    that sets it up. `spared`: the requests that were let through though they look bad; which ones hangs on their ids
    alone, so it is the same whoever makes them.
    """

    def __init__(self, analyzer: str, rules: Mapping[str, ItemRules]) -> None:
        self._analyzer: Analyzer = ANALYZERS.make(analyzer)
        self._rules = {row: _about_faces(one) for row, one in rules.items()}
        self.spared: set[str] = set()

    def setup(self) -> None:
        """Load the weights. Raises `ModelsMissingError`."""
        self._analyzer.setup()

    def __call__(self, request: Request, pixels: NDArray[np.uint8]) -> bool:
        """Whether the image is worth finishing; `pixels`: uint8, (height, width, 3), sRGB, of any size."""
        rules = self._rules[request.row]
        if not rules.rules:
            return True
        [seen] = self._analyzer.measure([Image(pixels)])
        if judge_item({}, None, seen, rules).status == "accepted":
            return True
        if is_spared(request):
            self.spared.add(request.id)
        return request.id in self.spared

    def teardown(self) -> None:
        """Let go of the weights."""
        self._analyzer.teardown()


def is_spared(request: Request) -> bool:
    """Whether that request is finished whatever it looks like early."""
    return ids.seed("early_stop", request.id) % SPARED == 0


def _about_faces(rules: ItemRules) -> ItemRules:
    return ItemRules(tuple(rule for rule in rules.rules if rule.measure == FACES and not rule.when), rules.competent)
