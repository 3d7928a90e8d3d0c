"""Samplers against k-diffusion 0.1.1 (latents kept by scripts/make_sampler_reference.py), and against themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    LCMScheduler,
    PNDMScheduler,
)
from safetensors.torch import load_file

from agfd.errors import UnknownNameError, UsageError
from agfd.generate.diffusers import samplers
from agfd.generate.diffusers.sigmas import SCHEDULES
from toy_unet import CONFIG, MODELS, SEED, SHAPE, Toy, conditioning, guided, noise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agfd.generate.diffusers.solver import Sampler

REFERENCE = load_file(Path(__file__).parent / "data" / "reference.safetensors")
CASES = sorted(key for key in REFERENCE if "|" in key)


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
    name, model = case.split("|")
    sampler = samplers.scheduler(name, {**CONFIG, **MODELS[model]})
    found = run(sampler, 20, noise(), lambda x, t: guided(lambda cond: toy(x, t, cond), conditioning()), [SEED])
    found = [*found[: -1 : sampler.method.calls[0]], found[-1]]  # a step of two calls is compared where it begins
    assert len(found) == len(REFERENCE[case]) == 21
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
    each, more = samplers.METHODS[samplers.parse(name)[0]].calls
    assert len(asked) == (each * steps + more if steps > 1 else 1)
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


@pytest.mark.parametrize("steps", [1, 2, 5, 20, 50])
def test_plms_is_the_class_of_diffusers(steps: int, toy: Toy) -> None:
    theirs = PNDMScheduler(**CONFIG, skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1)
    theirs.set_timesteps(steps)
    cond = conditioning()[0]
    x = noise()
    for t in theirs.timesteps:
        x = theirs.step(toy(x, t, cond), int(t), x).prev_sample
    ours = run(samplers.scheduler("PLMS", CONFIG), steps, noise(), lambda x, t: toy(x, t, cond), [SEED])
    assert off(ours[-1], x) < 1e-4


@pytest.mark.parametrize("steps", [1, 4, 7, 50])
def test_lcm_is_the_class_of_diffusers(steps: int, toy: Toy) -> None:
    theirs = LCMScheduler(**CONFIG, clip_sample=False)
    theirs.set_timesteps(steps)
    cond = conditioning()[0]
    x, (generator,) = noise(), generators([SEED])
    for t in theirs.timesteps:
        x = theirs.step(toy(x, t, cond), t, x, generator=generator).prev_sample
    ours = run(samplers.scheduler("LCM", CONFIG), steps, noise(), lambda x, t: toy(x, t, cond), [SEED])
    assert off(ours[-1], x) < 1e-4


@pytest.mark.parametrize("model", sorted(MODELS))
@pytest.mark.parametrize("name", samplers.METHODS)
def test_denoised_is_the_clean_latent(name: str, model: str) -> None:
    """Of a model that knows the clean latent, every sampler sees just that, and ends at it."""
    sampler = samplers.scheduler(name, {**CONFIG, **MODELS[model]})
    clean = noise() * 0.7

    def ask(_: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        x = latents[-1]
        sigma = sampler.levels.sigma(t.double().numpy()).item()
        of_noise = (sampler.exploded(x, t) - clean) / sigma
        root = (1 + sigma**2) ** 0.5
        return of_noise if model == "epsilon" else (of_noise - sigma * clean) / root

    sampler.set_timesteps(6)
    latents = [noise() * sampler.init_noise_sigma]
    for t in sampler.timesteps:
        x = latents[-1]
        pred = ask(x, t)
        # The levels of zero terminal SNR begin at 4096: float32 leaves that much of the clean latent.
        torch.testing.assert_close(samplers.denoised(sampler, pred, t, x), clean, rtol=1e-3, atol=2e-3)
        latents.append(sampler.step(pred, t, x, generator=generators([1]))[0])
    if samplers.METHODS[name].last == "zero":
        torch.testing.assert_close(latents[-1], clean, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", samplers.METHODS)
def test_images_can_be_dropped_on_the_way(name: str) -> None:
    seeds = [3, 4, 5]
    x = torch.cat([torch.randn(SHAPE, generator=g) for g in generators(seeds)])
    alone = run(samplers.scheduler(name, CONFIG), 6, x[2:], pull, seeds[2:])[-1]
    sampler = samplers.scheduler(name, CONFIG)
    sampler.set_timesteps(6)
    x, given = x * sampler.init_noise_sigma, generators(seeds)
    for call, t in enumerate(sampler.timesteps):
        if call in (3, 4):  # in the middle of a step of two calls, and between two
            rows = [1, 2] if call == 3 else [1]
            sampler.keep(rows)
            x, given = x[rows], [given[row] for row in rows]
        (x,) = sampler.step(pull(sampler.scale_model_input(x, t), t), t, x, generator=given)
    torch.testing.assert_close(x, alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", samplers.METHODS)
def test_the_number_of_steps_has_bounds(name: str) -> None:
    most = samplers.METHODS[name].most
    longest = run(samplers.scheduler(name, CONFIG), most, noise(), pull, [1])
    assert torch.isfinite(longest[-1]).all()
    for steps in (0, most + 1):
        with pytest.raises(UsageError, match=f"takes 1 to {most} steps, not {steps}"):
            samplers.scheduler(name, CONFIG).set_timesteps(steps)


def test_half_precision_predictions_cost_the_state_nothing() -> None:
    sampler = samplers.scheduler("Euler a", CONFIG)
    sampler.set_timesteps(3)
    x = noise() * sampler.init_noise_sigma
    half = pull(sampler.scale_model_input(x, sampler.timesteps[0]), sampler.timesteps[0]).bfloat16()
    (after,) = sampler.step(half, sampler.timesteps[0], x.bfloat16(), generator=generators([1]))
    assert after.dtype == torch.float32


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 3, 20, 1000])
def test_schedules_fall(schedule: str, steps: int) -> None:
    levels = samplers.scheduler("Euler", CONFIG).levels
    if schedule == "LCM":
        steps = min(steps, 50)
    found = SCHEDULES[schedule](levels, steps)
    assert len(found) == steps
    assert levels.sigmas[0] * (1 - 1e-9) <= found[-1]
    assert found[0] <= levels.sigmas[-1] * (1 + 1e-9)
    assert (found[1:] <= found[:-1]).all()


def test_a_model_trained_to_begin_at_the_last_step_does() -> None:
    """Few-step models say so by `trailing`; then the steps are those that they were distilled at."""
    sampler = samplers.scheduler("Euler", {**CONFIG, "timestep_spacing": "trailing"})
    sampler.set_timesteps(4)
    theirs = EulerDiscreteScheduler(**CONFIG, timestep_spacing="trailing")
    theirs.set_timesteps(4)
    torch.testing.assert_close(sampler.timesteps, theirs.timesteps, rtol=0, atol=1e-3)
    assert sampler.init_noise_sigma == pytest.approx(float(theirs.init_noise_sigma), rel=1e-5)


@pytest.mark.parametrize(
    ("name", "schedule", "meant"),
    [
        ("DPM++ 2M Karras", None, ("DPM++ 2M", "Karras")),
        ("dpm++ 2m karras", None, ("DPM++ 2M", "Karras")),
        ("DPM++ 2M", None, ("DPM++ 2M", "Uniform")),
        ("DPM++ 2M", "Karras", ("DPM++ 2M", "Karras")),
        ("DPM++ 2M", "Automatic", ("DPM++ 2M", "Karras")),
        ("DPM++ 2M SDE", "automatic", ("DPM++ 2M SDE", "Exponential")),
        ("DPM++ 2M SDE Heun Exponential", None, ("DPM++ 2M SDE Heun", "Exponential")),
        ("DPM++ 2M Karras", "Automatic", ("DPM++ 2M", "Karras")),
        ("Euler a", "SGM Uniform", ("Euler a", "SGM Uniform")),
        ("Euler a", "Automatic", ("Euler a", "Uniform")),
        ("DDIM", None, ("DDIM", "DDIM")),
        ("UniPC", "Automatic", ("UniPC", "SGM Uniform")),
    ],
)
def test_names_mean_what_they_mean_in_automatic1111(name: str, schedule: str | None, meant: tuple[str, str]) -> None:
    assert samplers.parse(name, schedule) == meant


def test_wrong_names_end_in_one_sentence() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'DPM\\+\\+ 2M Karras'"):
        samplers.parse("DPM 2M Karras")
    with pytest.raises(UnknownNameError, match="no schedule named 'Karas'; did you mean 'Karras'"):
        samplers.parse("Euler", "Karas")
    with pytest.raises(UsageError, match="has a schedule of its own and cannot take 'Exponential'"):
        samplers.parse("DPM++ 2M Karras", "Exponential")
    with pytest.raises(UsageError, match="has a schedule of its own"):
        samplers.parse("DDIM", "Karras")
    with pytest.raises(UsageError, match="'DPM adaptive' is not offered: it takes as many steps as it likes"):
        samplers.parse("DPM adaptive")


def test_flow_matching_models_keep_their_own() -> None:
    ordinary = EulerDiscreteScheduler(**CONFIG).config
    sd3 = FlowMatchEulerDiscreteScheduler(shift=3.0).config
    sana = {
        **DPMSolverMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0).config,
        "_class_name": "DPMSolverMultistepScheduler",
    }
    assert [samplers.flow(config) for config in (ordinary, sd3, sana)] == [None, "Euler", "DPM++ 2M"]
    samplers.fits("DPM++ 2M Karras", ordinary)
    samplers.fits("Euler", sd3)
    samplers.fits("DPM++ 2M", sana)
    with pytest.raises(UsageError, match="only its own fits, 'Euler'"):
        samplers.fits("DPM++ 2M Karras", sd3)
    with pytest.raises(UsageError, match="only its own fits, 'DPM\\+\\+ 2M'"):
        samplers.fits("DPM++ 2M", sana, "Exponential")
    with pytest.raises(UsageError, match="sampled by its own pipeline"):
        samplers.scheduler("Euler", sd3)


SPREAD = 0.8  # of the Gaussian latents below
RANDOM = {name for name in samplers.METHODS if "SDE" in name or name.endswith(" a")}


@pytest.mark.parametrize("name", sorted(set(samplers.METHODS) - {"LCM"}))
def test_latents_of_a_known_distribution_are_drawn_from_it(name: str) -> None:
    """For Gaussian latents the best prediction is known, and so is where the noise ends: at the same distribution, and
    without randomness on the way at the same place of it.
    """
    sampler = samplers.scheduler(name, CONFIG)
    sampler.set_timesteps(200)
    start = torch.randn((1, 4, 64, 64), generator=torch.Generator("cpu").manual_seed(1))
    x, given = start * sampler.init_noise_sigma, generators([2])
    for t, sigma in zip(sampler.timesteps, sampler.sigmas, strict=True):
        level = sampler.exploded(x, t)
        of_noise = level * sigma / (SPREAD**2 + sigma**2)
        (x,) = sampler.step(of_noise, t, x, generator=given)
    assert float(x.std()) == pytest.approx(SPREAD, rel=0.03)
    if name not in RANDOM:
        torch.testing.assert_close(x, start * SPREAD, rtol=0, atol=0.05)
