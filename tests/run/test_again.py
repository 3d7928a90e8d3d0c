"""An image of a generator whose last bits hang on who is made together is made again with the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import agfd
from agfd import testing
from agfd.errors import OutOfMemoryError
from agfd.run import again
from agfd.run.identity import read_build
from agfd.store import Layout
from builders import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from agfd.run.reproduce import Reproduction

TOGETHER = {"size": "16", "fits": "4", "together": "1", "rates": "smiling:0.6", "chunk": "8"}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny(tmp_path_factory))


@pytest.fixture(scope="module")
def built(recipe: str, tmp_path_factory: pytest.TempPathFactory) -> agfd.Dataset:
    """Memory runs short on the way, and something goes wrong in two batches."""
    wrong = {"raises": "emotion.smile/male/9/0", "fails": "emotion.smile/female/8/0", "short": "3"}
    return make(recipe, tmp_path_factory.mktemp("again") / "f", scale=3, **wrong)


def make(recipe: str, folder: Path, scale: float = 1, **options: Any) -> agfd.Dataset:
    chosen = tuple(f"generator.{name}={value}" for name, value in {**TOGETHER, **options}.items())
    return agfd.build(recipe, folder, generator="fake", set=chosen, workers=1, scale=scale, keep="all")


def made_again(dataset: agfd.Dataset) -> list[Reproduction]:
    return [dataset.reproduce(sample.request.id) for sample in dataset.filter(status=None)]


def test_every_row_comes_out_to_the_last_bit(built: agfd.Dataset) -> None:
    assert read_build(Layout(built.root))["epochs"]
    rows = list(built.filter(status=None))
    assert {"exception", "told_to_fail", "no_face"} <= {reason for s in rows for reason in s.verdict.reasons}
    assert {one.verdict for one in made_again(built)} == {"identical"}


def test_alone_it_does_not(built: agfd.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the test above could fail."""
    monkeypatch.setattr(again, "recorded_batch", lambda build, key: 0)
    verdicts = [one.verdict for one in made_again(built)]
    assert verdicts.count("within tolerance") > len(verdicts) // 4


def test_where_an_item_kills_its_worker_the_others_are_what_they_were(recipe: str, tmp_path: Path) -> None:
    dataset = make(recipe, tmp_path / "f", kills="hair.bald/male/1/0")
    healthy = [s for s in dataset.filter(status=None) if s.verdict.status != "failed"]
    assert len(healthy) >= 30
    # With the killer in it nobody could be made again.
    assert {dataset.reproduce(s.request.id).verdict for s in healthy} == {"identical"}


def test_images_of_an_open_round_too(recipe: str, tmp_path: Path) -> None:
    chosen = tuple(f"generator.{name}={value}" for name, value in TOGETHER.items())
    dataset = agfd.build(recipe, tmp_path / "f", generator="fake", set=chosen, workers=1, max_images=3, scale=4)
    assert not Layout(dataset.root).closed_rounds()
    rows = list(dataset.filter(status="accepted"))
    assert rows
    assert {dataset.reproduce(s.request.id).verdict for s in rows} == {"identical"}


def test_what_was_stopped_early_is_stopped_again(recipe: str, tmp_path: Path) -> None:
    chosen = tuple(f"generator.{name}={value}" for name, value in TOGETHER.items())
    dataset = agfd.build(
        recipe, tmp_path / "f", generator="fake", set=chosen, workers=1, early_stop=True, rows="emotion.smile"
    )
    assert dataset.status()["reasons"]["early_stop"]
    assert {one.verdict for one in made_again(dataset)} == {"identical"}


def test_what_is_accepted_later_is_made_again_with_its_batch(recipe: str, tmp_path: Path) -> None:
    chosen = tuple(f"generator.{name}={value}" for name, value in TOGETHER.items())
    dataset = agfd.build(recipe, tmp_path / "f", generator="fake", set=chosen, workers=1, max_tries=2)
    rejected = [s for s in dataset.filter(status="rejected") if s.verdict.reasons == ("no_face",)]
    assert rejected
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules:\n  no_face: {about: face, measure: faces, min: 0}\n")
    result = agfd.judge_dataset(tmp_path / "f", rules=rules, apply=True)
    assert result.again > 0
    assert result.lost == 0
    # Those that lie in a shard of their own now are made again as before.
    assert {one.verdict for one in made_again(agfd.open(tmp_path / "f")) if one.difference is not None} == {"identical"}


def test_where_the_batch_does_not_fit_here_it_is_tried_alone(
    built: agfd.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Small(testing.FakeBatches):
        def generate(self, requests: Any, preview: Any = None) -> Any:
            if self.batch > 1:
                raise OutOfMemoryError("a smaller device", self.batch)
            return super().generate(requests, preview)

    monkeypatch.setattr("agfd.run.again.generator_of", lambda layout, build: Small({"version": "standard", **TOGETHER}))
    found = built.reproduce(next(iter(built)).request.id)
    assert found.verdict in {"identical", "within tolerance"}
