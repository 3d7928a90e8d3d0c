"""Small things that many tests need: a recipe, a request, a sample, a chunk on disk."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from agfd import images, testing
from agfd.recipe import Recipe, parse, validate
from agfd.records import (
    Measurement,
    Measurements,
    Place,
    Request,
    Sample,
    Settings,
    Truth,
    Verdict,
)
from agfd.store import Layout, Shard, commit_chunk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pytest
    from numpy.typing import NDArray

# What the recipes of tests have in common; each adds its name, its axes and its rows.
COMMON = """\
template: "photo of {year} y.o {sex}, {race},{special}, dslr"
negative: text
settings: {steps: 20, cfg_scale: 7, width: 64, height: 64}
ages: [25, 35, 60]
words:
  sex:
    male: {child: boy, adult: man}
    female: {child: girl, adult: woman}
rules:
  no_face: {about: face, measure: faces, min: 1}
  blurred: {about: quality, measure: sharpness, min: 5}
"""

SMALL = (
    "name: small\n"
    + COMMON
    + """\
axes:
  sex: [male, female]
  race: [White, Black, Indian]
rows:
  eyes.glasses:
    group: Eyes
    feature: Glasses
    count: {male: 10, female: 10}
    variants:
      - {phrase: glasses, set: {eyewear: glasses}}
      - {phrase: sunglasses, set: {eyewear: sunglasses}}
  age.child:
    group: Age
    feature: Child
    count: {male: 6, female: 0}
    variants:
      - {age: 1}
      - {age: 3}
"""
)


def tiny(folders: pytest.TempPathFactory) -> Path:
    """A new file with the recipe of 30 images for the fakes."""
    path = folders.mktemp("recipe") / "tiny.yaml"
    path.write_text(testing.TINY, encoding="utf-8")
    return path


def tiny_but_strict(folders: pytest.TempPathFactory) -> Path:
    """The same with a rule that turns down half of all faces; so there are several rounds."""
    path = tiny(folders)
    rule = "rules:\n  unsure: {about: quality, measure: face_confidence, min: 0.5}\n"
    path.write_text(testing.TINY.replace("rules:\n", rule), encoding="utf-8")
    return path


def recipe(text: str = SMALL) -> Recipe:
    """The recipe of a YAML text."""
    return validate(parse(text, "small.yaml"))


def pixels(seed: int = 0, size: tuple[int, int] = (16, 12)) -> NDArray[np.uint8]:
    """Coloured noise of (height, width)."""
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def request(**changes: Any) -> Request:
    """A plain request."""
    plain = Request(
        id="0" * 32,
        row="eyes.glasses",
        sex="male",
        race="Indian",
        variant="glasses",
        slot=3,
        attempt=1,
        person=2**62 + 1,
        scene=7,
        attributes={"age": 25, "sex": "male", "race": "Indian", "eyewear": "glasses", "yaw": -12.3},
        prompt="photo of 25 y.o man, Indian,glasses, dslr",
        negative_prompt="text",
        settings=Settings(64, 64, "DPM++ 2M Karras", 20, 7.1),
    )
    return replace(plain, **changes)


def sample(**changes: Any) -> Sample:
    """An accepted sample with everything that one can have, but no place."""
    full = Sample(
        request=request(),
        verdict=Verdict("accepted", (), None, {"age": "constructed", "yaw": "measured", "eyewear": "asked"}),
        truth=Truth(
            {"age": 25, "eyewear": "glasses", "yaw": -12.3},
            np.arange(136, dtype=np.float32).reshape(68, 2) / 8,
            (1.0, 2.0, 30.5, 40.25),
        ),
        measurements=Measurements(
            {"faces": Measurement(1.0), "yaw": Measurement(-11.5, 0.75)},
            {"five": np.arange(10, dtype=np.float32).reshape(5, 2)},
        ),
    )
    return replace(full, **changes)


def commit(layout: Layout, number: int, chunk: int, seeds: Sequence[int], **changes: Any) -> list[Sample]:
    """A chunk on disk with one noise image per seed; returns its samples with their places."""
    layout.shards.mkdir(parents=True, exist_ok=True)
    layout.rounds.mkdir(parents=True, exist_ok=True)
    name = layout.chunk_tar(number, chunk).name
    shard = Shard(name)
    samples = []
    for slot, seed in enumerate(seeds):
        picture = pixels(seed)
        file, thumbnail = images.encode_png(picture), images.encode_thumbnail(picture)
        identity = f"{seed:032x}"
        place = Place(
            shard=name,
            offset=shard.add(f"{identity}.png", file),
            size=len(file),
            thumb_offset=shard.add(f"{identity}.jpg", thumbnail),
            thumb_size=len(thumbnail),
            width=picture.shape[1],
            height=picture.shape[0],
            pixels_sha256=images.pixels_sha256(picture),
            file_sha256=hashlib.sha256(file).hexdigest(),
            shard_sha256="",
        )
        samples.append(sample(request=request(id=identity, slot=slot), place=place, **changes))
    commit_chunk(layout, number, chunk, shard, samples)
    return samples


def contents(layout: Layout) -> Mapping[str, bytes]:
    """Every file of the dataset by its name below the root."""
    files = (path for path in layout.root.rglob("*") if path.is_file())
    return {path.relative_to(layout.root).as_posix(): path.read_bytes() for path in files}
