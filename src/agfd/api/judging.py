"""Judging a dataset again by other rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.api.building import show
from agfd.api.dataset import open_dataset
from agfd.recipe import validate, with_rules
from agfd.run import judging
from agfd.run.identity import read_source
from agfd.store import Layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agfd.run.judging import JudgeEvent, Rejudged


def judge_dataset(
    folder: str | Path,
    *,
    rules: str | Path | None = None,
    apply: bool = False,
    on_event: Callable[[JudgeEvent], None] | None = None,
) -> Rejudged:
    """Judge every image of a dataset again from its measurements on record; no model runs.

    `rules`: a file with `rules`, `duplicates` and `rows: {ROW: {rules: ...}}`, laid over the dataset's own, or a whole
    recipe of the same words; None: by the rules on record, which changes nothing unless analyzers know more today.
    Without `apply` nothing is written. With it verdicts, recipe and pages are replaced; images that become accepted and
    whose pixels were not kept are made again. Raises `RecipeError`, `UsageError`, `LockedError`, `DamagedError`,
    `WriteError`; what was there before is safe.
    """
    layout = Layout(open_dataset(folder).root)
    source = read_source(layout)
    recipe = validate(source)
    if rules is not None:
        recipe = with_rules(recipe, source, str(rules))
    hear = on_event or (lambda event: None)
    if not apply:
        return judging.preview(layout, recipe, hear)
    result = judging.apply(layout, recipe, hear)
    show(layout.root)
    return result
