"""Printing how well analyzers tell what labels say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agfd.survey.calibration import AttributeFigures, Calibration, Figure, ValueFigures

_WIDE = 160
_SHOWN = 5


def print_calibration(result: Calibration) -> None:
    """The figures of each attribute, its confusion, and thresholds."""
    console = Console(width=None if sys.stdout.isatty() else _WIDE)

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    say(f"{result.files:,} labelled images; figures with 95 % intervals by bootstrap over the images")
    if result.missing:
        some = ", ".join(result.missing[:_SHOWN]) + (", ..." if len(result.missing) > _SHOWN else "")
        say(f"{len(result.missing):,} labelled files are not there: {some}")
    if result.errors:
        say(f"not read or not measured: {', '.join(f'{code} {n:,}' for code, n in result.errors.items())}")
    for attribute in result.attributes:
        say("")
        say(_headline(attribute))
        if attribute.confusion:
            console.print(_confusion(attribute), highlight=False)
        if attribute.values:
            console.print(_values(attribute.values), highlight=False)
    if result.not_measured:
        say("")
        say(f"labelled, and no analyzer here measures it: {', '.join(result.not_measured)}")


def _headline(attribute: AttributeFigures) -> str:
    figures = "; ".join(f"{figure.name} {_figure(figure)}" for figure in attribute.figures)
    unseen = f", {attribute.unseen:,} more without a measurement" if attribute.unseen else ""
    return f"{attribute.name}: {attribute.pictures:,} images{unseen}{'; ' if figures else ''}{figures}"


def _figure(figure: Figure) -> str:
    if figure.value is None:
        return "not known"
    span = "" if figure.low is None or figure.high is None else f" ({figure.low:.3g} to {figure.high:.3g})"
    return f"{figure.value:.3g}{span}"


def _confusion(attribute: AttributeFigures) -> Table:
    told = list(next(iter(attribute.confusion.values())))
    rows = ((said, *(f"{counts[word]:,}" for word in told)) for said, counts in attribute.confusion.items())
    return _table(("said \\ told", *told), rows)


def _values(values: Sequence[ValueFigures]) -> Table:
    titles = ("value", "with", "without", "AUC", "5 % false accepts at", "false accepts", "false rejects")
    return _table(titles, (_value(value) for value in values))


def _value(value: ValueFigures) -> tuple[str, ...]:
    counts = (value.value, f"{value.having:,}", f"{value.without:,}", _figure(value.auc))
    if value.bound is None:
        return (*counts, "not known", "", "")
    sign = ">=" if value.side == "min" else "<="
    shares = (f"{share:.1%}" for share in (value.false_accepts, value.false_rejects))
    return (*counts, f"{value.measure} {sign} {value.bound:.3g}", *shares)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for place, title in enumerate(titles):
        table.add_column(title, justify="right" if place else "left")
    for row in rows:
        table.add_row(*row)
    return table
