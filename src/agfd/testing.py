"""Public fakes: a deterministic generator and analyzer that need nothing, and a tiny recipe.

They are found under the name `fake`. The generator paints an oval on noise and marks in its first pixel whether the
analyzer is to find a face, so any yield can be played; it can also raise, hang or kill its process, make images in
batches and run short of memory on wish.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agfd import ids
from agfd.errors import OutOfMemoryError
from agfd.ports import EARLY_STOP, AnalyzerInfo, GeneratorInfo, Preview, Resources
from agfd.records import Failure, Image, Measurement, Measurements, Outcome, Request, Truth
from agfd.registry import register
from agfd.vocabulary import MAPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

GOOD, BAD = 255, 0


# The options that pixels depend on.
_SHAPING = frozenset({"size", "rates", "fails", "version", "picture", "together"})


class FakeGenerator:
    """Ovals on noise.

    `size`: pixels a side. `rates`: share of good pictures by variant, `smiling:0.2,laughing:0.9`; others are all good.
    `burn` and `wait`: seconds of computing and of waiting for each image. `raises`, `hangs`, `kills`, `fails`: image
    ids or `row/sex/slot/attempt`, separated by commas. `refuses`: `attribute:value`, separated by commas. `picture`: a
    file whose pixels, with a little noise, stand in for the ovals. `devices`: those of its machine, separated by
    commas; `device` is a worker's own. `early`: share of the good pictures that look bad to who looks at them early.
    `safe`: 0 for one that is not safe by construction.
    """

    def __init__(self, options: dict[str, str]) -> None:
        self._size = int(options.get("size", 64))
        self._burn, self._wait = float(options.get("burn", 0)), float(options.get("wait", 0))
        pairs = (part.rpartition(":") for part in _listed(options.get("rates", "")))
        self._rates = {name: float(rate) for name, _, rate in pairs}
        self._trouble = {kind: set(_listed(options.get(kind, ""))) for kind in ("raises", "hangs", "kills", "fails")}
        self._picture = options.get("picture")
        self._refuses = [part.split(":") for part in _listed(options.get("refuses", ""))]
        self._early = float(options.get("early", 0))
        shaping = {name: options[name] for name in sorted(options) if name in _SHAPING}
        self.info = GeneratorInfo(
            name="fake",
            version=str(options.get("version", "1")),
            model_hash=ids.digest(shaping),
            safe_by_construction=options.get("safe") != "0",
            resources=Resources(devices=tuple(_listed(options.get("devices", "")))),
            chunk=int(options.get("chunk", 8)),
            seconds=max(0.001, self._burn + self._wait),
            bytes=self._size * self._size * 2,
            domain="render",
            truths=MAPS,
        )

    def can_make(self, request: Request) -> str | None:
        """See `agfd.ports.Generator`."""
        for name, value in self._refuses:
            if str(request.attributes.get(name)) == value:
                return f"the fake refuses {name} {value!r}"
        return None

    def setup_on_node(self) -> None:
        """Nothing to fetch."""

    def setup(self) -> None:
        """Nothing to load."""

    def teardown(self) -> None:
        """Nothing to release."""

    def generate(self, requests: Sequence[Request], preview: Preview | None = None) -> Iterator[Outcome[Image]]:
        """See `agfd.ports.Generator`."""
        for request in requests:
            outcome = self._make(request)
            if (
                preview is not None
                and outcome.value is not None
                and not preview(request, self._sketch(request, outcome.value))
            ):
                outcome = Outcome(request.id, failure=Failure(EARLY_STOP, "nothing to be seen after a few steps"))
            yield outcome

    def _sketch(self, request: Request, image: Image) -> NDArray[np.uint8]:
        sketch = image.pixels[::2, ::2].copy()
        if ids.fraction(request.id, "early") < self._early:
            sketch[0, 0] = BAD
        return sketch

    def _make(self, request: Request) -> Outcome[Image]:
        names = {request.id, f"{request.row}/{request.sex}/{request.slot}/{request.attempt}"}
        if names & self._trouble["kills"]:
            os._exit(9)
        if names & self._trouble["hangs"]:
            time.sleep(3600)
        if names & self._trouble["raises"]:
            raise RuntimeError("the fake was told to raise")
        if names & self._trouble["fails"]:
            return Outcome(request.id, failure=Failure("told_to_fail", "the fake was told to fail"))
        # Of this thread alone: what the loop computes beside it must not count as the generator's work.
        until = time.thread_time() + self._burn
        time.sleep(self._wait)
        pixels = _noisy(request, self._picture) if self._picture else _oval(request, self._size)
        while time.thread_time() < until:
            pass
        good = ids.fraction(request.id, "good") < self._rates.get(request.variant, 1.0)
        pixels[0, 0] = GOOD if good else BAD
        return Outcome(request.id, Image(pixels, Truth(dict(request.attributes), maps=_maps(request, pixels))))


class FakeBatches(FakeGenerator):
    """Ovals on noise, several at once: an `agfd.ports.Batched` one.

    `fits`: how many its trial finds; `batch`: how many, where its user says so; `short`: more than so many at once run
    short of memory all the same. `together`: 1 if the last bits of the first row hang on who is made together. `trace`:
    a file that gets a line for each trial and each batch with its number of images.
    """

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__(options)
        self.batch = int(options.get("batch", 0))
        self._fits, self._short = int(options.get("fits", 1)), int(options.get("short", 1 << 30))
        self._together = options.get("together") == "1"
        self._trace = options.get("trace")

    def largest_batch(self) -> int:
        """See `agfd.ports.Batched`."""
        self._note("trial")
        return self._fits

    def generate(self, requests: Sequence[Request], preview: Preview | None = None) -> Iterator[Outcome[Image]]:
        """See `agfd.ports.Generator`."""
        if not self.batch:
            raise RuntimeError("nobody said how many images to make at once")
        for first in range(0, len(requests), self.batch):
            run = requests[first : first + self.batch]
            self._note(f"batch {len(run)}")
            if len(run) > self._short:
                raise OutOfMemoryError(f"{len(run)} images are more than {self._short}", len(run))
            # All at once, as a model does it.
            made = [self._with(run, outcome) for outcome in super().generate(run, preview)]
            yield from made

    def _with(self, run: Sequence[Request], outcome: Outcome[Image]) -> Outcome[Image]:
        if self._together and outcome.value is not None:
            bits = ids.seed("together", outcome.request_id, [request.id for request in run])
            outcome.value.pixels[0, 1:] ^= bits & 1
        return outcome

    def _note(self, line: str) -> None:
        if self._trace:
            with Path(self._trace).open("a", encoding="utf-8") as file:
                file.write(line + "\n")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in str(text).split(",") if part.strip()]


def _oval(request: Request, size: int) -> NDArray[np.uint8]:
    """An oval in a colour of the person on a smooth ground with the noise of a camera."""
    import numpy as np

    rng = np.random.Generator(np.random.PCG64(request.scene))
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - 0.5
    face = np.clip(1.5 - 6 * np.hypot(x * 1.3, y), 0, 1)[..., None]
    skin, ground = rng.uniform(60, 230, 3), rng.uniform(40, 200, 3)
    picture = face * skin + (1 - face) * (ground + 40 * y[..., None]) + rng.normal(0, 4, (size, size, 3))
    return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)


def _maps(request: Request, pixels: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    """The asked maps: what is bright is skin and lies a metre away, like a wall."""
    import numpy as np

    skin = (pixels.mean(axis=2) > 127).astype(np.uint8)
    wall = np.zeros((*skin.shape, 3), np.float32)
    wall[..., 2] = -1.0 * skin
    maps = {"segmentation": skin, "depth": skin.astype(np.float32), "normals": wall}
    return {name: maps[name] for name in request.truths}


def _noisy(request: Request, file: str) -> NDArray[np.uint8]:
    """The pixels of a file with a last bit of the request's own."""
    import numpy as np

    from agfd import images

    rng = np.random.Generator(np.random.PCG64(request.scene))
    pixels = images.decode(Path(file).read_bytes())
    return np.asarray(pixels ^ rng.integers(0, 2, pixels.shape, dtype=np.uint8))


# Colours of the first pixel that trouble the fake analyzer.
RAISES, HANGS, KILLS = (66, 6, 1), (66, 6, 2), (66, 6, 3)


class FakeAnalyzer:
    """Finds a face where the first pixel says so, and a confidence in the second (in the first, if there is no other).

    A first pixel of the colour `RAISES`, `HANGS` or `KILLS` makes it raise, hang or kill its process.
    """

    info = AnalyzerInfo("fake", "1", ("faces", "face_confidence", "luminance"))

    def setup(self) -> None:
        """Nothing to load."""

    def teardown(self) -> None:
        """Nothing to release."""

    def measure(self, images: Sequence[Image]) -> list[Measurements]:
        """See `agfd.ports.Analyzer`."""
        for image in images:
            _trouble(tuple(image.pixels[0, 0].tolist()))
        return [
            Measurements(
                {
                    "faces": Measurement(float(image.pixels[0, 0, 0] == GOOD)),
                    "face_confidence": Measurement(float(image.pixels.reshape(-1, 3)[:2][-1, 0]) / 255),
                    "luminance": Measurement(float(image.pixels.mean()) / 255),
                }
            )
            for image in images
        ]


def _trouble(colour: tuple[int, ...]) -> None:
    if colour == KILLS:
        os._exit(9)
    if colour == HANGS:
        time.sleep(3600)
    if colour == RAISES:
        raise RuntimeError("the fake was told to raise")


@register("the fake generator")
def make_generator(*, quality: str = "standard", **options: str) -> FakeGenerator:
    """The factory behind the name `fake`: with the option `fits` or `batch` it makes several at once."""
    kind = FakeBatches if {"fits", "batch"} & set(options) else FakeGenerator
    return kind({"version": quality, **options})


@register("the fake analyzer")
def make_analyzer() -> FakeAnalyzer:
    """The factory behind the name `fake`."""
    return FakeAnalyzer()


TINY = """\
name: tiny
template: "a photo of a {year} y.o {sex}, {race}, {special}"
settings: {width: 64, height: 64}
axes: {sex: [male, female], race: [White, Black, East Asian]}
ages: [25, 45]
words:
  sex:
    male: {child: boy, adult: man}
    female: {child: girl, adult: woman}
analyzers: [fake]
rules:
  no_face: {about: face, measure: faces, min: 1}
rows:
  emotion.smile:
    group: Emotion
    feature: Smile
    count: {male: 12, female: 12}
    variants:
      - {phrase: smiling, set: {expression: smile}}
      - {phrase: laughing, set: {expression: laugh}}
  hair.bald:
    group: Hair
    feature: Bald
    count: {male: 6, female: 0}
    note: {female: left out}
    variants:
      - {phrase: bald, set: {hair_style: bald}}
"""
"""A recipe of 30 images for the fakes, as the text of a file."""
