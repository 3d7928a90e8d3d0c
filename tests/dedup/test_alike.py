"""Final verdicts where pictures look alike, or like each other's mirror image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agfd.dedup import Candidate, Seen, final, turned_down
from agfd.dedup.identity import People
from agfd.dedup.near import Near, pack

if TYPE_CHECKING:
    import random

BOUND = 4
# Far from everything that is looked at here, unless it is asked for.
FAR = 0xFFFF_0000_FFFF_0000


def picture(
    index: int, code: int, score: float = 0.5, mirror: int = FAR, cell: int = 1, twins: int = 0
) -> Candidate:  # fmt: skip
    """A candidate with a slot and pixels of its own; `code` and `mirror` are the first of two, the others are 0."""
    pixels = index.to_bytes(16, "big")
    return Candidate(index, ("row", "male", index), pixels, score, pack((code, 0, mirror, 0)), cell, twins)


def seen(*kept: Candidate, within_cell: bool = False) -> Seen:
    made = Seen(near=Near(BOUND, within_cell=within_cell))
    assert turned_down(kept, made) == {}
    return made


def test_of_pictures_that_look_alike_the_better_stays() -> None:
    found = [picture(0, 0b0000, 0.5), picture(1, 0b1111, 0.9), picture(2, 0xFFFF, 0.1)]
    assert turned_down(found, seen()) == {0: "duplicate_near"}


def test_of_equally_good_ones_the_earlier_stays() -> None:
    assert turned_down([picture(1, 1), picture(0, 0)], seen()) == {1: "duplicate_near"}


def test_one_of_an_earlier_round_stays_however_bad() -> None:
    before = seen(picture(0, 0, score=0.1))
    assert turned_down([picture(1, 3, score=1.0), picture(2, 0xFF)], before) == {1: "duplicate_near"}


def test_a_mirror_image_is_found_in_the_round_and_later() -> None:
    first, copy = picture(0, 0xFFFF_FFFF, 0.9, mirror=0xFF00), picture(1, 0xFF01, 0.5, mirror=0xFFFF_FFFE)
    assert turned_down([first, copy], seen()) == {1: "duplicate_mirrored"}
    assert turned_down([copy], seen(first)) == {1: "duplicate_mirrored"}


def test_as_it_is_comes_before_the_mirror_image() -> None:
    symmetric = picture(1, 0, 0.1, mirror=0)
    assert turned_down([picture(0, 0, mirror=0), symmetric], seen()) == {1: "duplicate_near"}


def test_being_alike_is_not_handed_on() -> None:
    # The second looks like the first and the third like the second, but not like the first.
    chain = [picture(0, 0b0, 0.9), picture(1, 0b1111, 0.8), picture(2, 0b1111_1111, 0.7)]
    assert turned_down(chain, seen()) == {1: "duplicate_near"}
    assert turned_down(chain[2:], seen(chain[0])) == {}


def test_what_lost_its_slot_turns_nobody_down() -> None:
    best = picture(0, 0xFFFF, 0.9)
    loser = Candidate(1, best.slot, b"1" * 16, 0.8, pack((0, 0, FAR, 0)), 1)
    assert turned_down([best, loser, picture(2, 1, 0.7)], seen()) == {1: "surplus"}


def test_the_same_pixels_are_a_duplicate_and_no_more() -> None:
    one = picture(0, 0)
    again = Candidate(1, ("row", "male", 1), one.pixels, 0.1, one.codes, 1)
    assert turned_down([one, again], seen()) == {1: "duplicate"}


def test_twins_may_look_alike_and_strangers_may_not() -> None:
    found = [picture(0, 0, twins=7), picture(1, 1, twins=7), picture(2, 2, twins=8), picture(3, 3)]
    assert turned_down(found, seen()) == {2: "duplicate_near", 3: "duplicate_near"}
    assert turned_down([picture(1, 1, twins=7)], seen(found[0])) == {}


def test_other_cells_are_looked_at_only_where_that_is_wanted() -> None:
    found = [picture(0, 0, cell=1), picture(1, 1, cell=2), picture(2, 2, cell=2)]
    assert turned_down(found, seen(within_cell=True)) == {2: "duplicate_near"}
    assert turned_down(found, seen()) == {1: "duplicate_near", 2: "duplicate_near"}


def test_who_has_no_codes_looks_like_nobody() -> None:
    blind = [Candidate(n, ("row", "male", n), bytes([n]) * 16, 0.5) for n in range(2)]
    assert turned_down([*blind, picture(2, 0), picture(3, 1)], seen()) == {3: "duplicate_near"}
    assert turned_down(blind, seen()) == {}


def face(index: int, degrees: float, score: float = 0.5, code: int | None = None, cell: int = 1) -> Candidate:
    """A candidate whose face looks in that direction; `code` as in `picture`, far from all others without one."""
    vector = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], dtype="<f2").tobytes()
    codes = pack((code, 0, FAR, 0)) if code is not None else None
    return Candidate(index, ("row", "male", index), index.to_bytes(16, "big"), score, codes, cell, 0, vector)


def acquainted(*kept: Candidate, within_cell: bool = False) -> Seen:
    people = People(float(np.cos(np.radians(30))), within_cell=within_cell)
    made = Seen(near=Near(BOUND), people=people)
    assert turned_down(kept, made) == {}
    return made


def test_of_two_pictures_of_a_person_the_better_stays() -> None:
    found = [face(0, 0, 0.5), face(1, 20, 0.9), face(2, 90, 0.1)]
    assert turned_down(found, acquainted()) == {0: "duplicate_identity"}


def test_a_person_of_an_earlier_round_stays_however_bad_the_picture() -> None:
    assert turned_down([face(1, 20, 1.0), face(2, 40)], acquainted(face(0, 0, 0.1))) == {1: "duplicate_identity"}


def test_being_the_same_person_is_not_handed_on() -> None:
    chain = [face(0, 0, 0.9), face(1, 25, 0.8), face(2, 50, 0.7)]
    assert turned_down(chain, acquainted()) == {1: "duplicate_identity"}


def test_a_copy_is_a_copy_before_it_is_the_same_person() -> None:
    found = [face(0, 0, 0.9, code=0), face(1, 5, 0.8, code=1), face(2, 10, 0.7, code=0xFFFF), face(3, 60, 0.6, code=3)]
    expected = {1: "duplicate_near", 2: "duplicate_identity", 3: "duplicate_near"}
    assert turned_down(found, acquainted()) == expected


def test_a_person_who_went_as_a_copy_turns_nobody_down() -> None:
    found = [face(0, 0, 0.9, code=0), face(1, 90, 0.8, code=1), face(2, 100, 0.7, code=0xFFFF)]
    assert turned_down(found, acquainted()) == {1: "duplicate_near"}


def test_people_of_other_cells_may_be_the_same_where_only_cells_count() -> None:
    found = [face(0, 0, cell=1), face(1, 1, cell=2), face(2, 2, cell=2)]
    assert turned_down(found, acquainted(within_cell=True)) == {2: "duplicate_identity"}
    assert turned_down(found, acquainted()) == {1: "duplicate_identity", 2: "duplicate_identity"}


def test_who_has_no_face_is_nobody() -> None:
    found = [picture(0, 0xFF00, 0.9), face(1, 0), picture(2, 0xFF00FF), face(3, 1)]
    assert turned_down(found, acquainted()) == {3: "duplicate_identity"}


walkers = st.lists(
    st.tuples(
        st.integers(0, 90), st.sampled_from([0.1, 0.5, 0.9]), st.sampled_from([None, 0, 1, 0xFFFF]), st.integers(1, 2)
    ),
    max_size=12,
).map(lambda entries: [face(index, *entry) for index, entry in enumerate(entries)])


@settings(deadline=None)
@given(walkers, walkers, st.booleans(), st.randoms(use_true_random=False))
def test_neither_order_nor_blocks_matter_for_people(
    before: list[Candidate], found: list[Candidate], within_cell: bool, rng: random.Random
) -> None:
    def verdicts(entries: list[Candidate], block: int) -> dict[int, str]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(final, "_BLOCK", block)
            patch.setattr(final, "_CROWD", 2 * block)
            earlier = acquainted(within_cell=within_cell)
            turned_down(before, earlier)
            earlier.pixels.clear()
            return turned_down(entries, earlier)

    mixed = list(found)
    rng.shuffle(mixed)
    whole = verdicts(found, 512)
    assert verdicts(mixed, 512) == whole
    assert verdicts(mixed, 3) == whole


crowd = st.lists(
    st.tuples(
        st.integers(0, 255), st.sampled_from([0.1, 0.5, 0.9]), st.sampled_from([FAR, 0, 0b111111]), st.integers(1, 2),
        st.integers(0, 2),
    ),
    max_size=12,
).map(lambda entries: [picture(index, *entry) for index, entry in enumerate(entries)])  # fmt: skip


@settings(deadline=None)
@given(crowd, crowd, st.booleans(), st.randoms(use_true_random=False))
def test_neither_order_nor_blocks_matter(
    before: list[Candidate], found: list[Candidate], within_cell: bool, rng: random.Random
) -> None:
    def verdicts(entries: list[Candidate], block: int) -> dict[int, str]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(final, "_BLOCK", block)
            patch.setattr(final, "_CROWD", 2 * block)
            earlier = Seen(near=Near(BOUND, within_cell=within_cell))
            turned_down(before, earlier)
            earlier.pixels.clear()
            return turned_down(entries, earlier)

    mixed = list(found)
    rng.shuffle(mixed)
    whole = verdicts(found, 512)
    assert verdicts(mixed, 512) == whole
    assert verdicts(mixed, 3) == whole


@settings(deadline=None)
@given(crowd)
def test_who_stays_looks_like_nobody_else_who_stays_and_who_goes_does(found: list[Candidate]) -> None:
    reasons = turned_down(found, seen())
    order = sorted(found, key=lambda entry: (-entry.score, entry.index))
    stay: list[Candidate] = []
    for entry in order:
        like = [other for other in stay if not (entry.twins and entry.twins == other.twins)]
        codes = [int.from_bytes((entry.codes or b"")[at : at + 8], "little") for at in (0, 16)]
        near, mirrored = (
            any((code ^ int.from_bytes((other.codes or b"")[:8], "little")).bit_count() <= BOUND for other in like)
            for code in codes
        )
        expected = "duplicate_near" if near else "duplicate_mirrored" if mirrored else None
        assert reasons.get(entry.index) == expected
        if expected is None:
            stay.append(entry)
