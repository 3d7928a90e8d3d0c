"""Draw the pictures of docs/renderer.md with the embedded renderer.

    python scripts/pictures.py [--quality standard] [--only words people ages]

Nothing is picked: the seeds are 1, 2, 3 and so on. About ten seconds of one core for each face.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from agfd import ids
from agfd.generate.render import make
from agfd.records import Request, Settings
from agfd.vocabulary import ATTRIBUTES, RACES, SEXES, Choice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agfd.ports import Generator
    from agfd.records import Value

FOLDER = Path(__file__).parents[1] / "docs" / "renderer"
TILE, GAP, TEXT = 208, 6, 22
PAPER, INK = (250, 249, 246), (29, 29, 27)
AGES = (1, 3, 8, 15, 25, 35, 45, 55, 65, 75, 85, 100)
# Words that show the plain face, and attributes that say who somebody is.
_SKIPPED = {"none", "front", "neutral", "no"}
_FACTS = {"sex", "race"}

Tile = tuple[str, "Mapping[str, Value]", int]


def words() -> list[Tile]:
    """One face for every word of the vocabulary, each of another person."""
    tiles: list[Tile] = []
    for entry in ATTRIBUTES.values():
        if not isinstance(entry, Choice) or entry.name in _FACTS:
            continue
        for value in entry.values:
            if value not in _SKIPPED:
                tiles.append((f"{entry.name.replace('_', ' ')}: {value}", asked(len(tiles), {entry.name: value}), 0))
    tiles += [(f"yaw {yaw}", asked(len(tiles), {"yaw": yaw}), 0) for yaw in (-90, -60, -30, 30, 60, 90)]
    return tiles + [(f"pitch {pitch}", asked(len(tiles), {"pitch": pitch}), 0) for pitch in (-25, 30)]


def asked(number: int, word: Mapping[str, Value]) -> dict[str, Value]:
    """The facts of the person with that number, in turns over sex and race, with a word."""
    age = (25, 35, 45, 55, 60, 80)[number % 6]
    sex = "male" if word.get("facial_hair") else SEXES[number % 2]
    return {"age": age, "sex": sex, "race": RACES[number % len(RACES)], **word}


def people() -> list[Tile]:
    """Twenty adults of one cell, all bald, in the same light: only the face tells them apart."""
    plain: dict[str, Value] = {
        "age": 30,
        "sex": "female",
        "race": "Latino_Hispanic",
        "hair_style": "bald",
        "yaw": 0,
        "pitch": 0,
        "roll": 0,
    }
    return [(str(number), plain, number) for number in range(1, 21)]


def ages() -> list[Tile]:
    """Two people through their lives."""
    facts: list[dict[str, Value]] = [{"sex": "female", "race": "East Asian"}, {"sex": "male", "race": "White"}]
    return [(f"{age} years", {**fact, "age": age}, i + 1) for i, fact in enumerate(facts) for age in AGES]


SHEETS = {"words": (words, 8), "people": (people, 10), "ages": (ages, len(AGES))}


def draw(generator: Generator, tiles: Sequence[Tile], columns: int) -> Image.Image:
    """The faces with their words, in rows. A seed of 0 stands for the tile's place."""
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * (TILE + GAP) + GAP, rows * (TILE + TEXT + GAP) + GAP), PAPER)
    pen = ImageDraw.Draw(sheet)
    for i, (text, attributes, seed) in enumerate(tiles):
        x, y = GAP + i % columns * (TILE + GAP), GAP + i // columns * (TILE + TEXT + GAP)
        outcome = next(iter(generator.generate([request(attributes, seed or i + 1)])))
        if outcome.value is not None:
            face = Image.fromarray(np.asarray(outcome.value.pixels))
            sheet.paste(face.resize((TILE, TILE), Image.Resampling.LANCZOS), (x, y))
        pen.text((x + 2, y + TILE + 3), text, INK, ImageFont.load_default(13))
    return sheet


def request(attributes: Mapping[str, Value], seed: int) -> Request:
    """A request outside any recipe."""
    return Request(
        id=f"{seed:032x}", row="picture", sex=str(attributes["sex"]), race=str(attributes["race"]), variant="picture",
        slot=0, attempt=0, person=ids.seed("picture", seed, "person"), scene=ids.seed("picture", seed, "scene"),
        attributes=attributes, prompt="", negative_prompt="", settings=Settings(512, 512, "none", 1, 1.0),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quality", default="standard")
    parser.add_argument("--only", nargs="+", choices=SHEETS, default=list(SHEETS))
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments: Any = parser.parse_args()
    generator = make(quality=arguments.quality)
    generator.setup()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.only:
        tiles, columns = SHEETS[name]
        draw(generator, tiles(), columns).save(arguments.out / f"{name}.jpg", quality=86)


if __name__ == "__main__":
    main()
