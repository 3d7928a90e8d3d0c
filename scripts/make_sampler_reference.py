"""Write what tests/generate/diffusers compare ours with: latents of k-diffusion's samplers, and a prediction of tomesd.

    python -m venv reference
    reference/bin/pip install torch diffusers numpy safetensors scipy torchdiffeq torchsde tqdm tomesd==0.1.3
    reference/bin/pip install --no-deps k-diffusion==0.1.1
    reference/bin/python scripts/make_sampler_reference.py tests/generate/diffusers/data/reference.safetensors

k-diffusion's own `__init__` imports torchvision, CLIP, wandb and more, of which its samplers use nothing: only its
modules `sampling`, `external` and the one function of `utils` that they call are loaded, unchanged.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import sys
import types
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import tomesd
import torch
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from toy_unet import SEED, SHAPE, Toy, alphas, conditioning, guided, noise

STEPS = 20


def _k_diffusion() -> tuple[Any, Any]:
    """(sampling, external) of k-diffusion 0.1.1 as installed, without the package's other modules."""
    root = Path(str(distribution("k-diffusion").locate_file("k_diffusion")))
    package = types.ModuleType("k_diffusion")
    package.__path__ = [str(root)]
    sys.modules["k_diffusion"] = package
    utils = types.ModuleType("k_diffusion.utils")
    tree = ast.parse((root / "utils.py").read_text(encoding="utf-8"))
    kept = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "append_dims"]
    exec(compile(ast.Module(kept, []), str(root / "utils.py"), "exec"), utils.__dict__)
    sys.modules["k_diffusion.utils"] = package.utils = utils
    modules = []
    for name in ("sampling", "external"):
        spec = importlib.util.spec_from_file_location(f"k_diffusion.{name}", root / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        setattr(package, name, module)
        spec.loader.exec_module(module)
        modules.append(module)
    return modules[0], modules[1]


SAMPLING, EXTERNAL = _k_diffusion()

# name in the file: (function, schedule, options)
CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "DPM++ 2M Karras": ("sample_dpmpp_2m", "karras", {}),
    "DPM++ 2M": ("sample_dpmpp_2m", "uniform", {}),
    "DPM++ 2M Exponential": ("sample_dpmpp_2m", "exponential", {}),
    "DPM++ 2M SDE Karras": ("sample_dpmpp_2m_sde", "karras", {}),
    "DPM++ 2M SDE Heun Karras": ("sample_dpmpp_2m_sde", "karras", {"solver_type": "heun"}),
    "DPM++ 3M SDE Exponential": ("sample_dpmpp_3m_sde", "exponential, discard", {}),
    "DPM++ SDE Karras": ("sample_dpmpp_sde", "karras", {}),
    "DPM++ 2S a Karras": ("sample_dpmpp_2s_ancestral", "karras", {}),
    "Euler": ("sample_euler", "uniform", {}),
    "Euler a": ("sample_euler_ancestral", "uniform", {}),
    "Heun": ("sample_heun", "uniform", {}),
    "LMS": ("sample_lms", "uniform", {}),
    "LMS Karras": ("sample_lms", "karras", {}),
    "DPM2 Karras": ("sample_dpm_2", "karras, discard", {}),
    "DPM2 a Karras": ("sample_dpm_2_ancestral", "karras, discard", {}),
}
# As Stable Diffusion 2.1 at 768 px, and the same with betas rescaled to zero terminal SNR.
OTHER_MODELS = {"v_prediction": ("DPM++ 2M Karras", "Euler a", "Heun"), "zero_snr": ("DPM++ 2M Karras", "Euler a")}


class _Path:
    """A noise sampler of k-diffusion: one Brownian path over sigma, whose independent parts come from a generator.

    Only the questions of its own samplers are answered: (a, b), and after it (a, c) with c further than b.
    """

    def __init__(self) -> None:
        self.generator = torch.Generator("cpu").manual_seed(SEED)
        self.known: tuple[float, float, torch.Tensor] | None = None

    def __call__(self, now: Any, then: Any) -> torch.Tensor:
        now, then = float(now), float(then)
        fresh = torch.randn(SHAPE, generator=self.generator)
        if self.known is not None and abs(self.known[0] / now - 1) < 1e-4:
            middle, before = self.known[1:]
            fresh = (before * (now - middle) ** 0.5 + fresh * (middle - then) ** 0.5) / (now - then) ** 0.5
        self.known = (now, then, fresh)
        return fresh


def _sigmas(wrapped: Any, schedule: str) -> torch.Tensor:
    """The levels as AUTOMATIC1111 asks for them: between the model's own ends."""
    kind, discard = schedule.removesuffix(", discard"), schedule.endswith("discard")
    count = STEPS + discard
    low, high = wrapped.sigmas[0].item(), wrapped.sigmas[-1].item()
    if kind == "uniform":
        sigmas = wrapped.get_sigmas(count)
    else:
        sigmas = getattr(SAMPLING, f"get_sigmas_{kind}")(count, low, high)
    return torch.cat([sigmas[:-2], sigmas[-1:]]) if discard else sigmas


def _run(name: str, model: str) -> torch.Tensor:
    """The latents (STEPS + 1, 1, 4, 8, 8): before each step, and at the end."""
    function, schedule, options = CASES[name]
    toy = Toy()
    net = types.SimpleNamespace(alphas_cumprod=alphas(model))
    net.apply_model = toy
    kind = EXTERNAL.CompVisDenoiser if model == "epsilon" else EXTERNAL.CompVisVDenoiser
    wrapped = kind(net)
    sigmas = _sigmas(wrapped, schedule)

    def denoise(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        return guided(lambda cond: wrapped(x, sigma, cond=cond), conditioning())

    found: list[torch.Tensor] = []
    sample = getattr(SAMPLING, function)
    if "noise_sampler" in inspect.signature(sample).parameters:
        options = {**options, "noise_sampler": _Path()}
    end = sample(
        denoise,
        noise() * sigmas[0],
        sigmas,
        callback=lambda info: found.append(info["x"].clone()),
        disable=True,
        **options,
    )
    return torch.stack([*found, end])


def main(out: Path) -> None:
    """Write every case, and the noise that the samplers were given."""
    tensors = {f"{name}|epsilon": _run(name, "epsilon") for name in CASES}
    tensors |= {f"{name}|{model}": _run(name, model) for model, names in OTHER_MODELS.items() for name in names}
    generator = torch.Generator("cpu").manual_seed(SEED)
    tensors["noise"] = torch.stack([torch.randn(SHAPE, generator=generator) for _ in range(STEPS)])
    toy = Toy()
    tomesd.apply_patch(toy.unet, ratio=0.5, use_rand=False)
    tensors["tomesd"] = toy(noise(), torch.tensor(500.0), conditioning()[0])
    save_file({key: value.contiguous() for key, value in tensors.items()}, out)
    print(f"{out}: {len(tensors)} tensors, {out.stat().st_size / 1024:.0f} KiB, torch {torch.__version__}")
    print("largest value of each end:", {k: round(float(v[-1].abs().max()), 2) for k, v in tensors.items()})


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.no_grad():
        main(Path(sys.argv[1]))
