"""Judging a dataset again by other rules or by people's word, and what people's word is good for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.api.building import show
from agfd.api.dataset import open_dataset
from agfd.recipe import validate, with_rules
from agfd.report.people import agreement as people_agree
from agfd.run import judging
from agfd.run.identity import read_build, read_source
from agfd.store import Layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from agfd.run.judging import JudgeEvent, Rejudged


def judge_dataset(
    folder: str | Path,
    *,
    rules: str | Path | None = None,
    reviews: bool = False,
    apply: bool = False,
    on_event: Callable[[JudgeEvent], None] | None = None,
) -> Rejudged:
    """Judge every image of a dataset again from its measurements on record; no model runs.

    `rules`: a file with `rules`, `duplicates` and `rows: {ROW: {rules: ...}}`, laid over the dataset's own, or a whole
    recipe of the same words; None: by the rules on record, which changes nothing unless analyzers know more today.
    `reviews`: what reviewers say together of an image is laid over what the rules say (`docs/review.md`); without it
    people's word is taken off again if it lay there.
    Without `apply` nothing is written. With it verdicts, recipe and pages are replaced; images that become accepted and
    whose pixels were not kept are made again. Raises `RecipeError`, `UsageError`, `LockedError`, `DamagedError`,
    `WriteError`; what was there before is safe.
    """
    layout = Layout(open_dataset(folder).root)
    source = read_source(layout)
    recipe = validate(source)
    if rules is not None:
        recipe = with_rules(recipe, source, str(rules))
    people = judging.people_say(layout) if reviews else {}
    hear = on_event or (lambda event: None)
    if not apply:
        return judging.preview(layout, recipe, people, hear)
    result = judging.apply(layout, recipe, people, hear)
    show(layout.root)
    return result


def agreement(folder: str | Path) -> dict[str, Any]:
    """How far reviewers of a dataset agree, and how often the machine is wrong by what they say; plain data.

    What it holds: `agfd.report.people.agreement`. Raises `UsageError` where nobody looked at any image, `DamagedError`.
    """
    layout = Layout(open_dataset(folder).root)
    judging.people_say(layout)
    return people_agree(layout, read_build(layout))
