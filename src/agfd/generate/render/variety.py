"""How faces vary from person to person: families of local shapes that go together, and a step of each shape's own.

Two faces differ by a few large things that belong together (a long face has a long nose and a long chin) and many small
ones. Families make people easy to tell apart without any single shape at a value that breaks the face.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.generate.render.streams import stream

if TYPE_CHECKING:
    from collections.abc import Mapping

# Half of a pair of opposite shapes and its own deviation. `{s}` stands for both sides.
_AXES: tuple[tuple[str, str, float], ...] = (
    ("head/head-scale-horiz-decr", "head/head-scale-horiz-incr", 0.21),
    ("head/head-scale-vert-decr", "head/head-scale-vert-incr", 0.16),
    ("head/head-scale-depth-decr", "head/head-scale-depth-incr", 0.16),
    ("head/head-back-scale-depth-decr", "head/head-back-scale-depth-incr", 0.25),
    ("head/head-fat-decr", "head/head-fat-incr", 0.30),
    ("forehead/forehead-nubian-decr", "forehead/forehead-nubian-incr", 0.11),
    ("forehead/forehead-scale-vert-decr", "forehead/forehead-scale-vert-incr", 0.11),
    ("forehead/forehead-temple-decr", "forehead/forehead-temple-incr", 0.35),
    ("forehead/forehead-trans-backward", "forehead/forehead-trans-forward", 0.38),
    ("eyebrows/eyebrows-angle-down", "eyebrows/eyebrows-angle-up", 0.36),
    ("eyebrows/eyebrows-trans-backward", "eyebrows/eyebrows-trans-forward", 0.34),
    ("eyebrows/eyebrows-trans-down", "eyebrows/eyebrows-trans-up", 0.40),
    ("eyes/{s}-eye-bag-decr", "eyes/{s}-eye-bag-incr", 0.25),
    ("eyes/{s}-eye-corner1-down", "eyes/{s}-eye-corner1-up", 0.28),
    ("eyes/{s}-eye-corner2-down", "eyes/{s}-eye-corner2-up", 0.38),
    ("eyes/{s}-eye-epicanthus-in", "eyes/{s}-eye-epicanthus-out", 0.25),
    ("eyes/{s}-eye-eyefold-angle-down", "eyes/{s}-eye-eyefold-angle-up", 0.30),
    ("eyes/{s}-eye-eyefold-concave", "eyes/{s}-eye-eyefold-convex", 0.35),
    ("eyes/{s}-eye-eyefold-down", "eyes/{s}-eye-eyefold-up", 0.30),
    ("eyes/{s}-eye-height1-decr", "eyes/{s}-eye-height1-incr", 0.30),
    ("eyes/{s}-eye-height2-decr", "eyes/{s}-eye-height2-incr", 0.34),
    ("eyes/{s}-eye-height3-decr", "eyes/{s}-eye-height3-incr", 0.30),
    ("eyes/{s}-eye-push1-in", "eyes/{s}-eye-push1-out", 0.22),
    ("eyes/{s}-eye-push2-in", "eyes/{s}-eye-push2-out", 0.22),
    ("eyes/{s}-eye-scale-decr", "eyes/{s}-eye-scale-incr", 0.28),
    ("eyes/{s}-eye-trans-in", "eyes/{s}-eye-trans-out", 0.40),
    ("eyes/{s}-eye-trans-down", "eyes/{s}-eye-trans-up", 0.46),
    ("nose/nose-base-down", "nose/nose-base-up", 0.40),
    ("nose/nose-compression-compress", "nose/nose-compression-uncompress", 0.25),
    ("nose/nose-curve-concave", "nose/nose-curve-convex", 0.38),
    ("nose/nose-flaring-decr", "nose/nose-flaring-incr", 0.35),
    ("nose/nose-greek-decr", "nose/nose-greek-incr", 0.28),
    ("nose/nose-hump-decr", "nose/nose-hump-incr", 0.38),
    ("nose/nose-nostrils-angle-down", "nose/nose-nostrils-angle-up", 0.49),
    ("nose/nose-nostrils-width-decr", "nose/nose-nostrils-width-incr", 0.38),
    ("nose/nose-point-down", "nose/nose-point-up", 0.40),
    ("nose/nose-point-width-decr", "nose/nose-point-width-incr", 0.35),
    ("nose/nose-scale-depth-decr", "nose/nose-scale-depth-incr", 0.30),
    ("nose/nose-scale-horiz-decr", "nose/nose-scale-horiz-incr", 0.48),
    ("nose/nose-scale-vert-decr", "nose/nose-scale-vert-incr", 0.42),
    ("nose/nose-septumangle-decr", "nose/nose-septumangle-incr", 0.30),
    ("nose/nose-trans-backward", "nose/nose-trans-forward", 0.28),
    ("nose/nose-trans-down", "nose/nose-trans-up", 0.38),
    ("nose/nose-volume-decr", "nose/nose-volume-incr", 0.32),
    ("nose/nose-width1-decr", "nose/nose-width1-incr", 0.35),
    ("nose/nose-width2-decr", "nose/nose-width2-incr", 0.35),
    ("nose/nose-width3-decr", "nose/nose-width3-incr", 0.38),
    ("mouth/mouth-angles-down", "mouth/mouth-angles-up", 0.30),
    ("mouth/mouth-cupidsbow-decr", "mouth/mouth-cupidsbow-incr", 0.40),
    ("mouth/mouth-dimples-in", "mouth/mouth-dimples-out", 0.20),
    ("mouth/mouth-laugh-lines-in", "mouth/mouth-laugh-lines-out", 0.25),
    ("mouth/mouth-lowerlip-height-decr", "mouth/mouth-lowerlip-height-incr", 0.38),
    ("mouth/mouth-lowerlip-volume-decr", "mouth/mouth-lowerlip-volume-incr", 0.32),
    ("mouth/mouth-philtrum-volume-decr", "mouth/mouth-philtrum-volume-incr", 0.35),
    ("mouth/mouth-scale-horiz-decr", "mouth/mouth-scale-horiz-incr", 0.49),
    ("mouth/mouth-scale-vert-decr", "mouth/mouth-scale-vert-incr", 0.26),
    ("mouth/mouth-scale-depth-decr", "mouth/mouth-scale-depth-incr", 0.25),
    ("mouth/mouth-trans-backward", "mouth/mouth-trans-forward", 0.32),
    ("mouth/mouth-trans-down", "mouth/mouth-trans-up", 0.40),
    ("mouth/mouth-upperlip-height-decr", "mouth/mouth-upperlip-height-incr", 0.44),
    ("mouth/mouth-upperlip-middle-down", "mouth/mouth-upperlip-middle-up", 0.25),
    ("mouth/mouth-upperlip-volume-decr", "mouth/mouth-upperlip-volume-incr", 0.32),
    ("cheek/{s}-cheek-bones-decr", "cheek/{s}-cheek-bones-incr", 0.38),
    ("cheek/{s}-cheek-inner-decr", "cheek/{s}-cheek-inner-incr", 0.30),
    ("cheek/{s}-cheek-trans-down", "cheek/{s}-cheek-trans-up", 0.38),
    ("cheek/{s}-cheek-volume-decr", "cheek/{s}-cheek-volume-incr", 0.40),
    ("chin/chin-bones-decr", "chin/chin-bones-incr", 0.30),
    ("chin/chin-cleft-decr", "chin/chin-cleft-incr", 0.20),
    ("chin/chin-height-decr", "chin/chin-height-incr", 0.46),
    ("chin/chin-jaw-drop-decr", "chin/chin-jaw-drop-incr", 0.28),
    ("chin/chin-prognathism-decr", "chin/chin-prognathism-incr", 0.22),
    ("chin/chin-prominent-decr", "chin/chin-prominent-incr", 0.34),
    ("chin/chin-width-decr", "chin/chin-width-incr", 0.38),
    ("ears/{s}-ear-scale-decr", "ears/{s}-ear-scale-incr", 0.30),
    ("ears/{s}-ear-lobe-decr", "ears/{s}-ear-lobe-incr", 0.35),
    ("ears/{s}-ear-wing-decr", "ears/{s}-ear-wing-incr", 0.30),
    ("ears/{s}-ear-rot-backward", "ears/{s}-ear-rot-forward", 0.25),
    ("neck/neck-scale-horiz-decr", "neck/neck-scale-horiz-incr", 0.22),
    ("neck/neck-scale-depth-decr", "neck/neck-scale-depth-incr", 0.18),
    ("neck/neck-double-decr", "neck/neck-double-incr", 0.20),
)
# What each family adds to an axis, by the axis' second half, for one deviation of the family.
_FAMILIES: Mapping[str, Mapping[str, float]] = {
    "long": {
        "head-scale-vert-incr": 0.17, "head-scale-horiz-incr": -0.14, "chin-height-incr": 0.14,
        "nose-scale-vert-incr": 0.14, "chin-width-incr": -0.12, "mouth-trans-up": -0.08,
    },
    "fat": {
        "head-fat-incr": 0.28, "cheek-volume-incr": 0.25, "neck-double-incr": 0.22, "cheek-inner-incr": 0.18,
        "eye-bag-incr": 0.14, "chin-width-incr": 0.12, "neck-scale-horiz-incr": 0.14, "nose-volume-incr": 0.10,
    },
    "rugged": {
        "eyebrows-trans-forward": 0.34, "chin-prominent-incr": 0.20, "chin-jaw-drop-incr": 0.18,
        "chin-bones-incr": 0.22, "cheek-bones-incr": 0.22,
        "nose-scale-depth-incr": 0.14, "eyebrows-trans-up": -0.16, "eye-push1-out": -0.10,
    },
    "wide nose": {
        "nose-scale-horiz-incr": 0.22, "nose-width1-incr": 0.18, "nose-width2-incr": 0.24, "nose-width3-incr": 0.28,
        "nose-flaring-incr": 0.24, "nose-nostrils-width-incr": 0.22, "nose-point-width-incr": 0.28,
        "nose-volume-incr": 0.18,
    },
    "bent nose": {
        "nose-hump-incr": 0.32, "nose-curve-convex": 0.28, "nose-greek-incr": 0.12, "nose-scale-vert-incr": 0.16,
        "nose-point-up": -0.26, "nose-scale-depth-incr": 0.20, "nose-base-up": -0.18,
    },
    "large eyes": {
        "eye-scale-incr": 0.15, "eye-height1-incr": 0.14, "eye-height2-incr": 0.20, "eye-height3-incr": 0.14,
        "eye-eyefold-up": 0.20, "eyebrows-trans-up": 0.10,
    },
    "slanted eyes": {
        "eye-corner2-up": 0.28, "eye-corner1-up": -0.14, "eye-eyefold-angle-up": 0.20, "eyebrows-angle-up": 0.20,
    },
    "eyes apart": {"eye-trans-out": 0.19, "nose-width1-incr": 0.10, "eye-corner1-up": 0.06},
    "full lips": {
        "mouth-upperlip-height-incr": 0.24, "mouth-lowerlip-height-incr": 0.24, "mouth-upperlip-volume-incr": 0.26,
        "mouth-lowerlip-volume-incr": 0.28, "mouth-scale-vert-incr": 0.14, "mouth-cupidsbow-incr": 0.14,
    },
    "wide mouth": {
        "mouth-scale-horiz-incr": 0.28, "mouth-laugh-lines-in": 0.10, "mouth-angles-up": 0.14, "chin-width-incr": 0.10,
    },
    "low mouth": {"mouth-trans-up": -0.24, "mouth-philtrum-volume-incr": 0.18, "nose-base-up": 0.12},
    "high brows": {"eyebrows-trans-up": 0.34, "eyebrows-angle-up": 0.12, "forehead-scale-vert-incr": -0.10},
    "broad jaw": {
        "chin-width-incr": 0.30, "chin-bones-incr": 0.16, "cheek-bones-incr": 0.12, "cheek-trans-up": 0.12,
        "chin-cleft-incr": 0.10,
    },
    "deep eyes": {
        "eye-push1-out": -0.25, "eye-push2-out": -0.25, "eye-bag-incr": 0.16, "forehead-nubian-incr": 0.10,
        "eyebrows-trans-forward": 0.24,
    },
}  # fmt: skip
# Means of the families in women and men, in their deviations, where they are not 0.
_MEANS: Mapping[str, tuple[float, float]] = {
    "rugged": (-1.5, 0.1),
    "wide nose": (-0.9, -0.2),
    "bent nose": (-0.8, 0.0),
    "large eyes": (0.55, 0.0),
    "full lips": (0.6, -0.1),
    "high brows": (0.2, 0.0),
    "broad jaw": (-1.2, 0.2),
    "fat": (-0.3, 0.0),
    "deep eyes": (-0.6, 0.1),
}
# Means of axes of everybody: the model's neck is thick, its face long, its eyes low (beside photos), its skull low.
_EVERYBODY: Mapping[str, float] = {
    "neck-scale-horiz-incr": -0.20, "chin-height-incr": -0.15, "head-scale-vert-incr": -0.25,
    "head-scale-horiz-incr": 0.06, "eye-trans-up": 0.18, "eyebrows-trans-forward": -0.08, "nose-base-up": 0.12,
    "mouth-upperlip-height-incr": 0.02, "mouth-lowerlip-height-incr": 0.06, "mouth-trans-up": -0.10,
    "forehead-scale-vert-incr": 0.14, "eyebrows-trans-up": -0.18, "eye-trans-out": -0.14, "nose-scale-vert-incr": -0.10,
    "mouth-scale-horiz-incr": 0.12, "mouth-angles-up": 0.20,
}  # fmt: skip
# Means of axes of women.
_WOMEN: Mapping[str, float] = {
    "neck-scale-horiz-incr": -0.25, "chin-width-incr": -0.15, "chin-height-incr": -0.10, "nose-scale-vert-incr": -0.18,
    "nose-volume-incr": -0.15, "nose-point-up": 0.15, "eyebrows-trans-forward": -0.20, "cheek-bones-incr": 0.10,
    "nose-scale-depth-incr": -0.15, "neck-double-incr": -0.10, "forehead-scale-vert-incr": 0.08,
    "eyebrows-trans-up": -0.14, "eye-trans-out": -0.12, "head-scale-horiz-incr": 0.03,
    "mouth-upperlip-height-incr": -0.08,
}  # fmt: skip
# Means of axes of groups, beyond MakeHuman's shapes: hardly larger than what people of one group differ by, so groups
# overlap. Each person has a share of its own of them.
_GROUPS: Mapping[str, Mapping[str, float]] = {
    "White": {
        "nose-width3-incr": -0.18, "nose-scale-horiz-incr": -0.15, "nose-flaring-incr": -0.10,
        "eye-push1-out": -0.10, "mouth-upperlip-volume-incr": -0.12, "nose-greek-incr": 0.10,
        "eyebrows-trans-up": -0.20,
    },
    "Black": {
        "nose-scale-horiz-incr": 0.31, "nose-width3-incr": 0.35, "nose-width2-incr": 0.15, "nose-flaring-incr": 0.20,
        "nose-nostrils-width-incr": 0.15, "nose-hump-incr": -0.20, "nose-scale-vert-incr": -0.10, "nose-base-up": 0.10,
        "mouth-upperlip-height-incr": 0.22, "mouth-upperlip-volume-incr": 0.22, "mouth-lowerlip-height-incr": 0.20,
        "mouth-lowerlip-volume-incr": 0.20, "mouth-trans-forward": 0.12, "eyebrows-trans-forward": -0.22,
        "forehead-nubian-incr": 0.20, "eye-trans-out": 0.18, "head-fat-incr": -0.15, "eye-scale-incr": 0.10,
        "cheek-volume-incr": -0.10,
    },
    "Latino_Hispanic": {
        "nose-width3-incr": 0.12, "mouth-lowerlip-volume-incr": 0.12, "cheek-bones-incr": 0.12,
        "mouth-upperlip-volume-incr": 0.10, "eye-corner2-up": 0.06,
    },
    "East Asian": {
        "nose-greek-incr": -0.30, "nose-hump-incr": -0.28, "nose-scale-depth-incr": -0.20, "nose-width1-incr": 0.10,
        "eye-eyefold-convex": 0.30, "eye-corner2-up": 0.22, "eye-corner1-up": -0.12, "eye-push1-out": 0.18,
        "eye-push2-out": 0.12, "cheek-bones-incr": 0.20, "eye-scale-incr": -0.08, "eyebrows-trans-forward": -0.10,
        "mouth-scale-horiz-incr": -0.12, "nose-nostrils-width-incr": 0.12,
    },
    "Southeast Asian": {
        "nose-greek-incr": -0.25, "nose-width3-incr": 0.22, "nose-flaring-incr": 0.15, "nose-scale-depth-incr": -0.15,
        "eye-eyefold-convex": 0.18, "eye-corner2-up": 0.12, "mouth-upperlip-volume-incr": 0.18,
        "mouth-lowerlip-volume-incr": 0.20, "cheek-bones-incr": 0.15, "eye-push1-out": 0.08,
    },
    "Indian": {
        "nose-scale-horiz-incr": 0.30, "nose-scale-vert-incr": 0.30, "nose-base-up": -0.28, "nose-volume-incr": 0.12,
        "nose-width3-incr": 0.24, "nose-nostrils-width-incr": 0.24, "eye-scale-incr": 0.12, "eye-bag-incr": 0.22,
        "mouth-trans-up": 0.12, "mouth-scale-vert-incr": 0.16, "mouth-lowerlip-volume-incr": 0.15,
        "head-scale-vert-incr": -0.22, "head-scale-horiz-incr": 0.10, "head-fat-incr": 0.15, "eye-corner2-up": -0.18,
        "eye-eyefold-angle-up": -0.18, "eyebrows-trans-forward": -0.12, "eyebrows-trans-up": -0.12,
        "cheek-volume-incr": 0.12, "eye-push1-out": -0.10, "eye-trans-out": 0.08,
    },
    "Middle Eastern": {
        "nose-hump-incr": 0.25, "nose-curve-convex": 0.15, "nose-scale-depth-incr": 0.18, "nose-scale-vert-incr": 0.12,
        "nose-point-up": -0.10, "eye-bag-incr": 0.12, "eye-eyefold-down": 0.10, "mouth-lowerlip-volume-incr": 0.08,
        "eye-scale-incr": 0.08,
    },
}  # fmt: skip
# What old age adds: lips get thin, lids heavy, cheeks hollow and low; nose and ears grow.
_AGED: Mapping[str, float] = {
    "mouth-upperlip-volume-incr": -0.80, "mouth-lowerlip-volume-incr": -0.65, "mouth-upperlip-height-incr": -0.70,
    "mouth-lowerlip-height-incr": -0.50, "mouth-angles-up": -0.22, "eye-bag-incr": 0.60, "eye-scale-incr": -0.20,
    "eye-height1-incr": -0.15, "eye-height2-incr": -0.38, "eye-height3-incr": -0.15, "eye-eyefold-up": -0.45,
    "eye-corner2-up": -0.25, "cheek-inner-incr": -0.35, "cheek-trans-up": -0.40, "neck-double-incr": 0.30,
    "nose-scale-vert-incr": 0.20, "nose-point-up": -0.20, "ear-lobe-incr": 0.40, "ear-scale-incr": 0.25,
}  # fmt: skip
_FORMS = ("oval", "round", "rectangular", "square", "triangular", "invertedtriangular", "diamond")
_ASYMMETRIES = (
    "brown-1", "brown-2", "cheek-1", "cheek-2", "ear-1", "eye-1", "eye-3", "eye-5", "jaw-1", "jaw-2", "mouth-1",
    "mouth-2", "nose-1", "nose-3", "temple-1", "top-1",
)  # fmt: skip
_ASYMMETRY = 0.12
# Families together go no further than this from their means: several extremes at once make a caricature.
_REACH = 4.9
# All own deviations, and all families: larger ones make people easier to tell apart and more faces look wrong.
_OWN, _FAMILY = 1.15, 1.32
# No weight of a shape goes beyond this; steps bend towards it. Some shapes look wrong sooner.
_LIMIT = 0.95
_LIMITS: Mapping[str, float] = {
    "mouth-scale-horiz-decr": 0.50, "nose-volume-incr": 0.45, "nose-point-width-incr": 0.55,
    "nose-scale-depth-incr": 0.50, "nose-point-down": 0.40, "nose-scale-vert-incr": 0.55, "nose-base-down": 0.55,
    "nose-trans-down": 0.55, "nose-septumangle-decr": 0.50, "nose-nostrils-angle-down": 0.55, "nose-hump-incr": 0.65,
    "mouth-trans-down": 0.60, "mouth-trans-up": 0.50, "eyebrows-angle-down": 0.35, "mouth-angles-down": 0.35,
    "mouth-angles-up": 0.60, "eyebrows-trans-down": 0.40, "eyebrows-trans-forward": 0.55,
    "eye-height1-incr": 0.44, "eye-height2-incr": 0.44, "eye-height3-incr": 0.44,
    "eye-height1-decr": 0.35, "eye-height2-decr": 0.35, "eye-height3-decr": 0.35, "eye-scale-decr": 0.45,
    "eye-trans-down": 0.55, "eye-trans-in": 0.60, "head-scale-vert-incr": 0.45, "head-scale-horiz-incr": 0.45,
    "head-fat-incr": 0.55, "cheek-volume-incr": 0.60, "neck-double-incr": 0.50, "neck-scale-horiz-incr": 0.20,
    "chin-height-incr": 0.55, "chin-width-incr": 0.60, "chin-bones-incr": 0.60, "chin-jaw-drop-incr": 0.50,
    "chin-prominent-incr": 0.60, "chin-prognathism-incr": 0.40, "mouth-upperlip-height-decr": 0.60,
    "mouth-upperlip-height-incr": 0.50, "mouth-lowerlip-height-incr": 0.50, "mouth-upperlip-volume-incr": 0.55,
    "mouth-lowerlip-volume-incr": 0.55, "mouth-scale-vert-incr": 0.45, "chin-height-decr": 0.45,
    "chin-prominent-decr": 0.50, "mouth-trans-forward": 0.45,
}  # fmt: skip


def local_shapes(seed: int, male: float, age: float, race: str) -> dict[str, float]:
    """Weights of the local shapes of the person `seed` at an age in years.

    `male` 0 to 1 and `race` move the means; women's faces vary a little less where the bones differ. The draws are
    the same at every age, so that a person grows up without becoming somebody else: children's soft features leave
    less room for variation, and old age adds the same to everybody.
    """
    soft = float(np.interp(age, (1, 4, 12, 20), (0.25, 0.38, 0.60, 1.0)))
    old = float(np.interp(age, (25, 50, 85), (0.0, 0.5, 1.0)))
    own, common = stream(seed, "local shapes"), stream(seed, "families")
    drawn = np.clip(common.normal(size=len(_FAMILIES)), -2.2, 2.2) * _FAMILY * (0.85 + 0.15 * male)
    drawn *= min(1.0, _REACH / float(np.linalg.norm(drawn)))
    sizes = {}
    for name, size in zip(_FAMILIES, drawn, strict=True):
        women, men = _MEANS.get(name, (0.0, 0.0))
        sizes[name] = women + (men - women) * male + float(size)
    likeness = float(np.clip(stream(seed, "likeness to a group").normal(1.0, 0.35), 0.2, 1.7))
    means = _summed((_EVERYBODY, 1.0), (_WOMEN, 1 - male), (_GROUPS[race], likeness), (_AGED, old))
    weights: dict[str, float] = {}
    for low, high, deviation in _AXES:
        end = high.split("/")[1].removeprefix("{s}-")
        start = low.split("/")[1].removeprefix("{s}-")
        shared = sum(sizes[n] * (of.get(end, 0.0) - of.get(start, 0.0)) for n, of in _FAMILIES.items())
        shared += means.get(end, 0.0) - means.get(start, 0.0)
        step = shared + float(np.clip(own.normal(), -2.0, 2.0)) * deviation * _OWN
        side = float(own.normal()) * 0.07
        for name, sign in (("l", 1), ("r", -1)) if "{s}" in low else (("", 0),):
            value = step + sign * side
            limit = _LIMITS.get(end if value > 0 else start, _LIMIT)
            value = soft * limit * float(np.tanh(value / limit))
            weights[(high if value > 0 else low).format(s=name)] = abs(value)
    form = _FORMS[int(own.integers(len(_FORMS)))]
    weights[f"head/head-{form}"] = float(own.uniform(0, 0.5)) * soft
    for name in _ASYMMETRIES:
        value = float(own.normal()) * _ASYMMETRY * soft
        weights[f"asym/asym-{name}-{'l' if value > 0 else 'r'}"] = min(abs(value), 0.25)
    weights["head/head-age-decr"] = float(np.interp(age, (1, 3, 10, 19), (0.0, 0.40, 0.40, 0.0)))
    weights["head/head-age-incr"] = float(np.interp(age, (22, 40, 60, 90), (0.0, 0.35, 0.60, 0.80)))
    return weights


def _summed(*means: tuple[Mapping[str, float], float]) -> dict[str, float]:
    """Sum of tables of means, each times its factor."""
    total: dict[str, float] = {}
    for table, factor in means:
        for name, mean in table.items():
            total[name] = total.get(name, 0.0) + factor * mean
    return total
