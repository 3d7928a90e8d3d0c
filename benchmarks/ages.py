"""Do the renderer's people look as old as was asked, and are their sex and race recognised, beside photos?

    AGFD_FACES=... python benchmarks/ages.py --people 8 --keep portraits --out ages.json

`networks.py` says where the networks come from. The same people are drawn at each age. Claim: the rank correlation of
the asked age and the age that an independent network sees is >= 0.9 over 1 to 90 years. Sex is what two networks see
on average, of adults. Race is told by a ridge regression on dlib's numbers, learnt from UTKFace's photos and tried on
photos that it did not see and on renders: white, black, asian, indian.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networks
import numpy as np
import samples
from portraits import Portraits
from scipy.stats import spearmanr

if TYPE_CHECKING:
    from numpy.typing import NDArray

AGES = (1, 3, 6, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90)
RACES = {"White": "white", "Black": "black", "East Asian": "asian", "Indian": "indian"}
ADULT = 18
_RIDGE = 0.3
_FOLDS = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=8, help="people, each drawn at every age")
    parser.add_argument("--photos", type=int, default=800, help="photos at most")
    parser.add_argument("--keep", type=Path, help="folder where pictures stay for the next run")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    folder = samples.root("real_utkface")
    reader = Reader()
    real = photographed(reader, folder, options.photos)
    made = drawn(reader, Portraits(options.keep), options.people)
    report = {"age": ages(real, made), "sex": sexes(real, made), "race": races(real, made)}
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


class Reader:
    """What the networks see in a face."""

    def __init__(self) -> None:
        self._ages, self._features, self._dlib = networks.AgeSex(), networks.Faceres(), networks.Dlib()

    def __call__(self, face: networks.Face | None) -> dict[str, Any] | None:
        if face is None:
            return None
        years, male = self._ages.read(face)
        return {"years": years, "male": (male + self._features.read(face)[1]) / 2, "embedding": self._dlib.embed(face)}


def photographed(reader: Reader, folder: Path, most: int) -> list[dict[str, Any]]:
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    chosen = np.random.default_rng(1).permutation(len(rows))[:most]
    labels = [
        {"age": int(rows[i]["age"]), "sex": rows[i]["sex"], "race": rows[i]["race"], "file": folder / rows[i]["file"]}
        for i in chosen
    ]
    seen = [(label, reader(networks.photo(label["file"]))) for label in labels]
    return [label | found for label, found in seen if found]


def drawn(reader: Reader, portraits: Portraits, people: int) -> list[dict[str, Any]]:
    out = []
    for nth in range(people):
        race, sex = list(RACES)[nth % len(RACES)], ("female", "male")[(nth + nth // len(RACES)) % 2]
        for age in AGES:
            pixels = portraits.draw(9000 + nth, 9100 + nth, {"age": age, "sex": sex, "race": race, "light": "soft"})
            found = reader(networks.face(pixels))
            if found:
                out.append({"age": age, "sex": sex, "race": RACES[race]} | found)
    return out


def ages(real: list[dict[str, Any]], made: list[dict[str, Any]]) -> dict[str, Any]:
    print(f"{'asked age':>10}{'seen, mean':>12}{'least':>8}{'most':>8}")
    for age in AGES:
        years = [one["years"] for one in made if one["age"] == age]
        if years:
            print(f"{age:10}{np.mean(years):12.1f}{min(years):8.1f}{max(years):8.1f}")
    out: dict[str, Any] = {}
    for name, faces in (("photos", real), ("made", made)):
        asked, seen = (np.array([one[key] for one in faces]) for key in ("age", "years"))
        out[name] = {
            "n": len(faces),
            "spearman": float(spearmanr(asked, seen)[0]),
            "error": float(np.abs(asked - seen).mean()),
        }
        print(f"age, {name}: rank correlation {out[name]['spearman']:.3f}, mean error {out[name]['error']:.1f} years")
    print("claim: rank correlation of made >= 0.9")
    return out


def sexes(real: list[dict[str, Any]], made: list[dict[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, faces in (("photos", real), ("made", made)):
        for sex in ("female", "male"):
            grown = [one for one in faces if one["age"] >= ADULT and one["sex"] == sex]
            rate = float(np.mean([(one["male"] > 0.5) == (sex == "male") for one in grown]))
            out[f"{name} {sex}"] = rate
            print(f"sex of adults, {name}, {sex}: {rate:.3f} of {len(grown)}")
    return out


def races(real: list[dict[str, Any]], made: list[dict[str, Any]]) -> dict[str, Any]:
    names = sorted(RACES.values())
    grown = [one for one in real if one["race"] in names]
    x, y = np.array([one["embedding"] for one in grown]), np.array([names.index(one["race"]) for one in grown])
    fold = np.arange(len(x)) % _FOLDS
    unseen = [told(x[fold != k], y[fold != k], x[fold == k]) == y[fold == k] for k in range(_FOLDS)]
    out: dict[str, Any] = {"photos": float(np.concatenate(unseen).mean())}
    adults = [one for one in made if one["age"] >= ADULT]
    guess = told(x, y, np.array([one["embedding"] for one in adults]))
    hit = guess == np.array([names.index(one["race"]) for one in adults])
    out["made"] = float(hit.mean())
    print(
        f"race, photos unseen: {out['photos']:.3f} of {len(x)}; made: {out['made']:.3f} of {len(adults)}; chance 0.25"
    )
    for name in names:
        own = hit[[one["race"] == name for one in adults]]
        out[f"made {name}"] = float(own.mean()) if len(own) else None
        print(f"  made {name}: {own.mean() if len(own) else float('nan'):.3f}")
    return out


def told(x: NDArray[np.float32], y: NDArray[np.int64], new: NDArray[np.float32]) -> NDArray[np.int64]:
    """The class of each row of `new` by ridge regression on the classes `y` of the rows `x`."""
    centre = x.mean(axis=0)
    wide = np.hstack([x - centre, np.ones((len(x), 1))])
    weights = np.linalg.solve(wide.T @ wide + _RIDGE * np.eye(wide.shape[1]), wide.T @ np.eye(y.max() + 1)[y])
    return np.asarray((np.hstack([new - centre, np.ones((len(new), 1))]) @ weights).argmax(axis=1))


if __name__ == "__main__":
    sys.exit(main())
