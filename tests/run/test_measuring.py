from __future__ import annotations

import numpy as np
import pytest

from agfd.ports import AnalyzerInfo
from agfd.records import Image, Measurement, Measurements
from agfd.run.measuring import Measurer, is_competent

PICTURE = Image(np.zeros((4, 4, 3), np.uint8))


class Says:
    """Says one age and is competent for it, or not."""

    def __init__(self, age: float, *, competent: bool) -> None:
        self._age = age
        self.info = AnalyzerInfo("says", "1", ("age",), competent={"photo": ("age",) if competent else ()})

    def setup(self) -> None: ...

    def measure(self, images: list[Image]) -> list[Measurements]:
        return [Measurements({"age": Measurement(self._age)}, codes={"phash": int(self._age)}) for _ in images]

    def teardown(self) -> None: ...


def told(*who: Says) -> Measurement:
    seen = Measurer(who, "photo").measure(PICTURE)
    assert seen is not None
    return seen.values["age"]


def test_without_analyzers_nothing_is_seen() -> None:
    assert Measurer((), "photo").measure(PICTURE) is None


def test_one_opinion_has_no_second() -> None:
    assert told(Says(30, competent=True)) == Measurement(30)


def test_the_first_competent_one_counts_and_the_farthest_of_the_others_is_second() -> None:
    who = Says(90, competent=False), Says(30, competent=True), Says(33, competent=True), Says(20, competent=True)
    assert told(*who) == Measurement(30, second=20)


def test_nobody_contradicts_where_nobody_is_competent() -> None:
    assert told(Says(30, competent=False), Says(60, competent=False)) == Measurement(30)


def test_competence_belongs_to_a_domain() -> None:
    who = (Says(30, competent=False), Says(60, competent=True))
    assert Measurer(who, "render").joined({0: who[0].measure([PICTURE])[0], 1: who[1].measure([PICTURE])[0]}).values[
        "age"
    ] == Measurement(30)


def test_parts_of_some_analyzers_are_joined_too() -> None:
    who = Says(30, competent=True), Says(60, competent=True)
    assert Measurer(who, "photo").joined({1: who[1].measure([PICTURE])[0]}).codes == {"phash": 60}


@pytest.mark.parametrize(
    ("measurement", "competent", "expected"),
    [
        ("eye_opening", ("eyes",), True),
        ("expression_smile", ("expression_smile",), True),
        ("expression_smile", ("expression",), True),
        ("expression_angry", ("expression_smile",), False),
        ("age", ("sex",), False),
    ],
)
def test_competence_for_an_attribute_covers_what_checks_it(
    measurement: str, competent: tuple[str, ...], expected: bool
) -> None:
    assert is_competent(measurement, competent) is expected
