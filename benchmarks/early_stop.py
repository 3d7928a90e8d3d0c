"""How often an early look would drop a picture that would have passed.

    AGFD_FACES=... python benchmarks/early_stop.py --images 100 --out early_stop.json

No weights of a diffusion model are at hand where this is developed, so what such a model predicts early is played:
finished pictures are reduced to the size of their latents (an eighth of 512), noise of the sampler's level is added,
and the best linear estimate of the picture is taken from that (Wiener's filter with the mean spectrum of all pictures).
A network that has learnt faces predicts better than a linear filter, so the shares here are pessimistic; `agfd status`
tells the true ones of a build from its own sample. Levels: those of a 20-step schedule of Karras et al. (2022),
0.03 to 14.6, after so many steps, in units of the standard deviation of the pictures.

Bad pictures are made of good ones: two of them side by side, and one cut into 16 tiles that are laid out anew. A
picture counts as good where the rules of agfd-20k about faces pass the finished one, as bad otherwise. For each level:
the share of good ones that would be dropped and the share of bad ones, with Wilson's 95 % intervals, and the time of a
look.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import samples
from PIL import Image as Pillow

from agfd.planning import Table
from agfd.recipe import load
from agfd.run.preview import EarlyLook, is_spared
from agfd.run.rules import rules_by_row
from agfd.stats import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FOLDERS = ("generated_sd21", "generated_stylegan2")
STEPS, LATENT, FULL = 20, 64, 512
# A row that has no rules about faces of its own.
ROW, SEX = "age.young", "female"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100, help="pictures of each folder at most")
    parser.add_argument("--after", type=int, nargs="+", default=[5, 7, 9, 11], help="steps of 20 before the look")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    recipe = load("agfd-20k")
    look = EarlyLook("basic", rules_by_row(recipe, (), "diffusion"))
    # The sample that is let through must not count as passed.
    request = next(r for r in (Table(recipe).request(ROW, SEX, slot) for slot in range(99)) if not is_spared(r))
    look.setup()
    pictures = list(read(args.images))
    good = [look(request, np.asarray(picture)) for picture in pictures]
    for worse in (*map(beside, pictures[::4], pictures[1::4]), *map(tiled, pictures[::4])):
        # One that passes all the same is neither.
        if not look(request, np.asarray(worse)):
            pictures.append(worse)
            good.append(False)
    small = np.stack([latent(picture) for picture in pictures])
    spectrum = (np.abs(np.fft.fft2(small, axes=(1, 2))) ** 2).mean(axis=(0, 3)) / LATENT**2
    result: dict[str, Any] = {"pictures": len(pictures), "good": sum(good), "levels": []}
    print(f"{len(pictures)} pictures, {sum(good)} of them pass finished")
    for steps in (STEPS, *sorted(args.after, reverse=True)):
        level = 0.0 if steps == STEPS else sigma(steps)
        passed, seconds = [], []
        for number, picture in enumerate(small):
            early = predicted(picture, level, spectrum, number)
            before = time.perf_counter()
            passed.append(look(request, early))
            seconds.append(time.perf_counter() - before)
        entry = {
            "after": steps,
            "sigma": round(level, 3),
            "wrongly": share([not ok for ok, fine in zip(passed, good, strict=True) if fine]),
            "rightly": share([not ok for ok, fine in zip(passed, good, strict=True) if not fine]),
            "milliseconds": round(1000 * float(np.median(seconds)), 1),
        }
        result["levels"].append(entry)
        print(
            f"after {steps:2} of {STEPS} steps (sigma {level:5.2f}): drops {told(entry['wrongly'])} of the good, "
            f"{told(entry['rightly'])} of the bad; {entry['milliseconds']} ms a look"
        )
    if args.out:
        args.out.write_text(json.dumps(result, indent=2) + "\n")
    return 0


def read(number: int) -> Any:
    """RGB pictures of 512 px a side."""
    for folder in FOLDERS:
        files = sorted(file for file in samples.root(folder).rglob("*") if file.suffix.lower() in {".jpg", ".png"})
        for file in files[:number]:
            with Pillow.open(file) as picture:
                yield picture.convert("RGB").resize((FULL, FULL), Pillow.Resampling.LANCZOS)


def beside(one: Pillow.Image, two: Pillow.Image) -> Pillow.Image:
    """The middle halves of two pictures, side by side."""
    both = Pillow.new("RGB", (FULL, FULL))
    for place, picture in enumerate((one, two)):
        both.paste(picture.crop((FULL // 4, 0, FULL * 3 // 4, FULL)), (place * FULL // 2, 0))
    return both


def tiled(picture: Pillow.Image) -> Pillow.Image:
    """The picture's 16 tiles in another order: no face is left."""
    tile = FULL // 4
    order = np.random.default_rng(16).permutation(16)
    mixed = Pillow.new("RGB", (FULL, FULL))
    for place, other in enumerate(order.tolist()):
        x, y = other % 4 * tile, other // 4 * tile
        mixed.paste(picture.crop((x, y, x + tile, y + tile)), (place % 4 * tile, place // 4 * tile))
    return mixed


def latent(picture: Pillow.Image) -> Array:
    """The picture at the size of its latents, mean 0 and standard deviation 1: (64, 64, 3)."""
    pixels = np.asarray(picture.resize((LATENT, LATENT), Pillow.Resampling.BOX), np.float64)
    return (pixels - 127.5) / 64.0


def sigma(steps: int) -> float:
    """The level of noise after so many of 20 steps (Karras et al., "Elucidating the design space", 2022, eq. 5)."""
    low, high = 0.0292 ** (1 / 7), 14.6146 ** (1 / 7)
    return float((high + steps / (STEPS - 1) * (low - high)) ** 7)


def predicted(picture: Array, level: float, spectrum: Array, number: int) -> NDArray[np.uint8]:
    """The best linear estimate of a picture from itself under noise: uint8, (64, 64, 3)."""
    noise = np.random.default_rng(number).normal(0, level, picture.shape)
    gain = spectrum / (spectrum + level**2)
    estimate = np.fft.ifft2(np.fft.fft2(picture + noise, axes=(0, 1)) * gain[..., None], axes=(0, 1)).real
    return np.asarray(np.clip(estimate * 64.0 + 127.5, 0, 255), np.uint8)


def share(hits: list[bool]) -> dict[str, Any]:
    low, high = wilson(sum(hits), len(hits))
    return {"hits": sum(hits), "of": len(hits), "low": round(low, 4), "high": round(high, 4)}


def told(entry: dict[str, Any]) -> str:
    return f"{entry['hits']} of {entry['of']} ({100 * entry['low']:.1f}-{100 * entry['high']:.1f} %)"


if __name__ == "__main__":
    sys.exit(main())
