"""visage-image through its own package, with small random networks; skipped where the package is not installed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

from agfd.errors import MissingDependencyError, UsageError
from agfd.generate.diffusers import families
from agfd.generate.diffusers.loading import load
from agfd.generate.diffusers.source import find

if TYPE_CHECKING:
    from pathlib import Path

PROMPTS = ["a young woman", "an old man with a beard"]


@pytest.fixture(scope="module")
def visage() -> Any:
    return pytest.importorskip("visage", reason="visage-image is not installed (it wants torchvision)")


@pytest.fixture(scope="module")
def folder(visage: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model in the layout of the release: transformer, vae, text_encoder, config.json."""
    from visage.loading import save_component

    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("visage")
    words = {"[UNK]": 0, "[PAD]": 1} | {word: 2 + n for n, word in enumerate(sorted(set(" ".join(PROMPTS).split())))}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]")
    wrapped.save_pretrained(root / "qwen")
    shape = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2}
    config = transformers.Qwen3Config(vocab_size=64, num_key_value_heads=2, head_dim=16, **shape)
    transformers.Qwen3Model(config).save_pretrained(root / "qwen")
    dit = visage.VisageDiT(visage.DiTConfig(in_channels=8, image_size=4, width=64, depth=2, text_dim=32))
    for weight in dit.parameters():
        # The package begins with zeros at the ends, which would leave the noise as it is.
        torch.nn.init.normal_(weight, std=0.1)
    small = {"latent_channels": 8, "encoder_widths": (8, 8, 8, 16), "decoder_width": 32, "decoder_depth": 1}
    vae = visage.VisageVAE(
        visage.VAEConfig(**small, decoder_heads=2, hires_width=32, hires_depth=1, hires_heads=2, refiner_width=4)
    )
    for weight in vae.vit_decoder.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    save_component(root / "transformer", vars(dit.config), dit.state_dict())
    save_component(root / "vae", vars(vae.config), vae.state_dict())
    words_of = {"name": str(root / "qwen"), "layer": 2, "max_length": 16, "revision": None}
    save_component(root / "text_encoder", words_of)
    settings = {"steps": 6, "cfg": 3.0, "solver": "sde", "churn": 0.3, "shift": 3.3, "sde_t_max": 0.9}
    (root / "config.json").write_text(json.dumps({"sampling": settings}))
    return root


def seeded(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator("cpu").manual_seed(seed) for seed in seeds]


def test_one_picture_is_the_packages_own(visage: Any, folder: Path) -> None:
    source = find(str(folder))
    assert (source.form, source.family) == ("visage", families.VISAGE)
    found = load(source, torch.float32)
    made = found.pipeline(PROMPTS[:1], seeded(7)).images
    encoder = visage.load_text_encoder(folder, device="cpu", dtype=torch.float32)
    dit = visage.load_dit(folder, device="cpu", dtype=torch.float32)
    vae = visage.load_vae(folder, device="cpu", dtype=torch.float32)
    text, mask = encoder(PROMPTS[:1])
    latents = visage.sample(dit, text, mask, latent_size=4, seed=7, **visage.load_sampling(folder))
    with torch.inference_mode():
        wanted = (vae.decode(latents) + 1) / 2
    np.testing.assert_allclose(made, wanted.permute(0, 2, 3, 1).numpy(), rtol=0, atol=1e-6)
    assert made.shape == (1, 64, 64, 3)
    assert made.std() > 0.01


def test_a_picture_does_not_depend_on_its_neighbours(folder: Path) -> None:
    pipeline = load(find(str(folder)), torch.float32).pipeline
    both = pipeline(PROMPTS, seeded(7, 8)).images
    for number, seed in enumerate((7, 8)):
        alone = pipeline(PROMPTS[number : number + 1], seeded(seed)).images
        # A quarter of a grey level: random networks are rougher than trained ones.
        np.testing.assert_allclose(alone[0], both[number], rtol=0, atol=1e-3)
    assert np.abs(both[0] - both[1]).max() > 0.1


def test_steps_and_guidance_can_be_asked_for(folder: Path) -> None:
    pipeline = load(find(str(folder)), torch.float32).pipeline
    usual = pipeline(PROMPTS[:1], seeded(7)).images
    for options in ({"num_inference_steps": 2}, {"guidance_scale": 1.0}):
        assert np.abs(pipeline(PROMPTS[:1], seeded(7), **options).images - usual).max() > 1e-3


def test_it_takes_no_lora_and_a_damaged_one_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="takes no LoRA and no other VAE"):
        load(find(str(folder)), torch.float32, loras=["owner/lora"])
    for part in ("transformer", "vae", "text_encoder"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "config.json").write_text((folder / part / "config.json").read_text())
    with pytest.raises(UsageError, match="cannot be loaded as a model of visage-image"):
        load(find(str(tmp_path)), torch.float32)


def test_without_the_package_it_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("transformer", "vae", "text_encoder"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "config.json").write_text("{}")
    monkeypatch.setattr("agfd.generate.diffusers.visage.importlib.util.find_spec", lambda _name: None)
    with pytest.raises(MissingDependencyError, match=r'pip install "visage-image>=1\.0"'):
        load(find(str(tmp_path)), torch.float32)
