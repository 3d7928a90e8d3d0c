"""Samplers against k-diffusion 0.1.1 (latents kept by scripts/make_sampler_reference.py), and against themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from diffusers import DDIMScheduler
from safetensors.torch import load_file

from agfd.generate.diffusers import samplers
from toy_unet import CONFIG, SEED, SHAPE, Toy, conditioning, guided, noise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agfd.generate.diffusers.solver import Sampler

REFERENCE = load_file(Path(__file__).parent / "data" / "k_diffusion.safetensors")
CASES = sorted(key for key in REFERENCE if key.split("|")[0] in samplers.NAMES)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def toy() -> Toy:
    return Toy()


def generators(seeds: Sequence[int]) -> list[torch.Generator]:
    return [torch.Generator("cpu").manual_seed(seed) for seed in seeds]


def run(
    sampler: Sampler,
    steps: int,
    x: torch.Tensor,
    ask: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    seeds: Sequence[int],
) -> list[torch.Tensor]:
    """Every latent, from the first to the last, in k-diffusion's form."""
    sampler.set_timesteps(steps)
    x, given, found = x * sampler.init_noise_sigma, generators(seeds), []
    for t in sampler.timesteps:
        found.append(sampler.exploded(x, t))
        (x,) = sampler.step(ask(sampler.scale_model_input(x, t), t), t, x, generator=given)
    return [*found, x]


def off(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """The largest difference, relative to the largest value."""
    return float((found - wanted).abs().max() / wanted.abs().max())


def test_noise_is_what_the_reference_was_given() -> None:
    (generator,) = generators([SEED])
    drawn = torch.stack([torch.randn(SHAPE, generator=generator) for _ in REFERENCE["noise"]])
    torch.testing.assert_close(drawn, REFERENCE["noise"])


@pytest.mark.parametrize("case", CASES)
def test_latents_follow_k_diffusion(case: str, toy: Toy) -> None:
    name, prediction = case.split("|")
    sampler = samplers.scheduler(name, {**CONFIG, "prediction_type": prediction})
    found = run(sampler, 20, noise(), lambda x, t: guided(lambda cond: toy(x, t, cond), conditioning()), [SEED])
    assert len(found) == len(REFERENCE[case])
    for ours, theirs in zip(found, REFERENCE[case], strict=True):
        assert off(ours, theirs) < 1e-3


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("steps", [1, 2, 20, 50, 125])
def test_ddim_is_the_class_of_diffusers_where_the_steps_divide_a_thousand(
    steps: int, prediction: str, toy: Toy
) -> None:
    config = {**CONFIG, "prediction_type": prediction}
    theirs = DDIMScheduler(**config, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    theirs.set_timesteps(steps)
    cond = conditioning()[0]
    x = noise()
    for t in theirs.timesteps:
        x = theirs.step(toy(x, t, cond), int(t), x).prev_sample
    ours = run(samplers.scheduler("DDIM", config), steps, noise(), lambda x, t: toy(x, t, cond), [SEED])
    assert off(ours[-1], x) < 1e-3


def pull(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """A model that knows only one clean latent, by elementwise arithmetic: exact in any batch."""
    return torch.tanh(x * (1 + t / 1000)) * 0.9


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("name", samplers.NAMES)
def test_runs_of_any_length_are_finite_repeatable_and_alike_in_a_batch(name: str, steps: int) -> None:
    seeds = [3, 4, 5]
    x = torch.cat([torch.randn(SHAPE, generator=g) for g in generators(seeds)])
    asked: list[float] = []

    def ask(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        asked.append(float(t))
        return pull(x, t)

    together = run(samplers.scheduler(name, CONFIG), steps, x, ask, seeds)
    assert len(asked) == samplers.calls(name, steps)
    assert 0 <= min(asked) <= max(asked) <= 999
    assert torch.isfinite(together[-1]).all()
    again = run(samplers.scheduler(name, CONFIG), steps, x, pull, seeds)
    assert torch.equal(together[-1], again[-1])
    alone = run(samplers.scheduler(name, CONFIG), steps, x[1:2], pull, seeds[1:2])
    torch.testing.assert_close(together[-1][1:2], alone[-1], rtol=1e-5, atol=1e-5)


def test_a_sampler_can_be_used_for_run_after_run() -> None:
    sampler = samplers.scheduler("DPM++ 2M Karras", CONFIG)
    first = run(sampler, 7, noise(), pull, [1])
    run(sampler, 5, noise(), pull, [1])
    assert torch.equal(run(sampler, 7, noise(), pull, [1])[-1], first[-1])
