"""From an outcome to a row: what is no picture of anything is never accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import agfd
from agfd import testing
from agfd.errors import UsageError
from agfd.ports import BLANK
from agfd.records import Failure, Image, Outcome
from agfd.run.finish import wrong_outcome
from builders import request, tiny

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny(tmp_path_factory))


class Black(testing.FakeGenerator):
    """Black pictures of people who smile, without a truth: what a model makes of NaN."""

    def generate(self, requests, preview=None):  # type: ignore[no-untyped-def]
        for one, outcome in zip(requests, super().generate(requests, preview), strict=True):
            if one.variant == "smiling":
                yield Outcome(one.id, Image(np.zeros((16, 16, 3), np.uint8)))
            else:
                yield outcome


@pytest.mark.parametrize("analyze", [True, False])
@pytest.mark.parametrize("keep", ["accepted", "all"])
def test_a_black_picture_is_never_accepted_whoever_looks(recipe: str, tmp_path: Path, analyze: bool, keep: str) -> None:
    dataset = agfd.build(
        recipe, tmp_path / "f", generator=Black({"size": "16"}), analyze=analyze, keep=keep, max_tries=2
    )
    black = [s for s in dataset.filter(status=None) if s.request.variant == "smiling"]
    assert black
    assert {(s.verdict.status, s.verdict.reasons, s.place) for s in black} == {("rejected", (BLANK,), None)}
    assert "one colour (0, 0, 0)" in str(black[0].verdict.error)
    assert {s.request.variant for s in dataset} == {"laughing", "bald"}
    assert dataset.verify() == []
    # Rules know nothing of it.
    assert agfd.judge_dataset(tmp_path / "f").changed == 0


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (12, 200, 7)])
def test_one_colour_is_blank_and_two_are_not(colour: tuple[int, int, int]) -> None:
    asked = request()
    pixels = np.full((16, 12, 3), colour, np.uint8)
    found = wrong_outcome(asked, Outcome(asked.id, Image(pixels)))
    assert found is not None
    assert found.code == BLANK
    pixels[15, 11, 2] ^= 1
    assert wrong_outcome(asked, Outcome(asked.id, Image(pixels))) is None


def test_a_generator_that_says_so_itself_gets_the_same_verdict(recipe: str, tmp_path: Path) -> None:
    class Honest(testing.FakeGenerator):
        def generate(self, requests, preview=None):  # type: ignore[no-untyped-def]
            for one in requests:
                yield Outcome(one.id, failure=Failure(BLANK, "the latents are not numbers"))

    dataset = agfd.build(recipe, tmp_path / "f", generator=Honest({"size": "16"}), max_tries=1)
    rows = list(dataset.filter(status=None))
    assert {(s.verdict.status, s.verdict.reasons, s.verdict.error) for s in rows} == {
        ("rejected", (BLANK,), "the latents are not numbers")
    }


def test_one_face_is_never_black(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dark(testing.FakeGenerator):
        def generate(self, requests, preview=None):  # type: ignore[no-untyped-def]
            for one in requests:
                yield Outcome(one.id, Image(np.zeros((16, 16, 3), np.uint8)))

    monkeypatch.setattr("agfd.api.making.generator_from", lambda settings: Dark({"size": "16"}))
    with pytest.raises(UsageError, match="one colour"):
        agfd.make({"age": 30}, generator="fake")
