"""visage-image: a small text-to-face model of 256 px, by its own package (Apache-2.0) behind the face of a pipeline.

The package's loop draws the noise of a whole batch from one seed. Ours is the same loop with noise per picture, drawn
on the CPU, so that a picture does not depend on its neighbours; for one picture the numbers are the package's own.
"""

from __future__ import annotations

import importlib.util
import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch

from agfd.errors import MissingDependencyError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.generate.diffusers.source import Source


class Visage:
    """Text encoder, transformer and decoder, called as a pipeline of diffusers is.

    `settings`: the sampler's, as the model's `config.json` has them (`steps`, `cfg`, `solver`, `churn`, `shift`,
    `sde_t_max`).
    """

    def __init__(self, text_encoder: Any, transformer: Any, vae: Any, settings: dict[str, Any]) -> None:
        self.text_encoder, self.transformer, self.vae = text_encoder, transformer, vae
        self.settings: dict[str, Any] = {
            "steps": 50,
            "cfg": 3.0,
            "solver": "sde",
            "churn": 0.3,
            "shift": 3.3,
            "sde_t_max": 0.9,
        }
        self.settings |= settings

    def to(self, device: Any) -> Visage:
        """Moves all networks to the device."""
        for network in (self.text_encoder, self.transformer, self.vae):
            network.to(device)
        return self

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        found: torch.device = next(self.transformer.parameters()).device
        return found

    def set_progress_bar_config(self, **_options: object) -> None:
        """There is none; pipelines have this."""

    @torch.inference_mode()
    def __call__(
        self,
        prompt: Sequence[str],
        generator: Sequence[torch.Generator],
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        **_others: object,
    ) -> SimpleNamespace:
        """`.images`: float32 (N, 256, 256, 3) in [0, 1]; one generator of the CPU per prompt."""
        steps = self.settings["steps"] if num_inference_steps is None else num_inference_steps
        cfg = self.settings["cfg"] if guidance_scale is None else guidance_scale
        text, mask = self.text_encoder(list(prompt))
        latents = self._sample(text, mask, generator, steps, cfg)
        decoded = self.vae.decode(latents).float().clamp(-1, 1)
        return SimpleNamespace(images=((decoded + 1) / 2).permute(0, 2, 3, 1).cpu().numpy())

    def _sample(
        self, text: torch.Tensor, mask: torch.Tensor, generators: Sequence[torch.Generator], steps: int, cfg: float
    ) -> torch.Tensor:
        """`visage.sampling.sample` (visage-image 1.0.1) with a generator per picture instead of one seed for all."""
        weight = next(self.transformer.parameters())
        size, channels = self.transformer.config.image_size, self.transformer.config.in_channels

        def noise(of: Sequence[torch.Generator]) -> torch.Tensor:
            drawn = [torch.randn((1, channels, size, size), generator=one, dtype=weight.dtype) for one in of]
            return torch.cat(drawn).to(weight.device)

        latents = noise(generators)
        # The package takes the noise that is put back from the next seed.
        later = [torch.Generator("cpu").manual_seed(one.initial_seed() + 1) for one in generators]
        text, mask = text.to(weight.device, weight.dtype), mask.to(weight.device)
        if cfg != 1.0:
            text, mask = torch.cat([text, torch.zeros_like(text)]), torch.cat([mask, mask])
        times = torch.linspace(1.0, 0.0, steps + 1, device=weight.device)
        times = self.settings["shift"] * times / (1.0 + (self.settings["shift"] - 1.0) * times)
        for now, after in itertools.pairwise(times):
            latents, time = self._noised(latents, now, lambda: noise(later))
            latents = latents + (after - time) * self._velocity(latents, time, text, mask, cfg)
        return latents

    def _noised(self, latents: torch.Tensor, now: torch.Tensor, noise: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents with some noise put back, and the time that they are then at (its SDE; Karras et al., 2022)."""
        churn, most = self.settings["churn"], self.settings["sde_t_max"]
        if self.settings["solver"] != "sde" or churn <= 0 or not 0 < now < most:
            return latents, now
        time = torch.clamp(now * (1 + churn), max=most)
        scale = (1 - time) / (1 - now)
        variance = (time**2 - (scale * now) ** 2).clamp(min=0)
        return scale * latents + variance.sqrt() * noise(), time

    def _velocity(
        self, latents: torch.Tensor, time: torch.Tensor, text: torch.Tensor, mask: torch.Tensor, cfg: float
    ) -> torch.Tensor:
        both = torch.cat([latents, latents]) if cfg != 1.0 else latents
        times = torch.full((len(both), 1), float(time), device=latents.device, dtype=latents.dtype)
        found: torch.Tensor = self.transformer(both, times, text, mask)
        if cfg != 1.0:
            asked, plain = found.chunk(2)
            found = plain + cfg * (asked - plain)
        return found


def load_visage(source: Source, dtype: torch.dtype) -> Visage:
    """The model by the loaders of its package. Raises `MissingDependencyError`, `UsageError`."""
    if importlib.util.find_spec("visage") is None:
        raise MissingDependencyError("the model visage", "visage-image", "visage-image>=1.0")
    import visage

    folder = source.path
    try:
        return Visage(
            visage.load_text_encoder(folder, device="cpu", dtype=dtype),
            visage.load_dit(folder, device="cpu", dtype=dtype),
            visage.load_vae(folder, device="cpu", dtype=dtype),
            visage.load_sampling(folder),
        )
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise UsageError(f"{source.given} cannot be loaded as a model of visage-image: {said}") from error
