"""Where a rule may reject and where it may confirm at a stated error: 5 % of labelled pictures in the sample folders.

    AGFD_FACES=/path/to/faces python benchmarks/bounds.py --limit 270 --out bounds.json

For a score: 5 % of the pictures that have the attribute score under `reject`, 5 % of those that have it not over
`confirm`; and the share of the right ones that is confirmed then. For ages: the errors that 2.5 % of the pictures fall
short of and 2.5 % exceed; and for each age of the table how many pictures of people who are clearly older or younger
the rules of agfd-20k would call measured. Those rules take their bounds from here (design/0027-judge.md).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import samples
from competence import DOMAINS, QUESTIONS, STYLEGAN2, UTKFACE, Question, error, look, told

from agfd.analyze.people import People
from agfd.judge import ItemRules, judge_item
from agfd.recipe import load
from agfd.records import Measurement, Measurements
from agfd.run.rules import rules_from
from agfd.stats import wilson
from judge import NUMBERS, is_wrong

ERROR = 0.05
# Whose ages, sexes and expressions the rules of agfd-20k were set by.
PROFILE = "pypi"


def bounds(question: Question, truth: np.ndarray[Any, Any], seen: np.ndarray[Any, Any]) -> dict[str, Any]:
    if question.figure is error:
        off = seen - truth
        low, middle, high = np.quantile(off, [ERROR / 2, 0.5, 1 - ERROR / 2])
        return {"low": round(low, 1), "median": round(middle, 1), "high": round(high, 1)}
    has, has_not = seen[truth > 0.5], seen[truth <= 0.5]
    if min(len(has), len(has_not)) < 1 / ERROR:
        return {}
    reject, confirm = np.quantile(has, ERROR), np.quantile(has_not, 1 - ERROR)
    other_reject, other_confirm = np.quantile(has_not, 1 - ERROR), np.quantile(has, ERROR)
    return {
        "has": len(has),
        "reject": round(float(reject), 3),
        "confirm": round(float(confirm), 3),
        "confirmed": round(float((has > confirm).mean()), 3),
        "not: reject over": round(float(other_reject), 3),
        "not: confirm under": round(float(other_confirm), 3),
    }


def ages(looked: list[tuple[dict[str, str], dict[str, float]]], domain: str) -> list[dict[str, Any]]:
    """Of the people who are clearly not of the asked age, those whom the rules on ages would call measured."""
    rules = rules_from(load("agfd-20k").rules_of("age.old"))
    competent = ItemRules(tuple(rule for rule in rules if rule.measure == "age"), frozenset({"age"}))
    rows = []
    for asked in NUMBERS["age"]:
        wrong = [values for label, values in looked if "age" in values and is_wrong("age", float(label["age"]), asked)]
        verdicts = [judge_item({"age": asked}, None, as_seen(values), competent) for values in wrong]
        passed = sum(verdict.sources["age"] == "measured" for verdict in verdicts)
        low, high = wilson(passed, len(wrong))
        rows.append({"domain": domain, "asked": asked, "wrong": len(wrong), "called measured": passed})
        print(f"{domain}: asked {asked}: {passed} of {len(wrong)} wrong ones called measured ({low:.3f} to {high:.3f})")
    return rows


def as_seen(values: dict[str, float]) -> Measurements:
    return Measurements({"age": Measurement(values["age"])})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=270, help="pictures per folder")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    arguments = parser.parse_args()
    root = samples.root()
    analyzer = People()
    analyzer.setup()
    seen = {folder: look({PROFILE: analyzer}, root / folder, arguments.limit) for folder in DOMAINS}
    rows = []
    for question in QUESTIONS:
        pairs = told(question, PROFILE, seen)
        if len(pairs) < 1 / ERROR:
            continue
        found = bounds(question, *np.array(pairs, np.float64).T)
        if found:
            rows.append(
                {"attribute": question.attribute, "domain": DOMAINS[question.folder], "pictures": question.group,
                 "n": len(pairs), **found}
            )  # fmt: skip
            print(", ".join(f"{name} {value}" for name, value in rows[-1].items()))
    for folder in (STYLEGAN2, UTKFACE):
        rows += ages([(one.label, one.values[PROFILE]) for one in seen[folder]], DOMAINS[folder])
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
