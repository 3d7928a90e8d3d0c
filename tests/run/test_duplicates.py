"""Builds that turn down what looks like an image that is kept."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pillow

import agfd
from agfd import ids, testing
from agfd.errors import BuildMismatchError
from agfd.records import Image, Outcome, Truth
from trees import tree

if TYPE_CHECKING:
    from pathlib import Path

# Rounds with more images than are different, so that copies meet in a round and across rounds.
MOTIFS = 40


class Album(testing.FakeGenerator):
    """Gives each request one of a few motifs, with a camera's noise of its own, half of them mirrored."""

    def generate(self, requests: Any, preview: Any = None) -> Any:
        for request in requests:
            motif = int(ids.fraction(request.id, "motif") * MOTIFS)
            coarse = np.random.default_rng(motif).integers(20, 230, (7, 7, 3), dtype=np.uint8)
            smooth = np.asarray(Pillow.fromarray(coarse).resize((64, 64), Pillow.Resampling.BICUBIC), dtype=np.int16)
            pixels = np.clip(smooth + np.random.default_rng(request.scene).integers(-2, 3, smooth.shape), 0, 255)
            if ids.fraction(request.id, "mirrored") < 0.5:
                pixels = pixels[:, ::-1]
            pixels = np.ascontiguousarray(pixels, dtype=np.uint8)
            pixels[0, 0] = testing.GOOD
            yield Outcome(request.id, Image(pixels, Truth(dict(request.attributes))))


def recipe(folder: Path, duplicates: str = "{near: set}") -> Path:
    path = folder / "tiny.yaml"
    path.write_text(f"{testing.TINY}duplicates: {duplicates}\n", encoding="utf-8")
    return path


def build(recipe: Path, folder: Path, **options: Any) -> agfd.Dataset:
    return agfd.build(str(recipe), folder, generator=Album({}), **{"max_tries": 4, **options})


def apart(one: agfd.Sample, other: agfd.Sample, mirrored: bool = False) -> int:
    assert one.measurements is not None
    assert other.measurements is not None
    mine, yours = one.measurements.codes, other.measurements.codes
    return sum((mine[name + "_mirrored" * mirrored] ^ yours[name]).bit_count() for name in ("dhash", "phash"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("album")
    build(recipe(folder), folder / "f")
    return folder


def test_no_two_kept_images_look_alike_and_each_other_looks_like_one(whole: Path) -> None:
    dataset = agfd.open(whole / "f")
    bound = agfd.load_recipe(str(whole / "tiny.yaml")).duplicates.bound
    kept = list(dataset)
    for nth, one in enumerate(kept):
        assert all(apart(one, other) > bound for other in kept[:nth])
    reasons: Counter[str] = Counter()
    for sample in dataset.filter(status="rejected"):
        (reason,) = sample.verdict.reasons
        reasons[reason] += 1
        if reason != "surplus":
            mirrored = reason == "duplicate_mirrored"
            assert min(apart(sample, other, mirrored) for other in kept) <= bound
    assert set(reasons) >= {"duplicate_near", "duplicate_mirrored"}
    assert len({sample.request.id[:8] for sample in kept}) == len(kept) <= MOTIFS
    # It says nothing against the generator's yield.
    status = dataset.status()
    passed = sum(part["accepted"] for row in status["rows"] for part in row["yield"].values())
    assert passed == status["made"] == len(kept) + sum(reasons.values())


def test_a_build_that_was_stopped_ends_the_same(whole: Path, tmp_path: Path) -> None:
    for _ in range(40):
        before = tree(tmp_path / "f") if (tmp_path / "f").exists() else {}
        build(whole / "tiny.yaml", tmp_path / "f", max_images=20)
        if tree(tmp_path / "f") == before:
            break
    assert tree(tmp_path / "f") == tree(whole / "f")


def test_only_within_a_cell_where_that_is_asked(whole: Path, tmp_path: Path) -> None:
    inside = build(recipe(tmp_path, "{near: cell}"), tmp_path / "f")
    assert len(inside) > len(agfd.open(whole / "f"))
    cells: dict[tuple[str, str, str], list[agfd.Sample]] = {}
    for sample in inside:
        cells.setdefault((sample.request.row, sample.request.sex, sample.request.race), []).append(sample)
    for kept in cells.values():
        for nth, one in enumerate(kept):
            assert all(apart(one, other) > 5 for other in kept[:nth])


@pytest.mark.parametrize("off", ["{near: off}", '{near: "off"}', "{}"])
def test_off_looks_for_the_same_pixels_only(tmp_path: Path, off: str) -> None:
    dataset = build(recipe(tmp_path, off), tmp_path / "f", scale=0.5)
    assert len(dataset) == 15
    assert "hashes" not in dataset.build["analyzers"]


def test_without_analyzers_there_is_nothing_to_compare(tmp_path: Path) -> None:
    assert len(build(recipe(tmp_path), tmp_path / "f", scale=0.5, analyze=False)) == 15


def test_other_rules_about_duplicates_are_refused(tmp_path: Path) -> None:
    build(recipe(tmp_path, "{near: set, bound: 4}"), tmp_path / "f", scale=0.1)
    with pytest.raises(BuildMismatchError, match="about duplicates"):
        build(recipe(tmp_path, "{near: set, bound: 3}"), tmp_path / "f", scale=0.1)
