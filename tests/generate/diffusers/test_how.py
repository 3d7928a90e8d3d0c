"""What the user says counts more than the model, and that more than the request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agfd.generate.diffusers import families
from agfd.generate.diffusers.how import How, Manner, Own
from agfd.generate.diffusers.options import Options
from agfd.generate.diffusers.presets import preset, presets
from agfd.records import Settings
from builders import request

ASKED = Settings(512, 512, "DPM++ 2M Karras", 20, 7.0)
ORDINARY = preset("realistic-vision")
FEW = replace(ORDINARY, steps=4, guidance=1.0, sampler="Euler a", family="sdxl", size=1024)


def test_an_ordinary_model_does_as_it_is_asked() -> None:
    plain = How("DPM++ 2M Karras", 20, 7.0, 512, 512)
    assert Manner(Options(), families.SD15, ORDINARY).how(ASKED) == plain
    assert Manner(Options(), families.SD15).how(ASKED) == plain
    # Before a download the family is not known.
    assert Manner(Options(), None).how(ASKED) == plain


def test_a_model_of_few_steps_brings_its_own() -> None:
    assert Manner(Options(), families.SDXL, FEW).how(ASKED) == How("Euler a", 4, 1.0, 1024, 1024)


def test_a_preset_makes_no_smaller_pictures_than_it_was_trained_for() -> None:
    manner = Manner(Options(), families.SDXL, FEW)
    wide = manner.how(replace(ASKED, width=512, height=256))
    assert (wide.width, wide.height) == (1024, 512)
    large = manner.how(replace(ASKED, width=1536, height=1024))
    assert (large.width, large.height) == (1536, 1024)


def test_a_pipeline_of_its_own_takes_its_own_steps() -> None:
    assert Manner(Options(), families.FLUX1, own=Own(28, 3.5)).how(ASKED) == How(None, 28, 3.5, 512, 512)
    told = replace(ORDINARY, steps=4, guidance=0.0, sampler=None, size=1024)
    assert Manner(Options(), families.FLUX1, told, Own(28, 3.5)).how(ASKED) == How(None, 4, 0.0, 1024, 1024)


def test_the_user_counts_most() -> None:
    options = Options(sampler="DDIM", steps=7, cfg_scale=0, width=640, height=768)
    for family, its in ((families.SDXL, FEW), (families.SD15, ORDINARY)):
        assert Manner(options, family, its).how(ASKED) == How("DDIM", 7, 0.0, 640, 768)


@pytest.mark.parametrize(("quality", "steps"), [("draft", 12), ("standard", 20), ("best", 30)])
def test_quality_is_steps(quality: str, steps: int) -> None:
    options = Options.model_validate({"quality": quality})
    assert Manner(options, families.SD15).how(ASKED).steps == steps
    # Few steps are what the model was made for, and a number that was asked for is that number.
    assert Manner(options, families.SDXL, FEW).how(ASKED).steps == 4
    assert Manner(options.model_copy(update={"steps": 20}), families.SD15).how(ASKED).steps == 20


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"settings": replace(ASKED, width=500)}, "Stable Diffusion 1.5 cannot make pictures of 500 x 512 pixels"),
        ({"settings": replace(ASKED, height=32)}, "only multiples of 8 from 64 to 2048 a side"),
        ({"settings": replace(ASKED, height=4096)}, "only multiples of 8 from 64 to 2048 a side"),
        ({"settings": replace(ASKED, sampler="DPM++ 2M Karas")}, "did you mean 'DPM++ 2M Karras'"),
        ({"settings": replace(ASKED, steps=2000)}, "takes 1 to 1000 steps, not 2000"),
        ({"prompt": "man " * 2000}, "the prompt needs at least 27 chunks of 75 tokens, and 20 are the most"),
        ({"negative_prompt": "ugly " * 2000}, "the prompt needs at least 27 chunks"),
        ({"prompt": "a man <lora:beard:0.8>"}, "asks for a network"),
    ],
)
def test_what_cannot_be_made_is_said_in_a_sentence(changes: dict[str, object], said: str) -> None:
    manner = Manner(Options(), families.SD15)
    assert manner.refusal(request(settings=ASKED)) is None
    reason = manner.refusal(request(**{"settings": ASKED, **changes}))
    assert reason is not None
    assert said in reason
    assert "\n" not in reason


def test_a_model_of_one_size_makes_that_size() -> None:
    manner = Manner(Options(), families.VISAGE, preset("visage"))
    assert (manner.how(ASKED).width, manner.how(ASKED).height) == (256, 256)
    assert manner.refusal(request(settings=ASKED)) is None
    reason = Manner(Options(width=512), families.VISAGE).refusal(request(settings=ASKED))
    assert reason == "Visage-Image cannot make pictures of 512 x 256 pixels, only 256 a side"


def test_the_settings_of_the_table_are_for_models_like_its_own() -> None:
    assert Manner(Options(), families.SDXL, preset("sdxl")).how(ASKED).steps == preset("sdxl").steps
    # A file whose name says nothing is asked what the recipe says.
    assert Manner(Options(), families.SDXL).how(ASKED) == How("DPM++ 2M Karras", 20, 7.0, 512, 512)


def test_a_schedule_goes_with_its_sampler() -> None:
    lightning = preset("sdxl-lightning")
    own = Manner(Options(), families.SDXL, lightning)
    assert (own.how(ASKED).sampler, own.how(ASKED).schedule) == (lightning.sampler, lightning.schedule)
    assert own.refusal(request(settings=ASKED)) is None
    # Another sampler has another.
    assert Manner(Options(sampler="DDIM"), families.SDXL, lightning).how(ASKED).schedule is None
    assert Manner(Options(schedule="Karras"), families.SDXL, lightning).how(ASKED).schedule == "Karras"
    wrong = Manner(Options(sampler="Euler", schedule="Karas"), families.SDXL).refusal(request(settings=ASKED))
    assert wrong is not None
    assert "did you mean 'Karras'" in wrong


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_preset_makes_the_table(name: str) -> None:
    known = preset(name)
    manner = Manner(Options(), families.FAMILIES[known.family], known)
    assert manner.refusal(request(settings=ASKED)) is None
