"""Pipelines that make their images as they do: flow matching, with and without real guidance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from agfd.errors import UsageError
from agfd.generate.diffusers import make, noise
from agfd.records import Settings
from builders import request
from generate.diffusers import flows

if TYPE_CHECKING:
    from pathlib import Path

    from agfd.generate.diffusers.generator import Diffusers

MAKERS = {"sd3": flows.sd3, "flux": flows.flux}
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


@pytest.fixture(scope="module", params=sorted(MAKERS))
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("flows") / request.param
    MAKERS[request.param]().save_pretrained(folder)
    return request.param, folder


def opened(folder: Path, **options: str) -> Diffusers:
    made: Any = make(model=str(folder), dtype="float32", threads="1", batch="3", **options)
    return made  # type: ignore[no-any-return]


def test_an_image_is_what_the_pipeline_makes_of_the_words_alone(saved: tuple[str, Path]) -> None:
    name, folder = saved
    made = opened(folder, steps="3", cfg_scale="4")
    (outcome,) = made.generate(REQUESTS[:1])
    made.teardown()
    assert outcome.value is not None
    given = {"negative_prompt": "ugly"} if name == "sd3" else {}
    pipeline: Any = type(flows.sd3()) if name == "sd3" else type(flows.flux())
    (wanted,) = pipeline.from_pretrained(folder)(
        "photo of a man",
        width=64,
        height=64,
        num_inference_steps=3,
        guidance_scale=4.0,
        generator=[noise.source(REQUESTS[0])],
        output_type="np",
        **given,
    ).images
    assert np.abs(outcome.value.pixels - (wanted * 255).round()).max() <= 1


def test_company_does_not_change_an_image(saved: tuple[str, Path]) -> None:
    made = opened(saved[1], steps="2")
    together = [outcome.value for outcome in made.generate(REQUESTS)]
    for one, asked in zip(together, REQUESTS, strict=True):
        (alone,) = made.generate([asked])
        assert one is not None
        assert alone.value is not None
        assert np.abs(one.pixels.astype(int) - alone.value.pixels).max() <= 1
    made.teardown()


def test_it_is_told_what_was_done_otherwise(saved: tuple[str, Path]) -> None:
    """The model's own sampler, steps and guidance, and no weights."""
    name, folder = saved
    made = opened(folder, quality="draft")
    outcomes = list(made.generate(REQUESTS))
    made.teardown()
    told = [dict(outcome.value.made) for outcome in outcomes if outcome.value]
    assert [one.get("Prompt weights") for one in told] == ["taken out"] * 3
    assert {one["Sampler"] for one in told} == {"FlowMatchEulerDiscrete"}
    # 0.6 of the 28 steps that both pipelines take by themselves.
    assert {one["Steps"] for one in told} == {"17"}
    assert {one["CFG scale"] for one in told} == {"7" if name == "sd3" else "3.5"}


def test_a_size_that_it_cannot_make_is_refused(saved: tuple[str, Path]) -> None:
    made = opened(saved[1], width="72")
    reason = made.can_make(REQUESTS[0])
    assert reason is not None
    assert "cannot make pictures of 72 x 64 pixels, only multiples of 16 from 64 to 4096 a side" in reason


def test_values_that_are_no_numbers_make_a_failure(saved: tuple[str, Path]) -> None:
    import torch

    made = opened(saved[1], steps="2")
    made.setup()
    maker: Any = made._maker
    with torch.no_grad():
        maker._whole._pipeline.vae.decoder.conv_out.bias[0] = torch.nan
    (outcome,) = made.generate(REQUESTS[:1])
    made.teardown()
    assert outcome.failure is not None
    assert outcome.failure.code == "blank_image"


def test_an_option_that_it_would_not_heed_is_refused(saved: tuple[str, Path]) -> None:
    with pytest.raises(UsageError, match=r"generator.clip_skip: .* makes its images in its own way; leave it out"):
        opened(saved[1], clip_skip="2")
