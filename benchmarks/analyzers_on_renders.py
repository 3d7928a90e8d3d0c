"""How well the analyzer `basic` reads pictures whose truth is known: faces drawn by the embedded renderer.

    python benchmarks/analyzers_on_renders.py --people 5 --out analyzers_on_renders.json

Each person is drawn once for each pose and each word below, all else plain. Prints the mean and the spread of what is
measured. Needs no sample photos; about 3 s for each picture. A render is not a photo: signs, slopes and order of the
values carry over, offsets need not.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agfd.analyze.basic import Basic
from agfd.generate.render import make as make_renderer
from agfd.records import Request, Settings

if TYPE_CHECKING:
    from agfd.records import Image, Value

POSES = {"yaw": (-60, -40, -20, 0, 20, 40, 60), "pitch": (-30, -15, 0, 15, 30), "roll": (-20, 0, 20)}
WORDS = {
    "eyes": (("open", "half-closed", "closed"), ("eye_opening",)),
    "mouth": (("closed", "talking", "open"), ("mouth_opening",)),
    "gaze": (("left", "front", "right", "down", "up"), ("gaze_x", "gaze_y")),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=5, help="how many people are drawn")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    arguments = parser.parse_args()
    analyzer, renderer = Basic(), make_renderer(quality="draft")
    analyzer.setup()
    renderer.setup()
    report: dict[str, Any] = {}
    found = []
    tasks: list[tuple[str, Value, tuple[str, ...]]] = []
    tasks += [(name, value, (name,)) for name, values in POSES.items() for value in values]
    tasks += [(name, word, shown) for name, (words, shown) in WORDS.items() for word in words]
    print(f"{'asked':24}{'measured':16}{'mean':>8}{'sd':>8}{'min':>8}{'max':>8}")
    for name, value, shown in tasks:
        images = [draw(renderer, person, {name: value}) for person in range(arguments.people)]
        results = [result.values for result in analyzer.measure(images)]
        found += [result["faces"].value == 1 for result in results]
        for measurement in shown:
            values = np.array([result[measurement].value for result in results if measurement in result])
            row = [round(float(x), 3) for x in (values.mean(), values.std(), values.min(), values.max())]
            report[f"{name} {value}: {measurement}"] = row
            print(f"{name + ' ' + str(value):24}{measurement:16}" + "".join(f"{x:8.2f}" for x in row))
    report["exactly one face"] = float(np.mean(found))
    print(f"exactly one face in {np.mean(found):.3f} of {len(found)}")
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def draw(renderer: Any, person: int, asked: dict[str, Value]) -> Image:
    """The person of that number, 35 years old, looking at the viewer but for what is asked."""
    sex = ("male", "female")[person % 2]
    attributes: dict[str, Value] = {"age": 35, "sex": sex, "race": "White", "yaw": 0, "pitch": 0, "roll": 0, **asked}
    settings = Settings(256, 256, "", 1, 1.0)
    request = Request(
        id=f"{person}-{asked}",
        row="benchmark",
        sex=sex,
        race="White",
        variant="",
        slot=0,
        attempt=0,
        person=100 + person,
        scene=200 + person,
        attributes=attributes,
        prompt="",
        negative_prompt="",
        settings=settings,
    )
    [outcome] = renderer.generate([request])
    assert outcome.value is not None, outcome.failure
    image: Image = outcome.value
    return image


if __name__ == "__main__":
    sys.exit(main())
