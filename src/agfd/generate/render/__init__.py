"""The embedded 3D renderer: faces from geometry and light, every attribute an exact input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.registry import register

if TYPE_CHECKING:
    from agfd.ports import Generator


@register(
    "the renderer",
    needs=("mitsuba>=3.6", "pyoidn>=2.3", "scipy>=1.11"),
    platforms="Linux and Windows on x86-64 and macOS on Apple silicon",
)
def make(*, quality: str = "standard", **options: object) -> Generator:
    """The renderer. `quality`: `draft` (256 x 256 pixels, for looking around), `standard` (the request's size) or
    `best` (the same with more paths, hairs and texels, for pictures to look at and for 1024 pixels). `options`:
    `grain`, `lens` and `depth_of_field`, numbers from 0 (none) to 4 where 1 is a good camera's.
    """
    from agfd.generate.render.generator import Renderer

    return Renderer(quality, options)
