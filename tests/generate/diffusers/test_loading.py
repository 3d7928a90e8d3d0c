"""Models come back from folders and single files with the numbers that were written."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from agfd.errors import UsageError
from agfd.generate.diffusers import families
from agfd.generate.diffusers.loading import load
from agfd.generate.diffusers.source import find
from generate.diffusers import ldm, small

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not small.WORDS_HERE, reason="clip_words is not installed: agfd models install")

NETWORKS = ("unet", "vae", "text_encoder", "text_encoder_2")


def same(one: Any, other: Any) -> None:
    for name in NETWORKS:
        mine, its = getattr(one, name, None), getattr(other, name, None)
        assert (mine is None) == (its is None)
        if mine is not None:
            states = mine.state_dict(), its.state_dict()
            assert states[0].keys() == states[1].keys()
            for key, value in states[0].items():
                torch.testing.assert_close(states[1][key], value, rtol=0, atol=0)


@pytest.mark.parametrize("name", small.MAKERS)
def test_a_folder_comes_back(name: str, saved: Any) -> None:
    pipeline, folder = saved(name)
    found = load(find(str(folder)), torch.float32)
    same(pipeline, found.pipeline)
    assert found.pipeline.tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]


@pytest.mark.parametrize("name", small.MAKERS)
def test_a_single_file_comes_back(name: str, saved: Any, tmp_path: Path) -> None:
    pipeline, folder = saved(name)
    path = ldm.save(pipeline, tmp_path / "model.safetensors")
    assert find(str(path)).family is families.FAMILIES[name]
    # The tokenizer comes from the words that are installed, as for a file of the true size.
    configs = shutil.copytree(
        folder, tmp_path / "configs", ignore=shutil.ignore_patterns("*.safetensors", "tokenizer*")
    )
    found = load(find(str(path), config=configs), torch.float32)
    same(pipeline, found.pipeline)
    for part in ("tokenizer", "tokenizer_2"):
        if hasattr(pipeline, part):
            texts = ["a photo of a cat", ""]
            asked = [getattr(one, part)(texts, padding="max_length").input_ids for one in (pipeline, found.pipeline)]
            assert asked[0] == asked[1]


def test_a_file_with_the_old_names_of_its_text_encoder_comes_back(saved: Any, tmp_path: Path) -> None:
    pipeline, folder = saved("sd-1.5")
    state = {
        key.replace("transformer.text_model.", "transformer."): value for key, value in ldm.state_of(pipeline).items()
    }
    path = tmp_path / "model.safetensors"
    save_file({key: value.contiguous() for key, value in state.items()}, path)
    found = load(find(str(path), config=folder), torch.float32).pipeline
    same(pipeline, found)
    half = load(find(str(path), config=folder), torch.bfloat16).pipeline.text_encoder
    assert {weight.dtype for weight in half.parameters()} == {torch.bfloat16}
    change(path, **{"cond_stage_model.transformer.final_layer_norm.bias": None})
    assert "final_layer_norm.bias" in refused(path, config=folder)


def refused(model: Path, **options: Any) -> str:
    configs = options.pop("config", None)
    with pytest.raises(UsageError) as caught:
        load(find(str(model), config=configs), torch.float32, **options)
    told = str(caught.value)
    assert "\n" not in told
    assert len(told) < 400
    return told


def copied(folder: Path, into: Path, *, weights: bool = True) -> Path:
    ignored = () if weights else ("*.safetensors",)
    return shutil.copytree(folder, into, ignore=shutil.ignore_patterns(*ignored))


def change(file: Path, **tensors: torch.Tensor | None) -> None:
    """Puts tensors into the file, or takes out those that are None; `_` stands for a dot."""
    state = load_file(file)
    for name, value in tensors.items():
        if value is None:
            del state[name]
        else:
            state[name] = value
    save_file(state, file, metadata={"format": "pt"})


WEIGHTS = {
    "unet": ("diffusion_pytorch_model", "conv_out.weight"),
    "vae": ("diffusion_pytorch_model", "decoder.conv_out.weight"),
    "text_encoder": ("model", None),
}


@pytest.mark.parametrize("part", WEIGHTS)
def test_weights_that_are_missing_are_not_made_up(part: str, saved: Any, tmp_path: Path) -> None:
    folder = copied(saved("sd-1.5")[1], tmp_path / "model")
    stem, name = WEIGHTS[part]
    file = folder / part / f"{stem}.safetensors"
    name = name or max(load_file(file))
    change(file, **{name: None})
    assert f"the weights of its {part} lack" in refused(folder)
    change(file, **{name: torch.zeros(3, 3)})
    assert "shape" in refused(folder)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("model.diffusion_model.out.2.bias", "weights are missing in it"),
        ("first_stage_model.decoder.conv_out.bias", "weights are missing in it"),
        (
            "cond_stage_model.transformer.text_model.encoder.layers.1.layer_norm1.bias",
            "the weights of its text_encoder lack",
        ),
    ],
)
def test_a_single_file_that_lacks_weights_is_refused(name: str, said: str, saved: Any, tmp_path: Path) -> None:
    pipeline, folder = saved("sd-1.5")
    path = ldm.save(pipeline, tmp_path / "model.safetensors")
    change(path, **{name: None})
    assert said in refused(path, config=copied(folder, tmp_path / "configs", weights=False))


def test_a_single_file_of_other_shapes_than_its_family_has_is_refused(saved: Any, tmp_path: Path) -> None:
    path = ldm.save(saved("sd-1.5")[0], tmp_path / "model.safetensors")
    assert "cannot be loaded as Stable Diffusion 1.5" in refused(path)
    configs = copied(saved("sdxl")[1], tmp_path / "configs", weights=False)
    with pytest.raises(UsageError, match=r"is of Stable Diffusion 1\.5 and the configuration"):
        find(str(path), config=configs)


def test_a_tokenizer_without_words_is_refused(saved: Any, tmp_path: Path) -> None:
    folder = copied(saved("sd-1.5")[1], tmp_path / "model")
    for file in (folder / "tokenizer").iterdir():
        file.unlink()
    (folder / "tokenizer" / "tokenizer_config.json").write_text("{}")
    assert "its tokenizer holds no words" in refused(folder)


def test_what_the_network_predicts_can_be_said(saved: Any) -> None:
    folder = saved("sd-1.5")[1]
    plain = load(find(str(folder)), torch.float32).pipeline.scheduler
    asked = load(find(str(folder), prediction="v_prediction"), torch.float32).pipeline.scheduler
    assert plain.config.prediction_type == "epsilon"
    assert asked.config.prediction_type == "v_prediction"
    assert type(asked) is type(plain)
    assert asked.config.beta_end == plain.config.beta_end == 0.012


def test_weights_come_in_the_dtype_that_is_asked_for(saved: Any, tmp_path: Path) -> None:
    pipeline, folder = saved("sd-1.5")
    path = ldm.save(pipeline, tmp_path / "model.safetensors")
    configs = copied(folder, tmp_path / "configs", weights=False)
    for source in (find(str(folder)), find(str(path), config=configs)):
        found = load(source, torch.bfloat16).pipeline
        for name in ("unet", "vae", "text_encoder"):
            assert {weight.dtype for weight in getattr(found, name).parameters()} == {torch.bfloat16}
            assert not getattr(found, name).training


def test_half_size_weights_and_full_ones(saved: Any, tmp_path: Path) -> None:
    pipeline, folder = saved("sd-1.5")
    folder = copied(folder, tmp_path / "model")
    half = folder / "unet" / "diffusion_pytorch_model.fp16.safetensors"
    save_file({key: value.half() for key, value in pipeline.unet.state_dict().items()}, half, metadata={"format": "pt"})
    weight = pipeline.unet.conv_in.weight
    by_default = load(find(str(folder)), torch.float32).pipeline.unet.conv_in.weight
    full = load(find(str(folder), variant="full"), torch.float32).pipeline.unet.conv_in.weight
    torch.testing.assert_close(full, weight, rtol=0, atol=0)
    torch.testing.assert_close(by_default, weight.half().float(), rtol=0, atol=0)
    assert find(str(folder)).hash() != find(str(folder), variant="full").hash()


def test_nothing_is_printed(saved: Any, capfd: pytest.CaptureFixture[str]) -> None:
    found = load(find(str(saved("sd-1.5")[1])), torch.float32).pipeline
    found("a face", num_inference_steps=1, height=64, width=64, output_type="latent")
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")


def test_a_pipeline_that_diffusers_has_not_is_refused(saved: Any, tmp_path: Path) -> None:
    folder = copied(saved("sd-1.5")[1], tmp_path / "model")
    index = folder / "model_index.json"
    text = index.read_text()
    index.write_text(text.replace('"StableDiffusionPipeline"', '"MyPipeline"'))
    assert "wants the pipeline MyPipeline" in refused(folder)
    index.write_text(text.replace('"UNet2DConditionModel"', '"MyModel"'))
    assert "wants diffusers.MyModel for its unet" in refused(folder)


@pytest.mark.parametrize("part", ["unet", "scheduler"])
def test_code_that_a_folder_brings_along_is_never_run(part: str, saved: Any, tmp_path: Path) -> None:
    folder = copied(saved("sd-1.5")[1], tmp_path / "model")
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | {part: ["mine", "Mine"]}))
    (folder / part / "mine.py").write_text("raise SystemExit('it was run')")
    with pytest.raises(UsageError, match=rf"its {part} is code of its own \(mine\), which is not run"):
        find(str(folder))
