"""From noise to latents with a U-Net: Stable Diffusion 1.5, 2.1 and XL.

Both halves of classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598) go through the network in one pass;
the latents stay in float32 between the passes, whatever the network computes in. Where one half says more than the
other, what fills up the shorter is hidden from the network, as if each went through alone.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from agfd.generate.diffusers import noise, samplers
from agfd.generate.diffusers.conditioning import own_words
from agfd.generate.diffusers.deepcache import DeepCache
from agfd.generate.diffusers.interval import GuidanceInterval
from agfd.generate.diffusers.merging import merged_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agfd.generate.diffusers.batches import Work
    from agfd.generate.diffusers.conditioning import Conditioner, Embedding
    from agfd.generate.diffusers.how import How

    Early = Callable[[list[int], torch.Tensor], list[int]]
    """Gets the rows of a batch that are still there and their early clean latents; returns the rows that go on."""

# Where the picture begins in the one that it was cut out of, which SDXL wants to be told.
_NO_CROP = (0, 0)


@dataclass(frozen=True, slots=True)
class Shortcuts:
    """What saves work and changes images. `interval`: where there is guidance; `every`: the deep part of the network is
    computed every so many calls; `merged`: the share of tokens that self-attention does without.
    """

    interval: GuidanceInterval = field(default_factory=GuidanceInterval)
    every: int = 1
    merged: float = 0.0


_NONE = Shortcuts()


@dataclass(frozen=True, slots=True)
class Look:
    """When the early latents are looked at, in steps done, and by whom."""

    step: int
    early: Early


@dataclass(frozen=True, slots=True)
class Words:
    """What the network is told, the unwished half first if there is guidance.

    `vectors`: (rows, tokens, width); `own`: bool, (rows, tokens), false where they only fill up, None where all count;
    `added`: what SDXL is told besides, a row each.
    """

    vectors: torch.Tensor
    own: torch.Tensor | None
    added: Mapping[str, torch.Tensor] | None

    def only(self, rows: torch.Tensor | slice) -> Words:
        """The same for some rows."""
        added = {name: value[rows] for name, value in self.added.items()} if self.added else None
        return Words(self.vectors[rows], None if self.own is None else self.own[rows], added)


class Denoiser:
    """A U-Net with its texts and schedule. `config`: of the pipeline's scheduler; `factor`: pixels to a latent.

    `shortcuts`: what makes it faster and changes the images; `padding`: what fills up a text is seen by the network.
    """

    def __init__(
        self,
        unet: Any,
        config: Mapping[str, Any],
        conditioner: Conditioner,
        factor: int,
        shortcuts: Shortcuts = _NONE,
        *,
        padding: bool = False,
    ) -> None:
        self._unet, self._config, self._conditioner, self._factor = unet, config, conditioner, factor
        self._shortcuts, self._padding = shortcuts, padding
        self._cache = DeepCache(unet, shortcuts.every) if shortcuts.every > 1 else None
        weight = next(unet.parameters())
        self._device, self._dtype = weight.device, weight.dtype

    def chunks(self, prompt: str, negative: str) -> int:
        """How many chunks of 75 tokens an image's texts need."""
        return max(self._conditioner.chunks(prompt), self._conditioner.chunks(negative))

    def latents(self, works: Sequence[Work], look: Look | None = None) -> tuple[list[int], torch.Tensor]:
        """The rows of `works` that were finished and their latents, float32, (rows, channels, height, width)."""
        merged = self._shortcuts.merged
        with torch.inference_mode(), merged_tokens(self._unet, merged) if merged else nullcontext():
            self._reset()
            return self._run(works, look)

    def _run(self, works: Sequence[Work], look: Look | None) -> tuple[list[int], torch.Tensor]:
        how = works[0].how
        assert how.sampler is not None
        scheduler = samplers.scheduler(how.sampler, self._config, how.schedule)
        scheduler.set_timesteps(how.steps, device=self._device)
        shape = (self._unet.config.in_channels, how.height // self._factor, how.width // self._factor)
        sources = [noise.source(work.request) for work in works]
        x = noise.start(sources, shape).to(self._device) * scheduler.init_noise_sigma
        words = self._words(works)
        rows = list(range(len(works)))
        calls = len(scheduler.timesteps)
        looked = look.step * calls // how.steps if look is not None else None
        for nth, t in enumerate(scheduler.timesteps):
            scale = how.cfg_scale if self._shortcuts.interval.on(nth, calls) else 1.0
            predicted = self._predict(scheduler.scale_model_input(x, t), t, words, scale)
            if look is not None and nth == looked:
                kept = look.early(rows, samplers.denoised(scheduler, predicted, t, x))
                if not kept:
                    return [], x[:0]
                if kept != rows:
                    places = [rows.index(row) for row in kept]
                    x, predicted = x[places], predicted[places]
                    words = words.only(_halves(places, len(rows), words))
                    scheduler.keep(places)
                    self._reset()
                    sources, rows = [sources[place] for place in places], kept
            x = scheduler.step(predicted, t, x, generator=sources, return_dict=False)[0]
        return rows, x

    def _predict(self, x: torch.Tensor, t: torch.Tensor, words: Words, cfg_scale: float) -> torch.Tensor:
        """What the network predicts, guided, float32."""
        guided = len(words.vectors) == 2 * len(x)
        if guided and cfg_scale <= 1:
            guided, words = False, words.only(slice(len(x), None))
        both = torch.cat([x, x]) if guided else x
        told: dict[str, Any] = {
            "encoder_hidden_states": words.vectors,
            "encoder_attention_mask": words.own,
            "added_cond_kwargs": words.added,
        }
        network = self._cache or self._unet
        out: torch.Tensor = network(self._laid(both), t, return_dict=False, **told)[0].float()
        if not guided:
            return out
        without, along = out.chunk(2)
        return without + cfg_scale * (along - without)

    def _reset(self) -> None:
        """What is remembered belongs to the rows of a batch."""
        if self._cache is not None:
            self._cache.reset()

    def _laid(self, x: torch.Tensor) -> torch.Tensor:
        return x.to(self._dtype, memory_format=torch.channels_last)

    def _words(self, works: Sequence[Work]) -> Words:
        """The texts of a batch; all have as many chunks."""
        how = works[0].how
        pairs = [(work.request.negative_prompt, work.request.prompt) for work in works]
        chunks = max(self.chunks(prompt, negative) for negative, prompt in pairs)
        found = [self._conditioner.embed(prompt, chunks) for _, prompt in pairs]
        if how.cfg_scale > 1:
            found = [self._conditioner.embed(negative, chunks, negative=True) for negative, _ in pairs] + found
        vectors = torch.stack([each.vectors for each in found]).to(self._device, self._dtype)
        own = None if self._padding else own_words(found)
        return Words(vectors, own if own is None else own.to(self._device), self._added(found, how))

    def _added(self, found: Sequence[Embedding], how: How) -> dict[str, torch.Tensor] | None:
        """What SDXL is told besides: pooled texts and sizes."""
        if self._unet.config.addition_embed_type != "text_time":
            return None
        pooled = [each.pooled for each in found]
        assert all(each is not None for each in pooled)
        size = (how.height, how.width)
        sizes = torch.tensor([[*size, *_NO_CROP, *size]] * len(found), device=self._device, dtype=self._dtype)
        texts = torch.stack([each for each in pooled if each is not None])
        return {"text_embeds": texts.to(self._device, self._dtype), "time_ids": sizes}


def _halves(places: list[int], rows: int, words: Words) -> torch.Tensor:
    """The places in both halves of what the network is told."""
    kept = torch.tensor(places, device=words.vectors.device)
    return torch.cat([kept, kept + rows]) if len(words.vectors) == 2 * rows else kept
