"""The search for pictures that look alike, against comparing each with each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agfd.dedup import near
from agfd.dedup.near import MOST, REASONS, Looks, Near, distance, pack, unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray


def looks(codes: NDArray[np.uint64], cell: object = 0, twins: object = 0) -> Looks:
    return Looks(
        codes, *(np.broadcast_to(np.asarray(v, dtype=np.int64), len(codes)).copy() for v in (cell, twins))
    )  # fmt: skip


def noise(rng: np.random.Generator, number: int) -> NDArray[np.uint64]:
    return rng.integers(0, 2**64, (number, 2), dtype=np.uint64)


def flipped(codes: NDArray[np.uint64], rng: np.random.Generator, counts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Each code with so many of its 128 bits changed."""
    out = codes.copy()
    for row, count in enumerate(counts):
        for bit in rng.choice(128, count, replace=False):
            out[row, bit // 64] ^= np.uint64(1 << int(bit % 64))
    return out


def by_definition(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> int:
    return sum((int(a) ^ int(b)).bit_count() for a, b in zip(one, other, strict=True))


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=20)
@pytest.mark.parametrize("new", [True, False])
def test_the_distance_is_the_number_of_bits_that_differ(new: bool, seed: int) -> None:
    one, other = (noise(np.random.default_rng((seed, nth)), 7) for nth in range(2))
    with pytest.MonkeyPatch.context() as patch:
        if not new:
            patch.delattr(np, "bitwise_count", raising=False)
        assert distance(one, other).tolist() == [by_definition(*pair) for pair in zip(one, other, strict=True)]
        assert distance(one[0], other).tolist() == [by_definition(one[0], each) for each in other]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=4, max_size=4))
def test_codes_come_out_of_their_bytes_as_they_went_in(codes: list[int]) -> None:
    straight, mirrored = unpack([pack(codes), pack(codes[::-1])])
    assert straight.tolist() == [codes[:2], codes[:1:-1]]
    assert mirrored.tolist() == [codes[2:], codes[1::-1]]
    assert [len(part) for part in unpack([])] == [0, 0]


@pytest.mark.parametrize("bound", [0, 5, 6, 11, 12, MOST])
@pytest.mark.parametrize("at_once", [1 << 20, 7])
def test_everything_within_the_bound_is_found_and_nothing_else(
    bound: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near, "_AT_ONCE", at_once)
    rng = np.random.default_rng(bound)
    kept = noise(rng, 60)
    index = Near(bound)
    for start in range(0, len(kept), 17):
        index.add(looks(kept[start : start + 17]))
    assert len(index) == len(kept)
    counts = rng.integers(max(0, bound - 2), bound + 3, 24)
    counts[:2] = bound, bound + 1
    asked = flipped(kept[:24], rng, counts)
    assert index.found(looks(asked), noise(rng, 24)).tolist() == (counts <= bound).astype(int).tolist()
    assert index.found(looks(noise(rng, 24)), asked).tolist() == (2 * (counts <= bound)).tolist()
    # As it is comes before its mirror image.
    assert index.found(looks(asked), asked).tolist() == (counts <= bound).astype(int).tolist()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), st.integers(0, 11), st.booleans())
def test_the_search_is_the_comparison_of_each_with_each(seed: int, bound: int, within_cell: bool) -> None:
    rng = np.random.default_rng(seed)
    base = noise(rng, 3)
    codes, mirrored = (flipped(base[rng.integers(0, 3, 40)], rng, rng.integers(0, 10, 40)) for _ in range(2))
    everybody = looks(codes, rng.integers(1, 3, 40), rng.integers(0, 3, 40))
    index = Near(bound, within_cell=within_cell)
    index.add(everybody.take(range(30)))
    table = index.among(everybody, mirrored)
    for one in range(40):
        for other in range(40):
            alike = everybody.twins[one] == 0 or everybody.twins[one] != everybody.twins[other]
            alike &= not within_cell or everybody.cell[one] == everybody.cell[other]
            near_one, near_mirror = (by_definition(c[one], codes[other]) <= bound for c in (codes, mirrored))
            assert table[one, other] == (int(alike) and (1 if near_one else 2 * near_mirror))
    expected = [min(set(row[:30].tolist()) - {0}, default=0) for row in table]
    assert index.found(everybody, mirrored).tolist() == expected


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_how_pictures_were_added_does_not_matter(seed: int, sizes: list[int]) -> None:
    rng = np.random.default_rng(seed)
    kept = noise(rng, sum(sizes))
    parts, whole = Near(6), Near(6)
    whole.add(looks(kept))
    for stop, size in zip(np.cumsum(sizes), sizes, strict=True):
        parts.add(looks(kept[stop - size : stop]))
    asked = flipped(kept, rng, rng.integers(4, 9, len(kept)))
    assert len(parts) == len(whole) == sum(sizes)
    assert parts.found(looks(asked), asked).tolist() == whole.found(looks(asked), asked).tolist()


def test_a_copy_grows_alone() -> None:
    rng = np.random.default_rng(0)
    first, second = noise(rng, 5), noise(rng, 5)
    index = Near(3)
    index.add(looks(first))
    twin = index.copy()
    twin.add(looks(second))
    other = noise(rng, 5)
    assert twin.found(looks(np.concatenate([first, second])), np.concatenate([other, other])).tolist() == [1] * 10
    assert index.found(looks(second), other).tolist() == [0] * 5


def test_many_copies_of_one_picture_are_found() -> None:
    kept = np.repeat(noise(np.random.default_rng(0), 1), 3000, axis=0)
    index = Near(5)
    index.add(looks(kept))
    assert index.found(looks(kept[:3]), kept[:3]).tolist() == [1, 1, 1]


@pytest.mark.parametrize("bound", [-1, MOST + 1])
def test_a_bound_that_is_not_searched_is_refused(bound: int) -> None:
    with pytest.raises(ValueError, match="bits"):
        Near(bound)


def test_nothing_has_no_reason() -> None:
    assert REASONS[0] == ""
    assert all(REASONS[1:])
