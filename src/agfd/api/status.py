"""How far a dataset is, in plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agfd.errors import AgfdError
from agfd.planning import Table, plan_rows
from agfd.report import sexes_of, tally
from agfd.run.identity import generator_of, read_build, read_recipe
from agfd.run.support import refusals
from agfd.store import Layout

if TYPE_CHECKING:
    from pathlib import Path


def status(root: Path) -> dict[str, Any]:
    """Counts in all, `rows` (each with its counts, its yield's 95 % interval and reasons) and `reasons`.

    `unsupported` is None where the generator is not installed here.
    """
    layout = Layout(root)
    recipe = read_recipe(layout)
    table = Table(recipe)
    build = read_build(layout)
    try:
        plans, known = plan_rows(table, refusals(generator_of(layout, build), tuple(build["analyzers"]))), True
    except AgfdError:
        plans, known = plan_rows(table), False
    counted = tally(layout)
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
