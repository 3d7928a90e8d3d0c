import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from agfd.stats import wilson


@st.composite
def hits_of_trials(draw: st.DrawFn) -> tuple[int, int]:
    trials = draw(st.integers(1, 5000))
    return draw(st.integers(0, trials)), trials


@given(hits_of_trials())
def test_wilson_is_scipys(case: tuple[int, int]) -> None:
    hits, trials = case
    reference = binomtest(hits, trials).proportion_ci(method="wilson")
    assert wilson(hits, trials) == pytest.approx((reference.low, reference.high), abs=1e-12)


@given(hits_of_trials())
def test_wilson_holds_the_share_and_stays_in_bounds(case: tuple[int, int]) -> None:
    hits, trials = case
    low, high = wilson(hits, trials)
    assert 0 <= low <= hits / trials <= high <= 1


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(0, 0, 0.0, 1.0), (3, 400, 0.0025539, 0.0218157), (0, 30, 0.0, 0.1135134), (30, 30, 0.8864866, 1.0)],
)
def test_wilson_by_hand(hits: int, trials: int, low: float, high: float) -> None:
    assert wilson(hits, trials) == pytest.approx((low, high), abs=1e-6)


def test_a_smaller_z_is_narrower() -> None:
    wide, narrow = wilson(5, 20), wilson(5, 20, z=1.0)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize(("hits", "trials"), [(-1, 3), (4, 3), (0, -1)])
def test_wilson_refuses_nonsense(hits: int, trials: int) -> None:
    with pytest.raises(ValueError, match="between 0 and trials"):
        wilson(hits, trials)
