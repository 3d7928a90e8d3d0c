"""How often does a model of yours find the face? Its rate for every row of a dataset, with an interval.

python examples/accuracy_by_row.py FOLDER
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import agfd
from agfd.stats import wilson

if TYPE_CHECKING:
    import numpy as np


def my_model(pixels: np.ndarray) -> bool:
    """Put your own in here: pixels are uint8, (height, width, 3), sRGB."""
    return float(pixels.mean()) > 60


def main(folder: str) -> None:
    """Print a line for each row."""
    found: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    dataset = agfd.open(folder)
    for sample in dataset:
        asked[sample.request.row] += 1
        found[sample.request.row] += my_model(dataset.image(sample))
    for row, number in asked.items():
        low, high = wilson(found[row], number)
        print(f"{row:28} {found[row]:4} of {number:4}   95 %: {100 * low:5.1f} to {100 * high:5.1f} %")


if __name__ == "__main__":
    main(sys.argv[1])
