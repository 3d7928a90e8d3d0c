"""Diffusion models as a generator: which pixels, in whatever company, and what is said of them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from agfd import ids
from agfd.errors import OutOfMemoryError
from agfd.generate.diffusers import make
from agfd.generate.diffusers.generator import Diffusers
from agfd.ports import Batched, Generator
from agfd.records import Failure, Outcome, Request, Settings
from agfd.testing import pipelines
from builders import request
from generate.diffusers import ldm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

PROMPTS = ("a (photo:1.3) of a man, smiling", "close up portrait of a woman", "a boy wearing a [hat]", "an old man")
SETTINGS = Settings(64, 64, "DPM++ 2M Karras", 6, 7.0)


def asked(number: int, **changes: Any) -> Request:
    """The request of that number: its own noise, one of four prompts."""
    given = {"prompt": PROMPTS[number % 4], "negative_prompt": "blurry, ugly", "settings": SETTINGS, **changes}
    return request(id=f"{number:032x}", person=number, scene=2 * number, **given)


def opened(model: Path, **options: str) -> Diffusers:
    made = make(model=str(model), **{"dtype": "float32", "threads": "1", "batch": "3", **options})
    assert isinstance(made, Diffusers)
    return made


def pixels(outcomes: Sequence[Outcome[Any]]) -> list[NDArray[np.uint8]]:
    assert all(outcome.value is not None for outcome in outcomes), [outcome.failure for outcome in outcomes]
    return [outcome.value.pixels for outcome in outcomes if outcome.value is not None]


def images(generator: Generator, requests: Sequence[Request]) -> list[NDArray[np.uint8]]:
    return pixels(list(generator.generate(requests)))


def farthest(ones: Sequence[NDArray[np.uint8]], others: Sequence[NDArray[np.uint8]]) -> int:
    """The largest difference of a pixel, of 255."""
    return max(int(np.abs(a.astype(int) - b).max()) for a, b in zip(ones, others, strict=True))


@pytest.fixture(scope="module")
def generator(small_model: Path) -> Iterator[Diffusers]:
    made = opened(small_model)
    made.setup()
    yield made
    made.teardown()


def test_it_makes_batches(generator: Diffusers) -> None:
    assert isinstance(generator, Batched)


def test_an_image_is_the_same_alone_and_in_any_batch(generator: Diffusers) -> None:
    requests = [asked(number) for number in range(5)]
    alone = [images(generator, [one])[0] for one in requests]
    assert farthest(images(generator, requests), alone) <= 1
    assert farthest(images(generator, requests[::-1]), alone[::-1]) <= 1
    # Other prompts, other noise: other images.
    assert min(farthest([alone[0]], [other]) for other in alone[1:]) > 50


def test_a_run_made_twice_is_the_same_to_the_bit(generator: Diffusers) -> None:
    requests = [asked(number) for number in range(5)]
    assert farthest(images(generator, requests), images(generator, requests)) == 0


def test_an_image_is_the_same_after_a_restart(generator: Diffusers, small_model: Path) -> None:
    again = opened(small_model)
    again.setup()
    requests = [asked(number) for number in range(2)]
    assert farthest(images(again, requests), images(generator, requests)) == 0
    again.teardown()


def test_in_bfloat16_company_changes_little(small_model: Path) -> None:
    made = opened(small_model, dtype="bfloat16")
    requests = [asked(number) for number in range(3)]
    alone = [images(made, [one])[0] for one in requests]
    together = images(made, requests)
    differences = [np.abs(a.astype(int) - b).mean() for a, b in zip(together, alone, strict=True)]
    # The tolerance that design/0030-diffusers.md states: 1 of 255 in the mean.
    assert max(differences) < 1
    made.teardown()


def test_images_of_many_kinds_go_together(generator: Diffusers) -> None:
    """In one run: other sizes, samplers, steps, guidance, and a prompt of several chunks."""
    long = ", ".join(PROMPTS) * 4
    kinds = [
        asked(0),
        asked(1, settings=replace(SETTINGS, width=96)),
        asked(2, settings=replace(SETTINGS, sampler="Euler a")),
        asked(3, prompt=long),
        asked(4, settings=replace(SETTINGS, cfg_scale=1.0)),
        asked(5),
        asked(6, settings=replace(SETTINGS, steps=3)),
    ]
    generator.batch = 7
    outcomes = list(generator.generate(kinds))
    generator.batch = 3
    assert [outcome.request_id for outcome in outcomes] == [one.id for one in kinds]
    made = pixels(outcomes)
    assert [image.shape[:2] for image in made] == [(64, 96 if n == 1 else 64) for n in range(7)]
    assert farthest(made, [images(generator, [one])[0] for one in kinds]) <= 1


def test_noise_is_that_of_the_cpu_seed_of_automatic1111(generator: Diffusers) -> None:
    from agfd.generate.diffusers import noise

    seed = ids.noise_seed(5, 7)
    wanted = torch.randn((4, 8, 8), generator=torch.Generator("cpu").manual_seed(seed))
    assert torch.equal(noise.start([noise.source(request(person=5, scene=7))], (4, 8, 8))[0], wanted)


def test_twins_share_their_noise(generator: Diffusers) -> None:
    one, other = asked(1), replace(asked(2), person=1, scene=2)
    same = [outcome.value.made["Seed"] for outcome in generator.generate([one, other]) if outcome.value]
    assert same == [str(ids.noise_seed(1, 2))] * 2


def test_it_is_told_how_an_image_was_made(generator: Diffusers) -> None:
    (outcome,) = generator.generate([asked(1)])
    assert outcome.value is not None
    assert dict(outcome.value.made) == {
        "Steps": "6",
        "Sampler": "DPM++ 2M Karras",
        "CFG scale": "7",
        "Seed": str(ids.noise_seed(1, 2)),
        "Size": "64x64",
        "Model": "small",
        "RNG": "CPU",
        "Version": "agfd diffusers 1",
    }


def test_options_count_more_than_requests(small_model: Path) -> None:
    made = opened(small_model, sampler="Euler", steps="4", cfg_scale="3.5", width="72", height="64", clip_skip="2")
    (outcome,) = made.generate([asked(1)])
    assert outcome.value is not None
    assert outcome.value.pixels.shape == (64, 72, 3)
    told = outcome.value.made
    assert [told[name] for name in ("Sampler", "Steps", "CFG scale", "Size", "Clip skip")] == [
        "Euler",
        "4",
        "3.5",
        "72x64",
        "2",
    ]
    made.teardown()


def test_what_cannot_be_made_fails_alone(generator: Diffusers) -> None:
    requests = [asked(0), asked(1, settings=replace(SETTINGS, width=60)), asked(2, prompt="man " * 2000), asked(3)]
    outcomes = list(generator.generate(requests))
    assert [outcome.failure.code if outcome.failure else "" for outcome in outcomes] == [
        "",
        "unsupported",
        "unsupported",
        "",
    ]
    assert [generator.can_make(one) is None for one in requests] == [True, False, False, True]


def test_preview_drops_images_and_leaves_the_others_as_they_are(generator: Diffusers) -> None:
    requests = [asked(number) for number in range(6)]
    seen: list[tuple[str, tuple[int, ...]]] = []

    def preview(one: Request, early: NDArray[np.uint8]) -> bool:
        seen.append((one.id, early.shape))
        return one.person not in {1, 3, 4, 5}

    outcomes = list(generator.generate(requests, preview))
    assert [one for one, _ in seen] == [one.id for one in requests]
    assert {shape for _, shape in seen} == {(64, 64, 3)}
    codes = [outcome.failure.code if outcome.failure else "made" for outcome in outcomes]
    assert codes == ["made", "early_stop", "made", "early_stop", "early_stop", "early_stop"]
    kept = [outcomes[0], outcomes[2]]
    assert farthest(pixels(kept), images(generator, [requests[0], requests[2]])) <= 1


@pytest.mark.parametrize("sampler", ["DPM++ 2M Karras", "DPM++ 2M SDE Karras", "Euler a", "UniPC"])
def test_dropping_suits_every_kind_of_sampler(generator: Diffusers, sampler: str) -> None:
    requests = [asked(number, settings=replace(SETTINGS, sampler=sampler)) for number in range(3)]
    outcomes = list(generator.generate(requests, lambda one, early: one.person != 1))
    assert [outcome.value is None for outcome in outcomes] == [False, True, False]
    assert farthest(pixels([outcomes[0], outcomes[2]]), images(generator, [requests[0], requests[2]])) <= 1


def network(generator: Diffusers) -> Any:
    return generator._maker._denoiser._unet  # type: ignore[union-attr]


def test_a_batch_that_does_not_fit_says_so_and_a_smaller_one_goes_on(
    small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = opened(small_model, batch="4")
    made.setup()
    forward = type(network(made)).forward

    def short(self: Any, x: Any, *rest: Any, **named: Any) -> Any:
        # Two halves of guidance for each image.
        if len(x) > 4:
            raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 99 bytes.")
        return forward(self, x, *rest, **named)

    monkeypatch.setattr(type(network(made)), "forward", short)
    requests = [asked(number) for number in range(4)]
    with pytest.raises(OutOfMemoryError, match="a batch of 4 images of 64 x 64 pixels does not fit") as caught:
        list(made.generate(requests))
    assert caught.value.batch == 4
    made.batch = 2
    assert len(images(made, requests)) == 4
    made.teardown()


def test_the_trial_finds_what_fits(small_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = opened(small_model, batch="0", width="64", height="64")
    made.setup()
    forward = type(network(made)).forward

    def short(self: Any, x: Any, *rest: Any, **named: Any) -> Any:
        if len(x) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(self, x, *rest, **named)

    monkeypatch.setattr(type(network(made)), "forward", short)
    assert made.largest_batch() == 1
    made.teardown()
    assert opened(small_model, batch="5").largest_batch() == 5


def test_errors_that_are_no_lack_of_memory_come_through(small_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = opened(small_model)
    made.setup()

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(type(network(made)), "forward", broken)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        list(made.generate([asked(0)]))
    made.teardown()


def test_weights_that_are_no_numbers_make_failures_and_no_black_pictures(small_model: Path) -> None:
    made = opened(small_model)
    made.setup()
    with torch.no_grad():
        network(made).conv_out.weight[0] = torch.nan
    outcomes = list(made.generate([asked(0), asked(1)]))
    for outcome in outcomes:
        assert isinstance(outcome.failure, Failure)
        assert outcome.failure.code == "blank_image"
        assert "dtype" in outcome.failure.message
        assert not outcome.failure.transient
    made.teardown()


def test_what_it_says_of_itself(small_model: Path) -> None:
    plain = opened(small_model).info
    assert (plain.name, plain.domain, plain.safe_by_construction) == ("diffusers", "diffusion", False)
    assert opened(small_model).info.model_hash == plain.model_hash
    # How fast it is does not shape pixels, beyond their last bits.
    same = {"batch": "9", "compile": "off", "slices": "1", "threads": "2", "device": "cpu"}
    assert opened(small_model, **same).info.model_hash == plain.model_hash
    others = ({"steps": "9"}, {"sampler": "Euler"}, {"dtype": "bfloat16"}, {"clip_skip": "2"}, {"quality": "best"})
    assert len({plain.model_hash, *(opened(small_model, **other).info.model_hash for other in others)}) == 6


def test_teardown_forgets_the_model_and_setup_brings_it_back(small_model: Path) -> None:
    threads = torch.get_num_threads()
    made = opened(small_model)
    made.setup()
    assert torch.get_num_threads() == 1
    made.teardown()
    assert made._maker is None
    assert torch.get_num_threads() == threads
    assert len(images(made, [asked(0)])) == 1
    made.teardown()


def test_a_single_file_makes_the_same_images_and_tells_its_hash(
    generator: Diffusers, small_model: Path, tmp_path: Path
) -> None:
    """In civitai's layout, with the hash that civitai shows."""
    file = ldm.save(pipelines.small(), tmp_path / "mine.safetensors")
    made = opened(file, config=str(small_model))
    outcomes = list(made.generate([asked(0), asked(1)]))
    made.teardown()
    assert farthest(pixels(outcomes), images(generator, [asked(0), asked(1)])) <= 1
    told = [outcome.value.made for outcome in outcomes if outcome.value]
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert {one["Model hash"] for one in told} == {sha256[:10]}
    assert {one["Model"] for one in told} == {"mine"}


def test_a_folder_is_on_record_with_its_whole_path_and_a_preset_by_its_name(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small_model.parent)
    assert opened(Path(small_model.name)).info.anywhere == {"model": str(small_model)}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sdxl").mkdir()
    assert make(model="sdxl").info.anywhere == {}
