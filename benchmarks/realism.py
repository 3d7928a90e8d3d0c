"""How far the renderer's faces are from photos: Kernel Inception Distance on the features of two face networks.

    AGFD_FACES=... python benchmarks/realism.py --images 150 --keep portraits --out realism.json

`networks.py` says where the networks come from. KID (Binkowski et al., "Demystifying MMD GANs", ICLR 2018): squared
distance of two sets under the kernel (x.y / d + 1)^3, unbiased, here with a bootstrap interval of 95 % over pictures.
The sets: plain adult frontal faces by the renderer, photos (FFHQ), faces by StyleGAN2, and, as the zero of the scale,
photos split in two. Every picture is reduced to the size of a draft, cropped to the face by its mesh, and goes through
JPEG of quality 75. Values are multiplied by 1000; features are scaled to mean square 1 over the photos.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networks
import numpy as np
import samples
from PIL import Image as Pillow
from portraits import Portraits

from agfd.vocabulary import RACES, SEXES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_BOOTSTRAPS = 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=150, help="pictures of each set at most")
    parser.add_argument("--quality", default="draft")
    parser.add_argument("--side", type=int, default=256, help="pixels a side of the renders")
    parser.add_argument("--folder", type=Path, action="append", default=[], help="another set of pictures")
    parser.add_argument("--keep", type=Path, help="folder where pictures stay for the next run")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    sets = {"photos": files(samples.root("real_ffhq"), options.images)}
    sets["stylegan2"] = files(samples.root("generated_stylegan2"), options.images)
    sets |= {folder.name: files(folder, options.images) for folder in options.folder}
    sets["rendered"] = drawn(Portraits(options.keep, options.quality, options.side), options.images)
    nets: dict[str, Any] = {"faceres": networks.Faceres(), "dlib": networks.Dlib()}
    report = {}
    for name, net in nets.items():
        features = {key: np.array([net.embed(one) for one in found], np.float64) for key, found in sets.items()}
        scale = np.sqrt(np.square(features["photos"]).mean())
        features = {key: rows / scale for key, rows in features.items()}
        half = len(features["photos"]) // 2
        others = {"photos, split": features["photos"][half:]} | {k: v for k, v in features.items() if k != "photos"}
        print(f"\n{name}: 1000 x KID to photos{'n':>22}{'KID':>9}{'95 %':>19}")
        report[name] = {}
        for key, rows in others.items():
            reference = features["photos"][:half] if key == "photos, split" else features["photos"]
            value, low, high = (1000 * v for v in interval(rows, reference))
            report[name][key] = {"n": len(rows), "kid": value, "low": low, "high": high}
            print(f"{key:40}{len(rows):10}{value:9.1f}{low:10.1f}{high:9.1f}")
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def files(folder: Path, most: int) -> list[networks.Face]:
    """Faces of the pictures of a folder, as large as those of the renderer."""
    names = sorted(file for file in folder.rglob("*") if file.suffix.lower() in {".jpg", ".jpeg", ".png"})
    found = (shrunk(np.asarray(Pillow.open(name).convert("RGB"))) for name in names[:most])
    return [one for one in found if one]


def shrunk(pixels: NDArray[np.uint8]) -> networks.Face | None:
    """The face of a picture after it was reduced so that the face is 130 pixels high, no larger than in a draft."""
    one = networks.face(pixels)
    if one is None:
        return None
    width = float(np.ptp(one.points, axis=0).max())
    factor = 130 / width
    if factor >= 1:
        return one
    size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
    return networks.face(np.asarray(Pillow.fromarray(pixels).resize(size, Pillow.Resampling.LANCZOS)))


def drawn(portraits: Portraits, count: int) -> list[networks.Face]:
    """Plain adults of all groups, ages 20 to 69, as many of each sex and race as it goes."""
    out = []
    for nth in range(count):
        sex, race = SEXES[nth % 2], RACES[nth // 2 % len(RACES)]
        asked = {"sex": sex, "race": race, "age": 20 + nth * 37 % 50, "light": ("soft", "studio")[nth // 14 % 2]}
        found = shrunk(portraits.draw(20_000 + nth, 30_000 + nth, asked))
        if found:
            out.append(found)
    return out


def kid(x: Array, y: Array) -> float:
    """The unbiased estimate of the squared distance of two sets of rows."""
    return _mmd(_kernel(x, x), _kernel(y, y), _kernel(x, y))


def interval(x: Array, y: Array) -> tuple[float, float, float]:
    """KID and its interval of 95 % over pictures drawn with replacement; a picture is not compared with itself."""
    xx, yy, xy = _kernel(x, x), _kernel(y, y), _kernel(x, y)
    rng = np.random.default_rng(1)
    values = []
    for _ in range(_BOOTSTRAPS):
        i, j = rng.integers(len(x), size=len(x)), rng.integers(len(y), size=len(y))
        same_x, same_y = i[:, None] == i[None], j[:, None] == j[None]
        within = (np.mean(xx[np.ix_(i, i)][~same_x]), np.mean(yy[np.ix_(j, j)][~same_y]))
        values.append(sum(within) - 2 * xy[np.ix_(i, j)].mean())
    low, high = np.percentile(values, (2.5, 97.5))
    return kid(x, y), float(low), float(high)


def _kernel(x: Array, y: Array) -> Array:
    return np.asarray((x @ y.T / x.shape[1] + 1) ** 3)


def _mmd(xx: Array, yy: Array, xy: Array) -> float:
    n, m = xy.shape
    within = (xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1))
    return float(within - 2 * xy.mean())


if __name__ == "__main__":
    sys.exit(main())
