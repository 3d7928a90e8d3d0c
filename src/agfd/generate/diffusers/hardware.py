"""What this machine offers: devices, precisions, threads and memory."""

from __future__ import annotations

import importlib.util
import os
import platform
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agfd.errors import OutOfMemoryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

# What a GPU's driver leaves in the file system: of NVIDIA on Linux and in WSL, and of AMD.
_DRIVERS = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
# NVIDIA's generation (Ampere) from which on bfloat16 is computed and not emulated; AMD's count higher.
_WITH_BFLOAT16 = (8, 0)
_NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")


@cache
def gpus() -> tuple[str, ...]:
    """The GPUs of this machine, `cuda:0`, `cuda:1`, ... torch is loaded only where a driver is: planning is fast."""
    if os.name == "posix" and not any(Path(driver).exists() for driver in _DRIVERS):
        return ()
    import torch

    return tuple(f"cuda:{nth}" for nth in range(torch.cuda.device_count()))


def device(asked: str) -> str:
    """The device for the option `device`: the first GPU, else the processor. Raises `UsageError` where it is none."""
    if asked == "auto":
        if platform.system() == "Darwin" and platform.machine() == "arm64":
            return "mps"
        return gpus()[0] if gpus() else "cpu"
    wanted = "cuda:0" if asked == "cuda" else asked
    if wanted.startswith("cuda") and wanted not in gpus():
        there = f"there is {', '.join(gpus())}" if gpus() else "there is no GPU that torch can use"
        raise UsageError(f"generator.device: {there}, not {asked!r}")
    return wanted


def cores() -> int:
    """The physical cores that this process may use: two threads on one core compute no faster than one."""
    able = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    siblings = (Path(f"/sys/devices/system/cpu/cpu{one}/topology/thread_siblings_list") for one in able)
    return len({file.read_text(encoding="ascii") if file.exists() else str(file) for file in siblings})


def precision(asked: str, where: str, *, wide: bool = False) -> torch.dtype:
    """The number format: float16 on GPUs, on the processor bfloat16 if it computes in it, else float32.

    `wide`: the model was trained in bfloat16, whose range float16 does not have; a GPU that has it takes it.
    """
    import torch

    if asked != "auto":
        return getattr(torch, asked)  # type: ignore[no-any-return]
    if where != "cpu":
        able = wide and where.startswith("cuda") and torch.cuda.get_device_capability(where) >= _WITH_BFLOAT16
        return torch.bfloat16 if able else torch.float16
    return torch.bfloat16 if _computes_in_bfloat16() else torch.float32


def _computes_in_bfloat16() -> bool:
    """Whether the processor has the instructions (AVX512-BF16, AMX); without them it is slower than float32."""
    import torch

    if hasattr(torch.cpu, "get_capabilities"):
        there = torch.cpu.get_capabilities()
        return any(there.get(name) for name in ("avx512_bf16", "amx_bf16"))
    # torch before 2.11.
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())


@contextmanager
def memory_for(batch: int, what: str, where: str) -> Iterator[None]:
    """Turns what torch raises where memory ends, on whatever device, into `OutOfMemoryError`. `what`: needs it."""
    import torch

    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        known = isinstance(error, torch.OutOfMemoryError | MemoryError)
        if not known and not any(sign in str(error).lower() for sign in _NO_MEMORY):
            raise
    else:
        return
    raise OutOfMemoryError(f"{what} does not fit into the memory of {where}", batch)


def free(where: str) -> None:
    """Give back what torch keeps for later."""
    import gc

    import torch

    gc.collect()
    if where.startswith("cuda"):
        torch.cuda.empty_cache()
    elif where == "mps":
        torch.mps.empty_cache()


def compiles(where: str) -> bool:
    """Whether `torch.compile` is worth it by default and can work: on CUDA with its compiler."""
    return where.startswith("cuda") and importlib.util.find_spec("triton") is not None


def use_threads(number: int) -> int:
    """Compute with so many threads of the processor; returns how many there were. The last bits of sums hang on it."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(number)
    return before
