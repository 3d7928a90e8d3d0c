"""The orders in which images are looked at, on rows made by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agfd.records import Attributes, Measurement, Measurements, Place, Sample, Verdict
from agfd.review.queues import COLUMNS, figures, orders
from agfd.store import schema, to_row
from builders import request, sample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PLACE = Place("000001-000000.tar", 0, 0, 512, 900, 64, 64, "", "", "")
CELLS = st.tuples(st.sampled_from("xyz"), st.sampled_from(["male", "female"]), st.sampled_from("pq"))


def image(
    number: int,
    asked: Attributes | None = None,
    seen: Mapping[str, float | Measurement] | None = None,
    review: tuple[str, ...] = (),
    **changes: Any,
) -> Sample:
    values = {
        name: value if isinstance(value, Measurement) else Measurement(value) for name, value in (seen or {}).items()
    }
    return sample(
        request=request(id=f"{number:032x}", attributes=asked or {}, **changes),
        verdict=Verdict("accepted", review=review),
        measurements=Measurements(values) if values else None,
        place=PLACE,
    )


def table(samples: Sequence[Sample]) -> pa.Table:
    return pa.Table.from_pylist([to_row(one) for one in samples], schema=schema()).select(list(COLUMNS))


def queue(name: str, *samples: Sample) -> list[int]:
    """The numbers of the images in the queue."""
    found = figures([table(samples)])
    return [int(identity, 16) for identity in found.ids[orders(found)[name]].tolist()]


def test_images_without_a_picture_are_in_no_queue() -> None:
    gone = replace(image(2), place=None)
    spoilt = replace(image(3), place=replace(PLACE, thumb_size=0))
    for name in ("random", "cell"):
        assert queue(name, image(1), gone, spoilt, image(4)) in ([1, 4], [4, 1])
    found = figures([table([gone, image(1)]), table([spoilt, image(4)])])
    assert found.places.tolist() == [1, 3]


def test_a_dataset_without_images_has_empty_queues() -> None:
    assert {name: len(order) for name, order in orders(figures([])).items()} == dict.fromkeys(
        ("random", "lowest", "disagreement", "cell"), 0
    )


def test_growth_does_not_shuffle_what_was_there() -> None:
    few, more = [image(n) for n in range(30)], [image(n) for n in range(60)]
    before, after = queue("random", *few), queue("random", *more)
    assert [number for number in after if number < 30] == before
    assert before != sorted(before)


def test_lowest_confidence_first() -> None:
    eyewear = {"eyewear": "glasses"}
    sure = {"eyewear_none": 0.1, "eyewear_glasses": 0.9}
    unsure = {"eyewear_none": 0.45, "eyewear_glasses": 0.55}
    assert queue(
        "lowest",
        image(1, eyewear, sure),
        image(2, eyewear, unsure),
        # Sure of one, unsure of the other: the one of which they are least sure counts.
        image(3, {**eyewear, "sex": "male"}, {**sure, "sex": 0.6}),
        # The age is as sure as it says.
        image(4, {"age": 30}, {"age": Measurement(30, 0.05)}),
        # Nobody asked for the eyewear here, one score alone is no margin, and here nothing was measured.
        image(5, {"age": 30}, unsure),
        image(6, eyewear, {"eyewear_glasses": 0.5}),
        image(7, eyewear),
    ) == [4, 2, 3, 1]


def test_the_most_blatant_disagreement_first() -> None:
    none = {"eyewear": "none"}
    assert queue(
        "disagreement",
        image(1, none, {"eyewear_none": 0.4, "eyewear_glasses": 0.6}),
        image(2, none, {"eyewear_none": 0.1, "eyewear_glasses": 0.9}),
        image(3, none, {"eyewear_none": 0.9, "eyewear_glasses": 0.1}),
        image(4, {"sex": "male"}, {"sex": 0.3}),
        image(5, {"sex": "female"}, {"sex": 0.3}),
        image(6, {"age": 30}, {"age": 57.0}),
        image(7, {"age": 30}, {"age": 40.0}),
        image(8, {"mask": "gas"}, review=("mask",)),
        # A word that has no score of its own is not held against those that have.
        image(9, {"expression": "yell"}, {"expression_neutral": 0.9, "expression_smile": 0.1}),
        image(10, none),
    ) == [8, 6, 2, 4, 1]


def test_of_two_equally_blatant_ones_the_one_with_more_comes_first() -> None:
    wrong = {"eyewear_none": 0.0, "eyewear_glasses": 1.0}
    asked = {"eyewear": "none", "sex": "male"}
    numbers = range(1, 9)
    both = [image(n, asked, {**wrong, "sex": 0.4 if n % 2 else 0.9}) for n in numbers]
    found = queue("disagreement", *both)
    assert sorted(found[:4]) == [1, 3, 5, 7]


@settings(deadline=None)
@given(st.lists(CELLS, max_size=40), st.data())
def test_cells_take_turns(cells: list[tuple[str, str, str]], data: st.DataObject) -> None:
    samples = [image(n, row=row, sex=sex, race=race) for n, (row, sex, race) in enumerate(cells)]
    found = queue("cell", *samples)
    assert sorted(found) == list(range(len(cells)))
    sizes = Counter(cells)
    cut = data.draw(st.integers(0, len(cells)))
    seen = Counter(cells[number] for number in found[:cut])
    most = max(seen.values(), default=0)
    # Nobody is seen for the nth time before everybody else who has so many was seen n - 1 times.
    assert all(seen[cell] >= min(size, most - 1) for cell, size in sizes.items())


@settings(deadline=None)
@given(st.permutations(range(12)), st.integers(1, 11))
def test_an_order_hangs_on_the_images_alone(numbers: list[int], cut: int) -> None:
    samples = [image(n, {"sex": "male"}, {"sex": n / 12}) for n in numbers]
    parts = figures([table(samples[:cut]), table(samples[cut:])])
    again = figures([table(sorted(samples, key=lambda one: one.request.id))])
    for name in ("random", "lowest", "disagreement"):
        assert parts.ids[orders(parts)[name]].tolist() == again.ids[orders(again)[name]].tolist()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_measurement_that_is_no_number_puts_an_image_nowhere(value: float) -> None:
    found = figures([table([image(1, {"sex": "male", "age": 30}, {"sex": value, "age": value})])])
    assert np.isfinite(found.worst).all()
