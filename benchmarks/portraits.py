"""Portraits by the embedded renderer for the benchmarks, drawn once and kept in a folder."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from agfd.generate.render import make as make_renderer
from agfd.records import Request, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from agfd.records import Value


class Portraits:
    """Pictures of the renderer of this version; `keep`: the folder where they stay for the next run, or None."""

    def __init__(self, keep: Path | None, quality: str = "draft", side: int = 256) -> None:
        self._keep, self._quality, self._side = keep, quality, side
        self._renderer: Any = make_renderer(quality=quality)
        self._hash = str(self._renderer.info.model_hash)
        self._ready = False

    def draw(self, person: int, scene: int, asked: dict[str, Value]) -> NDArray[np.uint8]:
        """The picture (h, w, 3) of that person in that scene."""
        key = json.dumps([self._hash, self._quality, self._side, person, scene, sorted(asked.items())])
        name = hashlib.sha256(key.encode()).hexdigest()[:24] + ".png"
        if self._keep and (self._keep / name).exists():
            return np.asarray(Pillow.open(self._keep / name).convert("RGB"))
        pixels = self._made(person, scene, asked)
        if self._keep:
            self._keep.mkdir(parents=True, exist_ok=True)
            Pillow.fromarray(pixels).save(self._keep / name)
        return pixels

    def _made(self, person: int, scene: int, asked: dict[str, Value]) -> NDArray[np.uint8]:
        if not self._ready:
            self._renderer.setup()
            self._ready = True
        request = Request(
            id=f"{person}-{scene}",
            row="benchmark",
            sex=str(asked["sex"]),
            race=str(asked["race"]),
            variant="",
            slot=0,
            attempt=0,
            person=person,
            scene=scene,
            attributes=asked,
            prompt="",
            negative_prompt="",
            settings=Settings(self._side, self._side, "", 1, 1.0),
        )
        [outcome] = self._renderer.generate([request])
        assert outcome.value is not None, outcome.failure
        pixels: NDArray[np.uint8] = outcome.value.pixels
        return pixels
