"""The same request gives the same bytes: in other processes, orders and batches, with other hash seeds.

    python benchmarks/determinism.py [--loads 400] [--processes 4] [--out determinism.json]

Each process has its own PYTHONHASHSEED, makes the same requests, spread over the rows of agfd-20k, several times over
in an order of its own, and cuts them into batches of its own. Pictures are tiny (64 pixels, 2 paths), because what
could differ is how a scene is put together and loaded, not how large it is. Limit: every request has one hash.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from render import spread

REQUESTS = 25


def loads(count: int, seed: int) -> list[tuple[str, str]]:
    """Request id and SHA-256 of the pixels of `count` pictures, in the order of `seed`."""
    from agfd.generate.render.generator import QUALITIES, Renderer

    generator = Renderer("draft")
    generator._quality = replace(QUALITIES["draft"], size=(64, 64), spp=2, texels=256, strands=600)
    requests = spread(REQUESTS)
    draw = random.Random(seed)
    queue = [request for _ in range(-(-count // len(requests))) for request in draw.sample(requests, len(requests))]
    queue = queue[:count]
    hashes = []
    while queue:
        batch, queue = queue[: (size := draw.randint(1, 9))], queue[size:]
        for request, outcome in zip(batch, generator.generate(batch), strict=True):
            assert outcome.value is not None, outcome.failure
            hashes.append((request.id, hashlib.sha256(outcome.value.pixels.tobytes()).hexdigest()))
    return hashes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", type=int, default=400, help="pictures in all")
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    each = options.loads // options.processes
    if options.child is not None:
        print(json.dumps(loads(each, options.child)))
        return
    begin, seen = time.perf_counter(), dict[str, set[str]]()
    for nth in range(options.processes):
        command = [sys.executable, __file__, *sys.argv[1:], "--child", str(nth)]
        environment = os.environ | {"PYTHONHASHSEED": str(1 + 1000 * nth)}
        answer = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        for request, digest in json.loads(answer):
            seen.setdefault(request, set()).add(digest)
    unlike = sorted(request for request, hashes in seen.items() if len(hashes) > 1)
    print(
        f"{each * options.processes} scene loads of {len(seen)} requests in {options.processes} processes, "
        f"{time.perf_counter() - begin:.0f} s: {len(unlike)} requests with more than one picture {unlike[:5]} (limit 0)"
    )
    if options.out:
        result = {"loads": each * options.processes, "requests": len(seen), "unlike": unlike}
        options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.exit(1 if unlike else 0)


if __name__ == "__main__":
    main()
