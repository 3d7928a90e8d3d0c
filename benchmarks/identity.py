"""Is everybody somebody else? How face recognition tells the renderer's people apart, beside real adults.

    AGFD_FACES=... python benchmarks/identity.py --people 10 --keep portraits --out identity.json

`networks.py` says where the networks come from. For each sex and race adults are drawn twice: plain, and under another
light, pose and expression. All have the same cut and colour of hair, so that hair does not count. Claims: area under
the ROC curve of one person's two pictures against pictures of two people of the same sex and race >= 0.95; the share of
pairs of people beyond the network's usual threshold is at least 0.8 of what photos of adults of that sex and race reach
(UTKFace; its `other` stands for the groups that it does not name).
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networks
import numpy as np
import samples
from portraits import Portraits

from agfd.generate.render import variety

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agfd.records import Value

    Array = NDArray[np.float32]

# The groups and the labels of UTKFace that they are compared with.
RACES = {
    "White": "white",
    "Black": "black",
    "East Asian": "asian",
    "Indian": "indian",
    "Latino_Hispanic": "other",
    "Southeast Asian": "asian",
    "Middle Eastern": "other",
}
SEXES = ("female", "male")
CHANGES: tuple[dict[str, Value], ...] = (
    {"light": "strong sun", "yaw": 18, "expression": "neutral"},
    {"light": "studio", "yaw": -22, "pitch": 5, "expression": "smile"},
    {"light": "dim", "yaw": 12, "pitch": -8, "expression": "annoyed"},
    {"light": "soft", "yaw": -12, "pitch": 10, "expression": "smile", "mouth": "open"},
    {"light": "studio", "yaw": 26, "expression": "angry"},
)
YOUNGEST, OLDEST = 20, 60


@dataclass(frozen=True)
class Cell:
    """Embeddings (n, d) of the same people, plain and changed; None rows are left out by the caller."""

    plain: Array
    changed: Array


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=10, help="people of each sex and race")
    parser.add_argument("--races", default="White,Black,East Asian,Indian", help="names, or `all` for the seven")
    parser.add_argument("--side", type=int, default=256, help="pixels a side")
    parser.add_argument("--quality", default="draft")
    parser.add_argument("--step", type=float, default=1.0, help="factor on the steps of shapes, as an experiment")
    parser.add_argument("--keep", type=Path, help="folder where pictures stay for the next run")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    folder = samples.root("real_utkface")
    nets: dict[str, Any] = {"dlib": networks.Dlib(), "faceres": networks.Faceres()}
    races = list(RACES) if options.races == "all" else options.races.split(",")
    keep = options.keep
    if options.step != 1:
        widen(options.step)
        keep = keep and keep / f"step {options.step:g}"
    portraits = Portraits(keep, options.quality, options.side)
    cells = {(sex, race): drawn(portraits, sex, race, options.people) for race in races for sex in SEXES}
    report = {}
    for name, net in nets.items():
        real = {key: embedded(net, found) for key, found in adults(folder).items()}
        made = {key: cell_of(net, pairs) for key, pairs in cells.items()}
        report[name] = judged(name, net, made, real)
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def widen(step: float) -> None:
    """All steps of people's shapes times `step`; the limits of single shapes stay."""
    variety._OWN *= step
    variety._FAMILY *= step
    variety._REACH *= step


def adults(folder: Path) -> dict[tuple[str, str], list[networks.Face]]:
    """Photos of adults by sex and label."""
    out: dict[tuple[str, str], list[networks.Face]] = {}
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if YOUNGEST <= int(row["age"]) <= OLDEST:
                found = networks.photo(folder / row["file"])
                if found:
                    out.setdefault((row["sex"], row["race"]), []).append(found)
    return out


def drawn(portraits: Portraits, sex: str, race: str, people: int) -> list[tuple[networks.Face, networks.Face]]:
    """The people of a cell, plain and changed; who is not found in both pictures is left out."""
    out = []
    for nth in range(people):
        seed = 1000 * (1 + list(RACES).index(race)) + 500 * (sex == "male") + nth
        age = YOUNGEST + (OLDEST - YOUNGEST) * nth // max(people - 1, 1)
        same: dict[str, Value] = {"sex": sex, "race": race, "age": age, "hair_style": "crop", "hair_color": "brown"}
        plain = networks.face(portraits.draw(seed, 2 * seed, {**same, "light": ("soft", "studio")[nth % 2]}))
        other = networks.face(portraits.draw(seed, 2 * seed + 1, {**same, **CHANGES[nth % len(CHANGES)]}))
        if plain and other:
            out.append((plain, other))
    return out


def embedded(net: Any, found: list[networks.Face]) -> Array:
    return np.array([net.embed(one) for one in found])


def cell_of(net: Any, pairs: list[tuple[networks.Face, networks.Face]]) -> Cell:
    return Cell(embedded(net, [plain for plain, _ in pairs]), embedded(net, [other for _, other in pairs]))


def judged(name: str, net: Any, made: dict[tuple[str, str], Cell], real: dict[tuple[str, str], Array]) -> Any:
    """Prints and returns the figures of one network."""
    same, different, rows, others = [], [], {}, []
    print(f"\n{name}: share of pairs of people beyond {net.usual}, medians of distances, AUC")
    print(f"{'':26}{'made':>8}{'photos':>8}{'ratio':>8}{'median':>8}{'photos':>8}{'same':>8}{'AUC':>8}")
    for (sex, race), cell in made.items():
        own, photos = apart(net, cell.plain), apart(net, real[sex, RACES[race]])
        across = net.distances(cell.plain, cell.changed)
        one = np.diag(across)
        other = across[~np.eye(len(one), dtype=bool)]
        two = np.concatenate([own, other])
        same.append(one)
        different.append(two)
        share, usual = float((own > net.usual).mean()), float((photos > net.usual).mean())
        others.append(float((other > net.usual).mean()) / usual)
        row = [share, usual, share / usual, *map(float, (np.median(own), np.median(photos), np.median(one)))]
        row.append(auc(one, two))
        rows[f"{sex} {race}"] = [round(value, 3) for value in row]
        print(f"{sex + ' ' + race:26}" + "".join(f"{value:8.3f}" for value in row))
    area = auc(np.concatenate(same), np.concatenate(different))
    ratios = [row[2] for row in rows.values()]
    print(
        f"AUC {area:.3f} (claim 0.95); ratio to photos least {min(ratios):.2f}, mean {np.mean(ratios):.2f} (claim 0.8)"
    )
    print(f"mean ratio where one of the two is in another light, pose and expression {np.mean(others):.2f}")
    return {"cells": rows, "auc": area, "least_ratio": min(ratios), "mean_ratio_across": float(np.mean(others))}


def apart(net: Any, rows: Array) -> Array:
    """Distances of all pairs."""
    return np.asarray(net.distances(rows, rows)[np.triu_indices(len(rows), 1)])


def auc(same: Array, different: Array) -> float:
    """How often a pair of one person is nearer than a pair of two."""
    nearer = (same[:, None] < different[None]).mean() + 0.5 * (same[:, None] == different[None]).mean()
    return float(nearer)


if __name__ == "__main__":
    sys.exit(main())
