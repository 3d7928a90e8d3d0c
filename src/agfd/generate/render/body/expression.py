"""Expressions, mouths, lids and looks as weights of the facial actions (names as in Apple's ARKit)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

_SIDES = ("Left", "Right")
# Actions without a side are single shapes; all others exist twice and get a little asymmetry.
_SINGLE = frozenset(
    (
        "jawOpen",
        "jawForward",
        "mouthClose",
        "mouthFunnel",
        "mouthPucker",
        "mouthShrugLower",
        "mouthShrugUpper",
        "mouthRollLower",
        "mouthRollUpper",
        "browInnerUp",
        "mouthLeft",
        "mouthRight",
        "cheekPuff",
        "jawLeft",
        "jawRight",
    )
)

_EXPRESSIONS: Mapping[str, Mapping[str, float]] = {
    # At rest the model's corners of the mouth hang and its brows are low, which looks stern; so both are lifted.
    "neutral": {"mouthSmile": 0.20, "mouthFrown": -0.10, "browDown": -0.22, "browInnerUp": 0.06},
    "smile": {
        "mouthSmile": 0.86, "cheekSquint": 0.60, "eyeSquint": 0.25, "mouthStretch": 0.34, "mouthFrown": -0.25,
        "browDown": -0.25, "browInnerUp": 0.05,
    },
    "laugh": {
        "mouthSmile": 0.76, "cheekSquint": 0.75, "eyeSquint": 0.50, "jawOpen": 0.30, "mouthUpperUp": 0.55,
        "mouthLowerDown": 0.20, "mouthStretch": 0.15, "browOuterUp": 0.15, "browInnerUp": 0.15,
    },
    # Lowered brows alone are a flat bar: the inner ends go further down, the outer ones up again.
    "angry": {
        "browDown": 1.0, "browInnerUp": -0.55, "browOuterUp": 0.75, "noseSneer": 0.85, "eyeSquint": 0.40,
        "mouthPress": 0.55, "mouthFrown": 0.45, "mouthRollLower": 0.30, "jawForward": 0.30, "cheekSquint": 0.20,
        "mouthStretch": 0.25,
    },
    "annoyed": {
        "browDown": 0.70, "browInnerUp": -0.25, "browOuterUp": 0.30, "eyeSquint": 0.45, "mouthFrown": 0.35,
        "mouthPress": 0.45, "mouthLeft": 0.30, "noseSneer": 0.18, "mouthShrugLower": 0.20, "mouthDimple": 0.25,
    },
    "yell": {
        "jawOpen": 0.85, "browDown": 0.75, "browInnerUp": -0.35, "browOuterUp": 0.45, "noseSneer": 0.60,
        "mouthUpperUp": 0.45, "mouthLowerDown": 0.55, "mouthStretch": 0.45, "eyeSquint": 0.45, "cheekSquint": 0.50,
    },
}  # fmt: skip

# Loud sounds: a mouth that just parts looks like one that breathes.
_TALKING: tuple[Mapping[str, float], ...] = (
    {"jawOpen": 0.38, "mouthFunnel": 0.25, "mouthUpperUp": 0.15, "mouthLowerDown": 0.30, "browInnerUp": 0.25},
    {"jawOpen": 0.26, "mouthStretch": 0.40, "mouthUpperUp": 0.38, "mouthLowerDown": 0.48, "browOuterUp": 0.20},
    {"jawOpen": 0.46, "mouthUpperUp": 0.32, "mouthLowerDown": 0.35, "browInnerUp": 0.20, "browOuterUp": 0.20},
    {"jawOpen": 0.34, "mouthFunnel": 0.55, "mouthPucker": 0.20, "mouthLowerDown": 0.15, "browInnerUp": 0.15},
)

# Beyond their shapes some are still natural; brows further down would fold the forehead between them.
_LIMITS = {"browDown": 1.15, "mouthSmile": 1.15}
_LIDS = {"open": 0.01, "half-closed": 0.40, "closed": 1.0}
# Where the eyes look, in degrees to the viewer's right and up.
LOOKS = {"front": (0.0, 0.0), "left": (-24.0, 0.0), "right": (24.0, 0.0), "up": (0.0, 18.0), "down": (0.0, -20.0)}
_OPEN_EXPRESSIONS = ("laugh", "yell")


def natural_mouth(expression: str) -> str:
    """The mouth of an expression when nothing else is asked."""
    return "open" if expression in _OPEN_EXPRESSIONS else "closed"


def contradiction(expression: str, mouth: str) -> str | None:
    """Why the two cannot go together, or None."""
    if mouth == "closed" and expression in _OPEN_EXPRESSIONS:
        return f"the renderer cannot make expression {expression!r} with mouth 'closed'"
    return None


def actions(expression: str, mouth: str, eyes: str, rng: np.random.Generator) -> dict[str, float]:
    """Weights of facial actions. Its strength and symmetry vary a little with `rng`."""
    strength = rng.uniform(0.85, 1.1)
    tilt = float(rng.normal(0, 0.05))
    weights = {name: weight * strength for name, weight in _EXPRESSIONS[expression].items()}
    spoken = _TALKING[int(rng.integers(len(_TALKING)))]
    if mouth == "talking":
        for name, weight in spoken.items():
            weights[name] = max(weights.get(name, 0.0), weight * strength)
    elif mouth == "open" and expression not in _OPEN_EXPRESSIONS:
        weights["jawOpen"] = 0.42 * strength
        weights["mouthPress"] = weights["mouthRollLower"] = 0.0
    if expression == "neutral":
        weights["mouthSmile"] += float(rng.uniform(-0.06, 0.14))
    weights["eyeBlink"] = _LIDS[eyes] + (float(rng.uniform(-0.03, 0.03)) if eyes != "closed" else 0.0)
    if eyes == "closed":
        # Squint and blink add up and push the lids through each other.
        weights["eyeSquint"] = min(weights.get("eyeSquint", 0.0), 0.15)
    return _sided(weights, tilt)


def _sided(weights: Mapping[str, float], tilt: float) -> dict[str, float]:
    """Both sides of each action, the left one stronger by `tilt`; lids close together."""
    sided: dict[str, float] = {}
    for name, weight in weights.items():
        if name in _SINGLE:
            sided[name] = weight
        else:
            for side, sign in zip(_SIDES, (1, -1), strict=True):
                lean = 1.0 if name == "eyeBlink" else 1 + sign * tilt
                sided[f"{name}{side}"] = min(weight * lean, _LIMITS.get(name, 1.0))
    return sided


def lids_of_look(right: float, up: float) -> dict[str, float]:
    """How the lids follow a look, in degrees to the viewer's right and up."""
    weights = {}
    for side in _SIDES:
        outward = right if side == "Left" else -right
        weights[f"eyeLookOut{side}"] = max(outward, 0) / 40
        weights[f"eyeLookIn{side}"] = max(-outward, 0) / 40
        weights[f"eyeLookUp{side}"] = max(up, 0) / 30
        weights[f"eyeLookDown{side}"] = max(-up, 0) / 30
    return weights
