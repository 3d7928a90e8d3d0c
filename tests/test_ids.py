from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agfd import ids

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def test_identities_do_not_change_between_versions() -> None:
    # Datasets that exist name their images so: another value would orphan them.
    assert ids.digest({"b": 1, "a": "é"}) == "bca252ac1b47464aee081f73d65d1904"
    assert ids.seed("x", 1) == 2548342829036936440
    assert ids.shuffled(7, "key") == (6, 3, 4, 1, 5, 2, 0)


def test_canonical_is_compact_sorted_utf8() -> None:
    assert ids.canonical({"b": [1, 2.5], "a": "é"}) == '{"a":"é","b":[1,2.5]}'.encode()


def test_canonical_refuses_what_has_no_one_spelling() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        ids.canonical(float("nan"))
    with pytest.raises(TypeError):
        ids.canonical({1, 2})


@given(st.dictionaries(st.text(), plain, max_size=5))
def test_the_order_of_keys_does_not_matter(data: dict[str, object]) -> None:
    assert ids.digest(dict(reversed(data.items()))) == ids.digest(data)


@given(st.lists(plain, min_size=1, max_size=3))
def test_seeds_fit_a_signed_column_and_fractions_the_unit_interval(key: list[object]) -> None:
    assert 0 <= ids.seed(*key) < 2**63
    assert 0 <= ids.fraction(*key) < 1


def test_the_parts_of_a_key_are_kept_apart() -> None:
    keys = [("a", "bc"), ("ab", "c"), ("abc",), ("a", "b", "c"), (1,), ("1",), (1, 1), (11,)]
    assert len({ids.seed(*key) for key in keys}) == len(keys)


def test_fractions_are_even() -> None:
    tenths = Counter(int(ids.fraction("even", index) * 10) for index in range(10_000))
    assert set(tenths) == set(range(10))
    # Three standard deviations of a binomial with n = 10,000 and p = 0.1 are 90; five leave no room for luck.
    assert all(abs(count - 1000) < 150 for count in tenths.values())


@given(st.integers(0, 60), st.text())
def test_shuffled_is_a_permutation(size: int, key: str) -> None:
    assert sorted(ids.shuffled(size, key)) == list(range(size))


def test_every_permutation_turns_up_equally_often() -> None:
    seen = Counter(ids.shuffled(3, "p", index) for index in range(6000))
    assert len(seen) == 6
    assert all(abs(count - 1000) < 150 for count in seen.values())


@given(st.integers(1, 9), st.integers(0, 80), st.text())
def test_any_prefix_of_bags_is_even_within_one(size: int, length: int, key: str) -> None:
    counts = Counter(ids.from_bag(range(size), index, key) for index in range(length))
    numbers = [counts[item] for item in range(size)]
    assert max(numbers) - min(numbers) <= 1
