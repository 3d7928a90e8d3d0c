"""Pictures of a generator that could make unsafe ones pass a screen before anything of them is written."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import agfd
from agfd import safety, testing
from agfd.analyze.nsfw import Nsfw
from agfd.errors import ModelsMissingError, UsageError
from agfd.planning import Table
from agfd.ports import EARLY_STOP
from agfd.recipe import load
from agfd.records import Measurement, Measurements
from agfd.run import screen

if TYPE_CHECKING:
    from pathlib import Path

    from agfd.ports import Generator


class Seeing(Nsfw):
    """Sees nudity in one picture of `every`; never, where that is 0."""

    every = 2

    def setup(self) -> None:
        pass

    def measure(self, images: Any) -> list[Measurements]:
        hits = [self.every > 0 and int(image.pixels.sum()) % self.every == 0 for image in images]
        return [Measurements({"nsfw": Measurement(float(hit))}) for hit in hits]


@pytest.fixture
def seeing(monkeypatch: pytest.MonkeyPatch) -> type[Seeing]:
    monkeypatch.setattr("agfd.analyze.nsfw.Nsfw", Seeing)
    monkeypatch.setattr(Seeing, "every", 2)
    monkeypatch.setattr(screen, "is_here", lambda weight: True)
    return Seeing


@pytest.fixture
def young(tmp_path: Path) -> str:
    file = tmp_path / "young.yaml"
    file.write_text(testing.TINY.replace("ages: [25, 45]", "ages: [12, 45]"), encoding="utf-8")
    return str(file)


def unsafe() -> Generator:
    generator = testing.make_generator()
    generator.info = replace(generator.info, safe_by_construction=False)
    return generator


def test_a_hit_is_a_row_without_pixels(seeing: type[Seeing], young: str, tmp_path: Path) -> None:
    dataset = agfd.build(young, tmp_path / "f", generator=unsafe(), keep="all", max_tries=2)
    rows = dataset.filter(status=None)
    hits = [s for s in rows if s.verdict.reasons == (safety.REASON,)]
    others = [s for s in rows if s.verdict.reasons != (safety.REASON,)]
    assert hits
    assert others
    assert all(s.place is None and s.verdict.status == "rejected" for s in hits)
    assert all(s.place is not None for s in others)
    assert dataset.status()["reasons"][safety.REASON] == len(hits)
    assert not dataset.verify()
    with pytest.raises(UsageError, match="refused by the safety screen"):
        dataset.reproduce(hits[0].request.id)


def test_with_the_screen_children_are_made(seeing: type[Seeing], young: str, tmp_path: Path) -> None:
    seeing.every = 0
    dataset = agfd.build(young, tmp_path / "f", generator=unsafe())
    assert {int(s.request.attributes["age"]) for s in dataset} == {12, 45}
    assert "nsfw" in json.loads((tmp_path / "f" / "build.json").read_text())["analyzers"]


def test_without_the_screen_only_adults_are_made(young: str, tmp_path: Path) -> None:
    dataset = agfd.build(young, tmp_path / "f", generator=unsafe(), screen=False)
    assert {int(s.request.attributes["age"]) for s in dataset} == {45}


def test_minors_are_screened_whatever_was_switched_off(seeing: type[Seeing], young: str, tmp_path: Path) -> None:
    """A recipe that names a screening analyzer lets children be made: then it also refuses."""
    recipe = tmp_path / "named.yaml"
    recipe.write_text((tmp_path / "young.yaml").read_text().replace("[fake]", "[fake, nsfw]"), encoding="utf-8")
    seeing.every = 1
    dataset = agfd.build(str(recipe), tmp_path / "f", generator=unsafe(), screen=False, keep="all", max_tries=1)
    rows = list(dataset.filter(status=None))
    ages = {status: {int(s.request.attributes["age"]) for s in rows if s.verdict.status == status}
            for status in ("accepted", "rejected")}  # fmt: skip
    assert ages == {"accepted": {45}, "rejected": {12}}
    assert all(
        s.place is None and s.verdict.reasons == (safety.REASON,) for s in rows if s.verdict.status == "rejected"
    )


def test_a_picture_made_again_is_screened_again(
    seeing: type[Seeing], young: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agfd.run.again.generator_of", lambda layout, build: unsafe())
    seeing.every = 0
    dataset = agfd.build(young, tmp_path / "f", generator=unsafe())
    one = next(iter(dataset)).request.id
    assert dataset.reproduce(one).verdict == "identical"
    seeing.every = 1
    with pytest.raises(UsageError, match="the safety screen refuses"):
        dataset.reproduce(one)


def test_who_switched_the_screen_off_has_it_on_record(young: str, tmp_path: Path) -> None:
    agfd.build(young, tmp_path / "f", generator=unsafe(), screen=False)
    assert json.loads((tmp_path / "f" / "build.json").read_text())["screen"] is False
    agfd.build(young, tmp_path / "g", generator=testing.make_generator(), screen=False)
    assert "screen" not in json.loads((tmp_path / "g" / "build.json").read_text())


def test_a_screen_that_is_not_installed_stops_the_build(
    young: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path / "nothing"))
    with pytest.raises(ModelsMissingError, match="agfd models install"):
        agfd.build(young, tmp_path / "f", generator=unsafe())


def test_what_was_not_measured_is_refused() -> None:
    request = Table(load("agfd-20k")).request("age.child", "male", 0)
    assert screen.is_refused(request, None)
    assert screen.is_refused(request, Measurements({"nsfw": Measurement(float("nan"))}))
    assert screen.is_refused(request, Measurements({"nsfw": Measurement(0.3)}))
    grown = replace(request, attributes={**request.attributes, "age": 30})
    assert not screen.is_refused(grown, Measurements({"nsfw": Measurement(0.3)}))


def test_the_renderer_needs_no_screen() -> None:
    assert screen.with_screen(testing.make_generator(), ("basic",)) == ("basic",)
    assert screen.with_screen(unsafe(), ("basic",)) == ("basic", "nsfw")
    assert screen.with_screen(unsafe(), ("basic",), wanted=False) == ("basic",)


def test_one_face_is_screened_too(seeing: type[Seeing], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agfd.api.making.generator_from", lambda settings: unsafe())
    seeing.every = 1
    with pytest.raises(UsageError, match="the safety screen refuses"):
        agfd.make({"age": 30}, generator="fake")
    seeing.every = 0
    assert agfd.make({"age": 30}, generator="fake").pixels.shape == (64, 64, 3)


class Eager(testing.FakeBatches):
    """Batches of a generator that is not safe by construction, with memory that runs short."""

    def __init__(self, **options: str) -> None:
        super().__init__({"size": "16", "safe": "0", "fits": "4", **options})


def test_batches_epochs_and_early_looks_do_not_pass_the_screen_by(
    seeing: type[Seeing], young: str, tmp_path: Path
) -> None:
    seeing.every = 1
    generator = Eager(short="2", rates="smiling:0.5", early="0.5")
    dataset = agfd.build(young, tmp_path / "f", generator=generator, early_stop=True, keep="all", max_tries=2)
    assert json.loads((tmp_path / "f" / "build.json").read_text())["epochs"]
    rows = list(dataset.filter(status=None))
    reasons = {s.verdict.reasons for s in rows}
    assert reasons == {(safety.REASON,), (EARLY_STOP,)}
    assert all(s.place is None for s in rows)
    for shard in (tmp_path / "f" / "shards").glob("*.tar"):
        with tarfile.open(shard) as tar:
            assert tar.getnames() == []


def test_without_the_screen_batches_are_of_adults_only(young: str, tmp_path: Path) -> None:
    dataset = agfd.build(young, tmp_path / "f", generator=Eager(), screen=False)
    assert {int(s.request.attributes["age"]) for s in dataset.filter(status=None)} == {45}
    plan = agfd.plan(young, generator="fake", set=("generator.safe=0", "generator.fits=4"), screen=False)
    assert plan.summary.unsupported > 0
