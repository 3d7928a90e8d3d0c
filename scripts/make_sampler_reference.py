"""Write the latents of k-diffusion's samplers that tests/generate/diffusers/test_samplers.py compares ours with.

    python -m venv reference
    reference/bin/pip install torch diffusers numpy safetensors scipy torchdiffeq torchsde tqdm
    reference/bin/pip install --no-deps k-diffusion==0.1.1
    reference/bin/python scripts/make_sampler_reference.py tests/generate/diffusers/data/k_diffusion.safetensors

k-diffusion's own `__init__` imports torchvision, CLIP, wandb and more, of which its samplers use nothing: only its
modules `sampling`, `external` and the one function of `utils` that they call are loaded, unchanged.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
import types
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from toy_unet import ALPHAS, SEED, Toy, conditioning, guided, noise

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
    "Euler": ("sample_euler", "uniform", {}),
    "Euler a": ("sample_euler_ancestral", "uniform", {}),
}
V_PREDICTION = ("DPM++ 2M Karras", "Euler a")
NOISY = {"sample_dpmpp_2m_sde", "sample_dpmpp_3m_sde", "sample_euler_ancestral"}


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


def _run(name: str, prediction: str) -> torch.Tensor:
    """The latents (STEPS + 1, 1, 4, 8, 8): before each step, and at the end."""
    function, schedule, options = CASES[name]
    toy = Toy()
    net = types.SimpleNamespace(alphas_cumprod=torch.tensor(ALPHAS, dtype=torch.float32))
    net.apply_model = toy
    kind = EXTERNAL.CompVisVDenoiser if prediction == "v_prediction" else EXTERNAL.CompVisDenoiser
    wrapped = kind(net)
    sigmas = _sigmas(wrapped, schedule)

    def model(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        return guided(lambda cond: wrapped(x, sigma, cond=cond), conditioning())

    found: list[torch.Tensor] = []
    if function in NOISY:
        generator = torch.Generator("cpu").manual_seed(SEED)
        options = {**options, "noise_sampler": lambda *_: torch.randn((1, 4, 8, 8), generator=generator)}
    end = getattr(SAMPLING, function)(
        model,
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
    tensors |= {f"{name}|v_prediction": _run(name, "v_prediction") for name in V_PREDICTION}
    generator = torch.Generator("cpu").manual_seed(SEED)
    tensors["noise"] = torch.stack([torch.randn((1, 4, 8, 8), generator=generator) for _ in range(STEPS)])
    save_file({key: value.contiguous() for key, value in tensors.items()}, out)
    print(f"{out}: {len(tensors)} tensors, {out.stat().st_size / 1024:.0f} KiB, torch {torch.__version__}")
    print("largest value of each end:", {k: round(float(v[-1].abs().max()), 2) for k, v in tensors.items()})


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.no_grad():
        main(Path(sys.argv[1]))
