"""One file, looked at with every analyzer: a row, whatever is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agfd import images
from agfd.errors import ImageError
from agfd.images import reading
from agfd.records import Image, Measurements
from agfd.registry import ANALYZERS
from agfd.run.measuring import Measurer
from agfd.vocabulary import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

# Whose pictures they are is not known; photos are the harder ones.
DOMAIN = "photo"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in one file; `error` is a code and `message` its sentence where something went wrong.

    `width` and `height` in pixels after turning upright; `values`: by the names of measurements; `codes`: in
    the order of `agfd.vocabulary.CODES`, none where no analyzer gives them; `face`: the vector of the main face.
    """

    error: str | None = None
    message: str | None = None
    bytes: int | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None
    notes: tuple[str, ...] = ()
    pixels_sha256: str | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    codes: tuple[int, ...] = ()
    face: NDArray[np.float16] | None = None


class Looker:
    """Holds the analyzers of one process."""

    def __init__(self, root: Path, analyzers: Sequence[str]) -> None:
        self._root = root
        self._analyzers = {name: ANALYZERS.make(name) for name in analyzers}
        self._measurer = Measurer(tuple(self._analyzers.values()), DOMAIN)

    def setup(self) -> None:
        """Load weights. Raises `ModelsMissingError`."""
        for analyzer in self._analyzers.values():
            analyzer.setup()

    def look(self, name: str) -> Seen:
        """What there is to say of the file `name` below the root; depends on nothing but this file."""
        size = None
        try:
            data = reading.read(self._root / name)
            size = len(data)
            picture = reading.picture(data)
        except ImageError as error:
            return Seen(error.code, str(error), size)
        height, width, _ = picture.pixels.shape
        seen, problem = self._measure(Image(picture.pixels))
        return Seen(
            error="analyzer_error" if problem else None,
            message=problem,
            bytes=size,
            format=picture.format,
            width=width,
            height=height,
            notes=picture.notes,
            pixels_sha256=images.pixels_sha256(picture.pixels),
            values={name: float(measurement.value) for name, measurement in seen.values.items()},
            codes=tuple(seen.codes[name] for name in CODES) if seen.codes else (),
            face=seen.vectors.get("identity"),
        )

    def _measure(self, image: Image) -> tuple[Measurements, str | None]:
        """What all analyzers saw that could look, and what went wrong with the others."""
        parts: dict[int, Measurements] = {}
        problems = []
        for place, (name, analyzer) in enumerate(self._analyzers.items()):
            try:
                parts[place] = analyzer.measure([image])[0]
            except Exception as error:  # whatever an analyzer does costs this image, never the table
                problems.append(f"{name}: {type(error).__name__}: {error}")
        seen = self._measurer.joined(parts)
        # What a library says may hold anything, also what is no text.
        return seen, "; ".join(problems).encode(errors="replace").decode() or None
