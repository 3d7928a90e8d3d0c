"""Showing what people's verdicts say of each other and of the machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_NUMBERS = {"images", "accept", "reject", "unsure"}


def print_agreement(result: Mapping[str, Any], folder: Path) -> None:
    """Reviewers, pairs of them, and the errors of machine, analyzers and labels, each as a table; empty ones are left
    out.
    """
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(
        f"{folder}: {result['images']:,} images looked at, {result['decided']:,} decided by a majority", highlight=False
    )
    for table in (
        _reviewers(result["reviewers"]),
        _pairs(result["pairs"]),
        _verdicts(result["verdicts"]),
        _reasons(result["verdicts"]["reasons"]),
        _attributes(result["attributes"]),
        _numbers(result["numbers"]),
        _labels(result["labels"]),
    ):
        if table.row_count:
            console.print()
            console.print(table, highlight=False)
    console.print("\nwhat the figures mean: docs/review.md", highlight=False)


def _reviewers(reviewers: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("reviewer", "images", "accept", "reject", "unsure", "false rejects", "false accepts")
    for one in reviewers:
        counts = (f"{one[name]:,}" for name in ("images", "accept", "reject", "unsure"))
        table.add_row(one["name"], *counts, _share(one["false_rejects"]), _share(one["false_accepts"]))
    return table


def _pairs(pairs: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("two reviewers", "about", "images", "agree (95 %)", "kappa (95 %)")
    for pair in pairs:
        for about, entry in (("verdict", pair), *((label["attribute"], label) for label in pair["attributes"])):
            agree = _percent(entry["agree"], entry["agree_low"], entry["agree_high"])
            kappa = "-" if entry["kappa"] is None else f"{entry['kappa']:.2f} ({entry['low']:.2f}-{entry['high']:.2f})"
            table.add_row(f"{pair['a']}, {pair['b']}", about, f"{entry['images']:,}", agree, kappa)
    return table


def _verdicts(verdicts: Mapping[str, Any]) -> Table:
    table = _table("row", "rejected, people accept (95 %)", "accepted, people reject (95 %)")
    for row in (*verdicts["rows"], {**verdicts, "row": "all"}):
        table.add_row(row["row"], _share(row["false_rejects"]), _share(row["false_accepts"]))
    return table


def _reasons(reasons: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("rejected for", "people accept (95 %)")
    for entry in reasons:
        table.add_row(entry["code"], _share(entry))
    return table


def _attributes(attributes: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("analyzers on", "may confirm", "wrong by people (95 %)", "most often")
    for entry in attributes:
        often = ", ".join(f"{said} as {measured} {number}" for said, measured, number in entry["worst"])
        table.add_row(entry["attribute"], "yes" if entry["competent"] else "no", _share(entry), often)
    return table


def _numbers(numbers: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("analyzers on", "against", "images", "mean difference (95 %)", "mean error (95 %)")
    against = {"named": "what people named", "accepted": "asked, accepted"}
    for entry in numbers:
        told = (_number(entry, "bias", "+.2f"), _number(entry, "error", ".2f"))
        table.add_row(entry["attribute"], against[entry["said"]], f"{entry['images']:,}", *told)
    return table


def _labels(labels: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("label", "known as", "people call wrong (95 %)")
    for entry in labels:
        table.add_row(entry["attribute"], entry["source"], _share(entry))
    return table


def _share(entry: Mapping[str, Any]) -> str:
    if not entry["images"]:
        return "-"
    return f"{entry['wrong']:,} of {entry['images']:,}: {_percent(entry['share'], entry['low'], entry['high'])}"


def _percent(share: float | None, low: float | None, high: float | None) -> str:
    if share is None or low is None or high is None:
        return "-"
    return f"{100 * share:.1f} % ({100 * low:.1f}-{100 * high:.1f})"


def _number(entry: Mapping[str, Any], name: str, form: str) -> str:
    low, high = entry[f"{name}_low"], entry[f"{name}_high"]
    return f"{entry[name]:{form}}" + (f" ({low:{form}} to {high:{form}})" if low is not None else "")


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for title in titles:
        table.add_column(title, justify="right" if title in _NUMBERS else "left")
    return table
