"""Train the heads of the analyzer `heads` on renders alone, and write their weights and their card.

    python scripts/render_heads_set.py --out SET --count 1010
    agfd build agfd-20k TABLE --scale 0.05 --quality draft --keep all
    python scripts/train_heads.py --set SET --table TABLE [--cache FOLDER] [--out FOLDER]

A fifth of the people is held out; the figures on them go into the card (`renders`). Photos are never opened here:
`benchmarks/heads.py --write` measures the heads on them and puts figures, thresholds and competence into the card,
without which the heads are competent nowhere.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from heads_examples import COPIES, HELD_OUT, Examples, gathered, joined, of_set, of_table
from scipy.optimize import minimize

from agfd import stats
from agfd.analyze.heads import Head
from agfd.analyze.regions import evened
from agfd.registry import GENERATORS
from agfd.vocabulary import ATTRIBUTES, Choice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Labels = NDArray[np.int64]

DATA = Path(__file__).parents[1] / "src" / "agfd" / "analyze" / "data"
# What each head sees.
SEES: dict[str, tuple[str, ...]] = {
    "race": ("identity",),
    "eyewear": ("regions", "identity"),
    "mask": ("regions", "identity"),
    "headwear": ("regions",),
    "hair_style": ("regions", "identity"),
}
# Race is learnt from faces that can be seen, and by the distance to the mean of each race: see design/0023-heads.md.
_BY_MEANS = ("race",)
_HIDING = {
    "mask": ("medical", "gas"),
    "hand": ("over face",),
    "makeup": ("joker", "halloween"),
    "eyewear": ("sunglasses", "swimming goggles", "skiing goggles"),
    "scene": ("under water",),
    "light": ("very dark",),
}
# Strength of the penalty on the squares of standardised weights, and of the sphere that is added to the spread of a
# class, by its mean variance: chosen by design/0023-heads.md.
_PENALTY, _OTHER_PENALTIES, _SPHERE = 0.003, {"hair_style": 0.01}, 10.0
_ROUNDS = 300
_FALSE_ACCEPTS = 0.05


def fit(numbers: Floats, labels: Labels, classes: int, penalty: float = _PENALTY) -> tuple[Floats, Floats]:
    """Weights (n, classes) and offsets (classes,) of multinomial logistic regression; all classes weigh the same."""
    mean, scale = numbers.mean(axis=0), numbers.std(axis=0) + 1e-3
    # A constant length of what is seen makes the penalty mean the same for few numbers and for many.
    scale *= np.sqrt(numbers.shape[1]) / 5
    seen = np.hstack([(numbers - mean) / scale, np.ones((len(numbers), 1))]).astype(np.float32)
    counts = np.bincount(labels, minlength=classes)
    weight = (1 / (counts[labels] * (counts > 0).sum())).astype(np.float32)[:, None]
    wanted = np.eye(classes, dtype=np.float32)[labels]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        factors = flat.reshape(-1, classes).astype(np.float32)
        logits = seen @ factors
        logits -= logits.max(axis=1, keepdims=True)
        likely = np.exp(logits)
        likely /= likely.sum(axis=1, keepdims=True)
        slope = seen.T @ ((likely - wanted) * weight)
        slope[:-1] += penalty * factors[:-1]
        missed = -(weight * wanted * np.log(likely + 1e-12)).sum()
        return float(missed + penalty / 2 * (factors[:-1] ** 2).sum()), slope.astype(np.float64).reshape(-1)

    start = np.zeros(seen.shape[1] * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS}).x.reshape(-1, classes)
    factors = found[:-1] / scale[:, None]
    return factors.astype(np.float32), (found[-1] - mean @ factors).astype(np.float32)


def fit_means(numbers: Floats, labels: Labels, classes: int) -> tuple[Floats, Floats]:
    """The same by linear discriminants: how near the mean of each class is, in the spread that all classes share.

    The spread is rounded towards a sphere (Friedman, "Regularized discriminant analysis", JASA 84, 1989).
    """
    exact = numbers.astype(np.float64)
    means = np.stack([exact[labels == one].mean(axis=0) for one in range(classes)])
    spread = np.cov((exact - means[labels]).T)
    spread += _SPHERE * np.trace(spread) / len(spread) * np.eye(len(spread))
    middle = means.mean(axis=0)
    factors = np.linalg.solve(spread, (means - middle).T)
    offsets = -0.5 * np.einsum("ij,ji->i", means - middle, factors) - middle @ factors
    return factors.astype(np.float32), offsets.astype(np.float32)


def seen_by(examples: Examples, sees: tuple[str, ...]) -> Floats:
    return np.concatenate([numbers(examples)[name] for name in sees], axis=1)


def numbers(examples: Examples) -> dict[str, Floats]:
    return {"regions": evened(examples.regions), "identity": examples.identity}


def places(attribute: str, labels: list[Mapping[str, Any]]) -> Labels:
    """The place of each label among the values of the attribute."""
    choice = ATTRIBUTES[attribute]
    assert isinstance(choice, Choice)
    return np.array([choice.values.index(label[attribute]) for label in labels], np.int64)


def trained(attribute: str, examples: Examples) -> Head:
    """The head of an attribute. Raises `ValueError` where the examples lack one of its values."""
    choice = ATTRIBUTES[attribute]
    assert isinstance(choice, Choice)
    by_means = attribute in _BY_MEANS
    shown = examples.chosen(clear(examples)) if by_means else examples
    labels = places(attribute, shown.labels)
    missing = [value for place, value in enumerate(choice.values) if place not in labels]
    if missing:
        raise ValueError(f"no picture shows {attribute} {missing[0]!r}: a head needs every value to tell from others")
    sees, classes = SEES[attribute], len(choice.values)
    seen = seen_by(shown, sees)
    penalty = _OTHER_PENALTIES.get(attribute, _PENALTY)
    factors, offsets = fit_means(seen, labels, classes) if by_means else fit(seen, labels, classes, penalty)
    return Head(attribute, choice.values, sees, factors, offsets)


def clear(examples: Examples) -> NDArray[np.bool_]:
    """Whose face can be seen."""
    return np.array([all(label[name] not in _HIDING[name] for name in _HIDING) for label in examples.labels])


def on_renders(head: Head, held_out: Examples) -> dict[str, Any]:
    """Balanced accuracy on people that were held out, with 95 % by bootstrap over the pictures, and the score of each
    value that 5 % of the pictures without it pass: a bound for values of which there are no photos.
    """
    labels = places(head.attribute, held_out.labels)
    scores = head.scores(numbers(held_out))
    said = scores.argmax(axis=1)
    passed = [np.quantile(scores[labels != place, place], 1 - _FALSE_ACCEPTS) for place in range(len(head.values))]
    low, high = stats.bootstrap(stats.balanced_accuracy, labels, said)
    return {
        "n": len(labels),
        "shown": {value: int((labels == place).sum()) for place, value in enumerate(head.values)},
        "balanced_accuracy": round(stats.balanced_accuracy(labels, said), 3),
        "interval": [round(low, 3), round(high, 3)],
        "min": {value: round(float(score), 3) for value, score in zip(head.values, passed, strict=True)},
    }


def write(heads: list[Head], examples: Examples, held_out: Examples, source: dict[str, Any], out: Path) -> None:
    """`heads.npz` and `heads.json`. What was measured on photos belonged to other weights and is gone."""
    out.mkdir(parents=True, exist_ok=True)
    rows = {head.attribute: np.vstack([head.weights, head.offsets]).astype(np.float16) for head in heads}
    np.savez_compressed(out / "heads.npz", **rows)
    entries = {}
    for head in heads:
        labels = places(head.attribute, examples.labels)
        entries[head.attribute] = {
            "values": list(head.values),
            "sees": list(head.sees),
            "shown": {value: int((labels == place).sum()) for place, value in enumerate(head.values)},
            "renders": on_renders(head, held_out),
        }
    card = {
        "trained": source,
        "heads": entries,
        "competent": {"photo": [], "diffusion": [], "render": []},
        "thresholds": {},
        "measured": [],
    }
    (out / "heads.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", type=Path, required=True, help="folder of render_heads_set.py")
    parser.add_argument("--table", type=Path, help="a build of the table by the renderer, made with --keep all")
    parser.add_argument("--cache", type=Path, help="folder for the numbers of the pictures, for another run")
    parser.add_argument("--out", type=Path, default=DATA)
    arguments: Any = parser.parse_args()
    parts = {"set": of_set(arguments.set)}
    if arguments.table is not None:
        parts["table"] = of_table(arguments.table)
    found = {}
    for name, pictures in parts.items():
        cache = None if arguments.cache is None else arguments.cache / f"{name}.npz"
        found[name] = gathered(pictures, cache)
    examples = joined(*found.values())
    learnt, held_out = examples.chosen(~examples.held_out), plain(examples.chosen(examples.held_out))
    renderer = GENERATORS.make("render", quality="draft").info
    source = {
        "script": "scripts/train_heads.py",
        "on": "renders alone, of people who do not exist",
        "renderer": f"render {renderer.version}, draft, {renderer.model_hash[:16]}",
        "pictures": {name: len(set(one.names)) for name, one in found.items()},
        "copies of each": COPIES + 1,
        "held out": HELD_OUT,
    }
    write([trained(attribute, learnt) for attribute in SEES], learnt, held_out, source, arguments.out)


def plain(examples: Examples) -> Examples:
    """The pictures as they were rendered, without their worse copies."""
    return examples.chosen(np.arange(len(examples.names)) == examples.first)


if __name__ == "__main__":
    main()
