from __future__ import annotations

import numpy as np

from agfd.generate.render import variety
from agfd.generate.render.body.head import HeadModel
from agfd.vocabulary import RACES


def test_every_shape_exists_in_the_head_model() -> None:
    names = HeadModel.load().local_names
    for seed in range(6):
        assert set(variety.local_shapes(seed, 1.0, 30, RACES[seed])) <= set(names)


def test_every_family_moves_axes_that_exist() -> None:
    ends = {half.split("/")[1].removeprefix("{s}-") for low, high, _ in variety._AXES for half in (low, high)}
    for axes in variety._FAMILIES.values():
        assert set(axes) <= ends
    tables = (variety._LIMITS, variety._AGED, variety._EVERYBODY, variety._WOMEN, *variety._GROUPS.values())
    assert set().union(*tables) <= ends
    assert set(variety._GROUPS) == set(RACES)


def test_a_person_grows_up_without_becoming_somebody_else() -> None:
    child, adult = (variety.local_shapes(9, 0.0, age, "White") for age in (6, 25))
    own = child.keys() - {"head/head-age-decr", "head/head-age-incr"}
    assert child.keys() == adult.keys()
    assert all(child[name] <= adult[name] for name in own)
    ratios = [child[name] / adult[name] for name in own if adult[name] > 0.02 and not name.startswith("asym")]
    assert np.ptp(ratios) < 1e-6


def test_old_age_makes_lips_thin() -> None:
    def lips(age: float) -> float:
        name = "mouth/mouth-upperlip-volume-"
        weights = [variety.local_shapes(seed, 0.5, age, "Indian") for seed in range(20)]
        return float(np.mean([one.get(f"{name}incr", 0.0) - one.get(f"{name}decr", 0.0) for one in weights]))

    assert lips(85) < lips(25) - 0.2


def test_no_weight_is_extreme() -> None:
    weights = [weight for seed in range(50) for weight in variety.local_shapes(seed, 0.5, 30, RACES[seed % 7]).values()]
    assert max(weights) <= variety._LIMIT
    assert min(weights) >= 0


def test_sex_changes_the_mean_and_not_the_draw() -> None:
    difference = []
    for seed in range(30):
        woman, man = variety.local_shapes(seed, 0.0, 30, "Black"), variety.local_shapes(seed, 1.0, 30, "Black")
        wide = "chin/chin-width-incr"
        difference.append(man.get(wide, 0.0) - woman.get(wide, 0.0))
    assert np.mean(difference) > 0.02


def test_groups_differ_in_the_mean_and_overlap() -> None:
    def widths(race: str) -> np.ndarray:
        name = "nose/nose-width3-"
        weights = [variety.local_shapes(seed, 0.5, 30, race) for seed in range(60)]
        return np.array([one.get(f"{name}incr", 0.0) - one.get(f"{name}decr", 0.0) for one in weights])

    white, black = widths("White"), widths("Black")
    assert black.mean() > white.mean() + 0.2
    assert np.percentile(white, 90) > np.percentile(black, 25)
