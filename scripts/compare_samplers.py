"""How far diffusers' schedulers, as its documentation maps the names, and ours are from k-diffusion 0.1.1 (20 steps).

    python scripts/compare_samplers.py

The figures are the largest difference of the last latent, relative to its largest value, on the small U-Net of the
tests with guidance 7, and the largest one of any latent on the way. They are those of design/0032-samplers.md.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import diffusers
import torch
from safetensors.torch import load_file

from agfd.generate.diffusers import samplers

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from toy_unet import CONFIG, MODELS, SEED, Toy, conditioning, guided, noise

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = 20
REFERENCE = Path(__file__).parent.parent / "tests" / "generate" / "diffusers" / "data" / "reference.safetensors"

# https://huggingface.co/docs/diffusers/api/schedulers/overview, "A1111/k-diffusion"
MAPPED: dict[str, tuple[str, dict[str, Any]]] = {
    "DPM++ 2M": ("DPMSolverMultistepScheduler", {}),
    "DPM++ 2M Karras": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    "DPM++ 2M Exponential": ("DPMSolverMultistepScheduler", {"use_exponential_sigmas": True}),
    "DPM++ 2M SDE Karras": (
        "DPMSolverMultistepScheduler",
        {"use_karras_sigmas": True, "algorithm_type": "sde-dpmsolver++"},
    ),
    "DPM++ 2M SDE Heun Karras": (
        "DPMSolverMultistepScheduler",
        {"use_karras_sigmas": True, "algorithm_type": "sde-dpmsolver++", "solver_type": "heun"},
    ),
    "DPM++ 3M SDE Exponential": (
        "DPMSolverMultistepScheduler",
        {"use_exponential_sigmas": True, "algorithm_type": "sde-dpmsolver++", "solver_order": 3},
    ),
    "Euler": ("EulerDiscreteScheduler", {}),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}),
    "Heun": ("HeunDiscreteScheduler", {}),
    "LMS": ("LMSDiscreteScheduler", {}),
    "LMS Karras": ("LMSDiscreteScheduler", {"use_karras_sigmas": True}),
    "DPM2 Karras": ("KDPM2DiscreteScheduler", {"use_karras_sigmas": True}),
    "DPM2 a Karras": ("KDPM2AncestralDiscreteScheduler", {"use_karras_sigmas": True}),
}


def off(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """The largest difference, relative to the largest value."""
    return float((found - wanted).abs().max() / wanted.abs().max())


def run(scheduler: Any, toy: Toy, start: float | None = None) -> list[torch.Tensor]:
    """The latents of a scheduler that is ready, as it holds them; `start` overrides its first level."""
    generator = {"generator": torch.Generator("cpu").manual_seed(SEED)}
    if "generator" not in scheduler.step.__code__.co_varnames:
        generator = {}
    x = noise() * (scheduler.init_noise_sigma if start is None else start)
    found = [x]
    for t in scheduler.timesteps:
        asked = scheduler.scale_model_input(x, t)
        pred = guided(lambda cond, asked=asked, t=t: toy(asked, t, cond), conditioning())
        x = scheduler.step(pred, t, x, return_dict=False, **generator)[0]
        found.append(x)
    return found


def ours(case: str, toy: Toy, change: Callable[[Any], float | None]) -> list[torch.Tensor]:
    """Our latents in k-diffusion's form, one per step; `change` may spoil the sampler, and gives another start."""
    name, model = case.split("|")
    sampler = samplers.scheduler(name, {**CONFIG, **MODELS[model]})
    sampler.set_timesteps(STEPS)
    times = sampler.timesteps.clone()
    found = run(sampler, toy, change(sampler))
    seen = [sampler.exploded(x, t) for x, t in zip(found, times, strict=False)]
    return [*seen[:: sampler.method.calls[0]], found[-1]]


def theirs(name: str, model: str, toy: Toy) -> list[torch.Tensor]:
    """The latents of the class that diffusers' documentation names."""
    kind, options = MAPPED[name]
    scheduler = getattr(diffusers, kind)(**CONFIG, **MODELS[model], **options)
    scheduler.set_timesteps(STEPS)
    return run(scheduler, toy)


def rounded(sampler: Any) -> None:
    """Whole time steps, as DPMSolverMultistepScheduler has them."""
    sampler.timesteps = sampler.timesteps.round()


def main() -> None:
    reference = load_file(REFERENCE)
    toy = Toy()
    print(f"{'sampler':40} {'diffusers, end':>15} {'ours, end':>12} {'ours, on the way':>17}")
    for case in (key for key in reference if "|" in key):
        name, model = case.split("|")
        wanted, found = reference[case], ours(case, toy, lambda _: None)
        their = f"{off(theirs(name, model, toy)[-1], wanted[-1]):.1e}" if name in MAPPED else "no such class"
        worst = max(off(a, b) for a, b in zip(found, wanted, strict=True))
        print(f"{case:40} {their:>15} {off(found[-1], wanted[-1]):12.1e} {worst:17.1e}")
    for case in ("DPM++ 2M Karras|epsilon", "DPM++ 2M Karras|v_prediction", "DPM++ 2M|epsilon"):
        end = reference[case][-1]
        print(f"{case}: time steps rounded {off(ours(case, toy, rounded)[-1], end):.1e},", end=" ")
        print(f"begun with the noise itself {off(ours(case, toy, lambda _: 1.0)[-1], end):.1e}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.no_grad():
        main()
