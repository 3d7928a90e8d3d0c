import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, mannwhitneyu
from scipy.stats import bootstrap as scipy_bootstrap

from agfd.stats import Kappa, Threshold, auc, balanced_accuracy, bootstrap, cohen_kappa, threshold_at, wilson


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


@st.composite
def scored(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Cases of both kinds with scores that often are equal."""
    has = [True, False, *draw(st.lists(st.booleans(), max_size=30))]
    scores = draw(st.lists(st.integers(0, 6).map(lambda n: n / 6), min_size=len(has), max_size=len(has)))
    return np.array(has), np.array(scores)


@given(scored())
def test_auc_is_the_share_of_pairs_in_order(case: tuple[np.ndarray, np.ndarray]) -> None:
    has, scores = case
    pairs = [(a > b) + (a == b) / 2 for a in scores[has] for b in scores[~has]]
    assert auc(has, scores) == pytest.approx(np.mean(pairs))
    reference = mannwhitneyu(scores[has], scores[~has]).statistic / (has.sum() * (~has).sum())
    assert auc(has, scores) == pytest.approx(reference)


def test_auc_of_one_kind_is_no_number() -> None:
    assert np.isnan(auc(np.array([True, True]), np.array([0.1, 0.2])))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_balanced_accuracy_is_the_mean_of_the_recalls(cases: list[tuple[int, int]]) -> None:
    recalls = []
    for kind in {truth for truth, _ in cases}:
        told = [answer for truth, answer in cases if truth == kind]
        recalls.append(told.count(kind) / len(told))
    truth, told = np.array(cases).T
    assert balanced_accuracy(truth, told) == pytest.approx(sum(recalls) / len(recalls))


def test_one_large_class_does_not_carry_the_others() -> None:
    truth = np.array([0] * 90 + [1] * 10)
    assert balanced_accuracy(truth, np.zeros(100, int)) == 0.5


@given(scored(), st.sampled_from([0.0, 0.05, 0.2, 0.5, 1.0]))
def test_no_lower_threshold_keeps_the_rate(case: tuple[np.ndarray, np.ndarray], rate: float) -> None:
    has, scores = case
    found = threshold_at(rate, has, scores)
    assert found is not None
    assert found.false_accepts == (scores[~has] >= found.score).mean() <= rate + 1e-9
    assert found.false_rejects == (scores[has] < found.score).mean()
    # Every lower score that was seen lets in too many.
    assert all((scores[~has] >= lower).mean() > rate for lower in scores[scores < found.score])


def test_a_threshold_by_hand() -> None:
    has = np.array([False] * 20 + [True] * 4)
    scores = np.array([*(n / 100 for n in range(20)), 0.05, 0.18, 0.5, 0.9])
    assert threshold_at(0.05, has, scores) == Threshold(0.19, 0.05, 0.5)
    assert threshold_at(0.05, has[:20], scores[:20]) is None


def test_the_bootstrap_is_scipys() -> None:
    values = np.random.default_rng(3).normal(5, 2, 80)
    low, high = bootstrap(lambda part: float(part.mean()), values, resamples=4000)
    reference = scipy_bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(4))
    assert (low, high) == pytest.approx(tuple(reference.confidence_interval), abs=0.05)
    assert bootstrap(lambda part: float(part.mean()), values) == bootstrap(lambda part: float(part.mean()), values)


def test_the_bootstrap_draws_pairs_together() -> None:
    truth = np.arange(50.0)
    assert bootstrap(lambda a, b: float(np.abs(a - b).mean()), truth, truth + 3) == (3.0, 3.0)


def test_the_bootstrap_of_nothing() -> None:
    assert np.isnan(bootstrap(lambda part: float(part.mean()), np.array([]))).all()
    assert np.isnan(bootstrap(lambda part: float("nan"), np.array([1.0]))).all()


def table_of(*rows: tuple[int, ...]) -> list[tuple[int, int]]:
    """Pairs as often as a table of two raters says."""
    return [(one, other) for one, row in enumerate(rows) for other, number in enumerate(row) for _ in range(number)]


@pytest.mark.parametrize(
    ("rows", "agree", "value"),
    [
        # The example of P. Bonnardel's program kappa, http://kappa.perso.worldonline.fr/kappa.txt
        (((25, 3, 5), (6, 32, 8), (1, 0, 20)), 0.77, 0.654),
        # Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd ed., table 18.1: 100 subjects.
        (((75, 1, 4), (5, 4, 1), (0, 0, 10)), 0.89, 0.68),
        # Two pairs of raters who agree as often, and not as far beyond chance.
        (((45, 15), (25, 15)), 0.60, 0.13),
        (((25, 35), (5, 35)), 0.60, 0.26),
    ],
)
def test_kappa_is_the_literatures(rows: tuple[tuple[int, ...], ...], agree: float, value: float) -> None:
    found = cohen_kappa(table_of(*rows))
    assert found.agree == pytest.approx(agree)
    assert found.value == pytest.approx(value, abs=0.005)


two_raters = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60)


@given(two_raters)
def test_kappa_by_its_definition(pairs: list[tuple[int, int]]) -> None:
    """Observed and expected agreement of every pair of answers, one rater's against all of the other's."""
    one, other = np.array(pairs).T
    observed = float((one == other).mean())
    expected = float((one[:, None] == other[None, :]).mean())
    found = cohen_kappa(pairs)
    assert found.agree == pytest.approx(observed)
    if expected == 1:
        assert (found.value, found.low, found.high) == (None, None, None)
        return
    assert found.value == pytest.approx((observed - expected) / (1 - expected))
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert cohen_kappa([(b, a) for a, b in pairs]) == found


def test_kappa_where_there_is_nothing_to_compare() -> None:
    assert cohen_kappa([]) == Kappa(0)
    assert cohen_kappa([("accept", "accept")] * 5) == Kappa(5, 1.0)
    # One rater who always says the same agrees as far as chance goes.
    assert cohen_kappa([("accept", "accept"), ("accept", "reject")]).value == 0


def test_raters_who_never_disagree_still_have_an_interval() -> None:
    few, many = cohen_kappa(table_of((5, 0), (0, 5))), cohen_kappa(table_of((50, 0), (0, 50)))
    assert few.value == many.value == few.high == many.high == 1
    assert few.low is not None
    assert many.low is not None
    assert 0.4 < few.low < many.low < 1


def test_the_interval_of_kappa_holds_the_true_one() -> None:
    """Raters with a kappa of 0.6 who accept 70 %: about 95 of 100 samples of 40 images give an interval around it."""
    dice = np.random.default_rng(2)
    share, kappa = 0.7, 0.6
    apart = share * (1 - share) * (1 - kappa)
    table = [share - apart, apart, apart, 1 - share - apart]
    held = 0
    for counts in dice.multinomial(40, table, 500):
        found = cohen_kappa(table_of(tuple(counts[:2]), tuple(counts[2:])))
        held += found.low is not None and found.high is not None and found.low <= kappa <= found.high
    assert 0.92 <= held / 500 <= 0.99
