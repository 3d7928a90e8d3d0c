"""Samplers by the names of AUTOMATIC1111, as data; nothing here loads torch until a scheduler is made.

What a name means follows k-diffusion 0.1.1 as AUTOMATIC1111 calls it: the levels are k-diffusion's (sigmas.py), the
time steps are not rounded, and the solver is the class of the diffusers library that computes the same step.
What differed and by how much is in design/0032-samplers.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agfd.errors import UnknownNameError, UsageError
from agfd.generate.diffusers.sigmas import LCM_STEPS, SCHEDULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

    from agfd.generate.diffusers.solver import Sampler

MOST_STEPS = 1000


@dataclass(frozen=True, slots=True)
class Method:
    """A way to solve the reverse diffusion: who takes its steps, and what it follows.

    `solver` is a class of diffusers (its `options`), or one of kdiffusion.py. `start` is "sigma" where the first latent
    is `noise * sigma` as in k-diffusion, or "unit" where it is the noise itself. `last` is the level after the last
    step: "zero", or the model's "lowest". `automatic` is the schedule that suits it, and the only one with `own_times`.
    `discard` takes one level more and leaves the lowest out. A run of n steps asks the model `a * n + b` times for
    `calls = (a, b)`, one of a single step once, and takes `most` steps at most.
    """

    solver: str
    follows: str
    options: Mapping[str, Any] = field(default_factory=dict)
    start: str = "sigma"
    last: str = "zero"
    automatic: str = "Uniform"
    own_times: bool = False
    discard: bool = False
    calls: tuple[int, int] = (1, 0)
    most: int = MOST_STEPS


_MULTISTEP = "DPMSolverMultistepScheduler"
_K = "k-diffusion 0.1.1, "

METHODS: dict[str, Method] = {
    "DPM++ 2M": Method(_MULTISTEP, _K + "sample_dpmpp_2m", {"algorithm_type": "dpmsolver++"}, automatic="Karras"),
    "DPM++ SDE": Method("DpmppSde", _K + "sample_dpmpp_sde", automatic="Karras", calls=(2, -1)),
    "DPM++ 2M SDE": Method(
        _MULTISTEP,
        _K + "sample_dpmpp_2m_sde, midpoint",
        {"algorithm_type": "sde-dpmsolver++", "lower_order_final": False},
        automatic="Exponential",
    ),
    "DPM++ 2M SDE Heun": Method(
        _MULTISTEP,
        _K + "sample_dpmpp_2m_sde, heun",
        {"algorithm_type": "sde-dpmsolver++", "solver_type": "heun", "lower_order_final": False},
        automatic="Exponential",
    ),
    "DPM++ 2S a": Method("Dpmpp2sAncestral", _K + "sample_dpmpp_2s_ancestral", automatic="Karras", calls=(2, -1)),
    "DPM++ 3M SDE": Method("Dpmpp3mSde", _K + "sample_dpmpp_3m_sde", automatic="Exponential", discard=True),
    "Euler a": Method("EulerAncestralDiscreteScheduler", _K + "sample_euler_ancestral"),
    "Euler": Method("EulerDiscreteScheduler", _K + "sample_euler"),
    "LMS": Method("Lms", _K + "sample_lms, order 4"),
    "Heun": Method("Heun", _K + "sample_heun", calls=(2, -1)),
    "DPM2": Method("Dpm2", _K + "sample_dpm_2", automatic="Karras", discard=True, calls=(2, -1)),
    "DPM2 a": Method("Dpm2Ancestral", _K + "sample_dpm_2_ancestral", automatic="Karras", discard=True, calls=(2, -1)),
    # The first-order DPM-Solver++ is DDIM with eta 0 (Lu et al. 2022, section 4.1); unlike the class DDIMScheduler it
    # takes any levels, so that a number of steps that does not divide 1000 still begins at pure noise.
    "DDIM": Method(
        _MULTISTEP,
        "CompVis, DDIMSampler, eta 0",
        {"algorithm_type": "dpmsolver++", "solver_order": 1, "final_sigmas_type": "sigma_min"},
        start="unit",
        last="lowest",
        automatic="DDIM",
        own_times=True,
    ),
    "PLMS": Method(
        "Plms", "CompVis, PLMSSampler", start="unit", last="lowest", automatic="DDIM", own_times=True, calls=(1, 1)
    ),
    "UniPC": Method(
        "UniPCMultistepScheduler",
        "Zhao et al. 2023 with the settings of AUTOMATIC1111: bh1, order 3, even time steps",
        {"solver_type": "bh1", "solver_order": 3, "final_sigmas_type": "sigma_min"},
        start="unit",
        last="lowest",
        automatic="SGM Uniform",
        own_times=True,
    ),
    "LCM": Method("Lcm", "diffusers, LCMScheduler", start="unit", automatic="LCM", own_times=True, most=LCM_STEPS),
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


_FLOW = {"FlowMatchEuler": "Euler", "FlowMatchHeun": "Heun", "DPMSolverMultistep": "DPM++ 2M", "UniPC": "UniPC"}


def flow(config: Mapping[str, Any]) -> str | None:
    """The name of the sampler that a flow-matching model (SD 3, FLUX, Sana, Z-Image) brings; None for other models.

    `config` is the `scheduler.config` of its pipeline, which keeps that scheduler.
    """
    flows = config.get("use_flow_sigmas") or config.get("prediction_type") == "flow_prediction"
    if not flows and ("shift" not in config or "beta_start" in config):
        return None
    kind = str(config.get("_class_name", "FlowMatchEuler"))
    return next((name for start, name in _FLOW.items() if kind.startswith(start)), kind)


def fits(name: str, config: Mapping[str, Any], schedule: str | None = None) -> None:
    """Raise a `UsageError` where this model cannot be sampled so, an `UnknownNameError` where no model can."""
    base, chosen = parse(name, schedule)
    brought = flow(config)
    if brought is not None and (base != brought or chosen not in ("Uniform", METHODS[base].automatic)):
        raise UsageError(
            f"the sampler {name!r} is for models that predict noise, and this is a flow-matching one: "
            f"only its own fits, {brought!r}"
        )


def check_steps(name: str, steps: int, most: int) -> None:
    """Raise a `UsageError` where a sampler cannot take so many steps."""
    if not 1 <= steps <= most:
        raise UsageError(f"the sampler {name!r} takes 1 to {most} steps, not {steps}")


def scheduler(name: str, config: Mapping[str, Any], schedule: str | None = None) -> Sampler:
    """The sampler for a model whose pipeline has the `scheduler.config` given; new for every batch, as it has state.

    Errors are those of `fits`; flow-matching models keep the scheduler of their pipeline and have none here.
    """
    from agfd.generate.diffusers import kdiffusion, solver

    fits(name, config, schedule)
    if flow(config) is not None:
        raise UsageError(f"a flow-matching model is sampled by its own pipeline, not by {name!r}")
    base, chosen = parse(name, schedule)
    method = METHODS[base]
    kind: type[Sampler] = getattr(kdiffusion, method.solver, solver.Borrowed)
    return kind(base, method, chosen, config)


def denoised(sampler: Sampler, pred: torch.Tensor, t: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The clean latent that the model predicts at time `t` for the latent `x`, before or after `step`, float32."""
    return sampler.denoised(pred, t, x)
