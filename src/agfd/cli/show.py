"""Printing results for people."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from agfd import api
from agfd.cli.display import Display, Live, Plain, Progress, Quiet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def build_display(recipe: str, out: Path, options: Mapping[str, Any], *, as_json: bool) -> Display:
    """What shows a build: nothing with --json, a live table on a terminal, plain lines elsewhere."""
    if as_json:
        return Quiet()
    names = ("scale", "generator", "model", "set", "quality", "series", "rows")
    planned = api.plan(recipe, **{name: options[name] for name in names if name in options})
    asked = {row.id: row.male + row.female - row.unsupported for row in planned.summary.rows}
    accepted = api.accepted_by_row(out)
    progress = Progress(asked, accepted)
    console = Console(stderr=True)
    return Live(progress, console) if sys.stderr.isatty() else Plain(progress, console)


def print_plan(planned: api.Plan) -> None:
    """The table of a plan with its costs."""
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for title, justify in (("row", "left"), ("feature", "left"), ("male", "right"), ("female", "right"), ("", "left")):
        table.add_column(title, justify=justify)  # type: ignore[arg-type]  # rich's own literal type
    for row in planned.summary.rows:
        note = f"{row.unsupported} unsupported: {'; '.join(row.reasons)}" if row.unsupported else ""
        table.add_row(row.id, row.feature, f"{row.male:,}", f"{row.female:,}", note)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table, highlight=False)
    summary = planned.summary
    console.print(
        f"{summary.total:,} images in {len(summary.cells)} cells, {summary.unsupported:,} of them unsupported; "
        f"about {_duration(planned.seconds)} on one worker, {planned.bytes / 1e6:,.0f} MB",
        highlight=False,
    )


def plan_json(planned: api.Plan) -> dict[str, Any]:
    """A plan as plain data."""
    summary = planned.summary
    return {
        "total": summary.total,
        "unsupported": summary.unsupported,
        "cells": [asdict(cell) for cell in summary.cells],
        "rows": [asdict(row) for row in summary.rows],
        "seconds": round(planned.seconds, 1),
        "bytes": planned.bytes,
    }


def print_status(result: Mapping[str, Any], folder: Path) -> None:
    """Counts by row with yields, then reasons."""
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("row")
    for title in ("asked", "made", "accepted", "rejected", "failed", "unsupported"):
        table.add_column(title, justify="right")
    table.add_column("yield male, female (95 %)")
    for row in [*result["rows"], {**result, "id": str(folder), "yield": {}}]:
        numbers = [row[name] for name in ("asked", "made", "accepted", "rejected", "failed", "unsupported")]
        yields = ", ".join(_yield(part) for part in row["yield"].values())
        table.add_row(row["id"], *("?" if n is None else f"{n:,}" for n in numbers), yields)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table, highlight=False)
    if result["reasons"]:
        reasons = sorted(result["reasons"].items(), key=lambda item: (-item[1], item[0]))
        told = ", ".join(f"{reason} {number}" for reason, number in reasons)
        console.print(f"reasons (docs/reasons.md): {told}", highlight=False)
    if "people" in result:
        console.print(_people(result["people"]), highlight=False)
    if "early_stop" in result:
        told = _yield(result["early_stop"])
        console.print(f"good images among those that early_stop stops, from a sample: {told}", highlight=False)


def print_models(rows: Sequence[Any]) -> None:
    """Weights with state, size, source, licences and what they may be used for."""
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for title in ("name", "state", "MB", "profile", "package", "code", "weights", "training data", "commercial"):
        table.add_column(title, justify="right" if title == "MB" else "left")
    for row in rows:
        weight = row.weight
        source = f"{weight.source}: {weight.requirement}"
        commercial = "yes" if weight.commercial else "no"
        terms = (weight.code_licence, weight.weights_licence, weight.training_data, commercial)
        table.add_row(weight.name, row.state, f"{weight.size / 1e6:.1f}", weight.profile, source, *terms)
    Console(width=None if sys.stdout.isatty() else 200).print(table, highlight=False)


def _people(part: Mapping[str, Any]) -> str:
    looked = f"people: {part['reviewers']} looked at {part['images']:,} images"
    if not part["rejected"] + part["accepted"] + part["labels"]:
        return f"{looked}; the verdicts are the machine's alone (agfd judge --reviews)"
    changed = f"{part['rejected']:,} images rejected and {part['accepted']:,} accepted against the machine"
    return f"{looked}: {changed}, {part['labels']:,} labels reviewed"


def _yield(part: Mapping[str, Any]) -> str:
    if not part["of"]:
        return "-"
    return f"{part['accepted']} of {part['of']} ({100 * part['low']:.1f}-{100 * part['high']:.1f} %)"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
