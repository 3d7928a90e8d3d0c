"""Steps of our own against diffusers' pipelines, which get the same sampler and noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from agfd.generate.diffusers import families, noise, samplers
from agfd.generate.diffusers.batches import Work
from agfd.generate.diffusers.conditioning import conditioner_of
from agfd.generate.diffusers.decode import Decoder
from agfd.generate.diffusers.denoise import Denoiser
from agfd.generate.diffusers.how import How
from agfd.testing import pipelines
from builders import request
from generate.diffusers import small

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIP = {"sd-1.5": "sd15", "sdxl": "sdxl"}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def model(family: str) -> Any:
    if family == "sdxl" and not small.WORDS_HERE:
        pytest.skip("clip_words is not installed: agfd models install")
    pipeline = small.sdxl() if family == "sdxl" else pipelines.small()
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def parts(pipeline: Any, family: str) -> tuple[Denoiser, Decoder]:
    decoder = Decoder(pipeline.vae)
    conditioner = conditioner_of(pipeline, CLIP[family], None)
    return Denoiser(pipeline.unet, pipeline.scheduler.config, conditioner, decoder.factor), decoder


def works(*prompts: str, **how: Any) -> list[Work]:
    asked = How(**{"sampler": "Euler", "steps": 5, "cfg_scale": 7.0, "width": 72, "height": 64, **how})
    return [
        Work(n, request(prompt=text, negative_prompt="ugly, blurry", person=n), asked) for n, text in enumerate(prompts)
    ]


@pytest.mark.parametrize("family", sorted(CLIP))
@pytest.mark.parametrize("cfg_scale", [1.0, 7.0])
@pytest.mark.parametrize("sampler", ["Euler", "DPM++ 2M Karras"])
def test_it_makes_what_the_pipeline_makes(family: str, cfg_scale: float, sampler: str) -> None:
    """With a prompt that needs no more than the pipeline can: no weights, few tokens."""
    pipeline = model(family)
    denoiser, decoder = parts(pipeline, family)
    (work,) = works("photo of a woman, smiling", cfg_scale=cfg_scale, sampler=sampler)
    _, latents = denoiser.latents([work])
    (picture,) = decoder.pictures(latents)
    asked = {
        "prompt": work.request.prompt,
        "negative_prompt": work.request.negative_prompt,
        "width": 72,
        "height": 64,
        "num_inference_steps": 5,
        "guidance_scale": cfg_scale,
    }
    start = noise.start([noise.source(work.request)], (4, 8, 9))
    pipeline.scheduler = samplers.scheduler(sampler, pipeline.scheduler.config)
    pipeline.scheduler.order = 1  # pipelines count their bar's steps by it
    wanted = pipeline(**asked, latents=start, output_type="latent").images
    torch.testing.assert_close(latents, wanted, rtol=1e-4, atol=1e-4)
    (seen,) = pipeline(**asked, latents=start, output_type="np").images
    assert picture is not None
    assert np.abs(picture.astype(int) - (seen * 255).round()).max() <= 1


@pytest.mark.parametrize("sampler", ["DPM++ 2M Karras", "Euler a", "DPM++ 2M SDE"])
def test_latents_are_the_same_in_any_batch(sampler: str) -> None:
    denoiser, _ = parts(model("sd-1.5"), "sd-1.5")
    several = works("a man", "a (woman:1.4) with glasses", "an old man, smiling", sampler=sampler, steps=20)
    _, together = denoiser.latents(several)
    for nth, work in enumerate(several):
        _, alone = denoiser.latents([work])
        # Latents of weights that know nothing are large; of a trained model their standard deviation is about 1.
        torch.testing.assert_close(together[nth], alone[0], rtol=0, atol=1e-4 * float(alone.std()))


def test_families_of_our_own_steps_are_those_that_clip_reads() -> None:
    ours = {family.name for family in families.FAMILIES.values() if family.kind == "unet"}
    assert ours == {*CLIP, "sd-2.1"}
