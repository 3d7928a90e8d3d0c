"""Samplers by the names of AUTOMATIC1111, as data; nothing here loads torch until a scheduler is made.

What a name means follows k-diffusion 0.1.1 as AUTOMATIC1111 calls it: the levels are k-diffusion's (sigmas.py), the
time steps are not rounded, and the solver is the class of the diffusers library that computes the same step.
What differed and by how much is in design/0032-samplers.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agfd.errors import UnknownNameError, UsageError
from agfd.generate.diffusers.sigmas import SCHEDULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

    from agfd.generate.diffusers.solver import Sampler

MOST_STEPS = 1000


@dataclass(frozen=True, slots=True)
class Method:
    """A way to solve the reverse diffusion: which class of diffusers does it, and what it follows.

    `exploding` says in which form the class keeps the latent: `clean + sigma * noise` (k-diffusion's own), or the same
    divided by `sqrt(1 + sigma^2)`. `start` is "sigma" where the first latent is `noise * sigma` as in k-diffusion, or
    "unit" where it is the noise itself. `last` is the level after the last step: "zero" or the model's "lowest".
    """

    scheduler: str
    follows: str
    options: Mapping[str, Any] = field(default_factory=dict)
    exploding: bool = False
    start: str = "sigma"
    last: str = "zero"
    automatic: str = "Uniform"
    own_times: bool = False
    discard: bool = False
    noisy: bool = False
    most: int = MOST_STEPS


_MULTISTEP = "DPMSolverMultistepScheduler"
_K = "k-diffusion 0.1.1 "

METHODS: dict[str, Method] = {
    "DPM++ 2M": Method(_MULTISTEP, _K + "sample_dpmpp_2m", {"algorithm_type": "dpmsolver++"}, automatic="Karras"),
    "DPM++ 2M SDE": Method(
        _MULTISTEP,
        _K + "sample_dpmpp_2m_sde, midpoint",
        {"algorithm_type": "sde-dpmsolver++", "lower_order_final": False},
        automatic="Exponential",
        noisy=True,
    ),
    "DPM++ 2M SDE Heun": Method(
        _MULTISTEP,
        _K + "sample_dpmpp_2m_sde, heun",
        {"algorithm_type": "sde-dpmsolver++", "solver_type": "heun", "lower_order_final": False},
        automatic="Exponential",
        noisy=True,
    ),
    "Euler": Method("EulerDiscreteScheduler", _K + "sample_euler", exploding=True),
    "Euler a": Method(
        "EulerAncestralDiscreteScheduler", _K + "sample_euler_ancestral, eta 1", exploding=True, noisy=True
    ),
    # The first-order DPM-Solver++ is DDIM with eta 0 (Lu et al. 2022, section 4.1); unlike the class DDIMScheduler it
    # takes any levels, so that a number of steps that does not divide 1000 still begins at pure noise.
    "DDIM": Method(
        _MULTISTEP,
        "CompVis' DDIMSampler, eta 0",
        {"algorithm_type": "dpmsolver++", "solver_order": 1, "final_sigmas_type": "sigma_min"},
        start="unit",
        last="lowest",
        automatic="DDIM",
        own_times=True,
    ),
    "UniPC": Method(
        "UniPCMultistepScheduler",
        "Zhao et al. 2023 with AUTOMATIC1111's settings: bh1, order 3, even time steps",
        {"solver_type": "bh1", "solver_order": 3, "final_sigmas_type": "sigma_min"},
        start="unit",
        last="lowest",
        automatic="SGM Uniform",
        own_times=True,
    ),
}

_SUFFIXES = ("Karras", "Exponential")

NAMES: tuple[str, ...] = tuple(
    name
    for base, method in METHODS.items()
    for name in (base, *(f"{base} {suffix}" for suffix in _SUFFIXES if not method.own_times))
)
"""Every sampler as AUTOMATIC1111 before 1.9 wrote it: with the schedule in the name, or none for an even one."""

_BY_LOWER = {name.lower(): name for name in NAMES}

_SCHEDULE_NAMES = {"automatic": "Automatic", **{name.lower(): name for name in SCHEDULES}}

_REFUSED = {
    "dpm fast": "its steps are not those of the model's calls",
    "dpm adaptive": "it takes as many steps as it likes, so that the cost of an image is not known",
    "restart": "it goes back to noise and asks the model more often than it says",
}


def parse(name: str, schedule: str | None = None) -> tuple[str, str]:
    """(method, schedule) of a sampler as users write it; letter case does not matter.

    "DPM++ 2M Karras" names its schedule; "DPM++ 2M" alone is the even one, as before AUTOMATIC1111 1.9. With
    `schedule` ("Schedule type" since then) `name` is the method alone; "Automatic" is what suits it.
    Raises `UnknownNameError` with the nearest names, or `UsageError` for a sampler that is left out on purpose.
    """
    lower = name.strip().lower()
    reason = _REFUSED.get(lower.removesuffix(" karras"))
    if reason is not None:
        raise UsageError(f"the sampler {name!r} is not offered: {reason}; take 'DPM++ 2M Karras'")
    if lower not in _BY_LOWER:
        raise UnknownNameError("sampler", name, NAMES)
    full = _BY_LOWER[lower]
    base = full if full in METHODS else full.rsplit(" ", 1)[0]
    method = METHODS[base]
    named = full[len(base) :].strip()
    if schedule is None:
        return base, named or (method.automatic if method.own_times else "Uniform")
    chosen = _SCHEDULE_NAMES.get(schedule.strip().lower())
    if chosen is None:
        raise UnknownNameError("schedule", schedule, _SCHEDULE_NAMES.values())
    if chosen == "Automatic":
        return base, named or method.automatic
    if (named and named != chosen) or (method.own_times and chosen != method.automatic):
        raise UsageError(f"the sampler {name!r} has a schedule of its own and cannot take {schedule!r} as well")
    return base, chosen


def is_flow(config: Mapping[str, Any]) -> bool:
    """Does a pipeline's `scheduler.config` belong to a flow-matching model (SD 3, FLUX, Sana, Z-Image)?"""
    kind = str(config.get("_class_name", ""))
    return (
        kind.startswith("FlowMatch")
        or bool(config.get("use_flow_sigmas"))
        or config.get("prediction_type") == "flow_prediction"
    )


def fits(name: str, config: Mapping[str, Any], schedule: str | None = None) -> None:
    """Raise a `UsageError` where this model cannot be sampled so, an `UnknownNameError` where nothing can."""
    parse(name, schedule)
    if is_flow(config):
        raise UsageError(
            f"the sampler {name!r} is for models that predict noise; this one is a flow-matching model and brings its "
            "own, so leave the sampler out"
        )


def calls(name: str, steps: int, schedule: str | None = None) -> int:
    """How often the model is asked for an image of `steps` steps: what progress and cost are counted in."""
    parse(name, schedule)
    return steps


def check_steps(name: str, steps: int, most: int) -> None:
    """Raise a `UsageError` where a sampler cannot take so many steps."""
    if not 1 <= steps <= most:
        raise UsageError(f"the sampler {name!r} takes 1 to {most} steps, not {steps}")


def scheduler(name: str, config: Mapping[str, Any], schedule: str | None = None) -> Sampler:
    """The sampler for a model whose pipeline has the `scheduler.config` given; new for every batch, as it has state.

    Errors are those of `fits`.
    """
    from agfd.generate.diffusers.solver import Sampler

    fits(name, config, schedule)
    base, chosen = parse(name, schedule)
    return Sampler(base, METHODS[base], chosen, config)


def denoised(sampler: Sampler, pred: torch.Tensor, t: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The clean latent that the model predicts at time `t` for the latent `x`, before or after `step`, float32."""
    return sampler.denoised(pred, t, x)
