"""The colours of the pages: WCAG's contrast of every text on every ground, light and dark, from the style sheets."""

from __future__ import annotations

import re
from importlib import resources

import pytest

# Names of colours in style.css. Text of the first stands on any ground of the second.
TEXTS = ("ink", "soft", "accent", "warn")
GROUNDS = ("paper", "card", "field")
# What else stands on what: warnings, and light text on a button that is filled.
PAIRS = (("warn", "warn-field"), ("ink", "warn-field"), ("paper", "accent"), ("card", "accent"))
# Lines that one must see to know where a control is: WCAG 1.4.11 wants 3 to 1.
EDGES = tuple((line, ground) for line in ("edge", "accent", "warn") for ground in GROUNDS)


def sheet(name: str) -> str:
    return (resources.files("agfd.report") / "templates" / name).read_text(encoding="utf-8")


def colours(text: str) -> dict[str, dict[str, str]]:
    """The colours of style.css by scheme; dark ones lie over light ones."""
    light, dark = re.findall(r":root \{(.*?)\}", text, flags=re.S)[:2]
    found = {"light": dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", light))}
    found["dark"] = found["light"] | dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", dark))
    return found


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    shares = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_the_one_of_wcag() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    # The example that everybody knows: the lightest grey that may stand on white.
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#fff") < 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(scheme: str) -> None:
    named = colours(sheet("style.css"))[scheme]
    pairs = [*((text, ground) for text in TEXTS for ground in GROUNDS), *PAIRS]
    weak = {pair: ratio for pair in pairs if (ratio := contrast(named[pair[0]], named[pair[1]])) < 4.5}
    assert weak == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_of_controls_can_be_seen(scheme: str) -> None:
    named = colours(sheet("style.css"))[scheme]
    weak = {pair: ratio for pair in EDGES if (ratio := contrast(named[pair[0]], named[pair[1]])) < 3}
    assert weak == {}


@pytest.mark.parametrize("name", ["style.css", "reference.css"])
def test_texts_have_only_colours_that_are_measured(name: str) -> None:
    used = re.findall(r"(?<![-\w])color: ([^;}]+)", sheet(name))
    assert used
    known = {f"var(--{colour})" for colour in (*TEXTS, *(text for text, _ in PAIRS))}
    assert set(used) <= known | {"inherit"}
