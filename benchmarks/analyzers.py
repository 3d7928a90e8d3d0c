"""What the analyzers find in sample photos, what they cost, and what the suggested thresholds would refuse.

    AGFD_FACES=/path/to/faces python benchmarks/analyzers.py --limit 150 --out analyzers.json

Claims: exactly one face is found in nearly every portrait of every folder; and those of cost.py and competence.py,
whose tables are printed too. The folder is described in design/0020-analyzers.md; nothing of it is shipped.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import competence
import cost
import numpy as np
import samples
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFilter, ImageOps

from agfd.analyze import geometry, quality
from agfd.analyze.basic import Basic
from agfd.records import Image, Measurements

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Points = NDArray[np.float32]

FOLDERS = (
    "real_ffhq",
    "real_utkface",
    "real_expressions",
    "real_masks/with_mask",
    "real_masks/without_mask",
    "generated_sd21",
    "generated_stylegan2",
)
SHOWN = (
    "yaw",
    "pitch",
    "roll",
    "eye_opening",
    "gaze_x",
    "gaze_y",
    "mouth_opening",
    "landmark_confidence",
    *quality.GIVES,
)


@dataclass(frozen=True)
class Rule:
    """A suggested rule of the judge: an image is refused with `code` where `name` lies outside [low, high]."""

    code: str
    name: str
    low: float = -np.inf
    high: float = np.inf

    def refuses(self, values: dict[str, float]) -> bool:
        return self.name in values and not self.low <= values[self.name] <= self.high


RULES = (
    Rule("no_face", "faces", low=1),
    Rule("more_faces", "faces", high=1),
    Rule("small_face", "face_height", low=0.2),
    Rule("landmarks", "landmark_confidence", low=0.5),
    Rule("blurred", "sharpness", low=12),
    Rule("too_dark", "luminance", low=0.15),
    Rule("too_dark", "dark_share", high=0.5),
    Rule("too_bright", "luminance", high=0.85),
    Rule("too_bright", "bright_share", high=0.25),
    Rule("flat", "contrast", low=0.15),
    Rule("blank", "image_contrast", low=0.05),
    Rule("one_sided", "asymmetry", low=-0.9, high=0.9),
    Rule("eyes_not_open", "eye_opening", low=0.19),
    Rule("eyes_not_closed", "eye_opening", high=0.2),
    Rule("mouth_not_closed", "mouth_opening", high=0.25),
    Rule("mouth_not_open", "mouth_opening", low=0.13),
    Rule("yaw", "yaw", low=-20, high=20),
    Rule("pitch", "pitch", low=-20, high=20),
    Rule("roll", "roll", low=-12, high=12),
)


@dataclass
class Seen:
    """The pictures of one folder and what was measured in each."""

    pictures: list[Pillow.Image]
    results: list[Measurements]
    tables: list[dict[str, float]] = field(init=False)

    def __post_init__(self) -> None:
        self.tables = [{name: one.value for name, one in result.values.items()} for result in self.results]

    def column(self, name: str) -> np.ndarray[Any, Any]:
        return np.array([table[name] for table in self.tables if name in table])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=150, help="pictures per folder")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    arguments = parser.parse_args()
    root = samples.root()
    analyzer = Basic()
    analyzer.setup()
    seen = {name: look(analyzer, root / name, arguments.limit) for name in FOLDERS}
    seen = {name: one for name, one in seen.items() if one.results}
    report = {
        "found": found_rates(seen),
        "figures": figures(seen),
        "consistency": consistency(analyzer, seen),
        "damage": damage(analyzer, seen),
        "cost_ms": cost.table([picture for one in seen.values() for picture in one.pictures[:8]]),
        "refused": refused(seen),
        "competence": competence.table(root, arguments.limit),
    }
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def look(analyzer: Basic, folder: Path, limit: int) -> Seen:
    """Measures up to `limit` pictures of a folder, chosen by chance, the same in each run."""
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in {".jpg", ".jpeg", ".png"})
    chosen = random.Random(1).sample(files, min(limit, len(files)))
    pictures = [Pillow.open(file).convert("RGB") for file in chosen]
    return Seen(pictures, measured(analyzer, pictures))


def measured(analyzer: Basic, pictures: Sequence[Pillow.Image]) -> list[Measurements]:
    return analyzer.measure([Image(np.asarray(picture)) for picture in pictures])


def found_rates(seen: dict[str, Seen]) -> dict[str, Any]:
    """Share of pictures with exactly one face and with at least one."""
    print(f"\n{'folder':26}{'n':>5}{'exactly 1':>11}{'at least 1':>11}")
    out = {}
    for name, one in seen.items():
        number = one.column("faces")
        row = {"n": len(number), "one": float((number == 1).mean()), "some": float((number >= 1).mean())}
        print(f"{name:26}{row['n']:5}{row['one']:11.3f}{row['some']:11.3f}")
        out[name] = row
    return out


def figures(seen: dict[str, Seen]) -> dict[str, Any]:
    """5th, 50th and 95th percentile of each measurement."""
    out: dict[str, Any] = {}
    for measurement in SHOWN:
        print(f"\n{measurement:26}{'p5':>10}{'p50':>10}{'p95':>10}")
        for name, one in seen.items():
            values = np.percentile(one.column(measurement), [5, 50, 95])
            out.setdefault(measurement, {})[name] = [round(float(value), 4) for value in values]
            print(f"{name:26}" + "".join(f"{value:10.3f}" for value in values))
    return out


def consistency(analyzer: Basic, seen: dict[str, Seen]) -> dict[str, Any]:
    """Degrees between the direction of the face and what a mirrored or turned copy of the picture says.

    Turned by 20 degrees clockwise: the roll must grow by 20 and the direction turn with the picture.
    """
    print(f"\n{'median, 90 % in degrees':26}{'mirrored':>14}{'turned':>14}{'roll':>14}")
    out: dict[str, Any] = {}
    for name in ("real_ffhq", "generated_stylegan2", "generated_sd21"):
        if name not in seen:
            continue
        pictures, plain = seen[name].pictures[:60], seen[name].tables[:60]
        mirrored = tables(measured(analyzer, [ImageOps.mirror(one) for one in pictures]))
        turned = tables(measured(analyzer, [one.rotate(-20, fillcolor=(127, 127, 127)) for one in pictures]))
        both = [
            (a, b, c)
            for a, b, c in zip(plain, mirrored, turned, strict=True)
            if "yaw" in a and "yaw" in b and "yaw" in c
        ]
        mirror = [angle(direction(a), direction(b) * [-1, 1, 1]) for a, b, _ in both]
        spin = [angle(rotate(direction(a), 20), direction(c)) for a, _, c in both]
        roll = [abs((c["roll"] - a["roll"] - 20 + 180) % 360 - 180) for a, _, c in both]
        rows = {"mirrored": percentiles(mirror), "turned": percentiles(spin), "roll": percentiles(roll)}
        print(f"{name:26}" + "".join(f"{row[0]:7.1f}{row[1]:7.1f}" for row in rows.values()))
        out[name] = rows
    return out


def damage(analyzer: Basic, seen: dict[str, Seen]) -> dict[str, Any]:
    """Share of damaged copies that the rules refuse, of those that they accept undamaged."""
    kinds: dict[str, tuple[str, Callable[[Pillow.Image, float, Points], Pillow.Image]]] = {
        "eyes painted shut": ("eyes_not_open", lambda p, _, points: shut(p, points)),
        "blur, sigma 2 % of eye distance": (
            "blurred",
            lambda p, eyes, _: p.filter(ImageFilter.GaussianBlur(0.02 * eyes)),
        ),
        "blur, sigma 4 % of eye distance": (
            "blurred",
            lambda p, eyes, _: p.filter(ImageFilter.GaussianBlur(0.04 * eyes)),
        ),
        "darkened to 20 %": ("too_dark", lambda p, *_: p.point(lambda v: v * 0.2)),
        "darkened to 10 %": ("too_dark", lambda p, *_: p.point(lambda v: v * 0.1)),
        "brightened by 1.6": ("too_bright", lambda p, *_: p.point(lambda v: v * 1.6)),
        "brightened by 2.5": ("too_bright", lambda p, *_: p.point(lambda v: v * 2.5)),
    }
    print(f"\n{'damage':36}{'rule':14}{'refused':>9}")
    out = {}
    for kind, (code, change) in kinds.items():
        hits = []
        for name in ("real_ffhq", "generated_stylegan2", "generated_sd21"):
            one = seen.get(name, Seen([], []))
            for picture, result, table in zip(one.pictures[:25], one.results, one.tables, strict=False):
                if "five" not in result.points or refusals(table) & {code, "no_face"}:
                    continue
                eyes = float(np.hypot(*(result.points["five"][1] - result.points["five"][0])))
                after = tables(measured(analyzer, [change(picture, eyes, result.points["mesh"])]))[0]
                hits.append(bool(refusals(after) & {code, "no_face"}))
        out[kind] = {"rule": code, "n": len(hits), "refused": float(np.mean(hits)) if hits else None}
        print(f"{kind:36}{code:14}{np.mean(hits) if hits else float('nan'):9.2f}")
    return out


def shut(picture: Pillow.Image, points: Points) -> Pillow.Image:
    """A copy with both eyes painted over in the colour of the skin above them, a dark line along the lower lid."""
    copy = picture.copy()
    draw = ImageDraw.Draw(copy)
    for rim, above in ((geometry.LEFT_EYE_RIM, 27), (geometry.RIGHT_EYE_RIM, 257)):
        corners = [(float(x), float(y)) for x, y in points[list(rim)]]
        x, y = points[above].clip(0, np.array(picture.size) - 1)
        skin = picture.getpixel((int(x), int(y)))
        assert isinstance(skin, tuple)
        draw.polygon(corners, fill=skin)
        width = max(1, round(0.06 * float(np.hypot(*(points[rim[0]] - points[rim[8]])))))
        draw.line([*corners[8:], corners[0]], fill=tuple(int(v) // 3 for v in skin), width=width)
    return copy


def refused(seen: dict[str, Seen]) -> dict[str, Any]:
    """Share of sample pictures that each suggested rule refuses: most are good portraits, so most refusals are false.

    Not of `eyes_not_closed` and `mouth_not_open`, which ought to refuse nearly all: the rest is what they let through.
    """
    print(f"\n{'share refused':38}" + "".join(f"{name[-12:]:>14}" for name in seen))
    out = {}
    for rule in RULES:
        bounds = f"{rule.code}: {rule.name} in [{rule.low:g}, {rule.high:g}]"
        rates = {name: float(np.mean([rule.refuses(table) for table in one.tables])) for name, one in seen.items()}
        print(f"{bounds:38}" + "".join(f"{rate:14.3f}" for rate in rates.values()))
        out[bounds] = rates
    return out


def refusals(table: dict[str, float]) -> set[str]:
    return {rule.code for rule in RULES if rule.refuses(table)}


def tables(results: Sequence[Measurements]) -> list[dict[str, float]]:
    return Seen([], list(results)).tables


def direction(table: dict[str, float]) -> np.ndarray[Any, Any]:
    """Unit vector to where the face looks: right, up, to the viewer."""
    yaw, pitch = np.radians(table["yaw"]), np.radians(table["pitch"])
    return np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])


def rotate(vector: np.ndarray[Any, Any], degrees: float) -> np.ndarray[Any, Any]:
    """Turned clockwise in the plane of the picture, y upwards."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([vector[0] * cos + vector[1] * sin, vector[1] * cos - vector[0] * sin, vector[2]])


def angle(one: np.ndarray[Any, Any], two: np.ndarray[Any, Any]) -> float:
    return float(np.degrees(np.arccos(np.clip(one @ two, -1, 1))))


def percentiles(values: Sequence[float]) -> list[float]:
    return [round(float(value), 2) for value in np.percentile(values, [50, 90])]


if __name__ == "__main__":
    sys.exit(main())
