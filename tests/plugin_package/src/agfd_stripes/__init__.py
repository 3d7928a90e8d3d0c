"""Stripes instead of faces: the smallest generator that a third party could ship."""

from __future__ import annotations

import numpy as np

from agfd.ports import GeneratorInfo
from agfd.records import Image, Outcome
from agfd.registry import register


class Stripes:
    """As many stripes as the seed says."""

    def __init__(self, width: int) -> None:
        self._width = width
        self.info = GeneratorInfo(name="stripes", version="0.3.0", model_hash=f"stripes-{width}", chunk=4)

    def can_make(self, request):
        """Nobody in the dark wears stripes."""
        return "stripes are not seen in the dark" if "light" in request.attributes else None

    def setup_on_node(self):
        """Nothing."""

    def setup(self):
        """Nothing."""

    def teardown(self):
        """Nothing."""

    def generate(self, requests, preview=None):
        """One picture of stripes each."""
        for request in requests:
            rng = np.random.Generator(np.random.PCG64(request.person))
            line = rng.integers(0, 256, (1, self._width, 3), dtype=np.uint8)
            pixels = np.repeat(line, self._width, axis=0)
            # The fake analyzer finds a face where the first pixel is white.
            pixels[0, 0] = 255
            yield Outcome(request.id, Image(pixels))


@register("the generator stripes")
def make(*, width="32"):
    """The factory behind the name `stripes`."""
    return Stripes(int(width))


@register("the generator needy", needs=("agfd-nowhere>=2",), install="agfd-stripes[nowhere]")
def make_needy():
    """A factory whose dependency is never there."""
    return Stripes(32)
