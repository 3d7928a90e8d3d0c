"""The deep part of a U-Net remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from diffusers import UNet2DConditionModel

from agfd.errors import UsageError
from agfd.generate.diffusers.deepcache import DeepCache
from toy_unet import SHAPE, Toy, conditioning, noise, uniform

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def deep(toy: Toy) -> Iterator[list[int]]:
    """How many rows the middle of the U-Net saw, call by call."""
    seen: list[int] = []
    hook = toy.unet.mid_block.register_forward_pre_hook(lambda _, args: seen.append(len(args[0])))
    yield seen
    hook.remove()


def ask(cache: DeepCache, x: torch.Tensor, t: float) -> torch.Tensor:
    with torch.no_grad():
        return cache(x, torch.tensor(t), conditioning()[0].expand(len(x), -1, -1))[0]


def test_the_deep_part_runs_at_every_third_call(toy: Toy, deep: list[int]) -> None:
    cache = DeepCache(toy.unet, 3)
    for t in (900.0, 800.0, 700.0, 600.0, 500.0, 400.0, 300.0):
        ask(cache, noise(), t)
    assert len(deep) == 3


def test_a_call_with_nothing_new_gives_what_a_full_one_does(toy: Toy) -> None:
    """With the same latent and time the remembered features are the right ones."""
    cache = DeepCache(toy.unet, 5)
    full = ask(cache, noise(), 500.0)
    torch.testing.assert_close(ask(cache, noise(), 500.0), full)
    torch.testing.assert_close(full, toy(noise(), torch.tensor(500.0), conditioning()[0]))


def test_a_shallow_call_sees_the_new_latent_and_time(toy: Toy) -> None:
    cache = DeepCache(toy.unet, 5)
    first = ask(cache, noise(), 500.0)
    assert not torch.allclose(ask(cache, noise() * 1.1, 500.0), first, atol=1e-3)
    assert not torch.allclose(ask(cache, noise(), 100.0), first, atol=1e-3)


def test_every_first_call_changes_nothing(toy: Toy) -> None:
    cache = DeepCache(toy.unet, 1)
    for t in (900.0, 500.0, 100.0):
        assert torch.equal(ask(cache, noise(), t), toy(noise(), torch.tensor(t), conditioning()[0]))


def test_a_new_run_and_a_smaller_batch_are_full_calls(toy: Toy, deep: list[int]) -> None:
    cache = DeepCache(toy.unet, 10)
    both = torch.cat([noise(), uniform(7, *SHAPE)])
    ask(cache, both, 900.0)
    ask(cache, both, 800.0)
    ask(cache, both[:1], 700.0)
    cache.reset()
    ask(cache, both[:1], 900.0)
    assert deep == [2, 1, 1]


def test_calls_of_the_unet_itself_are_not_remembered(toy: Toy, deep: list[int]) -> None:
    cache = DeepCache(toy.unet, 5)
    toy(noise(), torch.tensor(900.0), conditioning()[0])
    ask(cache, noise(), 900.0)
    assert len(deep) == 2


def test_a_unet_of_sdxl_has_no_attention_at_the_end() -> None:
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 16),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=4,
        cross_attention_dim=8,
        attention_head_dim=4,
        addition_embed_type="text_time",
        addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=4 * 6 + 8,
    ).eval()
    given = {
        "encoder_hidden_states": conditioning()[0],
        "added_cond_kwargs": {"text_embeds": uniform(1, 1, 8), "time_ids": uniform(2, 1, 6)},
    }
    cache = DeepCache(unet, 2)
    with torch.no_grad():
        full = cache(noise(), torch.tensor(500.0), **given)[0]
        torch.testing.assert_close(cache(noise(), torch.tensor(500.0), **given)[0], full)


def test_an_unknown_kind_of_unet_is_refused(toy: Toy) -> None:
    toy.unet.class_embedding = torch.nn.Identity()
    with pytest.raises(UsageError, match="knows the U-Nets of Stable Diffusion"):
        DeepCache(toy.unet, 2)


def test_it_leaves_the_unet_as_it_was(toy: Toy) -> None:
    cache = DeepCache(toy.unet, 2)
    cache.remove()
    assert not toy.unet.up_blocks[-1].resnets[-1]._forward_pre_hooks
    with pytest.raises(UsageError, match="every 1 or more calls, not every 0"):
        DeepCache(toy.unet, 0)
