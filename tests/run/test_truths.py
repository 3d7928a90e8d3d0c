"""Maps of the truth: kept beside their images when the recipe asks, and nothing else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import agfd
from agfd import testing
from agfd.errors import BuildMismatchError, RecipeError, StoreError, UnknownNameError, UsageError
from agfd.records import Image, Outcome, Truth
from agfd.store import Layout
from builders import contents

if TYPE_CHECKING:
    from pathlib import Path

ALL = "truths: [normals, segmentation, depth]\n"


def recipe(folder: Path, truths: str) -> str:
    path = folder / "recipe.yaml"
    path.write_text(testing.TINY + truths)
    return str(path)


def build(folder: Path, truths: str = ALL, name: str = "f", **options: object) -> agfd.Dataset:
    return agfd.build(
        recipe(folder, truths), folder / name, generator="fake", workers=1, rows=("hair.bald",), **options
    )


@pytest.fixture
def dataset(tmp_path: Path) -> agfd.Dataset:
    return build(tmp_path)


def test_every_kept_image_has_its_maps(dataset: agfd.Dataset) -> None:
    assert len(dataset) == 6
    for sample in dataset:
        skin = dataset.image(sample).mean(axis=2) > 127
        np.testing.assert_array_equal(dataset.truth_map(sample, "segmentation"), skin)
        np.testing.assert_allclose(dataset.truth_map(sample, "depth"), skin, atol=1e-4)
        normals = dataset.truth_map(sample, "normals")
        np.testing.assert_array_equal(normals[..., 2], -1.0 * skin)
        assert normals.dtype == np.float32
    assert dataset.verify() == []
    assert dataset.reproduce(next(iter(dataset)).request.id).verdict == "identical"


def test_what_is_asked_for_besides_changes_no_image(tmp_path: Path, dataset: agfd.Dataset) -> None:
    plain = build(tmp_path, "", "plain")
    kept = {s.request.id: s.place.file_sha256 for s in plain if s.place}
    assert kept == {s.request.id: s.place.file_sha256 for s in dataset if s.place}
    assert all(s.place.maps == () for s in plain if s.place)
    with pytest.raises(StoreError, match="truths"):
        plain.truth_map(next(iter(plain)), "depth")
    with pytest.raises(UnknownNameError, match="segmentation"):
        dataset.truth_map(next(iter(dataset)), "segmentations")


def test_maps_are_the_same_whatever_interrupts_the_build(tmp_path: Path, dataset: agfd.Dataset) -> None:
    build(tmp_path, name="cut", max_images=2)
    layout = Layout(tmp_path / "cut")
    build(tmp_path, name="cut")
    here, there = contents(layout), contents(Layout(dataset.root))
    shards = [name for name in there if name.startswith(("shards/", "rounds/"))]
    assert len(shards) > 2
    assert all(here[name] == there[name] for name in shards)


def test_a_damaged_map_is_found(dataset: agfd.Dataset) -> None:
    sample = next(iter(dataset))
    assert sample.place is not None
    path = Layout(dataset.root).shards / sample.place.shard
    data = bytearray(path.read_bytes())
    data[sample.place.maps[1].offset + 40] ^= 1
    path.write_bytes(bytes(data))
    (damage,) = dataset.verify()
    assert damage.images == (sample.request.id,)
    with pytest.raises(StoreError, match="hash"):
        dataset.truth_map(sample, sample.place.maps[1].name)
    assert dataset.reproduce(sample.request.id).verdict == "different"


def test_other_truths_are_another_build(tmp_path: Path, dataset: agfd.Dataset) -> None:
    del dataset
    with pytest.raises(BuildMismatchError, match="truths"):
        build(tmp_path, "truths: [depth]\n")
    build(tmp_path, "truths: [depth, segmentation, normals]\n")


def test_wrong_truths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="did you mean depth"):
        build(tmp_path, "truths: [dept]\n")
    with pytest.raises(RecipeError, match="twice"):
        build(tmp_path, "truths: [depth, depth]\n")
    with pytest.raises(UsageError, match=r"dense.*'fake' gives only segmentation, depth, normals"):
        build(tmp_path, "truths: [dense]\n")
    with pytest.raises(UsageError, match="dense"):
        agfd.plan(recipe(tmp_path, "truths: [dense]\n"), generator="fake")


def test_a_generator_that_forgets_a_map_fails_that_image(tmp_path: Path) -> None:
    class Forgetful(testing.FakeGenerator):
        def generate(self, requests, preview=None):  # type: ignore[no-untyped-def]
            for request in requests:
                pixels = np.zeros((16, 16, 3), np.uint8)
                wrong = {"depth": np.zeros((8, 8), np.float32)} if request.slot else {}
                yield Outcome(request.id, Image(pixels, Truth(dict(request.attributes), maps=wrong)))

    path = recipe(tmp_path, "truths: [depth]\n")
    dataset = agfd.build(path, tmp_path / "f", generator=Forgetful({}), rows=("hair.bald",), max_tries=1)
    errors = {s.verdict.error for s in dataset.filter(status="failed")}
    assert errors == {"the generator did not give the truth 'depth'", "the map 'depth' is not of the picture's size"}
