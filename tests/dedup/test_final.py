import hashlib
import random

from hypothesis import given
from hypothesis import strategies as st

from agfd.dedup import Candidate, Seen, turned_down


def candidate(index: int, slot: int = 0, picture: str | None = None, score: float = 0.5) -> Candidate:
    return Candidate(
        index, ("row", "male", slot), hashlib.sha256((picture or str(index)).encode()).digest()[:16], score
    )


def test_one_image_a_slot_stays() -> None:
    assert turned_down([candidate(0, 0), candidate(1, 1), candidate(2, 2)], Seen()) == {}


def test_of_equals_the_earlier_stays() -> None:
    assert turned_down([candidate(0), candidate(1), candidate(2)], Seen()) == {1: "surplus", 2: "surplus"}


def test_the_better_image_of_a_slot_stays() -> None:
    found = [candidate(0, score=0.5), candidate(1, score=0.9), candidate(2, score=0.7)]
    assert turned_down(found, Seen()) == {0: "surplus", 2: "surplus"}


def test_the_same_picture_in_another_slot_is_a_duplicate() -> None:
    found = [candidate(0, 0, "a"), candidate(1, 1, "a"), candidate(2, 2, "b")]
    assert turned_down(found, Seen()) == {1: "duplicate"}


def test_a_picture_that_was_not_kept_is_no_reason_against_another() -> None:
    found = [candidate(0, 0, "a", 0.1), candidate(1, 0, "b", 0.9), candidate(2, 1, "a", 0.1)]
    assert turned_down(found, Seen()) == {0: "surplus"}


def test_what_was_not_kept_is_forgotten() -> None:
    seen = Seen()
    assert turned_down([candidate(0, 0, "a", 0.1), candidate(1, 0, "b", 0.9)], seen) == {0: "surplus"}
    assert turned_down([candidate(0, 1, "a", 0.1)], seen) == {}


def test_a_picture_of_an_earlier_round_is_a_duplicate_however_good() -> None:
    seen = Seen()
    assert turned_down([candidate(0, 0, "a", 0.1)], seen) == {}
    assert turned_down([candidate(0, 1, "a", 1.0), candidate(1, 1, "b", 0.2)], seen) == {0: "duplicate"}


def test_seen_holds_sixteen_bytes_of_each_survivor() -> None:
    seen = Seen()
    survivor, surplus = candidate(0, score=0.9), candidate(1, score=0.1)
    turned_down([survivor, surplus], seen)
    assert seen.pixels == {survivor.pixels}


found = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from("abcdefgh"), st.sampled_from([0.1, 0.5, 0.9])), max_size=20
).map(lambda entries: [candidate(index, *entry) for index, entry in enumerate(entries)])


@given(found, st.sets(st.sampled_from("abcdefgh")), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(found: list[Candidate], before: set[str], rng: random.Random) -> None:
    one = Seen({hashlib.sha256(name.encode()).digest()[:16] for name in before})
    two = one.copy()
    mixed = list(found)
    rng.shuffle(mixed)
    assert turned_down(found, one) == turned_down(mixed, two)
    assert one.pixels == two.pixels


@given(found, st.sets(st.sampled_from("abcdefgh")))
def test_what_stays_is_one_a_slot_and_one_a_picture(found: list[Candidate], before: set[str]) -> None:
    earlier = {hashlib.sha256(name.encode()).digest()[:16] for name in before}
    seen = Seen(set(earlier))
    reasons = turned_down(found, seen)
    stay = [entry for entry in found if entry.index not in reasons]
    hashes = [entry.pixels for entry in stay]
    assert len({entry.slot for entry in stay}) == len(stay) == len(set(hashes))
    assert not set(hashes) & earlier
    assert seen.pixels == earlier | set(hashes)
    assert set(reasons.values()) <= {"duplicate", "surplus"}
    # Nothing is turned down while a slot stays empty, unless its pictures are all elsewhere.
    empty = {entry.slot for entry in found} - {entry.slot for entry in stay}
    assert all(reasons[entry.index] == "duplicate" for entry in found if entry.slot in empty)
