"""From which cosine on two faces are one person: pairs of different people, and pairs of one, photos and renders.

    AGFD_FACES=... python benchmarks/same_person.py --dataset DIR --people 40 --keep PORTRAITS --out same_person.json

Different people: photos of UTKFace and pictures of SD 2.1, where every file counts as another person; and the pictures
of a dataset of renders, each a person of its own by its seed. Who is under 13 (or a child by the prompt) is left out,
as builds do it. `alike`: of one sex and race, as the images of a cell are. The same people: photos of one name in the
folder of expressions (LFW's, grey); renders of people drawn in three scenes: as they are, in another place, and in
another light, pose and expression too.

Prints for each set the cosines that so large a share of pairs reaches and how many pairs reach the threshold of agfd,
with the interval of Clopper and Pearson; pairs share people, so that it is too narrow. Claim: at most one pair of
different people in 10,000 reaches it. UTKFace holds people twice: look at the pairs that `--show` writes.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import samples
from identity import CHANGES, RACES, SEXES
from PIL import Image as Pillow
from portraits import Portraits
from scipy.stats import beta
from screen import stored_samples

from agfd import images
from agfd.analyze.embedding import WEIGHTS
from agfd.dedup.thresholds import YOUNGEST, threshold
from agfd.errors import ImageError
from agfd.records import Image
from agfd.registry import ANALYZERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from agfd.records import Value

RATES = (1e-2, 1e-3, 1e-4, 1e-5)
FOLDERS = {"real_utkface": "photo", "real_expressions": "photo", "generated_sd21": "diffusion"}
CHILD = re.compile(r"\b(child|baby|boy|girl|kid|teen|infant|toddler)")
AGES = (8, 16, 25, 35, 45, 55, 65, 75)


@dataclass(frozen=True)
class Faces:
    """Vectors (n, 128), what group each belongs to (empty: none is known), and who it is."""

    vectors: NDArray[np.float32]
    group: NDArray[Any]
    who: NDArray[Any]
    small: list[Pillow.Image]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, help="a dataset of renders: every picture another person")
    parser.add_argument("--people", type=int, default=40, help="people who are drawn in three scenes")
    parser.add_argument("--keep", type=Path, help="folder where these pictures stay for the next run")
    parser.add_argument("--limit", type=int, default=100_000, help="pictures of each folder")
    parser.add_argument("--show", type=Path, help="folder for a sheet of the nearest pairs of each set")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    report = {}
    for folder, domain in FOLDERS.items():
        found = embedded(in_folder(samples.root(folder), options.limit))
        report[folder] = judged(folder, domain, found)
        if options.show:
            show(options.show / f"{folder}.png", found)
    if options.dataset:
        report["renders"] = judged("renders", "render", embedded(islice(in_dataset(options.dataset), options.limit)))
    if options.people:
        drawn = embedded(in_scenes(options.people, options.keep))
        report["people in scenes"] = judged("people in scenes", "render", drawn)
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


Picture = tuple["NDArray[np.uint8]", str, str]


@cache
def analyzer() -> Any:
    made = ANALYZERS.make("identity")
    made.setup()
    return made


def embedded(pictures: Iterable[Picture]) -> Faces:
    found = []
    for pixels, group, who in pictures:
        vector = analyzer().measure([Image(pixels)])[0].vectors.get("identity")
        if vector is not None:
            found.append((vector.astype(np.float32), group, who, Pillow.fromarray(pixels).resize((100, 100))))
    vectors, groups, people, small = zip(*found, strict=True)
    return Faces(np.array(vectors), np.array(groups), np.array(people), list(small))


def show(file: Path, faces: Faces, number: int = 36) -> None:
    """A sheet of the nearest pairs, one below the other, twelve in a row."""
    one, other = np.triu_indices(len(faces.vectors), 1)
    nearest = np.argsort(-np.einsum("ij,ij->i", faces.vectors[one], faces.vectors[other]))[:number]
    sheet = Pillow.new("RGB", (1200, 200 * -(-number // 12)))
    for nth, pair in enumerate(nearest):
        for below, face in enumerate((one[pair], other[pair])):
            sheet.paste(faces.small[face], (nth % 12 * 100, nth // 12 * 200 + below * 100))
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(file)


def in_folder(folder: Path, limit: int) -> Iterator[Picture]:
    """Its pictures of adults; the group is sex and race by its labels, the person a name with a number behind it."""
    labels = {}
    if (folder / "labels.csv").exists():
        with (folder / "labels.csv").open(encoding="utf-8", newline="") as lines:
            labels = {row["file"]: row for row in csv.DictReader(lines)}
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in (".jpg", ".jpeg", ".png"))
    for index in np.random.default_rng(1).permutation(len(files))[:limit]:
        file = files[index]
        row = labels.get(file.name, {})
        if int(row.get("age", YOUNGEST)) < YOUNGEST or CHILD.search(
            row.get("prompt_gender", "") + row.get("prompt", "")
        ):
            continue
        sex, race = (row.get(name, row.get(f"prompt_{name}", "")) for name in ("sex", "race"))
        group = f"{sex or row.get('prompt_gender', '')} {race}".strip()
        name = re.fullmatch(r"(.*_.*)_\d{4}\.jpg", file.name)
        try:
            yield images.decode(file.read_bytes()), group, name[1] if name else file.name
        except ImageError as error:
            print(f"left out: {file.name}: {error}", file=sys.stderr)


def in_dataset(folder: Path) -> Iterator[Picture]:
    for sample, pixels in stored_samples(folder):
        if float(sample.request.attributes["age"]) < YOUNGEST:
            continue
        yield pixels, f"{sample.request.sex} {sample.request.race}", str(sample.request.person)


def in_scenes(people: int, keep: Path | None) -> Iterator[Picture]:
    portraits = Portraits(keep, "draft", 256)
    races = list(RACES)
    for nth in range(people):
        sex, race = SEXES[nth % 2], races[nth // 2 % len(races)]
        same: dict[str, Value] = {"sex": sex, "race": race, "age": AGES[nth % len(AGES)]}
        for scene, change in enumerate(({}, {}, CHANGES[nth % len(CHANGES)])):
            pixels = portraits.draw(70_000 + nth, 3 * nth + scene, {**same, **change})
            yield pixels, f"{sex} {race}", f"{nth}"


def judged(name: str, domain: str, faces: Faces) -> dict[str, Any]:
    """Prints and returns the figures of one set."""
    one, other = np.triu_indices(len(faces.vectors), 1)
    cosines = np.einsum("ij,ij->i", faces.vectors[one], faces.vectors[other])
    same = faces.who[one] == faces.who[other]
    alike = ~same & (faces.group[one] == faces.group[other]) & (faces.group[one] != "")
    print(f"\n{name} ({domain}): {len(faces.vectors)} faces")
    report: dict[str, Any] = {"faces": len(faces.vectors)}
    for what, which in (("different", ~same), ("alike", alike), ("same", same)):
        if which.any():
            report[what] = figures(what, cosines[which], domain)
    return report


def figures(what: str, cosines: NDArray[np.float32], domain: str) -> dict[str, Any]:
    known = threshold(next(sha for name, sha in analyzer().info.weights.items() if name == WEIGHTS), domain)
    assert known is not None
    share, low, high = rate(int((cosines >= known.cosine).sum()), len(cosines))
    print(f"  {what:10}{len(cosines):8} pairs; reach {known.cosine}: {share:.2e}, 95 % {low:.1e} to {high:.1e}")
    if what == "same":
        shares = np.quantile(cosines, (0.05, 0.25, 0.5, 0.75))
        print("    5, 25, 50, 75 % of them: " + " ".join(f"{c:.3f}" for c in shares))
        reached = {f"{at:.3f}": float(np.mean(cosines >= at)) for at in np.arange(0.93, 0.996, 0.005)}
        print("    reach " + ", ".join(f"{at}: {share:.2f}" for at, share in reached.items()))
        return {"pairs": len(cosines), "reach": reached}
    at = {f"{rate:g}": float(np.quantile(cosines, 1 - rate)) for rate in RATES if rate * len(cosines) >= 1}
    most = np.sort(cosines)[-5:]
    print("    " + ", ".join(f"{share} reach {cosine:.4f}" for share, cosine in at.items()))
    print("    most " + " ".join(f"{cosine:.4f}" for cosine in most))
    return {"pairs": len(cosines), "rate": [share, low, high], "cosine at rate": at, "most": [float(c) for c in most]}


def rate(hits: int, pairs: int) -> tuple[float, float, float]:
    """The share of pairs with its 95 % interval (Clopper and Pearson)."""
    low = float(beta.ppf(0.025, hits, pairs - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, pairs - hits)) if hits < pairs else 1.0
    return hits / pairs, low, high


if __name__ == "__main__":
    sys.exit(main())
