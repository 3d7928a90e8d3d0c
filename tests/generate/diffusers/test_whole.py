"""Pipelines that make their images as they do: flow matching, with and without real guidance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from agfd import ids
from agfd.errors import UsageError
from agfd.generate.diffusers import make, noise
from agfd.generate.diffusers.presets import preset
from agfd.records import Settings
from builders import request
from generate.diffusers import flows, sentences

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agfd.generate.diffusers.generator import Diffusers
    from agfd.records import Request


@dataclass(frozen=True)
class Kind:
    """`steps`, `cfg`: what the pipeline takes by itself; `off`: the guidance that is none; `preset`: what fits it."""

    maker: Callable[[], Any]
    steps: int
    cfg: str
    off: str
    preset: str
    negative: bool = True
    sampler: str = "FlowMatchEulerDiscrete"
    multiple: int = 16


KINDS = {
    "sd3": Kind(flows.sd3, 28, "7", "1", "sd-3"),
    "flux": Kind(flows.flux, 28, "3.5", "0", "flux.1-dev", negative=False),
    "sana": Kind(sentences.sana, 20, "4.5", "1", "sana", sampler="DPMSolverMultistep", multiple=32),
    "z_image": Kind(sentences.z_image, 50, "5", "0", "z-image"),
    "klein": Kind(sentences.klein, 50, "1", "1", "flux.2-klein", negative=False),
}
REQUESTS = [
    request(
        id=f"{number:032x}",
        person=number,
        prompt=prompt,
        negative_prompt="(ugly:1.2)",
        settings=Settings(64, 64, "DPM++ 2M Karras", 20, 7.0),
    )
    for number, prompt in enumerate(["(photo:1.3) of a man", "photo of a woman, [smiling]", "a man"])
]


@pytest.fixture(scope="module", params=sorted(KINDS))
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Kind, Path]:
    kind = KINDS[request.param]
    folder = tmp_path_factory.mktemp("flows") / request.param
    kind.maker().save_pretrained(folder)
    return kind, folder


def opened(folder: Path, **options: str) -> Diffusers:
    made: Any = make(model=str(folder), dtype="float32", threads="1", batch="3", **options)
    return made  # type: ignore[no-any-return]


def plain(kind: Kind, folder: Path, **asked: Any) -> Any:
    """What diffusers itself makes of the words of the first request, 0 to 255."""
    pipeline: Any = type(kind.maker()).from_pretrained(folder)
    generator = [noise.source(REQUESTS[0])]
    given = {"width": 64, "height": 64, "generator": generator, "output_type": "np", **asked}
    return (pipeline(prompt="photo of a man", **given).images[0] * 255).round()


def picture(made: Diffusers, asked: Request) -> Any:
    (outcome,) = made.generate([asked])
    assert outcome.value is not None
    return outcome.value.pixels.astype(int)


def test_an_image_is_what_the_pipeline_makes_of_the_words_alone(saved: tuple[Kind, Path]) -> None:
    kind, folder = saved
    made = opened(folder, steps="3", cfg_scale="4")
    found = picture(made, REQUESTS[0])
    given = {"negative_prompt": "ugly"} if kind.negative else {}
    # On the one thread that is given back afterwards.
    wanted = plain(kind, folder, num_inference_steps=3, guidance_scale=4.0, **given)
    made.teardown()
    assert np.abs(found - wanted).max() <= 1


@pytest.mark.parametrize("cfg_scale", ["off", "1", "4"])
def test_a_negative_prompt_counts_where_there_is_guidance(saved: tuple[Kind, Path], cfg_scale: str) -> None:
    kind, folder = saved
    scale = kind.off if cfg_scale == "off" else cfg_scale
    made = opened(folder, steps="2", cfg_scale=scale)
    one, other = (picture(made, replace(REQUESTS[0], negative_prompt=text)) for text in ("ugly", "a woman, smiling"))
    made.teardown()
    assert np.array_equal(one, other) is not (kind.negative and scale != kind.off)


def test_a_preset_says_how_it_is_asked(saved: tuple[Kind, Path]) -> None:
    kind, folder = saved
    known = preset(kind.preset)
    made = opened(folder, width="64", height="64")
    made._source = replace(made._source, preset=known)
    made.setup()
    maker: Any = made._maker
    calls: list[int] = []
    maker._whole._pipeline.transformer.register_forward_pre_hook(lambda *_: calls.append(1))
    (outcome,) = made.generate(REQUESTS[:1])
    given = {"negative_prompt": "ugly"} if known.negative else {}
    wanted = plain(kind, folder, num_inference_steps=known.steps, guidance_scale=known.guidance, **given)
    made.teardown()
    assert outcome.value is not None
    assert outcome.value.made["Steps"] == str(known.steps) == str(len(calls))
    assert outcome.value.made["CFG scale"] == f"{known.guidance:g}"
    assert np.abs(outcome.value.pixels - wanted).max() <= 1


def test_company_does_not_change_an_image(saved: tuple[Kind, Path]) -> None:
    made = opened(saved[1], steps="2")
    together = [outcome.value for outcome in made.generate(REQUESTS)]
    for one, asked in zip(together, REQUESTS, strict=True):
        (alone,) = made.generate([asked])
        assert one is not None
        assert alone.value is not None
        assert np.abs(one.pixels.astype(int) - alone.value.pixels).max() <= 1
    made.teardown()


def test_it_is_told_what_was_done_otherwise(saved: tuple[Kind, Path]) -> None:
    """The model's own sampler, steps and guidance, and no weights."""
    kind, folder = saved
    made = opened(folder, quality="draft")
    requests = [*REQUESTS[:2], replace(REQUESTS[2], negative_prompt="ugly")]
    told = [dict(outcome.value.made) for outcome in made.generate(requests) if outcome.value]
    made.teardown()
    assert [one.get("Prompt weights") for one in told] == ["taken out", "taken out", None]
    assert [one["Seed"] for one in told] == [str(ids.noise_seed(one.person, one.scene)) for one in requests]
    assert {one["Sampler"] for one in told} == {kind.sampler}
    # 0.6 of the steps that the pipeline takes by itself.
    assert {one["Steps"] for one in told} == {str(round(0.6 * kind.steps))}
    assert {one["CFG scale"] for one in told} == {kind.cfg}
    assert {one["Size"] for one in told} == {"64x64"}


def test_a_size_that_it_cannot_make_is_refused(saved: tuple[Kind, Path]) -> None:
    kind, folder = saved
    side = 64 + kind.multiple // 2
    reason = opened(folder, width=str(side)).can_make(REQUESTS[0])
    assert reason is not None
    said = f"pictures of {side} x 64 pixels, only multiples of {kind.multiple} from 64 to 4096 a side"
    assert said in reason
    made = opened(folder, width=str(64 + kind.multiple), steps="1")
    assert made.can_make(REQUESTS[0]) is None
    assert picture(made, REQUESTS[0]).shape == (64, 64 + kind.multiple, 3)
    made.teardown()


def test_values_that_are_no_numbers_make_a_failure(saved: tuple[Kind, Path]) -> None:
    import torch

    made = opened(saved[1], steps="2")
    made.setup()
    maker: Any = made._maker
    with torch.no_grad():
        next(maker._whole._pipeline.vae.decoder.parameters()).fill_(torch.nan)
    (outcome,) = made.generate(REQUESTS[:1])
    made.teardown()
    assert outcome.failure is not None
    assert outcome.failure.code == "blank_image"


def test_an_option_that_it_would_not_heed_is_refused(saved: tuple[Kind, Path]) -> None:
    with pytest.raises(UsageError, match=r"generator.clip_skip: .* makes its images in its own way; leave it out"):
        opened(saved[1], clip_skip="2")
