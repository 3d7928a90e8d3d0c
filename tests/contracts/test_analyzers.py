"""What every analyzer owes its callers. One suite over all that are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd import vocabulary
from agfd.errors import AgfdError
from agfd.ports import Analyzer
from agfd.records import Image, Measurements
from agfd.registry import ANALYZERS
from ready import ready
from sitters import request as sitting
from sitters import small

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN = {*vocabulary.MEASUREMENTS, *vocabulary.CODES, *vocabulary.VECTORS}


@pytest.fixture(scope="module", params=ANALYZERS.names())
def named(request: pytest.FixtureRequest) -> Analyzer:
    try:
        return ANALYZERS.make(request.param)
    except AgfdError as error:
        pytest.skip(f"{request.param} cannot be made here: {error}")


@pytest.fixture(scope="module")
def analyzer(named: Analyzer) -> Iterator[Analyzer]:
    with ready(named) as made:
        yield made


@pytest.fixture(scope="module")
def pictures() -> list[Image]:
    """Two people, nobody, and the smallest picture there is."""
    renderer = small()
    renderer.setup()
    made = [
        outcome.value
        for outcome in renderer.generate([sitting(), sitting(99, 98, sex="male", age=60, race="Black")])
        if outcome.value is not None
    ]
    renderer.teardown()
    shades = np.linspace(0, 255, 64 * 48 * 3).astype(np.uint8).reshape(48, 64, 3)
    return [*made, Image(shades), Image(np.full((1, 1, 3), 127, np.uint8))]


def plain(seen: Measurements) -> tuple[object, ...]:
    """What can be compared with ==."""
    points = {name: points.tobytes() for name, points in seen.points.items()}
    return dict(seen.values), dict(seen.codes), points, {name: v.tobytes() for name, v in seen.vectors.items()}


def test_it_says_what_it_is_without_weights(named: Analyzer) -> None:
    assert isinstance(named, Analyzer)
    assert set(named.info.gives) <= GIVEN
    assert len(set(named.info.gives)) == len(named.info.gives)


def test_it_claims_what_it_gives_and_nothing_in_renders(named: Analyzer) -> None:
    assert set(named.info.competent) <= {"photo", "diffusion", "render"}
    assert not named.info.competent.get("render"), "a render comes with its truth"
    for names in named.info.competent.values():
        for name in names:
            checks = vocabulary.ATTRIBUTES[name].checked_by if name in vocabulary.ATTRIBUTES else (name,)
            assert set(checks) & set(named.info.gives), name


def test_one_entry_a_picture_with_the_names_it_gives(analyzer: Analyzer, pictures: list[Image]) -> None:
    seen = analyzer.measure(pictures)
    assert len(seen) == len(pictures)
    for one in seen:
        assert {*one.values, *one.codes, *one.vectors} <= set(analyzer.info.gives)
        for measurement in one.values.values():
            assert np.isfinite(measurement.value)
            assert 0 <= measurement.confidence <= 1
        for vector in one.vectors.values():
            assert vector.dtype == np.float16
            assert np.linalg.norm(vector.astype(np.float64)) == pytest.approx(1, abs=2e-3)


def test_a_picture_is_measured_the_same_alone_and_among_others(analyzer: Analyzer, pictures: list[Image]) -> None:
    together = [plain(one) for one in analyzer.measure(pictures)]
    alone = [plain(analyzer.measure([Image(picture.pixels.copy())])[0]) for picture in reversed(pictures)]
    assert together == alone[::-1]


def test_scores_of_an_attribute_are_probabilities_of_a_contrast(analyzer: Analyzer, pictures: list[Image]) -> None:
    for one in analyzer.measure(pictures):
        for name, entry in vocabulary.ATTRIBUTES.items():
            words = entry.values if isinstance(entry, vocabulary.Choice) else ()
            scores = [one.values[score].value for score in vocabulary.scores(name, words) if score in one.values]
            assert all(0 <= score <= 1 for score in scores)
            assert len(scores) != 1, f"{name}: a class needs another to be told from"
            assert sum(scores) <= 1 + 1e-5
