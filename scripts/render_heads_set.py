"""Render the pictures that the heads of the analyzer `heads` learn from: people who do not exist, labelled exactly.

    python scripts/render_heads_set.py --out SET [--count 3000] [--seed 1]

Writes SET/NUMBER.png and one line of JSON for each into SET/labels.jsonl: `file` and every attribute of its truth. What
is there already is left alone, so an interrupted run goes on where it stopped; the first so many pictures are the same
whatever the count. About two seconds of one core for each.

Attributes are drawn independently of each other, so that no head learns one from another: half of the people wear
nothing special, the others one or two things. What the renderer refuses is drawn again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from agfd import ids
from agfd.records import Request, Settings
from agfd.registry import GENERATORS
from agfd.vocabulary import RACES, SEXES

if TYPE_CHECKING:
    from agfd.ports import Generator
    from agfd.records import Value

    Rng = np.random.Generator

# What is worn, and how often beside each other: what more photos show counts more.
_WORN = {
    "eyewear": {"glasses": 2.5, "sunglasses": 2.5, "swimming goggles": 1, "skiing goggles": 1},
    "mask": {"medical": 3.5, "gas": 1},
    "headwear": {"hat": 1.5, "cap": 1.5, "headscarf": 1.5},
    "makeup": {"heavy": 1, "eyeshadow": 0.7, "eyeliner": 0.7, "joker": 0.8, "halloween": 0.8},
    "hand": {"over face": 1.5, "over hair": 1},
}
_THINGS = [(name, value) for name, values in _WORN.items() for value in values]
_WEIGHTS = np.array([weight for values in _WORN.values() for weight in values.values()])
# Share of people who wear nothing of these, and of the others who wear a second thing.
_BARE, _TWO = 0.45, 0.35
# Share in which an attribute is drawn at random rather than left to the person, and its values. Hardly any of the dark:
# what cannot be seen teaches nothing.
_DRAWN: dict[str, tuple[float, tuple[str, ...]]] = {
    "hair_style": (0.7, ("bald", "bald", "crop", "short", "bob", "long", "afro", "curls", "braids", "ponytail", "bun")),
    "hair_color": (0.5, ("black", "brown", "blond", "red", "grey", "white", "dyed")),
    "hair_bangs": (0.3, ("yes",)),
    "expression": (0.4, ("smile", "laugh", "angry", "annoyed", "yell")),
    "mouth": (0.15, ("open", "talking")),
    "eyes": (0.12, ("half-closed", "closed")),
    "gaze": (0.3, ("left", "right", "up", "down")),
    "light": (0.7, ("soft", "soft", "soft", "soft", "strong sun", "strong sun", "sun behind", "night", "dim")),
    "scene": (0.75, ("indoor", "indoor", "outdoor", "outdoor", "night", "under water")),
    "jewellery": (0.1, ("earrings",)),
    "marks": (0.1, ("freckles", "scar", "vitiligo")),
}
_BEARDS = (0.65, ("none", "stubble", "moustache", "sideburns", "goatee", "beard", "beard"))
_OLDEST, _MANLY = 90, 15
_TRIES = 1000


def drawn(rng: Rng) -> dict[str, Value]:
    """The attributes of one picture."""
    face: dict[str, Value] = {
        "age": int(rng.integers(1, _OLDEST + 1)),
        "sex": str(rng.choice(SEXES)),
        "race": str(rng.choice(RACES)),
    }
    wild = rng.random() < 0.4
    for name, usual, wide in (("yaw", 10, 45), ("pitch", 5, 20), ("roll", 4, 20)):
        face[name] = round(float(rng.uniform(-wide, wide) if wild else np.clip(rng.normal(0, usual), -wide, wide)), 1)
    for name, (share, values) in _DRAWN.items():
        if rng.random() < share:
            face[name] = str(rng.choice(values))
    if face["sex"] == "male" and int(face["age"]) >= _MANLY and rng.random() < _BEARDS[0]:
        face["facial_hair"] = str(rng.choice(_BEARDS[1]))
    return face | worn(rng)


def worn(rng: Rng) -> dict[str, Value]:
    """Nothing, one thing or two."""
    if rng.random() < _BARE:
        return {}
    number = 2 if rng.random() < _TWO else 1
    chosen = rng.choice(len(_THINGS), size=number, replace=False, p=_WEIGHTS / _WEIGHTS.sum())
    return dict(_THINGS[place] for place in chosen)


def request(attributes: dict[str, Value], *key: object) -> Request:
    """A request outside any recipe; `key` names its person and its scene."""
    return Request(
        id=ids.digest(key), row="heads", sex=str(attributes["sex"]), race=str(attributes["race"]), variant="heads",
        slot=0, attempt=0, person=ids.seed(*key, "person"), scene=ids.seed(*key, "scene"),
        attributes=attributes, prompt="", negative_prompt="", settings=Settings(256, 256, "none", 1, 1.0),
    )  # fmt: skip


def wanted(generator: Generator, seed: int, number: int) -> Request:
    """The request of that number: the first of its draws that the generator can make."""
    rng = np.random.default_rng(ids.seed("heads", seed, number, "draw"))
    for _ in range(_TRIES):
        asked = request(drawn(rng), "heads", seed, number)
        if generator.can_make(asked) is None:
            return asked
    raise RuntimeError(f"picture {number}: nothing that can be made in {_TRIES} draws")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    arguments: Any = parser.parse_args()
    generator = GENERATORS.make("render", quality="draft")
    arguments.out.mkdir(parents=True, exist_ok=True)
    labels = arguments.out / "labels.jsonl"
    there = {json.loads(line)["file"] for line in labels.read_text().splitlines()} if labels.exists() else set()
    generator.setup_on_node()
    generator.setup()
    with labels.open("a") as lines:
        for number in range(arguments.count):
            name = f"{arguments.seed}-{number:06d}.png"
            if name in there:
                continue
            image = next(iter(generator.generate([wanted(generator, arguments.seed, number)]))).value
            if image is None or image.truth is None:
                raise RuntimeError(f"{name} was not made")
            Image.fromarray(np.asarray(image.pixels)).save(arguments.out / name)
            lines.write(json.dumps({"file": name, **image.truth.attributes}) + "\n")
            lines.flush()
    generator.teardown()


if __name__ == "__main__":
    main()
