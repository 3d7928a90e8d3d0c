"""What is wrong with a picture by itself, in the reason codes of the builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.judge import Rule
from agfd.recipe import load
from agfd.run.rules import rules_from

if TYPE_CHECKING:
    from collections.abc import Mapping

_RECIPE = "agfd-20k"
# What generators do not deliver and folders hold. Noise: design/0024-look.md. The bound of closed eyes lies lower than
# a recipe's: where nobody asked for open ones, narrow and laughing ones are no fault (design/0025-analyze.md).
_MORE = (
    Rule("blank", "image_contrast", min=0.05),
    Rule("noisy", "noise", max=6),
    Rule("eyes_closed", "eye_opening", min=0.15),
    Rule("text", "words", max=0),
)
# Width by height of a face's box, measured on the same portraits: whole ones 0.70 to 1.02, halves cut upright 0.28 to
# 0.57, halves cut across 1.33 and more. Lying heads are as wide, so a cut face must also lie at the picture's edge.
_WHOLE_FACE = (0.6, 1.2)
_AT_EDGE = 0.1


def rules() -> tuple[Rule, ...]:
    """The shipped recipe's rules about faces and quality that hold whatever was asked, and a few more."""
    written = {code: rule for code, rule in load(_RECIPE).rules.items() if rule is not None}
    shipped = (rule for rule in rules_from(written) if rule.about != "attribute" and rule.when is None)
    return tuple({rule.code: rule for rule in (*_MORE, *shipped)}.values())


def find(values: Mapping[str, float], size: tuple[int, int], held: tuple[Rule, ...]) -> tuple[str, ...]:
    """The codes of what is wrong with a picture of `size` (width, height), sorted.

    A rule whose measurement is missing says nothing.
    """
    broken = {rule.code for rule in held if rule.measure in values and not rule.holds(values[rule.measure], {})}
    if _is_cut(values, size):
        broken.add("half_face")
    return tuple(sorted(broken))


def _is_cut(values: Mapping[str, float], size: tuple[int, int]) -> bool:
    try:
        x, y, across, down = (values[f"face_{name}"] for name in ("x", "y", "width", "height"))
    except KeyError:
        return False
    if across <= 0 or down <= 0:
        return False
    shape = across * size[0] / (down * size[1])
    return not _WHOLE_FACE[0] <= shape <= _WHOLE_FACE[1] and min(x, y, 1 - x - across, 1 - y - down) < _AT_EDGE
