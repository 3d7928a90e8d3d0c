"""The hair of a sitter: which of the styles of `hair.py` suits, and its strands for the ray tracer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.generate.render import detail
from agfd.generate.render.hair.hair import Covering, HairStyle, Strands, grow_hair, hairline
from agfd.generate.render.picture import trace
from agfd.generate.render.streams import stream

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Floats, Head
    from agfd.generate.render.person import Person

# Mean curl by group, 0 straight to 1 coily; everybody's own is blurred.
_CURL = {"Black": 0.85, "East Asian": 0.02, "Southeast Asian": 0.08}

# How far the thinning of age goes on a head whose hair was asked for.
_KEPT = 0.35


def style_of(sitter: Person, strands: int) -> HairStyle:
    """The style that a sitter's attributes, age and seed ask for."""
    draw = stream(sitter.seed, "hairdo")
    _, temples, thin, wreath = draw.normal(), draw.random(), draw.random(), draw.random()
    facts, age = sitter.attributes, sitter.age
    ageing = float(np.clip((age - 22) / 50, 0, 1)) if sitter.male else 0.15 * float(np.clip((age - 40) / 40, 0, 1))
    if sitter.keeps_hair:
        ageing *= _KEPT
    return HairStyle(
        cut=str(facts["hair_style"]),
        color=str(facts["hair_color"]),
        age=age,
        male=1.0 if sitter.male else 0.0,
        curl=curl_of(sitter),
        recession=float(np.clip(ageing * (0.3 + temples), 0, 1)),
        bald_top=_bald_top(str(facts["hair_style"]), ageing, (thin, wreath)),
        bangs=facts["hair_bangs"] == "yes",
        strands=strands,
    )


def curl_of(sitter: Person) -> float:
    """How curly a sitter's hair is by nature, 0 straight to 1 coily."""
    curl = stream(sitter.seed, "hairdo").normal()
    return float(np.clip(_CURL.get(str(sitter.attributes["race"]), 0.2) + 0.15 * curl, 0, 1))


def hair(head: Head, sitter: Person, strands: int, covering: Covering | None) -> tuple[Strands, Floats]:
    """The scalp's hair of a sitter in its pose, as far as a `covering` lets it be seen.

    With it its share of full density at each vertex of the skin (n,).
    """
    style = style_of(sitter, strands)
    line = hairline(style, stream(sitter.seed, "strands"))
    return grow_hair(head, style, stream(sitter.seed, "strands"), covering), line.density(head.template_vertices)


def _bald_top(cut: str, ageing: float, drawn: tuple[float, float]) -> float:
    """Bareness of the crown: with `bald`, some older men keep a wreath of hair."""
    thin, wreath = drawn
    if cut == "bald":
        return 0.9 if wreath < 0.55 * ageing else 0.0
    return 0.5 * thin * ageing if ageing > 0.35 else 0.0


def curves(grown: Strands, part: str, pixel: float) -> list[trace.Thing]:
    """The strands as curves of that `part`, straight from point to point: at these sizes it looks as a spline does.

    As many as a picture can show whose pixels are `pixel` metres wide at the head; nothing where no hair is.
    """
    if len(grown.points) == 0:
        return []
    grown = detail.shown(grown, pixel)
    color = trace.bitmap(grown.texture())
    bsdf = {"type": "principled", "base_color": color, "roughness": grown.roughness, "specular": 0.28}
    return [trace.Curves(grown.points, grown.radii, bsdf, grown.colors.mean(axis=1), part, smooth=False)]
