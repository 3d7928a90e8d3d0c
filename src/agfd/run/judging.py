"""What `agfd judge` does: show what other rules or people would change, or put new verdicts in place of old ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from agfd.errors import DamagedError, UsageError
from agfd.fill import FINAL_REASONS
from agfd.judge import by_image, consensus
from agfd.recipe.model import CODING, IDENTIFYING
from agfd.registry import ANALYZERS
from agfd.run.changes import Change, Changes
from agfd.run.finish import UNRULED
from agfd.run.identity import read_build, read_recipe, recipe_text, write_build
from agfd.run.likeness import nothing_seen, same_person
from agfd.run.log import Log
from agfd.run.rejudge import Rejudge, compare, rounds_of
from agfd.run.remake import Remaker
from agfd.run.rules import rules_by_row
from agfd.run.state import clean
from agfd.store import (
    Layout,
    batches_of,
    exchanging,
    is_unsettled,
    read_reviews,
    rewritten,
    rows_of,
    to_sample,
    write_bytes,
    write_round,
    writing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    import pyarrow as pa

    from agfd.judge import Consensus, ItemRules
    from agfd.recipe import Recipe
    from agfd.records import Place
    from agfd.run.rejudge import JudgedRound, Round


@dataclass(frozen=True, slots=True)
class RoundJudged:
    """A round was judged again: its number and its images."""

    number: int
    images: int


@dataclass(frozen=True, slots=True)
class MadeAgain:
    """An image whose pixels were not kept was made again; whether it is the one on record."""

    same: bool


JudgeEvent: TypeAlias = RoundJudged | MadeAgain


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What judging again changes, or with `applied` has changed.

    `images`: judged ones; `changed`: those with another verdict, label or review; `again`: accepted ones whose pixels
    were not kept and are to be made again, `lost` of them came out otherwise; `closed`: the open round that ends with
    what it holds, None where there is none or nothing changes.
    """

    images: int
    accepted_before: int
    accepted_after: int
    changed: int
    changes: tuple[Change, ...]
    again: int
    lost: int
    closed: int | None
    applied: bool


@dataclass(frozen=True, slots=True)
class _Words:
    """The rules of each row, and from which product of two vectors on two faces are one person (None: not compared)."""

    rules: Mapping[str, ItemRules]
    same_person: float | None


def people_say(layout: Layout) -> dict[str, Consensus]:
    """What reviewers say of images, by id. Raises `UsageError` where nobody looked at any, `DamagedError`."""
    said = by_image(read_reviews(layout))
    if not said:
        raise UsageError(f"nobody has reviewed {layout.root} yet: agfd review {layout.root}")
    together = {image: consensus(presses.values()) for image, presses in said.items()}
    # Codes that decide who may judge an image again, and what counts in its yield: those are the machine's alone.
    own = UNRULED | FINAL_REASONS
    return {image: replace(one, reason=None) if one.reason in own else one for image, one in together.items()}


def preview(
    layout: Layout, recipe: Recipe, people: Mapping[str, Consensus], tell: Callable[[JudgeEvent], None]
) -> Rejudged:
    """What judging by the rules of `recipe`, and by what people say of images, would change; nothing is written.

    Raises `DamagedError`, `UsageError`.
    """
    if is_unsettled(layout):
        raise DamagedError(f"judging {layout.root} was interrupted; agfd judge with --apply, or agfd build, ends that")
    words = _words(recipe, read_build(layout))
    seen = nothing_seen(recipe.duplicates, words.same_person)
    return _judged(layout, Rejudge(words.rules, people, seen, lambda round_, wanted: {}), tell, None)


def apply(
    layout: Layout, recipe: Recipe, people: Mapping[str, Consensus], tell: Callable[[JudgeEvent], None]
) -> Rejudged:
    """Judge by the rules of `recipe`, and by what people say of images, and put verdicts, recipe and images made again
    in their places, all at once.

    Holds the dataset's lock; a power cut leaves all old or all new. Raises as `preview`, `LockedError`, `WriteError`.
    """
    with writing(layout):
        build = read_build(layout)
        words = _words(recipe, build)
        seen = nothing_seen(recipe.duplicates, words.same_person)
        clean(layout)
        with exchanging(layout) as staging:
            remaker = Remaker(layout, staging, build, lambda same: tell(MadeAgain(same)))
            try:
                rejudge = Rejudge(words.rules, people, seen, partial(_remade, remaker))
                result = _judged(layout, rejudge, tell, staging)
            finally:
                remaker.close()
            if recipe_text(recipe) != recipe_text(read_recipe(layout)):
                write_bytes(staging.recipe, recipe_text(recipe).encode())
            if words.same_person != build.get("same_person"):
                write_build(staging, build | {"same_person": words.same_person})
        # The open round, if it was ended, still has its chunks' own rows.
        clean(layout)
        log = Log(layout)
        told = {"images": result.images, "people": len(people), "changed": result.changed}
        log.write("judge", **told, again=result.again, lost=result.lost)
        log.close()
    return result


def _judged(layout: Layout, rejudge: Rejudge, tell: Callable[[JudgeEvent], None], target: Layout | None) -> Rejudged:
    """All rounds judged again; with `target` those in which anything changes are written there."""
    changes = Changes()
    again = lost = 0
    closed: int | None = None
    for round_ in rounds_of(layout):
        judged = rejudge.judge(round_)
        differs = compare(judged, changes)
        again, lost = again + judged.again, lost + judged.lost
        if round_.open and (differs or changes.verdicts):
            # It was planned from verdicts that no longer hold: it ends with what it has, and the next build plans anew.
            differs, closed = True, round_.number
        if differs and target is not None:
            write_round(target, round_.number, _tables(judged))
        tell(RoundJudged(round_.number, len(judged.verdicts)))
    return Rejudged(
        images=changes.images,
        accepted_before=changes.accepted_before,
        accepted_after=changes.accepted_after,
        changed=changes.total,
        changes=changes.listed(),
        again=again,
        lost=lost,
        closed=closed,
        applied=target is not None,
    )


def _tables(judged: JudgedRound) -> Iterator[pa.Table]:
    first = 0
    for file in judged.round.files:
        for batch in batches_of(file):
            here = range(first, first + batch.num_rows)
            places = {index - first: judged.places[index] for index in here if index in judged.places}
            yield rewritten(batch, judged.verdicts[here.start : here.stop], places)
            first = here.stop


def _remade(remaker: Remaker, round_: Round, wanted: Sequence[int]) -> dict[int, Place | None]:
    """The images at these places of a round, made again."""
    indices = set(wanted)
    rows = (row for file in round_.files for row in rows_of(file))
    samples = {index: to_sample(row) for index, row in enumerate(rows) if index in indices}
    places = remaker.remake(round_.number, list(samples.values()))
    return {index: places.get(sample.request.id) for index, sample in samples.items()}


def _words(recipe: Recipe, build: dict[str, Any]) -> _Words:
    """What the recipe's words about acceptance and duplicates come to with the analyzers on record."""
    names = list(build["analyzers"])
    analyzers = [ANALYZERS.make(name) for name in names]
    gives = {name for analyzer in analyzers for name in analyzer.info.gives}
    for wanted, switch, needed in (
        (recipe.duplicates.near, "near", CODING),
        (recipe.duplicates.identity, "identity", IDENTIFYING),
    ):
        if wanted != "off" and names and needed not in {*names, *gives}:
            raise UsageError(
                f"the images have nothing to find duplicates by: they were not measured by the analyzer {needed!r}; "
                f"set `duplicates: {{{switch}: off}}`"
            )
    domain = build["generator"]["domain"]
    return _Words(rules_by_row(recipe, analyzers, domain), same_person(recipe.duplicates, analyzers, domain))
