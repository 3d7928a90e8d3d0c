"""What the optional shortcuts of diffusion models save, and how far they move the latents.

    python benchmarks/shortcuts.py [--size 256] [--steps 8] [--device cpu] [--out shortcuts.json]

A U-Net of Stable Diffusion 1.5's size (860 M parameters), random weights, one image with guidance 7 in one pass of
both halves, DPM++ 2M Karras. Each shortcut's time (on a CPU, the processor's own) is relative to a plain run just
before it. The change of the last latent, relative in root mean square, is that of random weights: it says that
something changes, not how it looks.
"""

from __future__ import annotations

import argparse
import json
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from diffusers import UNet2DConditionModel

from agfd.generate.diffusers import samplers
from agfd.generate.diffusers.deepcache import DeepCache
from agfd.generate.diffusers.interval import GuidanceInterval
from agfd.generate.diffusers.merging import merged_tokens

CONFIG = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}


def denoise(model: Any, steps: int, size: int, interval: GuidanceInterval | None = None) -> tuple[torch.Tensor, float]:
    """(last latent, seconds) of one image."""
    device = next(model.unet.parameters() if isinstance(model, DeepCache) else model.parameters()).device
    interval = interval or GuidanceInterval()
    generator = torch.Generator("cpu").manual_seed(1)
    text = torch.randn((2, 77, 768), generator=generator).to(device)
    x = torch.randn((1, 4, size // 8, size // 8), generator=generator).to(device)
    sampler = samplers.scheduler("DPM++ 2M Karras", CONFIG)
    sampler.set_timesteps(steps, device)
    x = x * sampler.init_noise_sigma
    # On a CPU the processor's own time: a crowded machine does not count.
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    begun = clock()
    for call, t in enumerate(sampler.timesteps):
        rows = 2 if interval.on(call, steps) else 1
        asked = sampler.scale_model_input(x, t).expand(rows, -1, -1, -1)
        found = model(asked, t, encoder_hidden_states=text[:rows], return_dict=False)[0]
        pred = found[1:] + 7 * (found[:1] - found[1:]) if rows == 2 else found
        (x,) = sampler.step(pred, t, x)
    x = x.cpu()
    return x, clock() - begun


def shortcuts(unet: Any) -> dict[str, tuple[Any, GuidanceInterval | None, AbstractContextManager[None]]]:
    """By name: the model to call, the interval, and what to be in meanwhile."""
    return {
        "guidance in the middle half": (unet, GuidanceInterval(0.25, 0.75), nullcontext()),
        "token merging 0.5": (unet, None, merged_tokens(unet, 0.5)),
        "deep cache, every 2": (DeepCache(unet, 2), None, nullcontext()),
        "deep cache, every 3": (DeepCache(unet, 3), None, nullcontext()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    torch.manual_seed(0)
    unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=768, attention_head_dim=8).eval().to(given.device)
    found = {}
    denoise(unet, 1, given.size)  # what the first call costs more
    for name, (model, interval, within) in shortcuts(unet).items():
        plain, wanted = denoise(unet, given.steps, given.size)
        with within:
            latent, seconds = denoise(model, given.steps, given.size, interval)
        if isinstance(model, DeepCache):
            model.remove()
        moved = float((latent - plain).pow(2).mean().sqrt() / plain.pow(2).mean().sqrt())
        found[name] = {"plain_s": wanted, "s": seconds, "times": wanted / seconds, "moved": moved}
        print(f"{name:30} {wanted:7.1f} s -> {seconds:7.1f} s: {wanted / seconds:5.2f} times, moved {moved:.2f}")
    if given.out:
        given.out.write_text(json.dumps({**vars(given), "out": None, "found": found}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    with torch.no_grad():
        main()
