"""The embedded 3D renderer: faces from geometry and light, every attribute an exact input."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agfd.ports import Generator


def make(*, quality: str = "standard", **options: object) -> Generator:
    """The renderer. `quality`: `draft` (256 x 256 pixels, for looking around) or `standard` (the request's size)."""
    from agfd.generate.render.generator import Renderer

    return Renderer(quality, options)
