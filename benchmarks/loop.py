"""What the loop costs beside the generator: throughput, memory, and the time to open a large dataset.

    python benchmarks/loop.py [--out loop.json] [--only throughput,memory,million]

Throughput: two workers with a generator that burns 1.0 CPU-s per 512 px image, and one that waits 200 ms as for a GPU,
against the same generator alone in two processes in the same run. Limits: 0.90 and 0.95 of the bare generator.
Memory: growth of the driver's peak resident memory from a build of 1,000 to one of 50,000 samples. Limit: 50 MB.
Million: rows opened, filtered and summarised. Limit: 5 s.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

RECIPE = """\
extends: agfd-20k
name: bench
analyzers: [{analyzer}]
rules: {rules}
rows: {rows}
"""
WORKERS = 2


def recipe(folder: Path, analyzer: str, counts: int) -> Path:
    """One plain row of so many images per sex."""
    from agfd.recipe import load

    dropped = {name: None for name in load("agfd-20k").rows if name != "age.young"}
    rows = {**dropped, "age.young": {"count": {"male": counts, "female": counts}}}
    rules: dict[str, object] = {}
    if analyzer == "basic":
        # Every verdict must pass, so that each image is encoded and stored in full.
        rules = {
            code: {"measure": "luminance", "min": 0, "max": None, "about": "quality"} for code in load("agfd-20k").rules
        }
        rules = {code: {"measure": "faces", "min": -1, "max": 99, "within": None, "when": None} for code in rules}
    path = folder / f"{analyzer}-{counts}.yaml"
    path.write_text(RECIPE.format(analyzer=analyzer, rules=json.dumps(rules), rows=json.dumps(rows)), encoding="utf-8")
    return path


BARE = """
import sys, time
from agfd.registry import GENERATORS
from agfd.planning import Table
from agfd.recipe import load
g = GENERATORS.make("fake", picture=sys.argv[5], burn=sys.argv[1], wait=sys.argv[2])
t = Table(load("agfd-20k"))
requests = [t.request("age.young", sys.argv[4], n) for n in range(int(sys.argv[3]))]
list(g.generate(requests[:1]))
print("ready", flush=True)
sys.stdin.readline()
started = time.perf_counter()
for outcome in g.generate(requests):
    assert outcome.value is not None
print(time.perf_counter() - started)
"""


def bare(burn: float, wait: float, images: int, picture: Path) -> float:
    """Images a second of the generator alone, in as many processes as the loop has workers."""
    crew = [
        subprocess.Popen(
            [sys.executable, "-c", BARE, str(burn), str(wait), str(images // WORKERS), sex, str(picture)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for sex in ("male", "female")
    ]
    for process in crew:
        assert process.stdout is not None
        process.stdout.readline()
    started = time.perf_counter()
    for process in crew:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in crew:
        process.wait()
    return images / (time.perf_counter() - started)


def looped(folder: Path, burn: float, wait: float, images: int, picture: Path) -> float:
    """Images a second of the whole loop, from the first image to the last: set-up is paid once, not per image."""
    import agfd
    from agfd.api import ItemDone

    times: list[float] = []

    def hear(event: object) -> None:
        if isinstance(event, ItemDone):
            times.append(time.perf_counter())

    out = folder / f"out-{time.monotonic_ns()}"
    agfd.build(
        str(recipe(folder, "basic", images // 2)),
        out,
        generator="fake",
        workers=WORKERS,
        set=(f"generator.picture={picture}", f"generator.burn={burn}", f"generator.wait={wait}", "generator.chunk=64"),
        on_event=hear,
    )
    shutil.rmtree(out)
    # The first images of both workers mark the start; what is left over is what was made since.
    return (len(times) - WORKERS) / (times[-1] - times[WORKERS - 1])


def throughput(folder: Path, repeats: int) -> dict[str, object]:
    """A rendered face stands in for what the generator makes: on a picture without a face the detector looks twice."""
    from agfd import api

    picture = folder / "face.png"
    api.write_image(api.make({"age": 35, "sex": "female"}), picture)
    result: dict[str, object] = {}
    for name, burn, wait, images, limit in (("burns 1.0 s", 1.0, 0.0, 128, 0.90), ("waits 0.2 s", 0.0, 0.2, 256, 0.95)):
        ratios = []
        for _ in range(repeats):
            alone = bare(burn, wait, images, picture)
            ratios.append(looped(folder, burn, wait, images, picture) / alone)
        ratio = statistics.median(ratios)
        print(f"throughput, generator {name}: {ratio:.3f} of the bare generator (limit {limit}), runs {ratios}")
        result[name] = {"ratio": ratio, "limit": limit, "runs": ratios}
    return result


DRIVER = """
import resource, sys
import agfd
options = ("generator.size=64", "generator.chunk=64")
agfd.build(sys.argv[1], sys.argv[2], generator="fake", workers=2, set=options)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def memory(folder: Path) -> dict[str, object]:
    """Peak resident memory of the driver of a whole build, pages included, of 1,000 and of 50,000 samples."""
    peak = {}
    for samples in (1_000, 50_000):
        command = [sys.executable, "-c", DRIVER, str(recipe(folder, "fake", samples // 2)), str(folder / f"m{samples}")]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        # Linux counts in KiB.
        peak[samples] = int(done.stdout) * 1024
    growth = (peak[50_000] - peak[1_000]) / 1e6
    print(
        f"memory: peak {peak[1_000] / 1e6:.0f} MB for 1,000 samples, {peak[50_000] / 1e6:.0f} MB for 50,000: "
        f"{growth:+.1f} MB (limit 50 MB)"
    )
    return {"peak": peak, "growth_mb": growth, "limit_mb": 50}


def million(folder: Path) -> dict[str, object]:
    """A million rows: the rounds of a small dataset many times over."""
    import agfd
    from agfd.store import Layout, row_files

    small = folder / "small"
    options = ("generator.size=64", "generator.chunk=64")
    agfd.build(str(recipe(folder, "fake", 5_000)), small, generator="fake", workers=WORKERS, set=options)
    large = folder / "large"
    shutil.copytree(small, large, ignore=shutil.ignore_patterns("shards", "gallery", "log"))
    (large / "shards").mkdir()
    layout, number = Layout(large), len(row_files(Layout(large)))
    sources = [layout.round_file(n + 1) for n in range(number)]
    rows = len(agfd.open(small))
    for copy in range(1, -(-1_000_000 // rows)):
        for nth, source in enumerate(sources):
            shutil.copy(source, layout.round_file(copy * number + nth + 1))
    result: dict[str, object] = {}
    started = time.perf_counter()
    dataset = agfd.open(large)
    total = len(dataset)
    some = len(dataset.filter(race="White", age=(30, 40)))
    counts = dataset.status()
    seconds = time.perf_counter() - started
    assert counts["accepted"] == total >= 1_000_000 > some > 0
    print(f"million: {total:,} rows opened, filtered ({some:,}) and summarised in {seconds:.2f} s (limit 5 s)")
    result.update(rows=total, seconds=seconds, limit_s=5)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", default="throughput,memory,million")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    result: dict[str, object] = {"cores": os.cpu_count()}
    with tempfile.TemporaryDirectory(prefix="agfd-bench-") as temporary:
        folder = Path(temporary)
        parts: dict[str, Callable[[], dict[str, object]]] = {
            "throughput": lambda: throughput(folder, options.repeats),
            "memory": lambda: memory(folder),
            "million": lambda: million(folder),
        }
        for name in options.only.split(","):
            result[name] = parts[name]()
    if options.out:
        options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
