"""How often the interval of kappa holds the true one, beside the one from the asymptotic standard error.

    python benchmarks/kappa.py --samples 3000 --out kappa.json

Two raters accept the same share of images and agree to a known kappa; samples of several sizes are drawn from them.
95 % of the intervals are wanted to hold it. `defined`: samples in which both categories occur, so that there is a kappa
at all. The peer is the standard error of J. L. Fleiss, J. Cohen and B. S. Everitt, Psychol. Bull. 72 (1969), which most
packages give.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

from agfd.stats import cohen_kappa

SHARES, KAPPAS, SIZES = (0.5, 0.8, 0.95), (0.0, 0.4, 0.8, 0.95), (10, 20, 50, 100, 300)
Z = 1.959963984540054


def asymptotic(table: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Kappa less and more 1.96 standard errors."""
    part = table / table.sum()
    first, second = part.sum(1), part.sum(0)
    same, chance = float(np.trace(part)), float(first @ second)
    kappa = (same - chance) / (1 - chance)
    on = sum(part[i, i] * ((1 - chance) - (first[i] + second[i]) * (1 - same)) ** 2 for i in range(2))
    off = (1 - same) ** 2 * sum(part[i, 1 - i] * (second[i] + first[1 - i]) ** 2 for i in range(2))
    variance = (on + off - (same * chance - 2 * chance + same) ** 2) / (table.sum() * (1 - chance) ** 4)
    half = Z * math.sqrt(max(variance, 0.0))
    return kappa - half, kappa + half


def measured(share: float, kappa: float, size: int, samples: int) -> dict[str, Any]:
    apart = share * (1 - share) * (1 - kappa)
    chances = [share - apart, apart, apart, 1 - share - apart]
    defined, ours, theirs, widths = 0, 0, 0, [0.0, 0.0]
    for counts in np.random.default_rng(5).multinomial(size, chances, samples):
        cases = [(nth // 2, nth % 2) for nth, number in enumerate(counts) for _ in range(number)]
        found = cohen_kappa(cases)
        if found.low is None or found.high is None:
            continue
        low, high = asymptotic(counts.reshape(2, 2))
        defined += 1
        # What is 0.8 - 1e-16 by rounding holds 0.8.
        ours += found.low - 1e-9 <= kappa <= found.high + 1e-9
        theirs += low - 1e-9 <= kappa <= high + 1e-9
        widths = [widths[0] + found.high - found.low, widths[1] + high - low]
    return {
        "accepted": share,
        "kappa": kappa,
        "images": size,
        "defined": round(defined / samples, 3),
        "held": round(ours / defined, 3),
        "held_asymptotic": round(theirs / defined, 3),
        "width": round(widths[0] / defined, 3),
        "width_asymptotic": round(widths[1] / defined, 3),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--samples", type=int, default=3000)
    parser.add_argument("--out", type=Path)
    told = parser.parse_args()
    rows = []
    for share in SHARES:
        for kappa in KAPPAS:
            for size in SIZES:
                rows.append(measured(share, kappa, size, told.samples))
                print(*(f"{name} {value}" for name, value in rows[-1].items()), sep="  ", flush=True)
    held = [row["held"] for row in rows]
    print(f"held: least {min(held)}, mean {sum(held) / len(held):.3f}")
    if told.out:
        told.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
