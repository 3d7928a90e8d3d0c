"""Everything that the pages say, as plain data: the templates compute nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agfd.export import safe_name
from agfd.fill import FINAL_REASONS, Yield
from agfd.recipe import Recipe, prompt
from agfd.report.faces import Faces, find_faces
from agfd.report.grid import Grid, Grids, planned
from agfd.report.identity import Identity, read_identity
from agfd.report.portraits import Portrait, portrait
from agfd.report.tally import Counts, Tally, tally
from agfd.report.wording import meaning
from agfd.safety import REASON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agfd.recipe import Variant
    from agfd.store import Layout

# Reasons that are shown with their meaning and pictures; the others only with their numbers.
REASONS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Share:
    """A yield with its 95 % interval by Wilson, as shares from 0 to 1; `trials` is 0 where nothing was judged yet."""

    hits: int
    trials: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why images of a row x sex do not count: its code, how often, what it means, such faces if kept."""

    code: str
    number: int
    meaning: str
    portraits: tuple[Portrait, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """One variant of a row for one sex: its name, a whole prompt to copy, its yield."""

    name: str
    prompt: str
    result: Share


@dataclass(frozen=True, slots=True)
class Part:
    """One row x sex. `note` is the recipe's remark, such as why nothing was asked for.

    `failures`: reasons on the image's own account, the most frequent first; `more`: further ones. `spare`: reasons why
    images that passed are not needed: surplus, duplicates.
    """

    sex: str
    anchor: str
    asked: int
    counts: Counts
    result: Share
    note: str
    words: tuple[Words, ...]
    grid: Grid
    failures: tuple[Reason, ...]
    more: tuple[Reason, ...]
    spare: tuple[Reason, ...]

    @property
    def requests(self) -> int:
        """Images with a verdict, also those of which nothing was kept."""
        return self.counts.made + self.counts.failed

    @property
    def made_as(self) -> tuple[str, ...]:
        """The verdicts of what was made, as far as there are such images."""
        return tuple(status for status in ("accepted", "rejected") if getattr(self.counts, status))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for and nothing is there."""
        return not (self.asked or self.requests)

    @property
    def portraits(self) -> tuple[Portrait, ...]:
        """Every face that is shown."""
        rejected = [shown for reason in (*self.failures, *self.spare) for shown in reason.portraits]
        return (*self.grid.portraits, *rejected)


@dataclass(frozen=True, slots=True)
class RowPart:
    """One row of the table. `unsupported`: the generator's sentence, empty where it makes the row. `names`: other words
    by which one may look for it.
    """

    id: str
    anchor: str
    feature: str
    names: tuple[str, ...]
    phrases: tuple[str, ...]
    unsupported: str
    parts: tuple[Part, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the generator refused the whole row."""
        return bool(self.unsupported) and not any(part.requests for part in self.parts)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that stand together, with their sums."""

    name: str
    anchor: str
    rows: tuple[RowPart, ...]
    asked: int
    accepted: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A dataset in words and numbers. `unsupported`: images asked for in rows that the generator refused as a whole.

    `sizes`: width and height in pixels of the stored images, the most frequent first. `sexes`: the recipe's, and others
    under which images stand. `refused`: images of which nothing was kept, because the safety screen refused them.
    """

    title: str
    recipe: Recipe
    identity: Identity
    asked: int
    unsupported: int
    counts: Counts
    result: Share
    sizes: tuple[tuple[int, int], ...]
    groups: tuple[Group, ...]
    sexes: tuple[str, ...]
    refused: int

    @property
    def requests(self) -> int:
        """Images in the dataset with a verdict, also those of which nothing was kept."""
        return self.counts.made + self.counts.failed


def summarise(
    layout: Layout, recipe: Recipe, build: Mapping[str, Any], unsupported: Mapping[str, str], faces: Faces | None = None
) -> Summary:
    """The dataset as the pages show it. `recipe` is the resolved one: its counts are what was asked for.

    `faces`: found before, or None to look for them. Raises `DamagedError`.
    """
    counted, found = tally(layout), find_faces(layout) if faces is None else faces
    # What was imported was planned by nobody.
    plan = {} if read_identity(build).imported else planned(recipe)
    return _Builder(recipe, counted, found, unsupported, Grids(recipe, plan, counted, found)).summary(build)


def sexes_of(recipe: Recipe, found: Iterable[str]) -> tuple[str, ...]:
    """The sexes of the recipe, then what else was found: `unknown`, where nobody said it of an imported picture."""
    return (*recipe.axes.sex, *sorted(set(found) - set(recipe.axes.sex)))


def share_of(entry: Yield) -> Share:
    """A yield as the pages show it."""
    low, high = entry.interval
    return Share(entry.accepted, entry.trials, entry.share if entry.trials else 0.0, low, high)


@dataclass(frozen=True, slots=True)
class _Builder:
    recipe: Recipe
    tally: Tally
    faces: Faces
    refused: Mapping[str, str]
    grids: Grids

    def summary(self, build: Mapping[str, Any]) -> Summary:
        by_group: dict[str, list[RowPart]] = {}
        for row_id, row in self.recipe.rows.items():
            by_group.setdefault(row.group, []).append(self._row(row_id))
        groups = tuple(_group(name, rows) for name, rows in by_group.items())
        every = Yield()
        for entry in self.tally.yields.values():
            every.accepted += entry.accepted
            every.rejected += entry.rejected
        empty = [part for group in groups for row in group.rows if row.is_empty for part in row.parts]
        return Summary(
            title=self.recipe.title or self.recipe.name,
            recipe=self.recipe,
            identity=read_identity(build),
            asked=sum(group.asked for group in groups),
            unsupported=sum(part.asked for part in empty),
            counts=self.tally.total,
            result=share_of(every),
            sizes=tuple(sorted(self.tally.sizes, key=lambda size: (-self.tally.sizes[size], size))),
            groups=groups,
            sexes=self._sexes,
            refused=self.tally.all_reasons()[REASON],
        )

    @property
    def _sexes(self) -> tuple[str, ...]:
        return sexes_of(self.recipe, (sex for _, sex in self.tally.parts))

    def _row(self, row_id: str) -> RowPart:
        row, grids = self.recipe.rows[row_id], self.grids.of(row_id, self._sexes)
        return RowPart(
            id=row_id,
            anchor=f"row-{safe_name(row_id)}",
            feature=row.feature,
            names=tuple(row.also),
            phrases=tuple(variant.name for variant in row.variants),
            unsupported=self.refused.get(row_id, ""),
            parts=tuple(self._part(row_id, sex, grids[sex]) for sex in self._sexes),
        )

    def _part(self, row_id: str, sex: str, grid: Grid) -> Part:
        row = self.recipe.rows[row_id]
        reasons = self._reasons(row_id, sex)
        own = [reason for reason in reasons if reason.code not in FINAL_REASONS]
        return Part(
            sex=sex,
            anchor=f"part-{safe_name(row_id)}-{safe_name(sex)}",
            asked=row.count.get(sex, 0),
            counts=self.tally.part(row_id, sex),
            result=share_of(self.tally.yield_of(row_id, sex)),
            note=row.note.get(sex, ""),
            words=tuple(self._words(row_id, sex, variant) for variant in row.variants),
            grid=grid,
            failures=tuple(own[:REASONS_SHOWN]),
            more=tuple(own[REASONS_SHOWN:]),
            spare=tuple(reason for reason in reasons if reason.code in FINAL_REASONS),
        )

    def _words(self, row_id: str, sex: str, variant: Variant) -> Words:
        age = variant.age if variant.age is not None else self.recipe.ages[0]
        return Words(
            name=variant.name,
            prompt=prompt(self.recipe, variant, _said(self.recipe, sex), self.recipe.axes.race[0], age),
            result=share_of(self.tally.yields.get((row_id, sex, variant.name), Yield())),
        )

    def _reasons(self, row_id: str, sex: str) -> list[Reason]:
        """Every reason in a row x sex, the most frequent first."""
        counted = self.tally.reasons_of(row_id, sex)
        rules = self.recipe.rules_of(row_id)
        return [
            Reason(code, number, meaning(code, rules.get(code)), self._examples(row_id, sex, code))
            for code, number in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        ]

    def _examples(self, row_id: str, sex: str, code: str) -> tuple[Portrait, ...]:
        examples = self.faces.rejected.get((row_id, sex, code), [])
        return tuple(portrait(self.recipe, face, f"Rejected as {code}: ") for face in examples)


def _said(recipe: Recipe, sex: str) -> str:
    """The sex for a prompt to copy: the first of the recipe where it has no word for this one."""
    return sex if sex in recipe.words.sex else recipe.axes.sex[0]


def _group(name: str, rows: list[RowPart]) -> Group:
    parts = [part for row in rows for part in row.parts]
    return Group(
        name=name,
        anchor=f"group-{safe_name(name)}",
        rows=tuple(rows),
        asked=sum(part.asked for part in parts),
        accepted=sum(part.counts.accepted for part in parts),
    )
