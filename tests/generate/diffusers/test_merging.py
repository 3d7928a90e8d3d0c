"""Token merging."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from agfd.errors import UsageError
from agfd.generate.diffusers.merging import Merge, merged_tokens
from toy_unet import SHAPE, Toy, conditioning, noise, uniform

REFERENCE = Path(__file__).parent / "data" / "reference.safetensors"


def ask(toy: Toy, x: torch.Tensor) -> torch.Tensor:
    return toy(x, torch.tensor(500.0), conditioning()[0].expand(len(x), -1, -1))


@pytest.mark.parametrize("size", [(8, 8), (7, 5), (2, 2)])
def test_what_is_not_merged_comes_back_where_it_was(size: tuple[int, int]) -> None:
    tokens = uniform(1, 2, size[0] * size[1], 6)
    nothing = Merge(tokens, *size, 0.0)
    torch.testing.assert_close(nothing.apart(nothing.together(tokens)), tokens)


def test_the_most_alike_are_averaged() -> None:
    """A picture of flat 2 x 2 fields loses nothing at the highest ratio, and keeps a quarter of its tokens."""
    fields = uniform(2, 1, 4, 1, 4, 1, 6).expand(-1, -1, 2, -1, 2, -1).reshape(1, 64, 6)
    merge = Merge(fields, 8, 8, 0.75)
    assert merge.together(fields).shape == (1, 16, 6)
    torch.testing.assert_close(merge.apart(merge.together(fields)), fields)


def test_merged_tokens_share_their_mean() -> None:
    tokens = torch.tensor([[[1.0, 0.1], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]])
    merge = Merge(tokens, 2, 2, 0.25)
    found = merge.apart(merge.together(tokens))
    torch.testing.assert_close(found[0, 0], torch.tensor([1.0, 0.05]))
    torch.testing.assert_close(found[0, 1], found[0, 0])
    torch.testing.assert_close(found[0, 2:], tokens[0, 2:])


def test_it_is_what_tomesd_does_without_chance() -> None:
    toy = Toy()
    with merged_tokens(toy.unet, 0.5):
        torch.testing.assert_close(ask(toy, noise()), load_file(REFERENCE)["tomesd"], rtol=1e-4, atol=1e-5)


def test_an_image_does_not_depend_on_its_batch() -> None:
    toy = Toy()
    x = torch.cat([noise(), uniform(7, *SHAPE), uniform(8, *SHAPE)])
    with merged_tokens(toy.unet, 0.5):
        torch.testing.assert_close(ask(toy, x)[1:2], ask(toy, x[1:2]), rtol=1e-4, atol=1e-5)


def test_it_changes_the_image_inside_only() -> None:
    toy = Toy()
    before, processors = ask(toy, noise()), toy.unet.attn_processors
    with merged_tokens(toy.unet, 0.5):
        assert not torch.allclose(ask(toy, noise()), before, atol=1e-4)
    assert toy.unet.attn_processors == processors
    assert torch.equal(ask(toy, noise()), before)
    with merged_tokens(toy.unet, 0.0):
        assert torch.equal(ask(toy, noise()), before)


@pytest.mark.parametrize("ratio", [-0.1, 0.8, float("nan")])
def test_a_ratio_out_of_bounds_is_refused(ratio: float) -> None:
    with pytest.raises(UsageError, match=r"takes a ratio from 0 to 0\.75"), merged_tokens(Toy().unet, ratio):
        pass
