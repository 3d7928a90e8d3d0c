"""How far a dataset is, in plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from agfd.fill import Yield
from agfd.planning import Table
from agfd.report import sexes_of, tally
from agfd.report.asked import compare
from agfd.report.costs import seconds_per_accepted
from agfd.report.events import spared
from agfd.report.people import people_in
from agfd.run.identity import read_build, read_recipe
from agfd.run.support import planned
from agfd.store import Layout

if TYPE_CHECKING:
    from pathlib import Path


def status(root: Path) -> dict[str, Any]:
    """Counts in all, `rows` (each with its counts, its yield's 95 % interval and reasons) and `reasons`.

    `unsupported` is None where the generator is not installed here. `early_stop` is there where the build looks early:
    of the images that it would have stopped and that were finished all the same, how many passed: the share of good
    images among those that it stops, with its 95 % interval. `people` is there where somebody reviewed images: how many
    did, of how many, and where their word lies over the machine's the images that they rejected and accepted and the
    labels that they found right.
    """
    layout = Layout(root)
    recipe = read_recipe(layout)
    table = Table(recipe)
    build = read_build(layout)
    plans, known = planned(layout, recipe, build)
    counted = tally(layout)
    passed, looked = spared(layout)
    sexes = sexes_of(recipe, (sex for _, sex in counted.parts))
    rows = []
    for plan in plans:
        reasons: dict[str, int] = {}
        for sex in sexes:
            for reason, number in counted.reasons_of(plan.id, sex).items():
                reasons[reason] = reasons.get(reason, 0) + number
        rows.append(
            {
                "id": plan.id,
                "group": plan.group,
                "feature": plan.feature,
                **_counts(plan.male + plan.female, counted.row(plan.id)),
                "unsupported": plan.unsupported if known else None,
                "why_unsupported": list(plan.reasons),
                "yield": {sex: _yield(counted.yield_of(plan.id, sex)) for sex in sexes},
                "reasons": reasons,
            }
        )
    return {
        **_counts(table.total, counted.total),
        "unsupported": sum(plan.unsupported for plan in plans) if known else None,
        "reasons": dict(counted.all_reasons()),
        "rows": rows,
        **({"people": asdict(people_in(layout))} if any(layout.reviews.glob("*.jsonl")) else {}),
        **({"early_stop": _yield(Yield(passed, looked - passed))} if build.get("early_stop") else {}),
    }


def compared(root: Path) -> dict[str, Any]:
    """What was measured beside what is true or was asked for, and what accepted images cost, in plain data.

    `words`: by attribute the images compared, how many were measured as something else with its share's 95 % interval,
    and all pairs (label, measured, images). `numbers`: mean difference and mean size of the differences in the
    attribute's unit. `against` is `true` where the generator knows: then differences are errors of the analyzers.
    `seconds`: of workers for each accepted image, by row, from the log.
    """
    layout = Layout(root)
    found = compare(layout, read_build(layout))
    return {
        "words": [
            {
                "attribute": entry.attribute,
                "against": entry.against,
                "images": entry.images,
                "differing": entry.differing,
                "low": round(entry.interval[0], 4),
                "high": round(entry.interval[1], 4),
                "pairs": [[*pair, number] for pair, number in sorted(entry.pairs.items())],
            }
            for entry in found.words
        ],
        "numbers": [
            {
                "attribute": entry.attribute,
                "against": entry.against,
                "images": entry.images,
                "bias": round(entry.bias, 3),
                "error": round(entry.error, 3),
            }
            for entry in found.numbers
        ],
        "seconds": {row: round(cost, 3) for row, cost in seconds_per_accepted(layout).items()},
    }


def _counts(asked: int, counts: Any) -> dict[str, int]:
    return {
        "asked": asked,
        "made": counts.made,
        "accepted": counts.accepted,
        "rejected": counts.rejected,
        "failed": counts.failed,
    }


def _yield(entry: Any) -> dict[str, Any]:
    low, high = entry.interval
    return {"accepted": entry.accepted, "of": entry.trials, "low": round(low, 4), "high": round(high, 4)}
