"""The seeded person: every attribute decided, and the numbers behind it.

Asked attributes win; the others come from the streams of `request.person`. All draws are made whether or not they are
needed, so that twins that differ in one attribute share all the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agfd.generate.render.hair import BANGS_STYLES
from agfd.generate.render.head import Shape
from agfd.generate.render.streams import stream
from agfd.vocabulary import RACES, SEXES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.records import Attributes, Value

# Shares of MakeHuman's african, asian and caucasian shapes: a coarse stand-in for seven groups, blurred by `_SPREAD`.
_MIXTURES: Mapping[str, tuple[float, float, float]] = {
    "White": (0.03, 0.04, 0.93),
    "Black": (0.78, 0.07, 0.15),
    "Latino_Hispanic": (0.15, 0.30, 0.55),
    "East Asian": (0.03, 0.82, 0.15),
    "Southeast Asian": (0.16, 0.64, 0.20),
    "Indian": (0.16, 0.14, 0.70),
    "Middle Eastern": (0.10, 0.06, 0.84),
}
_SPREAD = 0.10
# Mean and deviation of the tone on the Monk scale; the ranges overlap widely, as they do among people.
_TONES: Mapping[str, tuple[float, float]] = {
    "White": (2.6, 0.8),
    "Black": (7.8, 1.1),
    "Latino_Hispanic": (4.4, 1.1),
    "East Asian": (3.2, 0.8),
    "Southeast Asian": (4.6, 1.0),
    "Indian": (5.8, 1.1),
    "Middle Eastern": (4.0, 1.0),
}
# Share of light eyes and of fair hair.
_LIGHT_EYES: Mapping[str, float] = {"White": 0.62, "Middle Eastern": 0.10, "Latino_Hispanic": 0.12}
_FAIR_HAIR: Mapping[str, float] = {"White": 0.36, "Middle Eastern": 0.02, "Latino_Hispanic": 0.05}

# Half of a pair of opposite shapes and its deviation. `{s}` stands for both sides.
_AXES: tuple[tuple[str, str, float], ...] = (
    ("head/head-scale-horiz-decr", "head/head-scale-horiz-incr", 0.16),
    ("head/head-scale-vert-decr", "head/head-scale-vert-incr", 0.13),
    ("head/head-scale-depth-decr", "head/head-scale-depth-incr", 0.16),
    ("head/head-back-scale-depth-decr", "head/head-back-scale-depth-incr", 0.25),
    ("head/head-fat-decr", "head/head-fat-incr", 0.28),
    ("forehead/forehead-nubian-decr", "forehead/forehead-nubian-incr", 0.25),
    ("forehead/forehead-scale-vert-decr", "forehead/forehead-scale-vert-incr", 0.25),
    ("forehead/forehead-temple-decr", "forehead/forehead-temple-incr", 0.35),
    ("forehead/forehead-trans-backward", "forehead/forehead-trans-forward", 0.30),
    ("eyebrows/eyebrows-angle-down", "eyebrows/eyebrows-angle-up", 0.22),
    ("eyebrows/eyebrows-trans-backward", "eyebrows/eyebrows-trans-forward", 0.30),
    ("eyebrows/eyebrows-trans-down", "eyebrows/eyebrows-trans-up", 0.35),
    ("eyes/{s}-eye-bag-decr", "eyes/{s}-eye-bag-incr", 0.25),
    ("eyes/{s}-eye-corner1-down", "eyes/{s}-eye-corner1-up", 0.28),
    ("eyes/{s}-eye-corner2-down", "eyes/{s}-eye-corner2-up", 0.28),
    ("eyes/{s}-eye-eyefold-angle-down", "eyes/{s}-eye-eyefold-angle-up", 0.30),
    ("eyes/{s}-eye-eyefold-concave", "eyes/{s}-eye-eyefold-convex", 0.35),
    ("eyes/{s}-eye-eyefold-down", "eyes/{s}-eye-eyefold-up", 0.30),
    ("eyes/{s}-eye-height1-decr", "eyes/{s}-eye-height1-incr", 0.22),
    ("eyes/{s}-eye-height2-decr", "eyes/{s}-eye-height2-incr", 0.25),
    ("eyes/{s}-eye-height3-decr", "eyes/{s}-eye-height3-incr", 0.22),
    ("eyes/{s}-eye-push1-in", "eyes/{s}-eye-push1-out", 0.22),
    ("eyes/{s}-eye-push2-in", "eyes/{s}-eye-push2-out", 0.22),
    ("eyes/{s}-eye-scale-decr", "eyes/{s}-eye-scale-incr", 0.16),
    ("eyes/{s}-eye-trans-in", "eyes/{s}-eye-trans-out", 0.25),
    ("eyes/{s}-eye-trans-down", "eyes/{s}-eye-trans-up", 0.22),
    ("nose/nose-base-down", "nose/nose-base-up", 0.35),
    ("nose/nose-compression-compress", "nose/nose-compression-uncompress", 0.25),
    ("nose/nose-curve-concave", "nose/nose-curve-convex", 0.38),
    ("nose/nose-flaring-decr", "nose/nose-flaring-incr", 0.35),
    ("nose/nose-greek-decr", "nose/nose-greek-incr", 0.28),
    ("nose/nose-hump-decr", "nose/nose-hump-incr", 0.35),
    ("nose/nose-nostrils-angle-down", "nose/nose-nostrils-angle-up", 0.35),
    ("nose/nose-nostrils-width-decr", "nose/nose-nostrils-width-incr", 0.35),
    ("nose/nose-point-down", "nose/nose-point-up", 0.35),
    ("nose/nose-point-width-decr", "nose/nose-point-width-incr", 0.35),
    ("nose/nose-scale-depth-decr", "nose/nose-scale-depth-incr", 0.25),
    ("nose/nose-scale-horiz-decr", "nose/nose-scale-horiz-incr", 0.25),
    ("nose/nose-scale-vert-decr", "nose/nose-scale-vert-incr", 0.25),
    ("nose/nose-volume-decr", "nose/nose-volume-incr", 0.30),
    ("nose/nose-width1-decr", "nose/nose-width1-incr", 0.35),
    ("nose/nose-width2-decr", "nose/nose-width2-incr", 0.35),
    ("nose/nose-width3-decr", "nose/nose-width3-incr", 0.35),
    ("mouth/mouth-angles-down", "mouth/mouth-angles-up", 0.25),
    ("mouth/mouth-cupidsbow-decr", "mouth/mouth-cupidsbow-incr", 0.40),
    ("mouth/mouth-dimples-in", "mouth/mouth-dimples-out", 0.20),
    ("mouth/mouth-laugh-lines-in", "mouth/mouth-laugh-lines-out", 0.25),
    ("mouth/mouth-lowerlip-height-decr", "mouth/mouth-lowerlip-height-incr", 0.30),
    ("mouth/mouth-lowerlip-volume-decr", "mouth/mouth-lowerlip-volume-incr", 0.32),
    ("mouth/mouth-philtrum-volume-decr", "mouth/mouth-philtrum-volume-incr", 0.35),
    ("mouth/mouth-scale-horiz-decr", "mouth/mouth-scale-horiz-incr", 0.28),
    ("mouth/mouth-scale-vert-decr", "mouth/mouth-scale-vert-incr", 0.22),
    ("mouth/mouth-trans-down", "mouth/mouth-trans-up", 0.28),
    ("mouth/mouth-upperlip-height-decr", "mouth/mouth-upperlip-height-incr", 0.30),
    ("mouth/mouth-upperlip-volume-decr", "mouth/mouth-upperlip-volume-incr", 0.32),
    ("cheek/{s}-cheek-bones-decr", "cheek/{s}-cheek-bones-incr", 0.35),
    ("cheek/{s}-cheek-inner-decr", "cheek/{s}-cheek-inner-incr", 0.30),
    ("cheek/{s}-cheek-trans-down", "cheek/{s}-cheek-trans-up", 0.30),
    ("cheek/{s}-cheek-volume-decr", "cheek/{s}-cheek-volume-incr", 0.35),
    ("chin/chin-bones-decr", "chin/chin-bones-incr", 0.30),
    ("chin/chin-cleft-decr", "chin/chin-cleft-incr", 0.20),
    ("chin/chin-height-decr", "chin/chin-height-incr", 0.28),
    ("chin/chin-jaw-drop-decr", "chin/chin-jaw-drop-incr", 0.28),
    ("chin/chin-prognathism-decr", "chin/chin-prognathism-incr", 0.20),
    ("chin/chin-prominent-decr", "chin/chin-prominent-incr", 0.30),
    ("chin/chin-width-decr", "chin/chin-width-incr", 0.32),
    ("ears/{s}-ear-scale-decr", "ears/{s}-ear-scale-incr", 0.30),
    ("ears/{s}-ear-lobe-decr", "ears/{s}-ear-lobe-incr", 0.35),
    ("ears/{s}-ear-wing-decr", "ears/{s}-ear-wing-incr", 0.30),
    ("ears/{s}-ear-rot-backward", "ears/{s}-ear-rot-forward", 0.25),
    ("neck/neck-scale-horiz-decr", "neck/neck-scale-horiz-incr", 0.22),
    ("neck/neck-scale-depth-decr", "neck/neck-scale-depth-incr", 0.18),
    ("neck/neck-double-decr", "neck/neck-double-incr", 0.20),
)
# Cuts that hide what is before the ears.
_OVER_EARS = ("bob", "long", "curls", "braids")
_FORMS = ("oval", "round", "rectangular", "square", "triangular", "invertedtriangular", "diamond")
_ASYMMETRIES = (
    "brown-1", "brown-2", "cheek-1", "cheek-2", "ear-1", "eye-1", "eye-3", "eye-5", "jaw-1", "jaw-2", "mouth-1",
    "mouth-2", "nose-1", "nose-3", "temple-1", "top-1",
)  # fmt: skip
_ASYMMETRY = 0.08
# All deviations of `_AXES` together: 1 gives many faces that look wrong.
_VARIETY = 0.85


@dataclass(frozen=True, slots=True)
class Person:
    """`attributes`: age, sex, race, skin tone, hair, each decided. `melanin` 0 (lightest) to 1 (darkest).

    `keeps_hair`: something about the hair was asked for, so age thins it less.
    """

    seed: int
    attributes: Mapping[str, Value]
    shape: Shape
    melanin: float
    iris: str
    keeps_hair: bool

    @property
    def age(self) -> float:
        """Years."""
        return float(self.attributes["age"])

    @property
    def male(self) -> bool:
        """Whether the attribute `sex` says so."""
        return self.attributes["sex"] == "male"


def person(seed: int, asked: Attributes) -> Person:
    """The person of a `person` seed with what was asked of it."""
    draw = stream(seed, "facts")
    drawn_age, drawn_sex = int(draw.integers(18, 76)), SEXES[int(draw.integers(2))]
    drawn_race = RACES[int(draw.integers(len(RACES)))]
    age = float(asked.get("age", drawn_age))
    sex, race = str(asked.get("sex", drawn_sex)), str(asked.get("race", drawn_race))
    tone = _tone(stream(seed, "tone"), race, asked)
    style, color = _hair(stream(seed, "hair"), (age, sex, race))
    facts: dict[str, Value] = {"age": int(age), "sex": sex, "race": race, "skin_tone": round(tone)}
    facts["hair_style"] = asked.get("hair_style", style)
    facts["hair_color"] = asked.get("hair_color", color)
    facts["hair_bangs"] = asked.get("hair_bangs", "no")
    if facts["hair_bangs"] == "yes" and facts["hair_style"] not in BANGS_STYLES:
        # Only a style that nobody asked for can be without hair for bangs.
        facts["hair_style"] = "short" if sex == "male" else "bob"
    if "hair_color" in asked and facts["hair_style"] == "bald" and "hair_style" not in asked:
        # Who is asked to be blond has hair to be blond.
        facts["hair_style"] = "short" if sex == "male" or age < 3 else "bob"
    if asked.get("facial_hair") == "sideburns" and "hair_style" not in asked and facts["hair_style"] in _OVER_EARS:
        # Who is asked to show sideburns does not hang hair over them.
        facts["hair_style"] = "short" if sex == "male" else "ponytail"
    facts["facial_hair"] = asked.get("facial_hair", "none")
    return Person(
        seed=seed,
        attributes=facts,
        shape=_shape(stream(seed, "shape"), (age, sex, race)),
        melanin=melanin(tone),
        iris=_iris(stream(seed, "iris"), race),
        keeps_hair="hair_color" in asked or facts["hair_bangs"] == "yes",
    )


def melanin(tone: float) -> float:
    """The Monk scale, 1 to 10, on the axis of the skin's melanin, 0 to 1."""
    return float(
        np.interp(tone, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10), (0, 0.08, 0.17, 0.29, 0.42, 0.57, 0.70, 0.82, 0.92, 1))
    )


def _tone(draw: np.random.Generator, race: str, asked: Attributes) -> float:
    """A tone on the Monk scale; a tone that was asked for is met within half a step."""
    mean, deviation = _TONES[race]
    wish = float(np.clip(draw.normal(mean, deviation), 1, 10))
    within = float(draw.uniform(-0.4, 0.4))
    return float(np.clip(float(asked["skin_tone"]) + within, 1, 10)) if "skin_tone" in asked else wish


def _iris(draw: np.random.Generator, race: str) -> str:
    """The colour of the eyes."""
    roll, light = draw.random(), _LIGHT_EYES.get(race, 0.0)
    kind = draw.random()
    if roll < light:
        return "blue" if kind < 0.45 else "green" if kind < 0.62 else "grey" if kind < 0.78 else "hazel"
    return "dark brown" if kind < (0.3 if race == "White" else 0.7) else "brown"


def _hair(draw: np.random.Generator, facts: tuple[float, str, str]) -> tuple[str, str]:
    """Style and colour of hair that fit age, sex and race."""
    age, sex, race = facts
    cut, shade, kind, bald = draw.random(4)
    if age < 3:
        style = "bald" if cut < 0.35 else "crop"
    elif sex == "male":
        style = "crop" if cut < 0.42 else "short"
        if bald < max(0.0, (age - 25) / 140) + 0.03 and age >= 20:
            style = "bald"
    else:
        styles = (("long", 0.36), ("bob", 0.58), ("short", 0.70), ("curls", 0.80), ("ponytail", 0.90), ("bun", 0.96))
        style = next((name for name, share in styles if cut < share), "braids")
    if race == "Black" and kind < 0.35 and age >= 3 and style != "bald":
        style = "afro"
    if shade < np.clip((age - 42) / 38, 0, 0.95):
        color = "white" if kind < (age - 60) / 50 else "grey"
    elif shade > 1 - _FAIR_HAIR.get(race, 0.0):
        color = "red" if kind < 0.14 else "blond"
    else:
        color = (
            "brown"
            if kind < {"White": 0.85, "Middle Eastern": 0.4, "Latino_Hispanic": 0.35}.get(race, 0.06)
            else "black"
        )
    return style, color


def _shape(draw: np.random.Generator, facts: tuple[float, str, str]) -> Shape:
    """A plausible head: race and sex blurred, build, and a bounded step along every local axis."""
    age, sex, race = facts
    mixture = np.array(_MIXTURES[race]) + draw.normal(0, _SPREAD, 3)
    mixture = np.clip(mixture, 0.0, 0.9)
    mixture /= mixture.sum()
    male = np.clip((0.93 if sex == "male" else 0.07) + draw.normal(0, 0.07), 0, 1)
    # A child's soft features leave less room for variation, and sex shows less.
    soft = float(np.interp(age, (1, 4, 12, 20), (0.25, 0.38, 0.60, 1.0)))
    muscle = np.clip((0.56 if sex == "male" else 0.46) + draw.normal(0, 0.12), 0.2, 0.9)
    weight = np.clip(0.48 + 0.15 * np.interp(age, (18, 50), (0, 0.6)) + draw.normal(0, 0.15), 0.12, 0.95)
    return Shape(
        age=age,
        male=float(male),
        races=(float(mixture[0]), float(mixture[1]), float(mixture[2])),
        muscle=float(muscle),
        weight=float(weight),
        local=_local(draw, soft),
    )


def _local(draw: np.random.Generator, soft: float) -> dict[str, float]:
    """Weights of the local shapes, `soft` (0 to 1) times their usual deviation."""
    weights: dict[str, float] = {}
    for low, high, deviation in _AXES:
        step = float(np.clip(draw.normal(), -1.9, 1.9)) * deviation * soft * _VARIETY
        side = float(draw.normal()) * 0.08 * soft
        for name, sign in (("l", 1), ("r", -1)) if "{s}" in low else (("", 0),):
            value = step + sign * side
            weights[(high if value > 0 else low).format(s=name)] = abs(value)
    form = _FORMS[int(draw.integers(len(_FORMS)))]
    weights[f"head/head-{form}"] = float(draw.uniform(0, 0.40)) * soft
    for name in _ASYMMETRIES:
        value = float(draw.normal()) * _ASYMMETRY * soft
        weights[f"asym/asym-{name}-{'l' if value > 0 else 'r'}"] = min(abs(value), 0.25)
    return weights
