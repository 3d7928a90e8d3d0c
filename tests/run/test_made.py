"""What a generator says of how it made an image: in the row, in the file, on the card, and read back from the file."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image as Pillow

import agfd
from agfd import api, ids, images, models, testing
from agfd.images import infotext
from agfd.records import Outcome
from agfd.run.finish import wrong_outcome
from agfd.store import Layout, read_member
from builders import tiny

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from agfd.api import Dataset
    from agfd.ports import Preview
    from agfd.records import Image, Request, Sample


class Telling(testing.FakeGenerator):
    """The fake, as if a model had painted its ovals."""

    def generate(self, requests: Sequence[Request], preview: Preview | None = None) -> Iterator[Outcome[Image]]:
        for request, outcome in zip(requests, super().generate(requests, preview), strict=True):
            assert outcome.value is not None
            yield Outcome(request.id, replace(outcome.value, made=self.made(request)))

    def made(self, request: Request) -> Mapping[str, str]:
        seed = str(ids.noise_seed(request.person, request.scene))
        return {"Seed": seed, "Model": "ovals_v1", "Model hash": "c35782bad8", "Lora hashes": "round: 1f, b: 2"}


class Mixed(Telling):
    """Two models, one of them without a name, and images of which it says something else only."""

    def made(self, request: Request) -> Mapping[str, str]:
        said = [{"Model hash": "6ce0161689"}, {"Model": "b|c"}, {"Seed": "1"}, {}, super().made(request)]
        return said[min(request.slot, 4)]


def built(folders: pytest.TempPathFactory, generator: testing.FakeGenerator, **options: Any) -> Dataset:
    return agfd.build(str(tiny(folders)), folders.mktemp("out") / "faces", generator=generator, **options)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return built(tmp_path_factory, Telling({"rates": "smiling:0.5"}), keep="all")


def file_of(dataset: Dataset, sample: Sample) -> bytes:
    assert sample.place is not None
    return read_member(Layout(dataset.root), sample.place)


def test_rows_and_files_say_it(dataset: Dataset) -> None:
    samples = list(dataset.filter(status=None))
    assert {sample.verdict.status for sample in samples} == {"accepted", "rejected"}
    for sample in samples:
        assert sample.made == Telling({}).made(sample.request)
        file = file_of(dataset, sample)
        text = infotext.written_in(file)
        assert text is not None
        told = infotext.parse(text)
        assert (told.prompt, told.negative) == (sample.request.prompt, sample.request.negative_prompt)
        assert told.settings == {
            "Steps": "20", "Sampler": "DPM++ 2M Karras", "CFG scale": "7", "Size": "64x64", **sample.made
        }  # fmt: skip
        with Pillow.open(io.BytesIO(file)) as picture:
            assert picture.info["agfd_id"] == sample.request.id
            assert picture.info["prompt"] == sample.request.prompt
            assert picture.info["ai_generated"] == "true"
    assert dataset.to_polars()["made"].list.len().to_list() == [4] * len(dataset)


def test_the_card_names_the_model(dataset: Dataset) -> None:
    card = (dataset.root / "README.md").read_text(encoding="utf-8")
    assert f"- Model: `ovals_v1`, hash (AutoV2) `c35782bad8`: {len(dataset)} accepted images." in card


def test_the_card_names_every_model(tmp_path_factory: pytest.TempPathFactory) -> None:
    mixed = built(tmp_path_factory, Mixed({}), rows=("hair.bald",))
    lines = [line for line in (mixed.root / "README.md").read_text(encoding="utf-8").splitlines() if "- Model:" in line]
    assert lines == [
        "- Model: `ovals_v1`, hash (AutoV2) `c35782bad8`: 2 accepted images.",
        "- Model: without a name, hash (AutoV2) `6ce0161689`: 1 accepted image.",
        "- Model: `b\\|c`: 1 accepted image.",
    ]


@pytest.mark.skipif(models.installed("open_nsfw") is None, reason="the screen of pictures is not installed")
def test_exported_files_come_back_as_what_they_were(dataset: Dataset, tmp_path: Path) -> None:
    api.export_dataset(dataset, "imagefolder", tmp_path / "out")
    recipe = str(dataset.root / "recipe.yaml")
    result = agfd.import_folder(tmp_path / "out" / "train", recipe, tmp_path / "back", labels="infotext", workers=1)
    assert set(result.unmatched) == {"metadata.parquet"}
    same = ("row", "sex", "race", "variant", "attributes", "prompt", "negative_prompt", "settings")

    def said(samples: Dataset) -> list[str]:
        return sorted(str([getattr(sample.request, name) for name in same]) for sample in samples)

    assert said(result.dataset.filter(status=None)) == said(dataset)


def test_a_generator_that_says_nothing_leaves_no_text(tmp_path_factory: pytest.TempPathFactory) -> None:
    plain = built(tmp_path_factory, testing.make_generator(), rows=("hair.bald",))
    for sample in plain:
        assert not sample.made
        assert images.PARAMETERS.encode() not in file_of(plain, sample)
    assert plain.to_polars()["made"].null_count() == len(plain)
    assert "Model:" not in (plain.root / "README.md").read_text(encoding="utf-8")


def test_a_setting_that_cannot_be_written_is_the_generator_s_fault(dataset: Dataset) -> None:
    sample = next(iter(dataset))
    (outcome,) = Telling({}).generate([sample.request])
    assert outcome.value is not None
    for name, made in (("'a:b'", {"Seed": "1", "a:b": "2"}), ("''", {"": "1"}), ("'Seed'", {"Seed": 1})):
        wrong = replace(outcome, value=replace(outcome.value, made=made))
        failure = wrong_outcome(sample.request, wrong)
        assert failure is not None
        assert (failure.code, name in failure.message) == ("bad_image", True)
    assert wrong_outcome(sample.request, outcome) is None


def test_an_image_made_again_says_the_same(dataset: Dataset, tmp_path: Path) -> None:
    sample = next(iter(dataset))
    (outcome,) = Telling({"rates": "smiling:0.5"}).generate([sample.request])
    assert outcome.value is not None
    api.write_image(outcome.value, tmp_path / "again.png", sample.request)
    assert (tmp_path / "again.png").read_bytes() == file_of(dataset, sample)
