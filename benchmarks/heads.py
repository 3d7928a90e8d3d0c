"""How well the heads that learnt from renders tell what is in photos and in pictures of generators.

    AGFD_FACES=/path/to/faces python benchmarks/heads.py [--limit 150] [--write]

Claims: masks in photos with a balanced accuracy of 0.85, sunglasses in pictures of Stable Diffusion with an AUC of
0.90, the four races of UTKFace with a balanced accuracy of 0.60. Each figure has its 95 % interval by bootstrap over
the pictures; the figures on renders of people that no head learnt from stand beside them, out of the heads' card.

A fixed hash cuts each folder in two halves. By `development` choices were made (by all pictures of SD 2.1, which are
few), and thresholds are: the score that 5 % of the pictures without the value pass. `final` gives the figures. A score
may confirm in a domain where its AUC is over 0.90 with all of its interval, on the final half and on both, at least
four pictures of the final half show the value, and no more of them pass falsely than 5 % allow by chance. `--write`
puts all of it into the card, where the analyzer reads it.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import samples
from competence import SD21, STYLEGAN2, UTKFACE
from PIL import Image as Pillow

from agfd import ids, stats
from agfd.analyze.heads import Heads, card
from agfd.records import Image
from agfd.vocabulary import RACES, score_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Label = dict[str, str]
    Scores = dict[str, float]
    Figures = NDArray[np.float64]
    Seen = list[tuple[str, Label, Scores]]

CARD = Path(__file__).parents[1] / "src" / "agfd" / "analyze" / "data" / "heads.json"
MASKS = "real_masks"
DOMAINS = {MASKS: "photo", UTKFACE: "photo", SD21: "diffusion", STYLEGAN2: "diffusion"}
HALVES = ("development", "final", "both")
FALSE_ACCEPTS, COMPETENT_AUC, SHOWN = 0.05, 0.90, 4
# Of what is worn or not, something else is likelier under a half; many races and cuts share what likelihood there is.
WORN, LIKELIEST = ("mask_", "eyewear_", "headwear_"), 0.5
# UTKFace's words, and those of the seven that they may be; what is neither is left out of both.
FOUR = {"white": ("White",), "black": ("Black",), "asian": ("East Asian", "Southeast Asian"), "indian": ("Indian",)}


@dataclass(frozen=True)
class Question:
    """Whether a picture of `folder` shows a value: `score` says how likely, `truth` tells by its label, None if it
    cannot be told. Without `of` the score is one of the analyzer's own, which a rule can name.
    """

    score: str
    folder: str
    truth: Callable[[Label], bool | None]
    of: Callable[[Scores], float] | None = None

    def answer(self, scores: Scores) -> float:
        return scores[self.score] if self.of is None else self.of(scores)


def prompted(*words: str) -> Callable[[Label], bool | None]:
    return lambda label: any(word in label["prompt"].lower() for word in words)


def on_head(*words: str) -> Callable[[Label], bool | None]:
    """A helmet is neither a hat nor none."""
    return lambda label: None if "helmet" in label["prompt"] else any(word in label["prompt"] for word in words)


def of_race(race: str) -> Callable[[Label], bool | None]:
    """By the prompt; a mixture of two and a race that is none of the seven tells nothing."""
    return lambda label: prompted_race(label) == race if prompted_race(label) else None


def prompted_race(label: Label) -> str | None:
    race = label["prompt_race"].replace("Latino", "Latino_Hispanic")
    return race if race in RACES else None


def of_four(race: str) -> Callable[[Label], bool | None]:
    """By UTKFace's label; its fifth word, other, is for Latinos and people of the Middle East among others."""
    return lambda label: label["race"] == race


def without(attribute: str) -> Callable[[Scores], float]:
    """How likely the attribute has another value than none."""
    return lambda scores: 1 - scores[score_name(attribute, "none")]


def total(*names: str) -> Callable[[Scores], float]:
    return lambda scores: sum(scores[name] for name in names)


def long_haired(label: Label) -> bool | None:
    """What most people called long or not long; those between are neither."""
    rating = float(label["long-haired"])
    return None if 40 <= rating <= 60 else rating > 60


HATS = (" hat,", "wearing cap")
QUESTIONS = (
    Question("any mask", MASKS, lambda label: label["mask"] == "with_mask", without("mask")),
    Question("mask_medical", MASKS, lambda label: label["mask"] == "with_mask"),
    Question("mask_none", MASKS, lambda label: label["mask"] != "with_mask"),
    Question("eyewear_sunglasses", SD21, prompted("sunglasses")),
    Question("eyewear_glasses", SD21, prompted("wearing glasses")),
    Question("any eyewear", SD21, prompted("glasses"), without("eyewear")),
    Question("eyewear_none", SD21, lambda label: "glasses" not in label["prompt"]),
    Question("any headwear", SD21, on_head(*HATS, "headscarf"), without("headwear")),
    Question("hat or cap", SD21, on_head(*HATS), total("headwear_hat", "headwear_cap")),
    Question("headwear_headscarf", SD21, on_head("headscarf")),
    Question("headwear_none", SD21, lambda label: not any(w in label["prompt"] for w in (*HATS, "scarf", "helmet"))),
    Question("hair_style_long", STYLEGAN2, long_haired),
    Question("hair_style_bald", SD21, prompted("bald")),
    *(Question(score_name("race", FOUR[race][0]), UTKFACE, of_four(race)) for race in FOUR if race != "asian"),
    Question("either Asian", UTKFACE, of_four("asian"), total("race_east_asian", "race_southeast_asian")),
    *(Question(score_name("race", race), SD21, of_race(race)) for race in RACES),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, help="pictures per folder; by default all")
    parser.add_argument("--write", action="store_true", help="put the figures into the card of the heads")
    arguments = parser.parse_args()
    renders()
    root = samples.root()
    seen = {folder: look(root / folder, arguments.limit) for folder in DOMAINS}
    rows = [row for question in QUESTIONS for row in asked(question, seen[question.folder])]
    thresholds = [threshold(one, seen[one.folder]) for one in QUESTIONS if one.of is None]
    found = {"measured": rows + sums(seen), "thresholds": [one for one in thresholds if one]}
    if arguments.write:
        kept = json.loads(CARD.read_text(encoding="utf-8"))
        kept |= found | {"competent": competent(found), "criterion": " ".join(__doc__.split("\n\n")[3].split())}
        CARD.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return 0


def renders() -> None:
    """Prints the figures on renders that were held out."""
    print(f"{'head':24}{'renders held out':>20}{'balanced accuracy':>20}{'95 %':>16}")
    for attribute, entry in card()["heads"].items():
        one = entry["renders"]
        print(
            f"{attribute:24}{one['n']:20}{one['balanced_accuracy']:20.3f}{one['interval'][0]:8.3f}{one['interval'][1]:8.3f}"
        )


def look(folder: Path, limit: int | None) -> Seen:
    """File, label and scores of the pictures in which a face is found, chosen by chance, the same in each run."""
    if not (folder / "labels.csv").is_file():
        return []
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        labels = sorted(csv.DictReader(file), key=lambda label: label["file"])
    analyzer = Heads()
    analyzer.setup()
    out = []
    for label in random.Random(1).sample(labels, min(limit or len(labels), len(labels))):
        with Pillow.open(folder / label["file"]) as picture:
            picture.thumbnail((1024, 1024))
            [result] = analyzer.measure([Image(np.asarray(picture.convert("RGB")))])
        if result.values:
            out.append((label["file"], label, {name: one.value for name, one in result.values.items()}))
    return out


def half(folder: str, file: str) -> str:
    """To which half a picture belongs, by its name alone."""
    return HALVES[ids.fraction("heads", folder, file) >= 0.5]


def told(question: Question, seen: Seen, part: str) -> tuple[NDArray[np.bool_], Figures]:
    """Truth and score of the pictures of a half that can be told."""
    pairs = [
        (question.truth(label), question.answer(scores))
        for file, label, scores in seen
        if part in {"both", half(question.folder, file)} and question.truth(label) is not None
    ]
    truth, score = np.array(pairs, np.float64).reshape(-1, 2).T
    return truth > 0.5, score


def asked(question: Question, seen: Seen) -> list[dict[str, Any]]:
    """AUC of a question on each half and on both, where some pictures show the value and some do not."""
    pairs = {part: told(question, seen, part) for part in HALVES}
    able = {part: pair for part, pair in pairs.items() if 0 < pair[0].sum() < len(pair[0])}
    return [row(question.score, question.folder, part, "AUC", stats.auc, pair) for part, pair in able.items()]


def row(name: str, folder: str, part: str, figure: str, of: Callable[..., float], pairs: Any) -> dict[str, Any]:
    """A line of the table, printed and as it goes into the card."""
    truth, score = pairs
    value, (low, high) = of(truth, score), stats.bootstrap(of, truth, score)
    shown = int(truth.sum()) if figure == "AUC" else len(truth)
    print(f"{name:24}{folder:20}{part:13}{len(truth):5}{shown:5}  {figure:18}{value:7.3f}{low:8.3f}{high:8.3f}")
    return {
        "score": name,
        "pictures": folder,
        "domain": DOMAINS[folder],
        "half": part,
        "n": len(truth),
        "shown": shown,
        "figure": figure,
        "value": round(value, 3),
        "interval": [round(low, 3), round(high, 3)],
    }


def sums(seen: dict[str, Seen]) -> list[dict[str, Any]]:
    """Balanced accuracies: masks against no masks, UTKFace's four races, the seven races of prompts."""
    rows = []
    for part in HALVES:
        mask = told(QUESTIONS[0], seen[MASKS], part)
        rows.append(
            row("any mask", MASKS, part, "balanced accuracy", stats.balanced_accuracy, (mask[0], mask[1] > 0.5))
        )
        four = classes(seen[UTKFACE], UTKFACE, part, four_of, tuple(FOUR))
        rows.append(row("race, four", UTKFACE, part, "balanced accuracy", stats.balanced_accuracy, four))
        four = classes(seen[SD21], SD21, part, four_of, tuple(FOUR))
        rows.append(row("race, four", SD21, part, "balanced accuracy", stats.balanced_accuracy, four))
        seven = classes(seen[SD21], SD21, part, seven_of, RACES)
        rows.append(row("race, seven", SD21, part, "balanced accuracy", stats.balanced_accuracy, seven))
    return rows


def classes(
    seen: Seen,
    folder: str,
    part: str,
    of: Callable[[Label, Scores], tuple[str | None, Sequence[float]]],
    names: tuple[str, ...],
) -> tuple[Figures, Figures]:
    """The place of the right class and of the likeliest one."""
    pairs = []
    for file, label, scores in seen:
        name, likely = of(label, scores)
        if part in {"both", half(folder, file)} and name is not None:
            pairs.append((names.index(name), int(np.argmax(likely))))
    right, said = np.array(pairs, np.float64).reshape(-1, 2).T
    return right, said


def four_of(label: Label, scores: Scores) -> tuple[str | None, Sequence[float]]:
    """UTKFace's race and how likely each of the four is; the two Asian ones share one place."""
    name = label.get("race") or next((four for four in FOUR if prompted_race(label) in FOUR[four]), None)
    likely = [float(np.mean([scores[score_name("race", one)] for one in FOUR[four]])) for four in FOUR]
    return (name if name in FOUR else None), likely


def seven_of(label: Label, scores: Scores) -> tuple[str | None, Sequence[float]]:
    return prompted_race(label), [scores[score_name("race", one)] for one in RACES]


def threshold(question: Question, seen: Seen) -> dict[str, Any] | None:
    """The score that 5 % of one half's pictures without the value pass, and what passes of the other half."""
    truth, score = told(question, seen, "development")
    found = stats.threshold_at(FALSE_ACCEPTS, truth, score)
    if found is None or not told(question, seen, "final")[0].size:
        return None
    least = max(round(found.score, 3), LIKELIEST if question.score.startswith(WORN) else 0.0)
    lacking = int((~truth).sum())
    truth, score = told(question, seen, "final")
    passes = score >= least
    accepted, lacks, kept, has = (
        int((passes & ~truth).sum()), int((~truth).sum()),
        int((passes & truth).sum()), int(truth.sum()),
    )  # fmt: skip
    print(f"{question.score:24}{question.folder:20}min {least:.3f}  falsely {accepted}/{lacks}  rightly {kept}/{has}")
    return {
        "score": question.score,
        "domain": DOMAINS[question.folder],
        "pictures": question.folder,
        "min": least,
        "development": lacking,
        "false_accepts": [accepted, lacks],
        "right_accepts": [kept, has],
    }


def competent(found: dict[str, Any]) -> dict[str, list[str]]:
    """The scores that may confirm, by domain."""
    able: dict[str, list[str]] = {"photo": [], "diffusion": [], "render": []}
    for one in found["thresholds"]:
        bounds = [
            row["interval"][0]
            for row in found["measured"]
            if (row["score"], row["pictures"]) == (one["score"], one["pictures"])
            and row["half"] != "development"
            and row["figure"] == "AUC"
        ]
        chance = stats.wilson(*one["false_accepts"])[0] <= FALSE_ACCEPTS
        sure = min(bounds) >= COMPETENT_AUC
        if chance and sure and one["right_accepts"][1] >= SHOWN:
            able[one["domain"]].append(one["score"])
    return able


if __name__ == "__main__":
    sys.exit(main())
