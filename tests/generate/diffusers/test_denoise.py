"""Steps of our own against diffusers' pipelines, which get the same sampler and noise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from agfd.generate.diffusers import families, noise, samplers
from agfd.generate.diffusers.batches import Work
from agfd.generate.diffusers.conditioning import conditioner_of
from agfd.generate.diffusers.decode import Decoder
from agfd.generate.diffusers.denoise import Denoiser, Shortcuts
from agfd.generate.diffusers.how import How
from agfd.generate.diffusers.interval import GuidanceInterval
from agfd.testing import pipelines
from builders import request
from generate.diffusers import small

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIP = {"sd-1.5": "sd-1.5", "sdxl": "sdxl"}


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


@pytest.mark.parametrize(
    "shortcuts",
    [Shortcuts(GuidanceInterval(0.2, 0.7)), Shortcuts(every=2), Shortcuts(merged=0.5)],
    ids=["interval", "deepcache", "tome"],
)
def test_shortcuts_change_images_and_leave_them_alone_in_any_batch(shortcuts: Shortcuts) -> None:
    pipeline = model("sd-1.5")
    plain, decoder = parts(pipeline, "sd-1.5")
    several = works("a man", "an old man, smiling", steps=8)
    _, wanted = plain.latents(several)
    conditioner = conditioner_of(pipeline, CLIP["sd-1.5"], None)
    short = Denoiser(pipeline.unet, pipeline.scheduler.config, conditioner, decoder.factor, shortcuts)
    _, found = short.latents(several)
    _, again = short.latents(several)
    _, alone = short.latents(several[1:])
    assert torch.equal(found, again)
    torch.testing.assert_close(found[1], alone[0], rtol=0, atol=1e-3 * float(alone.std()))
    assert float((found - wanted).abs().max()) > 0.1


def test_what_fills_up_the_shorter_text_is_not_seen() -> None:
    """As in AUTOMATIC1111 without "Pad prompt/negative prompt": each half as if it went through alone."""
    pipeline = model("sd-1.5")
    denoiser, decoder = parts(pipeline, "sd-1.5")
    (work,) = works("a man")
    long = Work(0, replace(work.request, negative_prompt="blurry, " * 60), work.how)
    _, latents = denoiser.latents([long])
    conditioner = conditioner_of(pipeline, CLIP["sd-1.5"], None)
    # The steps by hand, with two passes of different lengths.
    scheduler = samplers.scheduler("Euler", pipeline.scheduler.config)
    scheduler.set_timesteps(5)
    x = noise.start([noise.source(long.request)], (4, 8, 9)) * scheduler.init_noise_sigma
    texts = [(long.request.negative_prompt, 2), (long.request.prompt, 1)]
    without, along = [conditioner.embed(text, chunks).vectors[None] for text, chunks in texts]
    with torch.inference_mode():
        for t in scheduler.timesteps:
            scaled = scheduler.scale_model_input(x, t)
            one, other = (pipeline.unet(scaled, t, words, return_dict=False)[0] for words in (without, along))
            x = scheduler.step(one + 7.0 * (other - one), t, x)[0]
    torch.testing.assert_close(latents, x, rtol=0, atol=1e-4 * float(x.std()))
    seen = Denoiser(pipeline.unet, pipeline.scheduler.config, conditioner, decoder.factor, padding=True)
    assert float((seen.latents([long])[1] - latents).abs().max()) > 0.1
