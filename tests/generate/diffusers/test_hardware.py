"""What this machine offers, and what is said where its memory ends."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from agfd.errors import OutOfMemoryError, UsageError
from agfd.generate.diffusers import hardware


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 4 bytes."),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        MemoryError(),
    ],
    ids=lambda error: str(error)[:24],
)
def test_the_end_of_memory_is_one_error(error: Exception) -> None:
    with (
        pytest.raises(OutOfMemoryError, match=r"^a batch of 8 images does not fit into the memory of cpu$") as caught,
        hardware.memory_for(8, "a batch of 8 images", "cpu"),
    ):
        raise error
    assert caught.value.batch == 8


def test_what_torch_really_raises() -> None:
    with pytest.raises(OutOfMemoryError, match="one image does not fit"), hardware.memory_for(1, "one image", "cpu"):
        torch.empty(10**15)


def test_other_errors_pass() -> None:
    with pytest.raises(RuntimeError, match="mat1 and mat2"), hardware.memory_for(1, "", "cpu"):
        torch.ones(2, 3) @ torch.ones(2, 3)


def test_a_device_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "gpus", lambda: ("cuda:0",))
    assert hardware.device("cuda") == "cuda:0"
    with pytest.raises(UsageError, match=r"there is cuda:0, not 'cuda:1'"):
        hardware.device("cuda:1")
    monkeypatch.setattr(hardware, "gpus", tuple)
    with pytest.raises(UsageError, match="there is no GPU that torch can use, not 'cuda'"):
        hardware.device("cuda")
    assert hardware.device("cpu") == "cpu"


def test_precision_is_what_the_device_computes_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hardware.precision("auto", "cuda:0") is torch.float16
    assert hardware.precision("float32", "cuda:0") is torch.float32
    for generation, chosen in (((8, 6), torch.bfloat16), ((7, 5), torch.float16)):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _where, found=generation: found)
        assert hardware.precision("auto", "cuda:0", wide=True) is chosen
        assert hardware.precision("auto", "cuda:0") is torch.float16
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True, "amx_bf16": False})
    assert hardware.precision("auto", "cpu") is torch.bfloat16
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, "avx512_bf16": False})
    assert hardware.precision("auto", "cpu") is torch.float32


@pytest.mark.skipif(bool(hardware.gpus()), reason="where there is a GPU torch has to be asked for it")
def test_planning_loads_no_torch() -> None:
    script = (
        "import sys; from agfd.registry import GENERATORS;"
        "generator = GENERATORS.make('diffusers'); generator.info;"
        "from agfd.planning import Table; from agfd.recipe import load;"
        "assert generator.can_make(Table(load('agfd-20k')).request('age.young', 'male', 0)) is None;"
        "assert not {'torch', 'diffusers', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
