"""How far apart the codes of copies and of different pictures are, and what the search costs at ten million.

    AGFD_FACES=... python benchmarks/dedup.py [--dataset DIR] [--images 100] [--number 10_000_000]
                                              [--only codes,search,people] [--cells 315]

Codes: bits of 128 in which the two hashes differ, for copies that were recoded, resized, cropped, made darker or
brighter, and for all pairs of different pictures of a set; the share of either within each bound, the latter with the
upper end of its 95 % interval (Clopper and Pearson; three in all pairs where there is none). Search: random codes are
filed in rounds, and asked for, with bits changed; seconds and peak resident memory against the 32 bytes of a picture's
codes, cell and twins. People: random vectors of 128 numbers in so many cells likewise, compared within their cells;
one cell is a whole set. A round of each is asked and then kept, as a build does it.
"""

from __future__ import annotations

import argparse
import io
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import samples
from PIL import Image as Pillow
from PIL import ImageEnhance
from scipy.stats import beta
from screen import FOLDERS, files, stored

from agfd.analyze.hashes import codes
from agfd.dedup.identity import Faces, People
from agfd.dedup.near import MOST, Looks, Near, distance, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

BOUNDS = range(MOST + 1)


def jpeg(picture: Pillow.Image, quality: int = 60) -> Pillow.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Pillow.open(file)


def resized(picture: Pillow.Image, factor: float) -> Pillow.Image:
    return picture.resize([max(1, round(side * factor)) for side in picture.size], Pillow.Resampling.BICUBIC)


def cropped(picture: Pillow.Image, share: float, left: float, top: float) -> Pillow.Image:
    """Without so large a share of either side, of which `left` and `top` (0 to 1) lie before what is kept."""
    width, height = picture.size
    box = (left * share, top * share, 1 - (1 - left) * share, 1 - (1 - top) * share)
    return picture.crop(tuple(round(at * side) for at, side in zip(box, (width, height) * 2, strict=True)))


COPIES: dict[str, Callable[[Pillow.Image], Pillow.Image]] = {
    "jpeg 60": jpeg,
    "half size": lambda picture: resized(picture, 0.5),
    "quarter size": lambda picture: resized(picture, 0.25),
    "crop 2 %, even": lambda picture: cropped(picture, 0.02, 0.5, 0.5),
    "crop 2 %, corner": lambda picture: cropped(picture, 0.02, 0.0, 0.0),
    "crop 5 %, even": lambda picture: cropped(picture, 0.05, 0.5, 0.5),
    "darker 0.7": lambda picture: ImageEnhance.Brightness(picture).enhance(0.7),
    "brighter 1.2": lambda picture: ImageEnhance.Brightness(picture).enhance(1.2),
    "all at once": lambda picture: jpeg(
        ImageEnhance.Brightness(cropped(resized(picture, 0.5), 0.02, 0.5, 0.5)).enhance(0.85)
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, help="a dataset whose pictures are compared too")
    parser.add_argument("--images", type=int, default=100, help="of each folder whose copies are made")
    parser.add_argument("--number", type=int, default=10_000_000, help="random codes of the search")
    parser.add_argument("--bound", type=int, default=5, help="bits, of the search")
    parser.add_argument("--cells", type=int, default=315, help="of the people; agfd-20k has 315")
    parser.add_argument("--only", default="codes,search,people")
    options = parser.parse_args()
    if "search" in options.only:
        search(options.number, options.bound)
    if "people" in options.only:
        search_people(options.number, options.cells)
    if "codes" in options.only:
        measure_codes(options.images, options.dataset)
    return 0


def measure_codes(images: int, dataset: Path | None) -> None:
    sources = {folder: files(samples.root(folder), 100_000) for folder in FOLDERS}
    if dataset:
        sources["dataset"] = stored(dataset)
    print(f"{'copies within a bound of':26}" + "".join(f"{bound:7}" for bound in BOUNDS) + "   most")
    found = {}
    for name, pictures in sources.items():
        found[name] = of_set(name, pictures, images)
    print(f"\n{'pairs within a bound of':26}" + "".join(f"{bound:9}" for bound in BOUNDS))
    for name, (straight, mirrored) in found.items():
        pairs = np.concatenate([distance(straight[row], straight[row + 1 :]) for row in range(len(straight))])
        flips = np.concatenate([distance(mirrored[row], straight[row + 1 :]) for row in range(len(straight))])
        for kind, distances in (("", pairs), (" mirrored", flips)):
            shares = "".join(f"{np.mean(distances <= bound):9.1e}" for bound in BOUNDS)
            print(f"{name + kind:26}{shares}  of {len(distances)}, closest {distances.min()}")
            upper = (beta.ppf(0.975, np.sum(distances <= b) + 1, np.sum(distances > b)) for b in BOUNDS)
            print(f"{'  at most':26}" + "".join(f"{bound:9.1e}" for bound in upper))


def of_set(name: str, pictures: Iterable[NDArray[np.uint8]], images: int) -> tuple[NDArray[np.uint64], ...]:
    """Prints how far copies are; the codes (n, 2) of all pictures and of their mirror images."""
    packed, copies = [], {kind: [] for kind in COPIES}
    for nth, pixels in enumerate(pictures):
        packed.append(pack(list(codes(pixels).values())))
        if nth < images:
            for kind, change in COPIES.items():
                changed = np.asarray(change(Pillow.fromarray(pixels)).convert("RGB"))
                copies[kind].append(pack(list(codes(changed).values())))
    straight, mirrored = unpack(packed)
    for kind, changed in copies.items():
        apart = distance(straight[: len(changed)], unpack(changed)[0])
        shares = "".join(f"{np.mean(apart <= bound):7.3f}" for bound in BOUNDS)
        print(f"{name[:9] + ' ' + kind:26}{shares}{apart.max():7}", flush=True)
    return straight, mirrored


def search(number: int, bound: int) -> None:
    rng = np.random.default_rng(0)
    before = peak()
    index = Near(bound)
    began = time.perf_counter()
    rounds = 16
    for _ in range(rounds):
        index.add(looks(rng.integers(0, 2**64, (number // rounds, 2), dtype=np.uint64)))
    filed = time.perf_counter() - began
    used = peak() - before
    asked = rng.integers(0, 2**64, (2048, 2), dtype=np.uint64)
    began = time.perf_counter()
    hits = index.found(looks(asked), asked[::-1])
    seconds = time.perf_counter() - began
    held = len(index) * 32 / 2**20
    print(f"{len(index)} codes in {rounds} rounds, bound {bound}: filed in {filed:.1f} s")
    print(f"peak {used:.0f} MB more, {used / held:.1f} times the {held:.0f} MB of the codes")
    print(f"{len(asked)} asked with their mirror images: {1e6 * seconds / len(asked):.1f} us each, {hits.any()} found")


def search_people(number: int, cells: int) -> None:
    rng = np.random.default_rng(0)
    before = peak()
    people = People(0.95, within_cell=True)
    seconds, rows = {"asked": 0.0, "kept": 0.0}, 1 << 13
    last = 0.0
    for done in range(0, number, rows):
        vectors = rng.normal(size=(rows, 128)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        faces = Faces(vectors.astype(np.float16), rng.integers(0, cells, rows), np.zeros(rows, np.int64))
        # All are asked in a build; here enough of them to know what the others would take.
        if done // rows % 16 == 15:
            began = time.process_time()
            assert (people.found(faces) < 0).all()
            people.pairs(faces)
            last = time.process_time() - began
            seconds["asked"] += 16 * last
        began = time.process_time()
        people.add(faces)
        seconds["kept"] += time.process_time() - began
    used, held = peak() - before, len(people) * (256 + 16) / 2**20
    print(f"{len(people)} people in {cells} cells: filed in {seconds['kept']:.1f} s")
    print(f"all asked in {seconds['asked']:.0f} s, the last {rows} in {last:.1f} s")
    print(f"peak {used:.0f} MB more, {used / held:.2f} times the {held:.0f} MB of vectors, cells and twins")


def looks(codes: NDArray[np.uint64]) -> Looks:
    nobody = np.zeros(len(codes), dtype=np.int64)
    return Looks(codes, nobody, nobody)


def peak() -> float:
    """Peak resident memory in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
