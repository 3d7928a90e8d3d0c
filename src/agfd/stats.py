"""Statistics that several parts share."""

from __future__ import annotations

import math


def wilson(hits: int, trials: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """The score interval of a proportion, 95 % by default; (0, 1) without trials.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    if not 0 <= hits <= trials:
        raise ValueError("hits lie between 0 and trials")
    if trials == 0:
        return 0.0, 1.0
    share, square = hits / trials, z * z
    centre = (share + square / (2 * trials)) / (1 + square / trials)
    half = z / (1 + square / trials) * math.sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    return (0.0 if hits == 0 else max(0.0, centre - half)), (1.0 if hits == trials else min(1.0, centre + half))
