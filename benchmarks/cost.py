"""What the analyzers cost for a picture of 512 px, beside the bare calls of their networks, in the same run.

    AGFD_FACES=/path/to/faces python benchmarks/cost.py --limit 8 --out cost.json

Claims: the analyzers of agfd-20k with the screen and the hashes take at most 150 ms of one core, and at most 1.3 times
what their networks take when they are called with numbers of the right shape and nothing around them. With the weights
of npm `portrait` looks too. Left out: `words`. `analyzers.py` prints this table too.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import samples
from PIL import Image as Pillow
from PIL import ImageOps

from agfd import models
from agfd.analyze import (
    embedding,
    expression,
    eyes,
    faceres,
    faces,
    mesh,
    nsfw,
    palms,
    people,
    portrait,
    tresses,
)
from agfd.analyze.sessions import TFLite, onnx_session
from agfd.recipe import load
from agfd.records import Image
from agfd.registry import ANALYZERS
from agfd.run.measuring import Measurer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agfd.ports import Analyzer

    Calls = dict[str, Callable[[], Any]]

FOLDERS = ("real_ffhq", "generated_sd21", "generated_stylegan2")
LIMIT_MS, LIMIT_RATIO = 150, 1.3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=8, help="pictures per folder")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    arguments = parser.parse_args()
    root = samples.root()
    files = [file for name in FOLDERS for file in sorted((root / name).glob("*.jpg"))[: arguments.limit]]
    figures = table([Pillow.open(file).convert("RGB") for file in files])
    if arguments.out:
        arguments.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def table(pictures: Sequence[Pillow.Image]) -> dict[str, float]:
    """Milliseconds of CPU by step, medians, and the ratio to the bare calls.

    Only pictures that the detector looks at once, as it does at nearly all: the bare calls count that look.
    """
    found = tellers()
    everybody, bare = Measurer(found, "photo"), Bare({one.info.name for one in found})
    steps: dict[str, list[float]] = {}

    def timed(step: str, call: Callable[..., Any], *arguments: Any) -> Any:
        start = time.process_time()
        value = call(*arguments)
        steps.setdefault(step, []).append((time.process_time() - start) * 1000)
        return value

    for original in pictures:
        picture = ImageOps.pad(original, (512, 512))
        seen = bare.detector.find(picture)
        if not seen or seen[0].score < faces.SURE:
            continue
        for step, call in bare.calls(picture).items():
            timed(f"bare {step}", call)
        image = Image(np.asarray(picture))
        for one in found:
            timed(f"{one.info.name}, after those above", one.measure, [image])
        timed("all analyzers", everybody.measure, Image(image.pixels))
    return printed(steps)


def printed(steps: dict[str, list[float]]) -> dict[str, float]:
    out = {step: round(float(np.median(values)), 2) for step, values in steps.items()}
    calls = np.sum([values for step, values in steps.items() if step.startswith("bare")], axis=0)
    out["bare calls together"] = round(float(np.median(calls)), 2)
    out["ratio to bare calls"] = round(float(np.median(np.asarray(steps["all analyzers"]) / calls)), 2)
    print(f"\n{'ms CPU per 512 px picture':36}{'median':>8}   of {len(calls)} pictures")
    for step, value in out.items():
        print(f"{step:36}{value:8.2f}")
    print(f"limits: {LIMIT_MS} ms for all analyzers, {LIMIT_RATIO} for the ratio")
    return out


def tellers() -> list[Analyzer]:
    """The analyzers of agfd-20k, its hashes and the screen, and `portrait` where its weights are here."""
    duplicates = [name for name in load("agfd-20k").all_analyzers if name != "identity"]
    out: list[Analyzer] = [ANALYZERS.make(name) for name in (*duplicates, "nsfw", "portrait")]
    if any(models.installed(name) is None for name in out[-1].info.weights):
        print("portrait is left out: its weights are not installed")
        out.pop()
    for one in out:
        one.setup()
    return out


class Bare:
    """The networks behind these analyzers, called without anything around them, as often as the analyzers call them."""

    def __init__(self, names: set[str]) -> None:
        self.detector, self._mesher, self._reader = faces.Detector(), mesh.Mesher(), eyes.EyeReader()
        self._expression = expression.Expression()
        self._palm, self._selfie = (TFLite(models.path(name)) for name in (palms.WEIGHTS[0], tresses.WEIGHTS))
        needed = [people.AGE, people.SEX, nsfw.WEIGHTS, embedding.WEIGHTS]
        self._better = "portrait" in names
        needed += [portrait.AGE_SEX, portrait.EXPRESSION, faceres.WEIGHTS] if self._better else []
        self._run = {name: onnx_session(models.path(name)).run for name in needed}

    def calls(self, picture: Pillow.Image) -> Calls:
        """Each network on numbers of the right shape, out of the picture."""
        square = np.asarray(picture.resize((256, 256)), np.float32)[None]
        planes = np.ascontiguousarray(np.asarray(picture.resize((320, 320)), np.float32).transpose(2, 0, 1))[None]
        chip, grey = planes[:, :, :64, :64].copy(), square[:, :64, :64, :1].copy()
        face = np.asarray(picture.resize((150, 150)))[None]
        run, screened = self._run, np.repeat(square[:, :224, :224], 2, axis=0)
        calls: Calls = {
            "CenterFace at 320 px": lambda: self.detector._session.run(None, {"input.1": planes}),
            "face mesh, twice": lambda: [self._mesher._network.run(square[:, :192, :192] / 255) for _ in range(2)],
            "iris network, twice": lambda: [self._reader._network.run(square[:, :64, :64] / 255) for _ in range(2)],
            "age": lambda: run[people.AGE](None, {"images": chip}),
            "sex": lambda: run[people.SEX](None, {"images": chip[:, :, :32, :32].copy()}),
            "expression, both ways": lambda: [self._expression._network.run(grey) for _ in range(2)],
            "identity": lambda: run[embedding.WEIGHTS](None, {"faces": face}),
            "palm": lambda: self._palm.run(square[:, :192, :192] / 255),
            "selfie segmentation": lambda: self._selfie.run(square / 255),
            "Open NSFW, both views": lambda: run[nsfw.WEIGHTS](None, {"input:0": screened}),
        }
        if self._better:
            both, whole = np.repeat(square[:, :112, :112], 2, axis=0), square[:, :224, :224].copy()
            calls["face-api age and sex, both ways"] = lambda: run[portrait.AGE_SEX](None, {"pixels": both})
            calls["face-api expression, both ways"] = lambda: run[portrait.EXPRESSION](None, {"pixels": both})
            calls["faceres"] = lambda: run[faceres.WEIGHTS](None, {"input_1": whole})
        return calls


if __name__ == "__main__":
    sys.exit(main())
