"""Who is who, on people whose embeddings are made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agfd.dedup import identity
from agfd.dedup.identity import People

NOBODY = np.zeros(100, dtype=np.int64)


def at(*degrees: float) -> np.ndarray:
    """Unit vectors of the plane, twice as long."""
    angles = np.radians(degrees)
    return (2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)).astype(np.float32)


def test_the_threshold_is_the_cosine() -> None:
    people = People(float(np.cos(np.radians(30))))
    people.add(at(0), NOBODY[:1])
    assert people.found(at(29, 31, -29, 180), NOBODY[:4]).tolist() == [True, False, True, False]


def test_the_first_stays_and_being_the_same_is_not_handed_on() -> None:
    people = People(float(np.cos(np.radians(30))))
    assert people.turned_down(at(0, 20, 40), NOBODY[:3]).tolist() == [False, True, False]
    assert people.turned_down(at(65, 80), NOBODY[:2]).tolist() == [True, False]


def test_twins_are_one_person_on_purpose() -> None:
    people = People(0.9)
    twins = np.array([5, 5, 6, 0], dtype=np.int64)
    assert people.turned_down(at(0, 1, 2, 3), twins).tolist() == [False, False, True, True]
    assert people.found(at(0, 0), np.array([5, 6])).tolist() == [False, True]


def test_an_embedding_of_nothing_is_nobody() -> None:
    people = People(0.1)
    assert people.turned_down(np.zeros((2, 3), np.float32), NOBODY[:2]).tolist() == [False, False]


def test_nobody_asked_and_nobody_kept() -> None:
    people = People(0.5)
    assert people.turned_down(at(), NOBODY[:0]).tolist() == []
    assert people.found(at(1), NOBODY[:1]).tolist() == [False]


@pytest.mark.parametrize("threshold", [-1.1, 1.1, float("nan")])
def test_a_threshold_that_is_no_cosine_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="cosine"):
        People(threshold)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.integers(1, 30), st.sampled_from([1, 7, 1 << 23]))
def test_blocks_and_parts_do_not_matter(seed: int, cut: int, at_once: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(30, 3)).astype(np.float32)
    twins = rng.integers(0, 3, 30)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    stay: list[int] = []
    for one in range(30):
        others = [other for other in stay if not (twins[one] and twins[one] == twins[other])]
        if not any(units[one] @ units[other] >= 0.8 for other in others):
            stay.append(one)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "_AT_ONCE", at_once)
        people = People(0.8)
        down = np.concatenate([people.turned_down(vectors[part], twins[part]) for part in (slice(cut), slice(cut, 30))])
    assert np.flatnonzero(~down).tolist() == stay
