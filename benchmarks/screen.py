"""False alarms of the safety screen on portraits, where every alarm is one.

    AGFD_FACES=... python benchmarks/screen.py --images 100 [--dataset DIR]

For each folder of sample faces, and for a dataset's pictures: how many scores reach the bounds for adults and for
people under 18 (in a dataset also the bound for the age that was asked), with 95 % intervals (Wilson). Then every
different prompt of the shipped recipe, screened as if for a child of one year. Claim: near zero on renders and prompts.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import samples

import agfd
from agfd import images, safety
from agfd.errors import ImageError
from agfd.planning import Table
from agfd.recipe import load
from agfd.records import Image
from agfd.registry import ANALYZERS
from agfd.stats import wilson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from agfd.records import Sample

DATASET = "dataset"
FOLDERS = ("real_utkface", "real_ffhq", "real_expressions", "real_masks", "generated_sd21", "generated_stylegan2")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100, help="of each folder")
    parser.add_argument("--dataset", type=Path, help="a dataset whose pictures are screened too")
    options = parser.parse_args()
    analyzer = ANALYZERS.make("nsfw")
    analyzer.setup()
    sources: dict[str, Iterator[tuple[NDArray[np.uint8], float | None]]] = {
        folder: ((pixels, None) for pixels in files(samples.root(folder), options.images))
        for folder in FOLDERS
        if options.images
    }
    if options.dataset:
        sources[DATASET] = (
            (pixels, float(sample.request.attributes["age"])) for sample, pixels in stored_samples(options.dataset)
        )
    print(f"{'':22}{'images':>8}{'most':>8}{'adults':>24}{'under 18':>24}{'as asked':>24}")
    for name, pictures in sources.items():
        seen = [(analyzer.measure([Image(pixels)])[0].values[safety.MEASURE].value, age) for pixels, age in pictures]
        bounds = [sum(safety.is_unsafe(score, age) for score, _ in seen) for age in (30, 10)]
        bounds += [sum(safety.is_unsafe(score, age) for score, age in seen)] if name == DATASET else []
        told = "".join(f"{told_of(hits, len(seen)):>24}" for hits in bounds)
        print(f"{name:22}{len(seen):8}{max(score for score, _ in seen):8.3f}{told}")
    prompts = texts()
    hits = sum(safety.screen(prompt, 1) is not None for prompt in prompts)
    print(
        f"different prompts of agfd-20k: {len(prompts)}, alarms for a child of one year: {told_of(hits, len(prompts))}"
    )
    return 0


def told_of(hits: int, trials: int) -> str:
    low, high = wilson(hits, trials)
    return f"{hits} ({low:.2%} to {high:.2%})"


def texts() -> set[str]:
    """Every prompt that the whole table asks for, at its full size."""
    table = Table(load("agfd-20k"))
    asked = (table.request(row, sex, slot) for row, sex in table.parts() for slot in range(table.count(row, sex)))
    return {request.prompt for request in asked}


def files(folder: Path, count: int) -> Iterator[NDArray[np.uint8]]:
    """Pictures of a folder, drawn evenly."""
    found = sorted(file for file in folder.rglob("*") if file.suffix.lower() in (".jpg", ".jpeg", ".png"))
    for index in np.random.default_rng(1).permutation(len(found))[:count]:
        try:
            yield images.decode(found[index].read_bytes())
        except ImageError as error:
            print(f"left out: {found[index].name}: {error}", file=sys.stderr)


def stored(folder: Path) -> Iterator[NDArray[np.uint8]]:
    """Full pixels of every picture that a dataset kept."""
    return (pixels for _, pixels in stored_samples(folder))


def stored_samples(folder: Path) -> Iterator[tuple[Sample, NDArray[np.uint8]]]:
    """Every sample that has full pixels, with them."""
    dataset = agfd.open(folder).filter(status=None)
    for sample in dataset:
        if sample.place is not None and sample.place.size:
            yield sample, dataset.image(sample)


if __name__ == "__main__":
    sys.exit(main())
