"""Pictures that anybody can make again, in whatever language: what other programs said of them is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def drawn(side: int) -> NDArray[np.uint8]:
    """A picture of side x side pixels."""
    y, x = np.mgrid[:side, :side]
    return np.stack([x * y % 256, (x + 2 * y) % 256, 3 * x % 256], -1).astype(np.uint8)
