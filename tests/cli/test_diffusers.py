"""What goes wrong with a diffusion model, as its user sees it: one sentence, exit code 2, nothing written."""

from __future__ import annotations

import shutil
from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING

import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file, save_file

from agfd import models, registry
from agfd.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _nothing_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No network, and an empty cache of the hub."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture
def copy(small_model: Path, tmp_path: Path) -> Path:
    """The small model, to be damaged."""
    return shutil.copytree(small_model, tmp_path / "model")


def run(command: str, model: object, *words: str) -> Result:
    size = ["--set", "generator.width=64", "--set", "generator.height=64", "--set", "generator.batch=2"]
    some = ["--generator", "diffusers", "--rows", "age.young", "--scale", "0.001", *size]
    return CliRunner().invoke(main, [command, "agfd-20k", *some, "--model", str(model), *words])


def refused(model: object, tmp_path: Path, *words: str) -> str:
    """What `agfd build` says."""
    out = tmp_path / "faces"
    result = run("build", model, "--out", str(out), "--no-analyze", "--no-screen", *words)
    assert result.exit_code == 2, result.output
    assert not list(out.rglob("*.tar"))
    assert not (out / "build.json").exists()
    (line,) = result.stderr.strip().splitlines()
    assert "Traceback" not in line
    return line


def test_the_extra_is_missing(small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = registry.version

    def version(name: str) -> str:
        if name == "diffusers":
            raise PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(registry, "version", version)
    said = refused(small_model, tmp_path)
    assert said.endswith('the diffusers generator needs diffusers: pip install "agfd[diffusers]"')


def test_no_network(tmp_path: Path) -> None:
    assert "nobody/nothing is not on this machine and the hub cannot be reached" in refused("nobody/nothing", tmp_path)


def test_no_such_model(tmp_path: Path) -> None:
    assert "did you mean 'realistic-vision'" in refused("realistic-visoin", tmp_path)


def test_a_pickle(tmp_path: Path) -> None:
    (tmp_path / "model.ckpt").write_bytes(b"\x80\x02")
    assert ".safetensors" in refused(tmp_path / "model.ckpt", tmp_path)


def test_a_file_that_is_cut_off(copy: Path, tmp_path: Path) -> None:
    weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    said = refused(copy, tmp_path)
    assert "diffusion_pytorch_model.safetensors" in said


def test_a_part_of_a_model(small_model: Path, tmp_path: Path) -> None:
    vae = small_model / "vae" / "diffusion_pytorch_model.safetensors"
    assert "is a VAE alone and not a whole model" in refused(vae, tmp_path)


def test_an_addition_of_another_kind(small_model: Path, tmp_path: Path) -> None:
    vae = small_model / "vae" / "diffusion_pytorch_model.safetensors"
    assert "is not a LoRA" in refused(small_model, tmp_path, "--set", f"generator.lora={vae}")


def test_an_option_that_is_not_there(small_model: Path, tmp_path: Path) -> None:
    assert "did you mean 'steps'" in refused(small_model, tmp_path, "--set", "generator.step=3")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("generator.width=100", "cannot make pictures of 100 x 64 pixels"),
        ("settings.sampler=DPM 2M", "there is no sampler named 'DPM 2M'"),
        ("template=" + "a, " * 1200, "chunks of 75 tokens, and 20 are the most"),
    ],
)
def test_what_the_model_cannot_make_is_planned_as_such(small_model: Path, change: str, said: str) -> None:
    planned = run("plan", small_model, "--no-screen", "--set", change)
    assert planned.exit_code == 0, planned.output
    assert "0 images" in planned.output or "2 of them unsupported" in planned.output
    assert said in " ".join(planned.output.split())


def test_weights_that_are_no_numbers_leave_no_picture(copy: Path, tmp_path: Path) -> None:
    if models.installed("open_nsfw") is None:
        pytest.skip("open_nsfw is not installed; run: agfd models install")
    weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
    state = load_file(weights)
    state["conv_out.bias"] = torch.full_like(state["conv_out.bias"], torch.nan)
    save_file(state, weights, metadata={"format": "pt"})
    out = tmp_path / "faces"
    steps = ("--set", "generator.steps=2", "--max-tries", "1")
    result = run("build", copy, "--out", str(out), "--no-analyze", "--workers", "1", *steps)
    assert result.exit_code == 1, result.output

    import agfd

    verdicts = [sample.verdict for sample in agfd.open(out).filter(status=None)]
    assert {verdict.status for verdict in verdicts} == {"rejected"}
    assert all("black" in str(verdict.error) for verdict in verdicts)
