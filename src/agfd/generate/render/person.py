"""The seeded person: every attribute decided, and the numbers behind it.

Asked attributes win; the others come from the streams of `request.person`. All draws are made whether or not they are
needed, so that twins that differ in one attribute share all the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agfd.generate.render import variety
from agfd.generate.render.body.head import Shape
from agfd.generate.render.hair.hair import BANGS_STYLES
from agfd.generate.render.streams import stream
from agfd.vocabulary import RACES, SEXES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.records import Attributes, Value

# Shares of MakeHuman's african, asian and caucasian shapes: a coarse stand-in for seven groups, blurred by `_SPREAD`.
_MIXTURES: Mapping[str, tuple[float, float, float]] = {
    "White": (0.03, 0.04, 0.93),
    "Black": (0.90, 0.03, 0.07),
    "Latino_Hispanic": (0.15, 0.30, 0.55),
    "East Asian": (0.02, 0.92, 0.06),
    "Southeast Asian": (0.16, 0.64, 0.20),
    "Indian": (0.15, 0.05, 0.80),
    "Middle Eastern": (0.10, 0.06, 0.84),
}
_SPREAD = 0.18
# Mean and deviation of the tone on the Monk scale; the ranges overlap widely, as they do among people.
_TONES: Mapping[str, tuple[float, float]] = {
    "White": (2.6, 0.95),
    "Black": (7.6, 1.3),
    "Latino_Hispanic": (4.4, 1.2),
    "East Asian": (3.2, 0.9),
    "Southeast Asian": (4.6, 1.2),
    "Indian": (5.7, 1.3),
    "Middle Eastern": (4.0, 1.2),
}
# Share of light eyes and of fair hair.
_LIGHT_EYES: Mapping[str, float] = {"White": 0.62, "Middle Eastern": 0.10, "Latino_Hispanic": 0.12}
_FAIR_HAIR: Mapping[str, float] = {"White": 0.36, "Middle Eastern": 0.02, "Latino_Hispanic": 0.05}
# Cuts that hide what is before the ears.
_OVER_EARS = ("bob", "long", "curls", "braids")
# Cuts that hide the lobes of the ears as well.
OVER_LOBES = ("long", "curls")


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
    if asked.get("jewellery") == "earrings" and "hair_style" not in asked and facts["hair_style"] in OVER_LOBES:
        # Who is asked to show earrings wears the hair up.
        facts["hair_style"] = "ponytail"
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
        shape=_shape(seed, (age, sex, race)),
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


def _shape(seed: int, facts: tuple[float, str, str]) -> Shape:
    """A plausible head: race and sex blurred, build, and a bounded step along every local axis."""
    age, sex, race = facts
    draw = stream(seed, "shape")
    mixture = np.array(_MIXTURES[race]) + draw.normal(0, _SPREAD, 3)
    mixture = np.clip(mixture, 0.0, 0.9)
    mixture /= mixture.sum()
    male = np.clip((0.92 if sex == "male" else 0.05) + draw.normal(0, 0.10), 0, 1)
    muscle = np.clip((0.56 if sex == "male" else 0.40) + draw.normal(0, 0.17), 0.1, 0.95)
    weight = np.clip(0.48 + 0.15 * np.interp(age, (18, 50), (0, 0.6)) + draw.normal(0, 0.21), 0.06, 1.0)
    return Shape(
        age=age,
        male=float(male),
        races=(float(mixture[0]), float(mixture[1]), float(mixture[2])),
        muscle=float(muscle),
        weight=float(weight),
        local=variety.local_shapes(seed, float(male), age, race),
    )
