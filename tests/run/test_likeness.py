"""Builds that turn down another picture of a person who is kept."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import agfd
from agfd import ids, models, testing
from agfd.errors import BuildMismatchError, UsageError
from agfd.ports import AnalyzerInfo
from agfd.recipe.model import Duplicates
from agfd.records import Image, Measurements, Outcome, Truth
from agfd.registry import Registry
from agfd.run.likeness import same_person
from trees import tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Fewer people than a cell has images, so that they meet in a round and across rounds.
PEOPLE = 5
COSINE = 0.9


class Family(testing.FakeGenerator):
    """Every picture shows one of a few people, told by a pixel."""

    def generate(self, requests: Any, preview: Any = None) -> Any:
        for request in requests:
            pixels = np.random.default_rng(request.scene).integers(0, 256, (64, 64, 3), dtype=np.uint8)
            pixels[0, 0], pixels[1, 1] = testing.GOOD, int(ids.fraction(request.id, "who") * PEOPLE)
            yield Outcome(request.id, Image(pixels, Truth(dict(request.attributes))))


class Acquaintance:
    """Knows these people: a direction for each, and a little of the picture's own."""

    def __init__(self) -> None:
        self.info = AnalyzerInfo("identity", "1", ("identity",), {"made up": "0" * 64})

    def setup(self) -> None: ...

    def teardown(self) -> None: ...

    def measure(self, images: Any) -> list[Measurements]:
        return [Measurements(vectors={"identity": self.vector(image.pixels)}) for image in images]

    def vector(self, pixels: np.ndarray) -> np.ndarray:
        vector = np.full(8, 0.02) + pixels[2, :8, 0] / 255 * 0.1
        vector[pixels[1, 1, 0]] += 1
        return (vector / np.linalg.norm(vector)).astype(np.float16)


@pytest.fixture(scope="module", autouse=True)
def acquainted() -> Iterator[None]:
    """The name `identity` means the one who knows these people."""
    make = Registry.make
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Registry, "make", lambda self, name, /, **o: Acquaintance() if name == "identity" else make(self, name, **o)
        )
        yield


def recipe(folder: Path, duplicates: str = f"{{identity: cell, identity_threshold: {COSINE}}}", **changes: str) -> Path:
    path = folder / "tiny.yaml"
    text = testing.TINY
    for before, after in changes.items():
        text = text.replace(before, after)
    path.write_text(f"{text}duplicates: {duplicates}\n", encoding="utf-8")
    return path


def build(recipe: Path, folder: Path, **options: Any) -> agfd.Dataset:
    return agfd.build(str(recipe), folder, generator=Family({}), **{"max_tries": 4, **options})


def alike(one: agfd.Sample, other: agfd.Sample) -> bool:
    assert one.measurements is not None
    assert other.measurements is not None
    ours, theirs = (s.measurements.vectors["identity"].astype(np.float64) for s in (one, other))
    return float(ours @ theirs) >= COSINE


def cells(samples: Any) -> dict[tuple[str, str, str], list[agfd.Sample]]:
    found: dict[tuple[str, str, str], list[agfd.Sample]] = {}
    for sample in samples:
        found.setdefault((sample.request.row, sample.request.sex, sample.request.race), []).append(sample)
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("family")
    build(recipe(folder), folder / "f")
    return folder


def test_no_two_kept_images_of_a_cell_show_a_person_and_each_other_shows_one_who_is_kept(whole: Path) -> None:
    dataset = agfd.open(whole / "f")
    kept = cells(dataset)
    for samples in kept.values():
        for nth, one in enumerate(samples):
            assert not any(alike(one, other) for other in samples[:nth])
    reasons: Counter[str] = Counter()
    for cell, samples in cells(dataset.filter(status="rejected")).items():
        for sample in samples:
            (reason,) = sample.verdict.reasons
            reasons[reason] += 1
            assert reason == "surplus" or any(alike(sample, other) for other in kept[cell])
    assert reasons["duplicate_identity"] > 10
    # Somebody is in two cells, where only cells count.
    everybody = [sample for samples in kept.values() for sample in samples]
    assert any(alike(one, other) for nth, one in enumerate(everybody) for other in everybody[:nth])


def test_it_says_nothing_against_the_yield_and_the_build_names_its_threshold(whole: Path) -> None:
    dataset = agfd.open(whole / "f")
    status = dataset.status()
    passed = sum(part["accepted"] for row in status["rows"] for part in row["yield"].values())
    assert passed == status["made"]
    assert dataset.build["same_person"] == COSINE


def test_a_build_that_was_stopped_ends_the_same(whole: Path, tmp_path: Path) -> None:
    for _ in range(40):
        before = tree(tmp_path / "f") if (tmp_path / "f").exists() else {}
        build(whole / "tiny.yaml", tmp_path / "f", max_images=40)
        if tree(tmp_path / "f") == before:
            break
    assert tree(tmp_path / "f") == tree(whole / "f")


def test_in_the_whole_set_where_that_is_asked(tmp_path: Path) -> None:
    dataset = build(recipe(tmp_path, f"{{identity: set, identity_threshold: {COSINE}}}"), tmp_path / "f", max_tries=2)
    kept = list(dataset)
    assert len(kept) == PEOPLE
    assert not any(alike(one, other) for nth, one in enumerate(kept) for other in kept[:nth])


def test_children_are_not_compared(tmp_path: Path) -> None:
    children = recipe(tmp_path, **{"ages: [25, 45]": "ages: [5, 12]"})
    assert len(build(children, tmp_path / "f", scale=0.5)) == 15


@pytest.mark.parametrize("off", ["{identity: off}", "{}"])
def test_off_knows_nobody(tmp_path: Path, off: str) -> None:
    dataset = build(recipe(tmp_path, off), tmp_path / "f", scale=0.5)
    assert len(dataset) == 15
    assert "identity" not in dataset.build["analyzers"]


def test_without_analyzers_there_is_nobody_to_compare(tmp_path: Path) -> None:
    assert len(build(recipe(tmp_path, "{identity: set}"), tmp_path / "f", scale=0.5, analyze=False)) == 15


def test_a_network_of_which_nothing_was_measured_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"duplicates\.identity_threshold"):
        build(recipe(tmp_path, "{identity: set}"), tmp_path / "f")
    assert not (tmp_path / "f").exists()


def test_another_threshold_is_refused(tmp_path: Path) -> None:
    build(recipe(tmp_path), tmp_path / "f", scale=0.1)
    with pytest.raises(BuildMismatchError):
        build(recipe(tmp_path, "{identity: cell, identity_threshold: 0.8}"), tmp_path / "f", scale=0.1)


@pytest.mark.parametrize("domain", ["photo", "diffusion", "render"])
def test_for_our_own_network_every_domain_was_measured(domain: str) -> None:
    info = AnalyzerInfo("identity", "1", ("identity",), {"face_identity": models.weight("face_identity").sha256})
    ours: Any = SimpleNamespace(info=info)
    cosine = same_person(Duplicates(identity="cell"), [ours], domain)
    assert cosine is not None
    assert 0.9 < cosine < 1
    assert same_person(Duplicates(identity="cell", identity_threshold=0.5), [ours], domain) == 0.5
    assert same_person(Duplicates(), [ours], domain) is None
