"""What needs no trained head: light, noise, skin, hands, hair and words, on renders with their truth and on photos.

    AGFD_FACES=/path/to/faces python benchmarks/look.py BUILD --limit 100 --seen look.parquet

BUILD: a build of the shipped recipe by the renderer with all pictures kept. `--seen` keeps what was measured, and
a second run with the same file only prints.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import samples
from PIL import Image as Pillow
from scipy.stats import spearmanr

import agfd
from agfd import vocabulary
from agfd.errors import MissingDependencyError
from agfd.records import Image
from agfd.registry import ANALYZERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDERS = ("generated_sd21", "generated_stylegan2", "real_ffhq", "real_masks", "real_utkface")
SIDE = 512
TRUTHS = ("hair_color", "hair_style", "hair_bangs", "hand", "light", "scene", "skin_tone")
# Where the light is not what the colours of skin and hair were fitted on, or the head is covered.
UNEVEN = ("illumination.under-water", "illumination.dark", "occlusion.hands", "occlusion.complex", "occlusion.mask")
DYED = ("pink hair", "green hair", "blue hair", "purple hair")
WISHES = {f"{word} hair": word for word in ("black", "brown", "red", "white")} | {"blonde hair": "blond"}


def renders(build: Path) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
    dataset = agfd.open(build).filter(status=None)
    for sample in dataset:
        if sample.truth is not None and sample.place is not None and sample.place.size:
            truth = {name: sample.truth.attributes.get(name) for name in TRUTHS}
            facts = {f"true_{name}": value for name, value in truth.items()}
            yield {"set": "render", "row": sample.request.row, **facts}, dataset.image(sample)


def photos(folder: str, limit: int) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
    root = samples.root(folder)
    listed = root / "labels.csv"
    lines = csv.DictReader(listed.read_text(encoding="utf-8").splitlines() if listed.exists() else [])
    labels = {line["file"]: line for line in lines}
    files = sorted(path for path in root.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    for path in files[:: max(1, len(files) // limit)][:limit]:
        picture = Pillow.open(path).convert("RGB")
        picture.thumbnail((SIDE, SIDE))
        label = labels.get(str(path.relative_to(root)), {})
        kept = {name: label.get(name) for name in ("race", "prompt", "hair-color", "long-haired", "skin-color")}
        yield {"set": folder, "file": path.name, **kept}, np.asarray(picture)


def see(build: Path, limit: int) -> pl.DataFrame:
    analyzers = [ANALYZERS.make(name) for name in ("basic", "hands", "hair")]
    for analyzer in analyzers:
        analyzer.setup()
    rows = []
    sources = [renders(build), *(photos(folder, limit) for folder in FOLDERS)]
    for source in sources:
        for facts, pixels in source:
            image = Image(pixels)
            seen = {n: m.value for one in analyzers for n, m in one.measure([image])[0].values.items()}
            rows.append({**facts, **{name: float(value) for name, value in seen.items()}})
    return pl.DataFrame(rows, infer_schema_length=None)


def auc(yes: np.ndarray, no: np.ndarray) -> float:
    if not len(yes) or not len(no):
        return float("nan")
    return float(((yes[:, None] > no[None]) + 0.5 * (yes[:, None] == no[None])).mean())


def told(seen: pl.DataFrame, measure: str, yes: pl.Expr, name: str, bound: float | None = None) -> None:
    """AUC, the bound at 5 % false accepts of the others (or the one given), and what it hits."""
    known = seen.filter(pl.col(measure).is_not_null())
    wanted = known.select(yes.fill_null(value=False)).to_series()
    high, low = (known.filter(side)[measure].to_numpy() for side in (wanted, ~wanted))
    at = float(np.percentile(low, 95)) if bound is None and len(low) else bound or 0.0
    hits, alarms = (100 * np.mean(part > at) if len(part) else float("nan") for part in (high, low))
    sizes = f"{len(high)}, {len(low)}"
    print(f"| {name} | {measure} | {sizes} | {auc(high, low):.3f} | {at:.2f} | {hits:.0f} | {alarms:.1f} |")


def alarms(seen: pl.DataFrame, measure: str, bound: float) -> None:
    line = []
    for folder in FOLDERS:
        part = seen.filter((pl.col("set") == folder) & pl.col(measure).is_not_null())[measure].to_numpy()
        line.append(f"{100 * np.mean(part > bound):.1f} of {len(part)}" if len(part) else "-")
    print(f"| {measure} > {bound:g} | " + " | ".join(line) + " |")


def light(seen: pl.DataFrame) -> None:
    made = seen.filter(pl.col("set") == "render")
    told(made, "red_loss", pl.col("true_scene") == "under water", "under water")
    told(made, "red_loss", pl.col("true_scene") == "under water", "under water", 0.3)
    told(made, "backlight", pl.col("true_light") == "sun behind", "sun behind")
    dark = made.with_columns(dark=1 - pl.col("luminance"))
    told(dark, "dark", pl.col("row") == "illumination.dark", "dark (1 - luminance)")


def skin(seen: pl.DataFrame) -> None:
    made = seen.filter((pl.col("set") == "render") & pl.col("true_skin_tone").is_not_null())
    even = made.filter(~pl.col("row").is_in([*UNEVEN, "illumination.strong-light"]))
    for name, rows in (("renders, all rows", made), ("renders, even light", even)):
        part = rows.filter(pl.col("ita").is_not_null())
        truth, tone = part["true_skin_tone"].to_numpy().astype(float), part["skin_tone"].to_numpy()
        off = np.abs(tone - truth)
        guess = np.abs(np.median(truth) - truth).mean()
        rho = spearmanr(part["ita"], truth)[0]
        print(f"{name}: n {len(off)}, rank correlation {rho:.2f}, MAE {off.mean():.2f}, always the median {guess:.2f}")
    for race in ("white", "asian", "indian", "other", "black"):
        part = seen.filter((pl.col("set") == "real_utkface") & (pl.col("race") == race))["ita"].drop_nulls()
        print(f"UTKFace {race}: n {len(part)}, ita {np.percentile(part, [25, 50, 75]).round(0).tolist()}")
    part = seen.filter((pl.col("set") == "generated_stylegan2") & pl.col("ita").is_not_null())
    rho = spearmanr(part["ita"], part["skin-color"].cast(float))[0]
    print(f"StyleGAN2: rank correlation with the rated skin {rho:.2f}")


def hands(seen: pl.DataFrame) -> None:
    made = seen.filter(pl.col("set") == "render")
    hit = {place: pl.col(f"hand_over_{place}") > 0.5 for place in ("face", "hair")}
    for (row, hand), part in sorted(made.group_by("row", "true_hand"), key=lambda entry: str(entry[0])):
        over = [int(part.filter(shown).height) for shown in hit.values()]
        if hand != "none" or sum(over):
            print(f"{row}, hand {hand}: {len(part)} pictures, over face {over[0]}, over hair {over[1]}")
    for place in ("face", "hair"):
        told(made, f"hand_over_{place}", pl.col("true_hand") == f"over {place}", f"over {place}", 0.5)


def hair(seen: pl.DataFrame) -> None:
    made = seen.filter((pl.col("set") == "render") & ~pl.col("row").is_in(UNEVEN))
    for style in ("bald", "long"):
        told(made, f"hair_style_{style}", pl.col("true_hair_style") == style, style)
        told(made, f"hair_style_{style}", pl.col("true_hair_style") == style, style, 0.5)
    told(made, "hair_bangs_yes", pl.col("true_hair_bangs") == "yes", "bangs")
    told(made, "hair_bangs_yes", pl.col("true_hair_bangs") == "yes", "bangs", 0.5)
    haired = made.filter((pl.col("true_hair_style") != "bald") & pl.col("hair_color_black").is_not_null())
    for color in vocabulary.ATTRIBUTES["hair_color"].values:
        told(haired, f"hair_color_{color}", pl.col("true_hair_color") == color, color, 0.5)
    confusion(haired, "true_hair_color")
    rated = seen.filter(pl.col("set") == "generated_stylegan2").with_columns(
        long=pl.col("long-haired").cast(float), dark=pl.col("hair-color").cast(float)
    )
    clear = rated.filter((pl.col("long") > 60) | (pl.col("long") < 50))
    told(clear, "hair_style_long", pl.col("long") > 60, "StyleGAN2 long")
    told(clear, "hair_style_long", pl.col("long") > 60, "StyleGAN2 long", 0.5)
    for color, yes in (("blond", pl.col("dark") < 20), ("black", pl.col("dark") > 75)):
        told(rated, f"hair_color_{color}", yes, f"StyleGAN2 {color} (rated)", 0.5)
    wished = seen.filter(pl.col("set") == "generated_sd21").with_columns(wish=pl.lit(None, pl.String))
    for words, color in [*((word, "dyed") for word in DYED), *WISHES.items()]:
        asked = pl.col("prompt").str.contains(words)
        wished = wished.with_columns(wish=pl.when(asked).then(pl.lit(color)).otherwise(pl.col("wish")))
    told(wished, "hair_color_dyed", pl.col("wish") == "dyed", "SD 2.1 dyed (prompt)", 0.5)
    told(rated, "hair_color_dyed", pl.lit(value=False), "StyleGAN2 dyed", 0.5)
    confusion(wished.filter(pl.col("wish").is_not_null()), "wish")


def confusion(seen: pl.DataFrame, truth: str) -> None:
    values = vocabulary.ATTRIBUTES["hair_color"].values
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in seen.iter_rows(named=True):
        scores = [row[f"hair_color_{value}"] for value in values]
        found[row[truth]][values[int(np.argmax(scores))] if scores[0] is not None else "unseen"] += 1
    for value in values:
        print(f"{truth} {value}: " + ", ".join(f"{n} {word}" for word, n in found[value].most_common()))


def words(limit: int) -> None:
    try:
        reader = ANALYZERS.make("words")
    except MissingDependencyError as missing:
        print(f"words: {missing}")
        return
    reader.setup()
    for folder in FOLDERS[:3]:
        shown = [pixels for _, pixels in photos(folder, limit)]
        found = [reader.measure([Image(pixels)])[0].values["words"].value for pixels in shown]
        print(f"words: {folder}: {sum(value > 0 for value in found)} of {len(found)} pictures with words")


def cost() -> None:
    """Milliseconds of CPU a picture, what `basic` has already found not counted twice."""
    shown = [np.asarray(Pillow.fromarray(p).resize((SIDE, SIDE))) for _, p in photos("generated_stylegan2", 20)]
    analyzers = []
    for name in ("basic", "hands", "hair", "words"):
        try:
            analyzers.append((name, ANALYZERS.make(name)))
        except MissingDependencyError as missing:
            print(f"{name}: {missing}")
    for _, analyzer in analyzers:
        analyzer.setup()
        analyzer.measure([Image(shown[0])])
    spent = defaultdict(list)
    for pixels in shown:
        image = Image(pixels)
        for name, analyzer in analyzers:
            before = time.process_time()
            analyzer.measure([image])
            spent[name].append(1000 * (time.process_time() - before))
    print("ms: " + ", ".join(f"{name} {np.median(values):.1f}" for name, values in spent.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--limit", type=int, default=100, help="pictures of each folder")
    parser.add_argument("--words", type=int, default=0, help="pictures of each folder to read")
    parser.add_argument("--seen", type=Path, help="a Parquet file to keep what was measured")
    parser.add_argument("--cost", action="store_true", help="measure the cost of each analyzer too")
    options = parser.parse_args()
    if options.seen and options.seen.exists():
        seen = pl.read_parquet(options.seen)
    else:
        seen = see(options.build, options.limit)
        if options.seen:
            seen.write_parquet(options.seen)
    print("| what | measurement | with, without | AUC | bound | hits, % | false alarms, % |")
    parts: tuple[Callable[[pl.DataFrame], None], ...] = (light, hands, hair, skin)
    for part in parts:
        part(seen)
    print("| false alarms, % | " + " | ".join(FOLDERS) + " |")
    for measure, bound in (
        ("red_loss", 0.3),
        ("backlight", 0.35),
        ("noise", 3),
        ("noise", 6),
        ("hand_over_face", 0.5),
        ("hand_over_hair", 0.5),
        ("hair_style_bald", 0.5),
        ("hair_color_dyed", 0.5),
        ("hair_bangs_yes", 0.5),
    ):
        alarms(seen, measure, bound)
    if options.words:
        words(options.words)
    if options.cost:
        cost()


if __name__ == "__main__":
    main()
