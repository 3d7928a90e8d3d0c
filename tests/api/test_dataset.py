"""The Python API: what the command line can, Python can."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import agfd
from agfd import api, testing
from agfd.errors import StoreError, UnknownNameError, UsageError
from agfd.images import infotext
from agfd.records import Outcome
from builders import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from agfd.records import Request


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory)


@pytest.fixture(scope="module")
def dataset(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> agfd.Dataset:
    generator = testing.make_generator(rates="smiling:0.5")
    return agfd.build(str(recipe), tmp_path_factory.mktemp("d") / "faces", generator=generator)


def test_it_iterates_accepted_samples(dataset: agfd.Dataset) -> None:
    samples = list(dataset)
    assert len(samples) == len(dataset) == 30
    assert {sample.verdict.status for sample in samples} == {"accepted"}
    slots = {(s.request.row, s.request.sex, s.request.slot) for s in samples}
    assert len(slots) == 30


def test_filters_narrow(dataset: agfd.Dataset) -> None:
    some = dataset.filter(row="emotion.smile", race=["White", "Black"], age=(20, 30))
    expected = [
        sample.request.id
        for sample in dataset
        if sample.request.row == "emotion.smile"
        and sample.request.race in {"White", "Black"}
        and sample.request.attributes["age"] == 25
    ]
    assert [sample.request.id for sample in some] == expected
    assert 0 < len(some) < len(dataset)
    assert len(dataset.filter(status=None)) > len(dataset)


def test_an_unknown_filter_names_the_nearest(dataset: agfd.Dataset) -> None:
    with pytest.raises(UnknownNameError, match="race"):
        dataset.filter(rase="White")
    with pytest.raises(UsageError, match="range"):
        dataset.filter(age=(1, 2, 3))


def test_pixels_are_the_ones_that_were_made(dataset: agfd.Dataset) -> None:
    sample = next(iter(dataset))
    made = next(iter(testing.make_generator(rates="smiling:0.5").generate([sample.request])))
    assert made.value is not None
    np.testing.assert_array_equal(dataset.image(sample), made.value.pixels)
    assert max(dataset.thumbnail(sample).shape) <= 128


def test_pixels_of_rejected_images_were_not_kept(dataset: agfd.Dataset) -> None:
    rejected = next(iter(dataset.filter(status="rejected")))
    assert dataset.thumbnail(rejected).ndim == 3
    with pytest.raises(StoreError, match="keep='all'"):
        dataset.image(rejected)


def test_to_polars_has_every_row(dataset: agfd.Dataset) -> None:
    frame = dataset.to_polars()
    assert frame.height == 30
    assert set(frame["asked_sex"]) == {"male", "female"}
    assert set(frame["source_expression"]) == {"constructed", None}


def test_without_analyzers_labels_are_never_measured(recipe: Path, tmp_path: Path) -> None:
    dataset = agfd.build(str(recipe), tmp_path / "f", generator=testing.make_generator(), analyze=False, scale=0.2)
    frame = dataset.to_polars()
    assert dataset.build["analyzers"] == {}
    assert frame["measured_faces"].null_count() == frame.height
    assert set(frame["source_age"]) == {"constructed"}


def test_a_third_partys_object_needs_no_registration(recipe: Path, tmp_path: Path) -> None:
    class Mine(testing.FakeGenerator):
        pass

    dataset = agfd.build(str(recipe), tmp_path / "f", generator=Mine({"size": "48"}), scale=0.2)
    assert dataset.image(next(iter(dataset))).shape == (48, 48, 3)


def test_other_series_other_people(recipe: Path, tmp_path: Path) -> None:
    first, second = (
        agfd.build(str(recipe), tmp_path / str(n), generator=testing.make_generator(), series=n, scale=0.2)
        for n in (0, 1)
    )
    assert not set(first.to_polars()["pixels_sha256"]) & set(second.to_polars()["pixels_sha256"])


def test_opening_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no dataset"):
        agfd.open(tmp_path)


def test_make_gives_one_image() -> None:
    image = agfd.make({"age": 70, "sex": "female"}, generator="fake", seed=3)
    again = agfd.make({"age": 70, "sex": "female"}, generator="fake", seed=3)
    other = agfd.make({"age": 70, "sex": "female"}, generator="fake", seed=4)
    assert image.pixels.shape == (64, 64, 3)
    np.testing.assert_array_equal(image.pixels, again.pixels)
    assert not np.array_equal(image.pixels, other.pixels)


def test_a_seed_of_make_is_a_person_and_a_scene_a_picture_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []
    generate = testing.FakeGenerator.generate

    def listening(self: Any, requests: Any, preview: Any = None) -> Any:
        asked.extend(requests)
        return generate(self, requests, preview)

    monkeypatch.setattr(testing.FakeGenerator, "generate", listening)
    for attributes, scene in (({"eyewear": "none"}, None), ({"eyewear": "glasses"}, None), ({"eyewear": "none"}, 8)):
        agfd.make(attributes, generator="fake", seed=3, scene=scene)
    agfd.make({"eyewear": "none"}, generator="fake", seed=4)
    plain, glasses, elsewhere, other = asked
    facts = [{name: r.attributes[name] for name in ("age", "sex", "race")} for r in asked]
    assert facts[0] == facts[1] == facts[2]
    assert plain.person == glasses.person == elsewhere.person != other.person
    assert plain.scene == glasses.scene != elsewhere.scene
    assert len({r.id for r in asked}) == len(asked)


def test_the_pages_and_the_status_need_no_generator(recipe: Path, tmp_path: Path) -> None:
    told = ("generator.size=16", "generator.refuses=expression:laugh")
    dataset = agfd.build(str(recipe), tmp_path / "f", generator="fake", set=told, scale=0.2, workers=1)
    assert dataset.status()["unsupported"] > 0
    page = api.show(dataset.root)
    assert "the fake refuses" in page.read_text(encoding="utf-8")
    build = dataset.root / "build.json"
    build.write_text(build.read_text(encoding="utf-8").replace('"name": "fake"', '"name": "gone"'), encoding="utf-8")
    assert dataset.status()["unsupported"] is None
    assert api.show(dataset.root) == page
    assert "the fake refuses" not in page.read_text(encoding="utf-8")


class Reader(testing.FakeGenerator):
    """Reads words only, and says with what it made a picture."""

    def __init__(self) -> None:
        super().__init__({"size": "16"})
        self.info = dataclasses.replace(self.info, domain="diffusion")

    def generate(self, requests: Any, preview: Any = None) -> Any:
        for request, outcome in zip(requests, super().generate(requests, preview), strict=True):
            assert outcome.value is not None
            yield Outcome(request.id, dataclasses.replace(outcome.value, made={"Seed": "7"}))


def test_a_generator_of_words_is_told_in_words_and_its_file_says_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("agfd.api.making.generator_from", lambda settings: Reader())
    agfd.make({"age": 30, "sex": "male", "eyewear": "glasses"}, out=tmp_path / "face.png")
    text = infotext.written_in((tmp_path / "face.png").read_bytes())
    assert text is not None
    said = infotext.parse(text)
    assert "30 y.o man" in said.prompt
    assert ",glasses," in said.prompt
    assert said.negative
    assert said.settings["Seed"] == "7"
    with pytest.raises(UsageError, match="no words for hair_color 'red'"):
        agfd.make({"hair_color": "red"})


def test_public_names_are_the_promised_ones() -> None:
    assert sorted(agfd.__all__) == [
        "AgfdError", "Dataset", "Recipe", "analyze_folder", "build", "calibrate_folder", "import_folder",
        "judge_dataset", "load_recipe", "make", "open", "plan",
    ]  # fmt: skip
    for name in agfd.__all__:
        assert getattr(agfd, name) is not None
    with pytest.raises(AttributeError):
        _ = agfd.nothing


def test_importing_agfd_loads_nothing_heavy() -> None:
    script = "import sys, agfd; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"numpy", "pydantic", "torch", "mitsuba", "pyarrow", "polars", "rich", "click", "scipy", "PIL", "yaml"}
    assert "agfd" in loaded
    assert not heavy & set(loaded)


def test_no_module_takes_the_place_of_a_public_function() -> None:
    import pkgutil

    modules = {entry.name for entry in pkgutil.iter_modules(agfd.__path__)}
    assert not modules & set(agfd.__all__)
    assert agfd.plan("agfd-20k", generator="fake", scale=0.01).summary.total == 211
