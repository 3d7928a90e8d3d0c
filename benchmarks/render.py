"""What a face of the embedded renderer costs: processor seconds by stage, memory, and the first picture from cold.

    python benchmarks/render.py [--images 16] [--quality standard] [--psnr 0] [--reference 256] [--twins 0]
        [--out render.json]

Images are spread over the rows of agfd-20k that the renderer can make. Stages are timed in the process's own CPU time,
one thread; "other" is what no stage covers. `--psnr N` makes N of them again, and with `--reference` paths per pixel,
both denoised and without grain, and compares the two in 8 bits of sRGB. `--twins N` makes N of them in other light,
right after the picture itself and again with nothing kept. Limits: median 10 CPU-s for `standard`
(512 px) and 2 for `draft`, 1.2 GB at the highest, median PSNR 35 dB, first draft within 10 s.
"""

from __future__ import annotations

import argparse
import functools
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

# What the stages are called, and the functions of `agfd.generate.render.studio` that they consist of.
STAGES = {
    "head": "HeadModel.shape",
    "hair": "hairdo.hair",
    "skin": "skin.paint",
    "brows and lashes": "brows.brows brows.lashes",
    "clothes": "clothes.shirt",
    "scene and tracing": "trace.trace",
    "denoiser's guide": "guide",
    "denoise and compose": "compose.light",
    "focus and film": "focus.focused film.developed",
    "background": "background",
}


def clocked(owner: Any, path: str, stage: str, spent: dict[str, float]) -> None:
    """Replace a function by one that adds its CPU time to `spent`."""
    *holders, name = path.split(".")
    holder = functools.reduce(getattr, holders, owner)
    real: Callable[..., Any] = getattr(holder, name)

    @functools.wraps(real)
    def timed(*args: Any, **kwargs: Any) -> Any:
        before = time.process_time()
        try:
            return real(*args, **kwargs)
        finally:
            spent[stage] += time.process_time() - before

    setattr(holder, name, timed)


def spread(images: int) -> list[Any]:
    """Requests over all rows that can be made, in proportion to the table's own mix."""
    from agfd.planning import Table
    from agfd.recipe import load
    from agfd.registry import GENERATORS

    generator = GENERATORS.make("render")
    table = Table(load("agfd-20k"), 0.01)
    requests = [table.request(row, sex, slot) for row, sex in table.parts() for slot in range(table.count(row, sex))]
    able = [request for request in requests if generator.can_make(request) is None]
    step = max(1, len(able) // images)
    return able[::step][:images]


def measure(images: int, quality: str) -> dict[str, Any]:
    from agfd.generate.render import studio
    from agfd.registry import GENERATORS

    spent: dict[str, float] = defaultdict(float)
    for stage, paths in STAGES.items():
        for path in paths.split():
            clocked(studio, path, stage, spent)
    generator = GENERATORS.make("render", quality=quality)
    before = time.process_time()
    generator.setup()
    setup = time.process_time() - before
    seconds = []
    for outcome_of in spread(images):
        before = time.process_time()
        (outcome,) = generator.generate([outcome_of])
        seconds.append(time.process_time() - before)
        assert outcome.value is not None, outcome.failure
        print(f"{outcome_of.row:22} {outcome_of.variant:24} {seconds[-1]:6.2f} CPU-s", flush=True)
    per_image = {stage: value / len(seconds) for stage, value in spent.items()}
    per_image["other"] = statistics.mean(seconds) - sum(per_image.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{quality}: median {statistics.median(seconds):.2f} CPU-s, mean {statistics.mean(seconds):.2f}, "
        f"least {min(seconds):.2f}, most {max(seconds):.2f}; set-up {setup:.1f}; {peak:.2f} GB"
    )
    for stage, value in sorted(per_image.items(), key=lambda item: -item[1]):
        print(f"  {stage:22} {value:6.2f} CPU-s {100 * value / statistics.mean(seconds):5.1f} %")
    return {"median": statistics.median(seconds), "seconds": seconds, "stages": per_image, "peak_gb": peak}


def errors(images: int, quality: str, reference: int) -> dict[str, Any]:
    """PSNR of pictures of the preset to the same with `reference` paths per pixel."""
    from agfd.generate.render.generator import Renderer

    generator, found = Renderer(quality, {"grain": 0}), []
    own = generator._quality
    for request in spread(images):
        pictures = []
        for spp in (own.spp, reference):
            generator._quality = replace(own, spp=spp)
            (outcome,) = generator.generate([request])
            assert outcome.value is not None, outcome.failure
            pictures.append(outcome.value.pixels.astype(np.float64))
        found.append(float(10 * np.log10(255**2 / np.mean((pictures[0] - pictures[1]) ** 2))))
        print(f"{request.row:22} {request.variant:24} {found[-1]:6.1f} dB", flush=True)
    middle = statistics.median(found)
    print(f"{quality}: median {middle:.1f} dB to {reference} paths, least {min(found):.1f} (limit 35)")
    return {"median_db": middle, "db": found, "reference": reference}


def reuse(images: int, quality: str) -> dict[str, Any]:
    """CPU seconds of twins in other light, with what the studio keeps of the first picture and without."""
    from agfd.generate.render.generator import Renderer

    generator, kept, alone = Renderer(quality), [], []
    list(generator.generate(spread(1)))
    for request in spread(images):
        other = "sun behind" if request.attributes.get("light") == "soft" else "soft"
        twin = replace(request, attributes={**request.attributes, "light": other})
        list(generator.generate([request]))
        for seconds in (kept, alone):
            before = time.process_time()
            list(generator.generate([twin]))
            seconds.append(time.process_time() - before)
            assert generator._studio is not None
            generator._studio.kept.clear()
    means = statistics.mean(kept), statistics.mean(alone)
    print(f"twins in other light: {means[0]:.2f} CPU-s, {means[1]:.2f} with nothing kept, mean of {images}")
    return {"kept_s": kept, "alone_s": alone}


def cold(tries: int) -> dict[str, Any]:
    """Wall seconds from the start of a new process to a draft on disk."""
    walls = []
    with tempfile.TemporaryDirectory(prefix="agfd-bench-") as folder:
        for nth in range(tries):
            command = [sys.executable, "-m", "agfd", "make", "--quality", "draft", "--seed", str(nth)]
            before = time.perf_counter()
            subprocess.run([*command, "-o", str(Path(folder) / f"{nth}.png")], check=True, stdout=subprocess.DEVNULL)
            walls.append(time.perf_counter() - before)
    print(f"first draft from a cold start: median {statistics.median(walls):.1f} s of {tries} (limit 10 s)")
    return {"median_s": statistics.median(walls), "limit_s": 10}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=16, help="so many are timed; 0: only what else is asked for")
    parser.add_argument("--quality", default="standard")
    parser.add_argument("--psnr", type=int, default=0, help="so many pictures are compared with a long render")
    parser.add_argument("--reference", type=int, default=256, help="paths per pixel of the long render")
    parser.add_argument("--twins", type=int, default=0, help="so many pictures are made again in other light")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    result: dict[str, Any] = {}
    if options.images:
        result = {options.quality: measure(options.images, options.quality), "cold": cold(3)}
    if options.psnr:
        result["psnr"] = errors(options.psnr, options.quality, options.reference)
    if options.twins:
        result["twins"] = reuse(options.twins, options.quality)
    if options.out:
        options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
