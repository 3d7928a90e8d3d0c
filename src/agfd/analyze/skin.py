"""The tone of the skin, from the colour of the cheeks.

A camera's white balance, the light and make-up change what is measured: this tells tones in even light apart and is no
absolute number (design/0024-look.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.analyze.colour import lab
from agfd.records import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agfd.analyze.upright import Head

GIVES = ("ita", "skin_tone")

# Ellis Monk's scale as published (skintone.google, CC BY 4.0), from 1 to 10, sRGB.
_MONK = ("f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420")
# The scale's own angles run from 83 to -84 degrees; those of faces, which are shaded, less far: a line through those of
# renders of known tones in even light.
_STRETCH, _SHIFT = 1.56, 4.3


def measure(head: Head, confidence: float = 1.0) -> dict[str, Measurement]:
    """The measurements `GIVES`; none where the cheeks cannot be seen."""
    if head.skin is None:
        return {}
    angle = typology_angle(head.skin)
    values = {"ita": angle, "skin_tone": monk(angle)}
    return {name: Measurement(value, confidence) for name, value in values.items()}


def typology_angle(colour: NDArray[np.float32]) -> float:
    """The individual typology angle in degrees of L*, a*, b* (Chardon et al., Int. J. Cosmetic Science 1991)."""
    lightness, _, yellow = (float(part) for part in colour)
    return float(np.degrees(np.arctan2(lightness - 50, yellow)))


def monk(angle: float) -> float:
    """The Monk scale, 1 to 10, of a face's typology angle."""
    pixels = np.array([list(bytes.fromhex(code)) for code in _MONK], np.uint8)
    angles = [typology_angle(colour) for colour in lab(pixels)]
    return float(np.interp(-(_STRETCH * angle + _SHIFT), -np.array(angles), np.arange(1, len(_MONK) + 1)))
