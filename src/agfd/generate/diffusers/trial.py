"""The largest batch that fits and pays, found by doubling."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agfd.errors import OutOfMemoryError

if TYPE_CHECKING:
    from collections.abc import Callable

# What is larger has to make at least so many times as many images a second, if not at once, then doubled again.
GAIN, PATIENCE = 1.05, 2
MOST = 64
# The share of the memory that a batch may take: texts are longer at times, and other programs want some too.
SHARE = 0.85


def largest(seconds: Callable[[int], float], memory: Callable[[], tuple[int, int]], most: int = MOST) -> int:
    """The largest power of two that fits and pays. `seconds`: makes a batch, raises `OutOfMemoryError`; `memory`: the
    most bytes that were taken so far, and how many there are.

    Raises `OutOfMemoryError` where not even one image fits.
    """
    before, _ = memory()
    batch = best = 1
    rate, missed = 1 / seconds(1), 0
    while batch < most and missed < PATIENCE:
        used, there = memory()
        # What one image more takes shows only from the second batch on: the first pays for buffers too.
        if used + (used - before if batch > 1 else 0) * 2 > SHARE * there:
            break
        before = used
        batch *= 2
        try:
            found = batch / seconds(batch)
        except OutOfMemoryError:
            break
        if found > GAIN * rate:
            best, rate, missed = batch, found, 0
        else:
            missed += 1
    return best


def memory(where: str) -> tuple[int, int]:
    """The most bytes that this process took of a device so far, and how many it could have."""
    import torch

    if where.startswith("cuda"):
        free, _ = torch.cuda.mem_get_info(where)
        return torch.cuda.max_memory_reserved(where), free + torch.cuda.memory_reserved(where)
    if sys.platform != "linux":
        # Memory runs out late there: swapped, and then slower, which the trial sees.
        return 0, 1
    import resource

    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    status = dict(line.split(":", 1) for line in lines)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return peak, peak + int(status["MemAvailable"].split()[0]) * 1024
