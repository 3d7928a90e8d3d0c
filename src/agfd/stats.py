"""Statistics that several parts share."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    import numpy as np
    from numpy.typing import NDArray


def wilson(hits: int, trials: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """The score interval of a proportion, 95 % by default; (0, 1) without trials.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    if not 0 <= hits <= trials:
        raise ValueError("hits lie between 0 and trials")
    if trials == 0:
        return 0.0, 1.0
    share, square = hits / trials, z * z
    centre = (share + square / (2 * trials)) / (1 + square / trials)
    half = z / (1 + square / trials) * math.sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    return (0.0 if hits == 0 else max(0.0, centre - half)), (1.0 if hits == trials else min(1.0, centre + half))


@dataclass(frozen=True, slots=True)
class Kappa:
    """How far two raters agree beyond chance. `agree`: the share of `cases` on which both say the same, None without
    cases. `value`: 1 always, 0 as by chance, below 0 less; `low`, `high`: its 95 % interval; all None where it is not
    defined: both raters know but one and the same category.
    """

    cases: int
    agree: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None


def cohen_kappa(pairs: Iterable[tuple[Hashable, Hashable]]) -> Kappa:
    """The agreement of two raters, from what both said of each case.

    J. Cohen, A coefficient of agreement for nominal scales, Educ. Psychol. Meas. 20 (1960). As there, the agreement by
    chance counts as known, so the interval is that of the observed agreement; this one is Wilson's, which stays honest
    for few cases and for raters who never disagree, where the asymptotic standard error (Fleiss, Cohen and Everitt,
    Psychol. Bull. 72, 1969) is 0. Measured by `benchmarks/kappa.py`.
    """
    counts = Counter(pairs)
    cases = counts.total()
    if not cases:
        return Kappa(0)
    first: Counter[Hashable] = Counter()
    second: Counter[Hashable] = Counter()
    for (one, other), number in counts.items():
        first[one] += number
        second[other] += number
    same = sum(number for (one, other), number in counts.items() if one == other)
    # In whole numbers: whether chance explains everything must not hang on rounding.
    by_chance = sum(number * second[kind] for kind, number in first.items())
    if by_chance == cases * cases:
        return Kappa(cases, same / cases)
    chance = by_chance / (cases * cases)
    value, low, high = ((share - chance) / (1 - chance) for share in (same / cases, *wilson(same, cases)))
    return Kappa(cases, same / cases, value, max(low, -1.0), high)


def auc(has: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """How likely one that has it scores higher than one that has not, ties half; nan where one kind is missing.

    The area under the ROC curve by ranks: J. A. Hanley and B. J. McNeil, Radiology 143 (1982).
    """
    from scipy.stats import rankdata

    hits = int(has.sum())
    pairs = hits * (len(has) - hits)
    if not pairs:
        return math.nan
    return float((rankdata(score)[has].sum() - hits * (hits + 1) / 2) / pairs)


def balanced_accuracy(truth: NDArray[np.int64], told: NDArray[np.int64]) -> float:
    """The mean, over the classes that occur in `truth`, of the share told right; nan where there is nothing.

    K. H. Brodersen et al., The balanced accuracy and its posterior distribution, ICPR (2010).
    """
    import numpy as np

    shares = [float((told[truth == kind] == kind).mean()) for kind in np.unique(truth)]
    return sum(shares) / len(shares) if shares else math.nan


@dataclass(frozen=True, slots=True)
class Threshold:
    """A score from which on something counts as seen: the share of those without it that are accepted, and of those
    with it that are rejected, among the cases it was found on.
    """

    score: float
    false_accepts: float
    false_rejects: float


def threshold_at(rate: float, has: NDArray[np.bool_], score: NDArray[np.float64]) -> Threshold | None:
    """The lowest score at which at most a share `rate` of those that have it not are accepted; None where one kind is
    missing. Accepted is what scores as high or higher.
    """
    import numpy as np

    if has.all() or not has.any():
        return None
    others = np.sort(score[~has])[::-1]
    allowed = math.floor(rate * len(others) + 1e-9)
    # Just above the first score too many: the lowest one seen that is higher, or the next number there is.
    bound = others[allowed] if allowed < len(others) else -math.inf
    higher = score[score > bound]
    chosen = float(higher.min()) if higher.size else float(np.nextafter(bound, math.inf))
    return Threshold(chosen, float((others >= chosen).mean()), float((score[has] < chosen).mean()))


def bootstrap(figure: Callable[..., float], *columns: NDArray[Any], resamples: int = 1000) -> tuple[float, float]:
    """95 % of a figure over cases drawn again with replacement: its 2.5th and 97.5th percentile; nan where it is never
    a number. The same cases give the same interval. B. Efron, Bootstrap methods, Ann. Statist. 7 (1979).
    """
    import numpy as np

    number = len(columns[0])
    if not number:
        return math.nan, math.nan
    rng = np.random.default_rng(1)
    drawn = (rng.integers(0, number, number) for _ in range(resamples))
    figures = np.array([figure(*(column[one] for column in columns)) for one in drawn])
    figures = figures[~np.isnan(figures)]
    if not figures.size:
        return math.nan, math.nan
    low, high = np.percentile(figures, [2.5, 97.5])
    return float(low), float(high)
