"""What the judge turns down falsely and what it lets pass falsely, on renders whose truth is known.

    agfd build agfd-20k --out table --keep all --scale 0.05 --quality draft
    python benchmarks/judge.py table --analyzers basic,people --cache measured.jsonl --out judge.json

Claims: at most 5 % of each row are rejected falsely (every render is what was asked for unless its truth says
otherwise), and at most 5 % of the renders that do not show a value are called measured for it. Every render is judged
against requests that it does not satisfy, one attribute at a time: with its truth, which must turn all of them down,
and with the truth withheld, as if a diffusion model had made it; there it is also said, without a limit, what right
requests come to: analyzers were not made for renders. The pictures are measured anew by the analyzers given,
in processes; what they see is kept in --cache.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import agfd
from agfd import images, vocabulary
from agfd.judge import judge_item
from agfd.records import Image, Measurement, Measurements
from agfd.registry import ANALYZERS
from agfd.run.measuring import Measurer
from agfd.run.rules import rules_by_row
from agfd.stats import wilson
from agfd.store import Layout, read_member

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agfd.ports import Analyzer
    from agfd.records import Sample, Value

    Seen = dict[str, dict[str, list[float]]]

LIMIT = 0.05
DOMAIN = "diffusion"
# Numbers that are asked for in the table, and how far off a picture does not satisfy them any more.
NUMBERS = {"age": (1, 3, 8, 15, 25, 35, 45, 55, 60, 70, 80, 100), "yaw": (-60, 0, 60), "pitch": (0, 28)}
# What also shows a value without being called by its name.
ALSO = {
    ("expression", "smile"): {"laugh"},
    ("expression", "angry"): {"annoyed", "yell"},
    ("mouth", "open"): {"talking"},
    ("mouth", "talking"): {"open"},
}


def is_wrong(name: str, true: Value, asked: Value) -> bool:
    """Whether a picture with that truth does not satisfy the request: clearly, for numbers."""
    if name == "age":
        return abs(float(true) - float(asked)) >= max(5.0, 0.4 * max(float(true), float(asked)))
    if name == "yaw":
        return abs(float(true) - float(asked)) >= 45
    if name == "pitch":
        return abs(float(true) - float(asked)) >= 25
    return true != asked and true not in ALSO.get((name, str(asked)), ())


def is_right(name: str, true: Value, asked: Value) -> bool:
    if name in NUMBERS:
        return true == asked
    return not is_wrong(name, true, asked)


@dataclass
class Share:
    """Hits of trials."""

    hits: int = 0
    of: int = 0
    why: Counter[str] = field(default_factory=Counter)

    def add(self, hit: bool, why: Iterable[str] = ()) -> None:
        self.hits += hit
        self.of += 1
        if hit:
            self.why.update(why)

    def plain(self) -> dict[str, Any]:
        low, high = wilson(self.hits, self.of)
        share = self.hits / self.of if self.of else None
        return {"hits": self.hits, "of": self.of, "share": share, "low": low, "high": high, "why": dict(self.why)}

    def __str__(self) -> str:
        low, high = wilson(self.hits, self.of)
        told = f"{self.hits} of {self.of}: {100 * self.hits / max(1, self.of):.1f} %"
        return f"{told} ({100 * low:.1f} to {100 * high:.1f})"


_analyzers: dict[str, Analyzer] = {}


def measure(task: tuple[str, bytes, tuple[str, ...]]) -> tuple[str, Seen]:
    """What each analyzer sees in one file. Runs in a process of its own, which keeps its analyzers."""
    identity, data, names = task
    image = Image(images.decode(data))
    seen: Seen = {}
    for name in names:
        if name not in _analyzers:
            _analyzers[name] = ANALYZERS.make(name)
            _analyzers[name].setup()
        values = _analyzers[name].measure([image])[0].values
        seen[name] = {key: [one.value, one.confidence] for key, one in values.items()}
    return identity, seen


def measured(root: Path, samples: list[Sample], names: tuple[str, ...], cache: Path, workers: int) -> dict[str, Seen]:
    """What the analyzers see in every sample; from the cache what is there, of the same versions."""
    versions = {name: ANALYZERS.make(name).info.version for name in names}
    known: dict[str, Seen] = defaultdict(dict)
    if cache.exists():
        for line in cache.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            for name, values in entry["seen"].items():
                if versions.get(name) == entry["versions"][name]:
                    known[entry["id"]][name] = values
    layout = Layout(root)

    def tasks() -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
        for sample in samples:
            missing = tuple(name for name in names if name not in known[sample.request.id])
            if missing and sample.place is not None:
                yield sample.request.id, read_member(layout, sample.place), missing

    with cache.open("a", encoding="utf-8") as file, get_context("spawn").Pool(workers) as pool:
        for identity, seen in pool.imap_unordered(measure, tasks()):
            known[identity].update(seen)
            told = {"id": identity, "versions": {name: versions[name] for name in seen}, "seen": seen}
            file.write(json.dumps(told) + "\n")
            file.flush()
    return known


def joined(analyzers: list[Analyzer], domain: str, seen: Seen) -> Measurements:
    parts = {
        place: Measurements({key: Measurement(*pair) for key, pair in seen[analyzer.info.name].items()})
        for place, analyzer in enumerate(analyzers)
    }
    return Measurer(analyzers, domain).joined(parts)


def shown(value: Value) -> str:
    return f"{value:.0f}" if isinstance(value, float) else str(value)


def values_of(name: str) -> tuple[Value, ...]:
    entry = vocabulary.ATTRIBUTES[name]
    return entry.values if isinstance(entry, vocabulary.Choice) else NUMBERS.get(name, ())


class Bench:
    """Everything that is counted."""

    def __init__(self, recipe: agfd.Recipe, analyzers: list[Analyzer]) -> None:
        self._analyzers = analyzers
        self._render = rules_by_row(recipe, analyzers, "render")
        self._withheld = rules_by_row(recipe, analyzers, DOMAIN)
        self.false_rejects: dict[str, Share] = defaultdict(Share)
        self.with_truth: dict[str, Share] = defaultdict(Share)
        self.false_accepts: dict[str, Share] = defaultdict(Share)
        self.false_rejects_withheld: dict[str, Share] = defaultdict(Share)
        self.confirmed: dict[str, Share] = defaultdict(Share)

    def enter(self, sample: Sample, seen: Seen) -> None:
        """Judge one render against what was asked for, and against what was not."""
        asked, truth, row = sample.request.attributes, sample.truth, sample.request.row
        assert truth is not None
        picture = joined(self._analyzers, "render", seen)
        verdict = judge_item(asked, truth, picture, self._render[row])
        right = all(truth.attributes.get(name, value) == value for name, value in asked.items())
        if right:
            self.false_rejects[row].add(verdict.status != "accepted", verdict.reasons)
        withheld = joined(self._analyzers, DOMAIN, seen)
        told = judge_item(asked, None, withheld, self._withheld[row])
        for name in asked if right else ():
            self._right(f"{name}: as asked", name, told, row)
        for name, true in truth.attributes.items():
            for value in values_of(name):
                other = {**asked, name: value}
                key = f"{name}: {value}"
                if is_wrong(name, true, value):
                    told = judge_item(other, truth, picture, self._render[row])
                    self.with_truth[name].add(told.status == "accepted", [shown(true)])
                    told = judge_item(other, None, withheld, self._withheld[row])
                    passed = told.status == "accepted" and told.sources[name] == "measured"
                    self.false_accepts[key].add(passed, [shown(true)])
                elif is_right(name, true, value):
                    self._right(key, name, judge_item({name: value}, None, withheld, self._withheld[row]), row)

    def _right(self, key: str, name: str, told: Any, row: str) -> None:
        about = {rule.code for rule in self._withheld[row].rules if name in rule.checks}
        broken = [reason for reason in told.reasons if reason in about]
        self.false_rejects_withheld[key].add(bool(broken), broken)
        self.confirmed[key].add(told.sources[name] == "measured")

    def report(self) -> bool:
        """Print everything; whether all limits hold."""
        good = self._table("falsely rejected, by row", self.false_rejects)
        good &= self._table("passed though the truth says otherwise, by attribute", self.with_truth, 0.0)
        counted = (self.confirmed, self.false_accepts, self.false_rejects_withheld)
        told = {key for shares in counted for key, share in shares.items() if share.hits}
        print(f"\ntruth withheld, as if of the domain {DOMAIN}; values that no rule tells are left out:")
        print(f"{'asked':32} {'called measured and wrong':34} {'rejected and right':34} called measured and right")
        for key in sorted({*self.false_accepts, *self.confirmed}):
            if key not in told:
                continue
            wrong, lost = self.false_accepts[key], self.false_rejects_withheld[key]
            over = " over the limit" if wrong.hits > LIMIT * wrong.of else ""
            good &= not over
            print(f"{key:32} {wrong!s:34} {lost!s:34} {self.confirmed[key]}{over}")
            if wrong.hits:
                print(f"{'':32} truly: {', '.join(f'{name} {n}' for name, n in wrong.why.most_common(5))}")
        return good

    def plain(self) -> dict[str, Any]:
        """Everything as plain data."""
        names = ("false_rejects", "with_truth", "false_accepts", "false_rejects_withheld", "confirmed")
        return {name: {key: share.plain() for key, share in getattr(self, name).items()} for name in names}

    def _table(self, title: str, shares: dict[str, Share], limit: float = LIMIT) -> bool:
        print(f"\n{title}:")
        for key, share in shares.items():
            over = " over the limit" if share.hits > limit * share.of else ""
            why = ", ".join(f"{name} {n}" for name, n in share.why.most_common(5))
            print(f"{key:32} {share!s:34} {why}{over}")
        return all(share.hits <= limit * share.of for share in shares.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--analyzers", default="basic", help="who measures, separated by commas")
    parser.add_argument("--recipe", help="whose rules to judge by  [the dataset's]")
    parser.add_argument("--limit", type=int, help="images of each row")
    parser.add_argument("--cache", type=Path, required=True, help="what was measured, one line an image")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    arguments = parser.parse_args()
    dataset = agfd.open(arguments.dataset).filter(status=None)
    recipe = agfd.load_recipe(arguments.recipe) if arguments.recipe else dataset.recipe
    names = tuple(arguments.analyzers.split(","))
    rows: Counter[str] = Counter()
    samples = []
    for sample in dataset:
        kept = sample.place is not None and sample.place.size > 0 and sample.truth is not None
        if kept and (arguments.limit is None or rows[sample.request.row] < arguments.limit):
            rows[sample.request.row] += 1
            samples.append(sample)
    seen = measured(arguments.dataset, samples, names, arguments.cache, arguments.workers)
    bench = Bench(recipe, [ANALYZERS.make(name) for name in names])
    for sample in samples:
        bench.enter(sample, seen[sample.request.id])
    print(f"{len(samples)} renders of {len(rows)} rows, measured by {', '.join(names)}")
    good = bench.report()
    print("\nall limits hold" if good else "\nnot all limits hold")
    if arguments.out:
        told = {"images": len(samples), "analyzers": names, "limit": LIMIT, "holds": good, **bench.plain()}
        arguments.out.write_text(json.dumps(told, indent=2), encoding="utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
