"""Small requests to the renderer, and the pictures that come of them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agfd.generate.render.generator import QUALITIES, Renderer
from agfd.records import Request, Settings

if TYPE_CHECKING:
    from agfd.records import Image

PERSON, SCENE = 1234567, 7654321


def request(
    person_seed: int = PERSON, scene_seed: int = SCENE, truths: tuple[str, ...] = (), **attributes: Any
) -> Request:
    given = {"age": 30, "sex": "female", "race": "White", "hair_style": "bald"} | attributes
    return Request(
        id="0" * 32, row="row", sex=str(given["sex"]), race=str(given["race"]), variant="variant", slot=0, attempt=0,
        person=person_seed, scene=scene_seed, attributes=given, prompt="a prompt is never read", negative_prompt="",
        settings=Settings(96, 96, "none", 1, 1.0), truths=truths,
    )  # fmt: skip


def small() -> Renderer:
    """A renderer of the lowest cost that still goes through every step."""
    renderer = Renderer("draft")
    renderer._quality = replace(QUALITIES["draft"], size=(96, 96), spp=1, texels=256, strands=600)
    return renderer


def shot(renderer: Renderer, **attributes: Any) -> Image:
    (outcome,) = renderer.generate([request(**attributes)])
    assert outcome.value is not None, outcome.failure
    return outcome.value


def digest(image: Image) -> str:
    return hashlib.sha256(image.pixels.tobytes()).hexdigest()
