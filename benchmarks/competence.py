"""How well analyzers tell what people have said of the same pictures: one line for each attribute, domain and group.

    AGFD_FACES=/path/to/faces python benchmarks/competence.py --limit 150 --out competence.json

Claims: age is told within 7.5 years in the mean and sex in 95 of 100 generated portraits, and smiles are told from
other faces with an AUC of 0.98. Each figure has its 95 % interval by bootstrap over the pictures. The folder is
described in design/0020-analyzers.md; nothing of it is shipped. `analyzers.py` prints this table too.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from agfd import stats
from agfd.analyze.people import People
from agfd.records import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from agfd.ports import Analyzer

    Label = dict[str, str]
    Figures = NDArray[np.float64]

STYLEGAN2, UTKFACE, EXPRESSIONS, SD21 = "generated_stylegan2", "real_utkface", "real_expressions", "generated_sd21"
DOMAINS = {STYLEGAN2: "StyleGAN2", UTKFACE: "photo, UTKFace", EXPRESSIONS: "photo, expressions", SD21: "SD 2.1"}


def error(truth: Figures, seen: Figures) -> float:
    """Mean absolute error."""
    return float(np.abs(truth - seen).mean())


def accuracy(truth: Figures, seen: Figures) -> float:
    """Share of pictures that lie on the right side of a half."""
    return float(((seen > 0.5) == (truth > 0.5)).mean())


def auc(truth: Figures, seen: Figures) -> float:
    """How likely a picture that has it scores higher than one that has not."""
    return stats.auc(truth > 0.5, seen)


@dataclass(frozen=True)
class Question:
    """What is asked of the pictures of one folder: the right answer by its labels, and which pictures have one."""

    attribute: str
    measure: str
    figure: Callable[[Figures, Figures], float]
    folder: str
    truth: Callable[[Label], float]
    group: str = "all"
    counts: Callable[[Label], bool] = lambda _: True


def decade(low: int) -> Callable[[Label], bool]:
    return lambda label: low <= float(label["age"]) < low + 10 or (low == 80 and float(label["age"]) >= 80)


def age(label: Label) -> float:
    return float(label["age"])


def happy(label: Label) -> float:
    return float(float(label["happy"]) > 50)


def said_male(label: Label) -> float:
    return float(float(label["gender"]) > 50)


def is_male(label: Label) -> float:
    return float(label["sex"] == "male")


def adult(label: Label) -> bool:
    return float(label["age"]) >= 18


def expression(word: str) -> Callable[[Label], float]:
    return lambda label: float(label["emotion"] == word)


def agreed(word: str) -> Callable[[Label], bool]:
    """Whether the raters agreed: those of a mean within 15 of 50 were of two minds."""
    return lambda label: abs(float(label[word]) - 50) > 15


QUESTIONS = (
    Question("age", "age", error, STYLEGAN2, age),
    Question("age", "age", error, STYLEGAN2, age, "adults", adult),
    Question("age", "age", error, UTKFACE, age),
    *(Question("age", "age", error, UTKFACE, age, f"{low} to {low + 9}", decade(low)) for low in range(0, 80, 10)),
    Question("age", "age", error, UTKFACE, age, "80 and older", decade(80)),
    Question("sex", "sex", accuracy, STYLEGAN2, said_male),
    Question("sex", "sex", accuracy, STYLEGAN2, said_male, "adults", adult),
    Question("sex", "sex", accuracy, STYLEGAN2, said_male, "raters agree", agreed("gender")),
    Question(
        "sex",
        "sex",
        accuracy,
        SD21,
        lambda label: float(label["prompt_gender"] == "man"),
        "prompt: man, woman",
        lambda label: label["prompt_gender"] in {"man", "woman"},
    ),
    Question("sex", "sex", accuracy, UTKFACE, is_male),
    Question("sex", "sex", accuracy, UTKFACE, is_male, "adults", adult),
    *(
        Question("sex", "sex", accuracy, UTKFACE, is_male, f"{low} to {low + 9}", decade(low))
        for low in range(0, 80, 10)
    ),
    Question("sex", "sex", accuracy, UTKFACE, is_male, "80 and older", decade(80)),
    Question("smile", "expression_smile", auc, EXPRESSIONS, expression("happiness")),
    Question("smile", "expression_smile", auc, STYLEGAN2, happy),
    Question("smile", "expression_smile", auc, STYLEGAN2, happy, "raters agree", agreed("happy")),
    Question("angry", "expression_angry", auc, EXPRESSIONS, expression("anger")),
    Question("neutral", "expression_neutral", auc, EXPRESSIONS, expression("neutral")),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=150, help="pictures per folder")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    arguments = parser.parse_args()
    root = os.environ.get("AGFD_FACES")
    if not root or not Path(root).is_dir():
        print("skipped: AGFD_FACES does not name a folder of sample faces")
        return 0
    rows = table(Path(root), arguments.limit)
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def table(root: Path, limit: int) -> list[dict[str, Any]]:
    """Answers every question with up to `limit` pictures of each folder and prints the answers."""
    analyzer = People()
    analyzer.setup()
    seen = {folder: look(analyzer, root / folder, limit) for folder in DOMAINS}
    print(f"\n{'attribute':11}{'domain':22}{'pictures':22}{'n':>5}{'figure':>11}{'value':>8}{'95 %':>16}")
    rows = []
    for question in QUESTIONS:
        pairs = [
            (question.truth(label), values[question.measure])
            for label, values in seen[question.folder]
            if question.counts(label) and question.measure in values
        ]
        if not pairs:
            continue
        truth, measured = np.array(pairs, np.float64).T
        low, high = stats.bootstrap(question.figure, truth, measured)
        row = {
            "attribute": question.attribute,
            "domain": DOMAINS[question.folder],
            "pictures": question.group,
            "n": len(pairs),
            "figure": {error: "MAE, years", accuracy: "accuracy", auc: "AUC"}[question.figure],
            "value": round(question.figure(truth, measured), 3),
            "interval": [round(low, 3), round(high, 3)],
        }
        rows.append(row)
        print(
            f"{row['attribute']:11}{row['domain']:22}{row['pictures']:22}{row['n']:5}{row['figure']:>11}"
            f"{row['value']:8.3f}{low:8.3f}{high:8.3f}"
        )
    return rows


def look(analyzer: Analyzer, folder: Path, limit: int) -> list[tuple[Label, dict[str, float]]]:
    """The labels and the measurements of up to `limit` pictures that count, chosen by chance, the same in each run."""
    asked = [question for question in QUESTIONS if question.folder == folder.name]
    if not (folder / "labels.csv").is_file():
        return []
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        labels = [label for label in csv.DictReader(file) if any(question.counts(label) for question in asked)]
    out = []
    for label in random.Random(1).sample(sorted(labels, key=lambda label: label["file"]), min(limit, len(labels))):
        with Pillow.open(folder / label["file"]) as picture:
            [result] = analyzer.measure([Image(np.asarray(picture.convert("RGB")))])
        out.append((label, {name: one.value for name, one in result.values.items()}))
    return out


if __name__ == "__main__":
    sys.exit(main())
