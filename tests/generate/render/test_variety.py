from __future__ import annotations

import numpy as np

from agfd.generate.render import variety
from agfd.generate.render.head import HeadModel


def test_every_shape_exists_in_the_head_model() -> None:
    names = HeadModel.load().local_names
    for seed in range(6):
        assert set(variety.local_shapes(seed, 1.0, 1.0)) <= set(names)


def test_every_family_moves_axes_that_exist() -> None:
    ends = {half.split("/")[1].removeprefix("{s}-") for low, high, _ in variety._AXES for half in (low, high)}
    for axes in variety._FAMILIES.values():
        assert set(axes) <= ends
    assert set(variety._LIMITS) <= ends


def test_a_person_grows_up_without_becoming_somebody_else() -> None:
    child, adult = (variety.local_shapes(9, 0.0, soft) for soft in (0.4, 1.0))
    assert child.keys() == adult.keys()
    assert all(abs(child[name]) <= abs(adult[name]) for name in child)
    assert np.isclose(
        child["nose/nose-trans-up"] if "nose/nose-trans-up" in child else child["nose/nose-trans-down"],
        0.4 * (adult.get("nose/nose-trans-up") or adult["nose/nose-trans-down"]),
    )


def test_no_weight_is_extreme() -> None:
    weights = [weight for seed in range(50) for weight in variety.local_shapes(seed, 0.5, 1.0).values()]
    assert max(weights) <= variety._LIMIT
    assert min(weights) >= 0


def test_sex_changes_the_mean_and_not_the_draw() -> None:
    difference = []
    for seed in range(30):
        woman, man = variety.local_shapes(seed, 0.0, 1.0), variety.local_shapes(seed, 1.0, 1.0)
        wide = "chin/chin-width-incr"
        difference.append(man.get(wide, 0.0) - woman.get(wide, 0.0))
    assert np.mean(difference) > 0.02
