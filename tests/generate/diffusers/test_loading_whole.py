"""A model whose pipeline is called as a whole comes back from its folder, text encoders of two kinds included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import diffusers
import pytest
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

from agfd.errors import UsageError
from agfd.generate.diffusers import families
from agfd.generate.diffusers.loading import load
from agfd.generate.diffusers.source import find
from generate.diffusers import headers, small

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not small.WORDS_HERE, reason="clip_words is not installed: agfd models install")


def flux() -> Any:
    """A pipeline built like FLUX.1 [schnell], whose T5 reads four words."""
    torch.manual_seed(0)
    words = Tokenizer(models.WordLevel({"<pad>": 0, "</s>": 1, "<unk>": 2, "a": 3, "face": 4}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    marks = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    return diffusers.FluxPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=small.vae(shift_factor=0.1),
        text_encoder=small.text_encoder(),
        tokenizer=small.clip_tokenizer(),
        text_encoder_2=transformers.T5EncoderModel(
            transformers.T5Config(vocab_size=8, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=4)
        ).eval(),
        tokenizer_2=transformers.PreTrainedTokenizerFast(tokenizer_object=words, **marks),
        transformer=diffusers.FluxTransformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            axes_dims_rope=(4, 4, 8),
        ),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    made, path = flux(), tmp_path_factory.mktemp("flux")
    made.save_pretrained(path, max_shard_size="20KB")
    return made, path


def test_a_folder_in_shards_comes_back(folder: tuple[Any, Path]) -> None:
    made, path = folder
    assert len(list((path / "transformer").glob("*-of-*.safetensors"))) > 1
    source = find(str(path))
    assert source.family is families.FLUX1
    found = load(source, torch.float32)
    for part in ("transformer", "vae", "text_encoder", "text_encoder_2"):
        states = [getattr(pipeline, part).state_dict() for pipeline in (made, found.pipeline)]
        assert states[0].keys() == states[1].keys()
        for key, value in states[0].items():
            torch.testing.assert_close(states[1][key], value, rtol=0, atol=0)


def test_a_lost_shard_is_told(folder: tuple[Any, Path]) -> None:
    lost = max((folder[1] / "transformer").glob("*-of-*.safetensors"))
    kept = lost.rename(lost.with_suffix(".away"))
    try:
        with pytest.raises(UsageError, match="there are no weights of transformer"):
            find(str(folder[1]))
    finally:
        kept.rename(lost)


def test_a_vae_of_a_single_file_needs_a_shipped_configuration(folder: tuple[Any, Path], tmp_path: Path) -> None:
    file = headers.write(tmp_path / "vae.safetensors", headers.VAE_ALONE)
    with pytest.raises(UsageError, match=r"no configuration of FLUX\.1 is shipped"):
        load(find(str(folder[1])), torch.float32, vae=str(file))
