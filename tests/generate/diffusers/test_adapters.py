"""LoRAs and other VAEs change what they should by as much as they should, and nothing else is taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import save_file

from agfd.errors import UsageError
from agfd.generate.diffusers import hashes, make
from agfd.generate.diffusers.adapters import find_lora, find_vae
from agfd.generate.diffusers.loading import load
from agfd.generate.diffusers.source import find
from agfd.images import infotext
from agfd.records import Settings
from builders import request
from generate.diffusers import headers, ldm, small

if TYPE_CHECKING:
    from pathlib import Path

needs_words = pytest.mark.skipif(not small.WORDS_HERE, reason="clip_words is not installed: agfd models install")

# Layers by their names in diffusers: one of the U-Net, two of the text encoder (diffusers knows the kind of a file by
# the second).
LAYER = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
WORD_LAYERS = ("encoder.layers.0.self_attn.q_proj", "encoder.layers.0.self_attn.out_proj")


def kohya(path: Path, seed: int, *, alpha: float = 2.0) -> tuple[Path, dict[str, torch.Tensor]]:
    """A LoRA of rank 4 as civitai has them, and what it adds to each layer at weight 1."""
    made = torch.Generator().manual_seed(seed)
    layers = {LAYER: f"lora_unet_{LAYER.replace('.', '_')}"}
    layers |= {layer: f"lora_te_text_model_{layer.replace('.', '_')}" for layer in WORD_LAYERS}
    state, added = {}, {}
    for layer, name in layers.items():
        down, up = torch.randn(4, 32, generator=made), torch.randn(32, 4, generator=made)
        state |= {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up, f"{name}.alpha": torch.tensor(alpha)}
        added[layer] = alpha / 4 * up @ down
    save_file(state, path)
    return path, added


def layers(pipeline: Any) -> dict[str, torch.Tensor]:
    encoder = pipeline.text_encoder
    encoder = getattr(encoder, "text_model", encoder)
    words = {layer: encoder.get_submodule(layer).weight for layer in WORD_LAYERS}
    return {LAYER: pipeline.unet.get_submodule(LAYER).weight, **words}


@needs_words
def test_loras_are_added_with_their_weights(saved: Any, tmp_path: Path) -> None:
    pipeline, folder = saved("sd-1.5")
    first, one = kohya(tmp_path / "first.safetensors", 1)
    second, other = kohya(tmp_path / "second.v2.safetensors", 2)
    found = load(find(str(folder)), torch.float32, loras=[f"{first}:0.8", f"{second}:-0.25"]).pipeline
    for layer, before in layers(pipeline).items():
        wanted = before + 0.8 * one[layer] - 0.25 * other[layer]
        torch.testing.assert_close(layers(found)[layer], wanted, rtol=1e-5, atol=1e-5)
    # Nothing of peft is left that would cost time at every step.
    assert not [name for name, _ in found.unet.named_modules() if "lora" in name]
    plain = load(find(str(folder)), torch.float32).pipeline
    torch.testing.assert_close(plain.unet.get_submodule(LAYER).weight, layers(pipeline)[LAYER], rtol=0, atol=0)


@needs_words
def test_a_lora_kept_beside_the_weights_gives_the_same_picture(saved: Any, tmp_path: Path) -> None:
    path, _ = kohya(tmp_path / "first.safetensors", 1)
    source = find(str(saved("sd-1.5")[1]))
    latents = []
    for fuse in (True, False):
        pipeline = load(source, torch.float32, loras=[str(path)], fuse=fuse).pipeline
        made = pipeline(
            "a face",
            num_inference_steps=2,
            height=64,
            width=64,
            output_type="latent",
            generator=torch.Generator().manual_seed(0),
        )
        latents.append(made.images)
    torch.testing.assert_close(latents[0], latents[1], rtol=1e-3, atol=1e-4)


@needs_words
def test_a_lora_of_another_family_is_refused(saved: Any, tmp_path: Path) -> None:
    name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    state = {f"{name}.lora_down.weight": torch.zeros(4, 320), f"{name}.lora_up.weight": torch.zeros(320, 4)}
    save_file(state | {f"{name}.alpha": torch.tensor(4.0)}, tmp_path / "wide.safetensors")
    elsewhere = {"transformer.blocks.0.attn.lora_A.weight": torch.zeros(4, 8)}
    save_file(elsewhere | {"transformer.blocks.0.attn.lora_B.weight": torch.zeros(8, 4)}, tmp_path / "else.safetensors")
    for file in ("wide", "else"):
        with pytest.raises(UsageError, match=r"does not fit to this model") as caught:
            load(find(str(saved("sd-1.5")[1])), torch.float32, loras=[str(tmp_path / f"{file}.safetensors")])
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name", "weight"),
    [
        ("{}", "mine", 1.0),
        ("{}:0.8", "mine", 0.8),
        ("{}:.5", "mine", 0.5),
        ("{}:-1", "mine", -1.0),
    ],
)
def test_a_lora_is_named_with_its_weight(text: str, name: str, weight: float, tmp_path: Path) -> None:
    path = headers.write(tmp_path / "mine.safetensors", headers.LORA)
    found = find_lora(text.format(path))
    assert (found.name, found.weight, found.path) == (name, weight, path)
    assert find_lora(f"owner/some/file.safetensors{text.format('')}").weight == weight


def test_a_loras_hash_stands_behind_its_name_without_the_marks_between_hashes(tmp_path: Path) -> None:
    path = headers.write(tmp_path / "skin, v2:last.safetensors", headers.LORA)
    assert find_lora(f"{path}:0.5").auto_v3() == f"skin v2last: {hashes.auto_v3(path)}"


@needs_words
def test_an_image_tells_its_loras_as_the_web_ui_does(saved: Any, tmp_path: Path) -> None:
    paths = [kohya(tmp_path / f"{name}.safetensors", seed)[0] for seed, name in enumerate(("skin", "soft light"))]
    generator = make(
        model=str(saved("sd-1.5")[1]), lora=f"{paths[0]}:0.8,{paths[1]}", steps="1", dtype="float32", threads="1"
    )
    generator.setup()
    (outcome,) = generator.generate([request(settings=Settings(64, 64, "Euler", 1, 7.0))])
    generator.teardown()
    assert outcome.value is not None
    made = outcome.value.made
    one, other = map(hashes.auto_v3, paths)
    assert (made["Lora"], made["Lora hashes"]) == ("skin:0.8, soft light:1", f"skin: {one}, soft light: {other}")
    # The value holds commas and colons: it stands between quotes.
    text = infotext.write(infotext.Infotext("a", "", made))
    assert f'Lora hashes: "skin: {one}, soft light: {other}"' in text
    assert infotext.parse(text).settings["Lora hashes"] == made["Lora hashes"]


def test_what_is_no_lora_is_refused(tmp_path: Path) -> None:
    whole = headers.write(tmp_path / "whole.safetensors", headers.SD15)
    for text, said in (
        (f"{whole}:0.5", "is not a LoRA"),
        (str(tmp_path / "lora.pt"), "it is a pickle"),
        (str(tmp_path / "none.safetensors"), "there is no LoRA"),
        ("lora", "there is no LoRA lora"),
    ):
        with pytest.raises(UsageError, match=said):
            find_lora(text)


@needs_words
def test_another_vae_takes_the_place_of_the_models_own(saved: Any, tmp_path: Path) -> None:
    pipeline, folder = saved("sd-1.5")
    torch.manual_seed(5)
    other = small.vae(scaling_factor=0.5)
    other.save_pretrained(tmp_path / "vae")
    found = load(find(str(folder)), torch.float32, vae=str(tmp_path / "vae")).pipeline
    for key, value in other.state_dict().items():
        torch.testing.assert_close(found.vae.state_dict()[key], value, rtol=0, atol=0)
    assert found.vae.config.scaling_factor == 0.5
    # Of a whole model its VAE is taken.
    inside = load(find(str(folder)), torch.float32, vae=str(folder)).pipeline
    torch.testing.assert_close(inside.vae.decoder.conv_in.weight, pipeline.vae.decoder.conv_in.weight, rtol=0, atol=0)


@needs_words
def test_a_model_without_a_vae_takes_the_one_that_is_named(saved: Any, tmp_path: Path) -> None:
    pipeline, folder = saved("sd-1.5")
    path = ldm.save(pipeline, tmp_path / "model.safetensors", vae=False)
    source = find(str(path), config=folder)
    with pytest.raises(UsageError, match="brings no VAE: name one with vae"):
        load(source, torch.float32)
    torch.manual_seed(5)
    small.vae().save_pretrained(tmp_path / "vae")
    found = load(source, torch.float32, vae=str(tmp_path / "vae")).pipeline
    assert not torch.equal(found.vae.decoder.conv_in.weight, pipeline.vae.decoder.conv_in.weight)


@needs_words
def test_a_vae_of_other_latents_is_refused(saved: Any, tmp_path: Path) -> None:
    small.vae(latent_channels=16).save_pretrained(tmp_path / "vae")
    with pytest.raises(UsageError, match="does not fit to Stable Diffusion"):
        load(find(str(saved("sd-1.5")[1])), torch.float32, vae=str(tmp_path / "vae"))


def test_what_is_no_vae_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    headers.write(tmp_path / "text.safetensors", headers.TEXT)
    headers.write(tmp_path / "lora.safetensors", headers.LORA)
    for text, said in (
        (tmp_path / "folder", "holds no VAE"),
        (tmp_path / "text.safetensors", "is not a VAE"),
        (tmp_path / "lora.safetensors", "is not a VAE"),
        (tmp_path / "vae.pt", "it is a pickle"),
        (tmp_path / "vae.safetensors", "there is no VAE"),
    ):
        with pytest.raises(UsageError, match=said):
            find_vae(str(text))
    for shapes in (headers.VAE_ALONE, headers.SD15):
        assert find_vae(str(headers.write(tmp_path / "good.safetensors", shapes))).path == tmp_path / "good.safetensors"
