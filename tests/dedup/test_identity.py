"""Who is who, on people whose vectors are made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agfd.dedup import identity
from agfd.dedup.identity import Faces, People, unpack


def at(*degrees: float, cell: object = 0, twins: object = 0) -> Faces:
    """Unit vectors of the plane."""
    angles = np.radians(np.array(degrees, dtype=np.float64))
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float16)
    return faces(vectors, cell, twins)


def faces(vectors: np.ndarray, cell: object = 0, twins: object = 0) -> Faces:
    hashes = (np.broadcast_to(np.asarray(given, dtype=np.int64), len(vectors)).copy() for given in (cell, twins))
    return Faces(vectors.astype(np.float16), *hashes)


def people(degrees: float, *kept: Faces, within_cell: bool = False) -> People:
    made = People(float(np.cos(np.radians(degrees))), within_cell=within_cell)
    for some in kept:
        made.add(some)
    return made


def pairs(there: People, asked: Faces) -> list[tuple[int, int]]:
    return sorted(zip(*(places.tolist() for places in there.pairs(asked)), strict=True))


def test_the_threshold_is_the_cosine_and_the_first_one_is_named() -> None:
    there = people(30, at(0, 90), at(10))
    assert there.found(at(29, 32, -29, 180, 41, 65)).tolist() == [0, 2, 0, -1, -1, 1]
    assert len(there) == 3


def test_exactly_at_the_threshold_is_the_same_and_just_below_is_not() -> None:
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(200, 128))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    # Sums of products of such numbers are exact in double precision, in whatever order.
    product = float(vectors[0].astype(np.float64) @ vectors[1].astype(np.float64))
    for threshold, found in ((product, True), (float(np.nextafter(product, 2)), False)):
        there = People(threshold)
        there.add(faces(vectors[:1]))
        assert (there.found(faces(vectors[1:2])) >= 0).tolist() == [found]
        assert pairs(there, faces(vectors[:2])) == [(1, 0)] * found


def test_among_themselves() -> None:
    assert pairs(people(30), at(0, 20, 40, 200)) == [(1, 0), (2, 1)]
    assert pairs(people(30), at()) == []


def test_twins_are_one_person_on_purpose() -> None:
    there = people(20, at(0, twins=5))
    assert there.found(at(0, 1, 2, twins=[5, 6, 0])).tolist() == [-1, 0, 0]
    assert pairs(there, at(0, 1, 2, twins=[5, 5, 6])) == [(2, 0), (2, 1)]
    # Who is nobody's twin is a stranger to all others.
    assert pairs(there, at(0, 1)) == [(1, 0)]


def test_other_cells_are_looked_at_only_where_that_is_wanted() -> None:
    kept = at(0, 60, 0, cell=[1, 2, 2])
    asked = at(1, 1, 1, 61, cell=[1, 2, 3, 1])
    assert people(20, kept, within_cell=True).found(asked).tolist() == [0, 2, -1, -1]
    assert people(20, kept).found(asked).tolist() == [0, 0, 0, 1]
    assert pairs(people(20, within_cell=True), at(1, 2, 3, 4, cell=[1, 2, 1, 2])) == [(2, 0), (3, 1)]


def test_a_copy_grows_apart() -> None:
    first = people(20, at(0))
    second = first.copy()
    second.add(at(90))
    assert (len(first), len(second)) == (1, 2)
    assert first.found(at(90)).tolist() == [-1]
    assert second.found(at(90, 0)).tolist() == [1, 0]


def test_a_vector_of_nothing_is_nobody() -> None:
    there = people(80, faces(np.zeros((1, 2))))
    assert there.found(faces(np.zeros((1, 2)))).tolist() == [-1]


def test_nobody_asked_and_nobody_kept() -> None:
    there = people(30, at())
    assert there.found(at()).tolist() == []
    assert there.found(at(1)).tolist() == [-1]


@pytest.mark.parametrize("threshold", [-1.1, 1.1, float("nan")])
def test_a_threshold_that_is_no_cosine_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="cosine"):
        People(threshold)


def test_vectors_come_out_of_their_bytes_as_they_went_in() -> None:
    vectors = at(0, 20, 50).vectors
    assert unpack([vector.astype("<f2").tobytes() for vector in vectors]).tolist() == vectors.tolist()
    assert len(unpack([])) == 0


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 2**32),
    st.lists(st.integers(0, 40), max_size=6),
    st.sampled_from([1, 7, 1 << 23]),
    st.sampled_from([4, 1 << 18]),
    st.booleans(),
)
def test_blocks_and_parts_do_not_matter(seed: int, cuts: list[int], at_once: int, part: int, within_cell: bool) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(60, 3))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    everybody = faces(vectors, rng.integers(1, 4, 60), rng.integers(0, 3, 60))
    exact = vectors.astype(np.float64) @ vectors.T.astype(np.float64) >= 0.8
    expected = []
    for one in range(40, 60):
        like = [
            other
            for other in range(40)
            if exact[one, other]
            and not (everybody.twins[one] and everybody.twins[one] == everybody.twins[other])
            and not (within_cell and everybody.cell[one] != everybody.cell[other])
        ]
        expected.append(min(like, default=-1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "_AT_ONCE", at_once)
        patch.setattr(identity, "_PART", part)
        there = People(0.8, within_cell=within_cell)
        for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), 40], strict=True):
            there.add(everybody.take(np.arange(start, stop)))
        assert there.found(everybody.take(np.arange(40, 60))).tolist() == expected
        both = [pair for pair in pairs(there, everybody) if pair[0] >= 40 > pair[1]]
        assert [min((kept for one, kept in both if one == asked), default=-1) for asked in range(40, 60)] == expected
