"""All that a sitter wears on the face, in the order in which it is put on: what is later lies on what is earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.generate.render.streams import stream
from agfd.generate.render.worn import eyewear, gasmask, goggles, jewellery, masks, straps
from agfd.generate.render.worn.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from agfd.generate.render.body.head import Head, HeadModel
    from agfd.generate.render.hair.hair import Strands
    from agfd.generate.render.person import Person
    from agfd.generate.render.picture import trace
    from agfd.records import Value


# Thickness of pressed hair, metres.
_HAIR = 0.0035


def worn(
    head: Head, model: HeadModel, sitter: Person, words: Mapping[str, Value], grown: Strands
) -> tuple[list[trace.Thing], Strands]:
    """Earrings, mask and eyewear that `words`, the decided attributes, name, and the hair under them."""
    things: list[trace.Thing] = []
    eyes, mask = str(words["eyewear"]), str(words["mask"])
    if words["jewellery"] == "earrings":
        things += jewellery.earrings(head, model, stream(sitter.seed, "earrings"))
    if eyes == mask == "none":
        return things, grown
    shell = Shell.of(head, model)
    hair = _HAIR * head.scale if len(grown.points) else 0.0
    tight: list[NDArray[np.float64]] = []
    if mask == "medical":
        cloth, points = masks.medical(head, shell, stream(sitter.seed, "mask"))
        things += cloth
        shell = shell.covered(points)
    elif mask == "gas":
        made, tight = gasmask.gas(head, shell, stream(sitter.seed, "mask"), hair)
        return things + made, straps.pressed(head, shell, grown, tight)
    draw = stream(sitter.seed, "eyewear")
    if eyes in ("glasses", "sunglasses"):
        things += eyewear.glasses(head, shell, draw, dark=eyes == "sunglasses", male=sitter.male)
    elif eyes != "none":
        made, tight = (goggles.swimming if eyes == "swimming goggles" else goggles.skiing)(head, shell, draw, hair)
        things += made
    return things, straps.pressed(head, shell, grown, tight)
