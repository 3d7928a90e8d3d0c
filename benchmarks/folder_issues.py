"""What tells a cut or a noisy face: its box and the noise, in sample portraits and in copies with these faults.

    AGFD_FACES=/path/to/faces python benchmarks/folder_issues.py --limit 8

Claim: with the bounds of `agfd.survey.issues` no whole portrait is called cut or noisy; nearly all halves are.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import samples
from PIL import Image as Pillow

from agfd.records import Image
from agfd.registry import ANALYZERS
from agfd.survey import issues

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS = ("generated_stylegan2", "real_ffhq", "generated_sd21", "real_utkface")
SIDE = 512


def copies(picture: Pillow.Image, face: dict[str, float]) -> Iterator[tuple[str, Pillow.Image]]:
    """The picture, its halves cut through the middle of the face, and itself under noise."""
    width, height = picture.size
    x = int((face["face_x"] + face["face_width"] / 2) * width)
    y = int((face["face_y"] + face["face_height"] / 2) * height)
    yield "whole", picture
    boxes = {"left": (0, 0, x, height), "right": (x, 0, width, height), "top": (0, 0, width, y)}
    for name, box in {**boxes, "bottom": (0, y, width, height)}.items():
        yield name, picture.crop(box)
    rng = np.random.default_rng(0)
    pixels = np.asarray(picture, np.float32)
    for sigma in (6, 12, 25, 50):
        noisy = np.clip(pixels + rng.normal(0, sigma, pixels.shape), 0, 255).astype(np.uint8)
        yield f"noise {sigma}", Pillow.fromarray(noisy)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=8, help="pictures of each folder")
    options = parser.parse_args()
    basic = ANALYZERS.make("basic")
    basic.setup()
    rules = issues.rules()

    def measure(picture: Pillow.Image) -> dict[str, float]:
        seen = basic.measure([Image(np.asarray(picture))])[0].values
        return {name: measured.value for name, measured in seen.items()}

    found = defaultdict(list)
    for folder in FOLDERS:
        for file in sorted(samples.root(folder).glob("*.jpg"))[: options.limit]:
            picture = Pillow.open(file).convert("RGB")
            picture.thumbnail((SIDE, SIDE))
            face = measure(picture)
            if face["faces"]:
                for name, copy in copies(picture, face):
                    found[name].append((copy.size, measure(copy)))
    print(f"{'':10}{'pictures':>9}{'no face':>9}{'half_face':>11}{'noisy':>7}   box width/height    noise")
    for name, seen in found.items():
        faces = [(size, values) for size, values in seen if values["faces"]]
        codes = [issues.find(values, size, rules) for size, values in faces]
        shapes = sorted(v["face_width"] * size[0] / (v["face_height"] * size[1]) for size, v in faces)
        noise = sorted(values["noise"] for _, values in seen)
        cut, noisy = (sum(code in one for one in codes) for code in ("half_face", "noisy"))
        print(
            f"{name:10}{len(seen):9}{len(seen) - len(faces):9}{cut:11}{noisy:7}"
            f"   {shapes[0]:.2f} to {shapes[-1]:.2f}   {noise[0]:8.1f} to {noise[-1]:.1f}"
        )


if __name__ == "__main__":
    main()
