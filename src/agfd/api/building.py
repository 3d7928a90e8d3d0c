"""Building a dataset, and planning one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agfd.api.asking import generator_from, generator_options, options_from, table_from
from agfd.api.dataset import Dataset
from agfd.errors import UsageError
from agfd.planning import Summary, Support, Table, summarise
from agfd.ports import PHOTO, Batched
from agfd.registry import ANALYZERS
from agfd.run.batches import BATCH, by_trial, settled
from agfd.run.executors import Executor, Inline, Processes, threads, trial, worker_count
from agfd.run.identity import build_identity
from agfd.run.likeness import same_person
from agfd.run.loop import Event, Job
from agfd.run.loop import run as run_loop
from agfd.run.messages import WorkerSpec
from agfd.run.options import BuildOptions, PlanOptions
from agfd.run.preview import looker
from agfd.run.screen import switched_off, with_screen
from agfd.run.slots import Dealt, Slots
from agfd.run.support import planned, refusals
from agfd.store import Layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from agfd.ports import Generator, Resources
    from agfd.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build would make: the table in numbers, and an estimate of seconds on one worker and of bytes."""

    summary: Summary
    seconds: float
    bytes: int


def plan(recipe: str | Recipe, **options: Any) -> Plan:
    """What a build of this recipe would make. Options as in `agfd plan`. Raises `UsageError`."""
    settings = options_from(PlanOptions, options)
    table = table_from(recipe, settings)
    generator = _able(generator_from(settings), table.recipe)
    analyzers = with_screen(generator, table.recipe.all_analyzers, settings.screen)
    summary = summarise(table, refusals(generator, analyzers))
    number = summary.total - summary.unsupported
    return Plan(summary, number * generator.info.seconds, number * generator.info.bytes)


def build(
    recipe: str | Recipe,
    out: str | Path,
    *,
    generator: str | Generator = "render",
    on_event: Callable[[Event], None] | None = None,
    **options: Any,
) -> Dataset:
    """Build a dataset into the folder `out`, or go on with it, and return it. Options as in `agfd build`.

    `recipe` is a shipped name, a file, or a `Recipe`. A generator that is an object instead of a name works in this
    process. `on_event` hears how it goes. Raises `AgfdError`; what was finished before is safe.
    """
    name = generator if isinstance(generator, str) else generator.info.name
    settings = options_from(BuildOptions, {**options, "generator": name})
    table = table_from(recipe, settings)
    made = _able(generator_from(settings) if isinstance(generator, str) else generator, table.recipe)
    # What it is may be known only when its files are here; and nothing is written when they cannot be had.
    made.setup_on_node()
    analyzers = with_screen(made, table.recipe.all_analyzers if settings.analyze else (), settings.screen)
    layout = Layout(Path(out))

    def slots(whole: Recipe) -> Slots:
        support = Support(Table(whole, series=table.series), refusals(made, analyzers))
        return Dealt(table, support, settings.max_tries)

    batch = _batch(layout, made, settings, inline=not isinstance(generator, str))
    job = Job(
        layout=layout,
        table=table,
        slots=slots,
        build=_identity(made, analyzers, settings, table.recipe) | batch,
        chunk=made.info.chunk,
        max_images=settings.max_images,
        max_time=settings.max_time,
    )

    def executor(whole: Recipe) -> Executor:
        spec = _spec(layout, whole, settings, analyzers, made.info.resources)
        if not isinstance(generator, str):
            return Inline(spec, generator)
        return Processes(spec, settings.workers or worker_count(made.info.resources), settings.item_timeout)

    run_loop(job, executor, on_event or (lambda event: None))
    show(layout.root)
    return Dataset(layout.root)


def _identity(
    generator: Generator, analyzers: tuple[str, ...], settings: BuildOptions, recipe: Recipe
) -> dict[str, Any]:
    measuring = [ANALYZERS.make(analyzer) for analyzer in analyzers]
    return build_identity(
        generator,
        measuring,
        name=settings.generator,
        options=generator_options(settings),
        **settings.model_dump(include={"keep", "series"}),
        truths=list(recipe.all_truths),
        same_person=same_person(recipe.duplicates, measuring, generator.info.domain),
        **switched_off(generator, settings.screen),
        **({"early_stop": looker(analyzers)} if settings.early_stop else {}),
    )


def _batch(layout: Layout, generator: Generator, settings: BuildOptions, *, inline: bool) -> dict[str, int]:
    """What a build's identity says of the number of images made at once; nothing for a generator without batches."""
    if not isinstance(generator, Batched):
        return {}

    def find() -> int:
        if inline:
            return by_trial(generator)
        resources = generator.info.resources
        one = {"device": resources.devices[0]} if resources.devices else {}
        return trial.largest_batch(settings.generator, generator_options(settings) | one, threads(resources))

    return {BATCH: settled(layout, generator, find)}


def _spec(
    layout: Layout, recipe: Recipe, settings: BuildOptions, analyzers: tuple[str, ...], resources: Resources
) -> WorkerSpec:
    return WorkerSpec(
        root=str(layout.root),
        recipe=recipe,
        series=settings.series,
        generator=settings.generator,
        options=generator_options(settings),
        analyzers=analyzers,
        keep=settings.keep,
        screen=settings.screen,
        devices=resources.devices,
        threads=threads(resources),
        early_stop=settings.early_stop,
    )


def _able(generator: Generator, recipe: Recipe) -> Generator:
    """The generator, if it can give every truth that the recipe asks for. Raises `UsageError`."""
    able = generator.info.truths
    for name in recipe.truths:
        if name not in able:
            some = f"only {', '.join(able)}" if able else "nothing besides its pictures"
            raise UsageError(
                f"the recipe asks for the truth {name!r}, and the generator {generator.info.name!r} gives {some}; "
                "take it out of the recipe's `truths`"
            )
    return generator


def show(root: Path, *, full: bool | None = None) -> Path:
    """Write the pages of a dataset (card, contact sheet, gallery) and return the gallery's first page.

    `full`: whether full pictures and maps are copied into the gallery; None: where all together they are small.
    Where its generator is not here the pages do not say what that cannot make.
    """
    from agfd import report
    from agfd.run.identity import read_build, read_recipe

    layout = Layout(root)
    recipe, identity = read_recipe(layout), read_build(layout)
    rows, _ = planned(layout, recipe, identity)
    unsupported = {row.id: "; ".join(row.reasons) for row in rows if row.unsupported}
    report.write_card(layout, recipe, identity)
    report.write_contact_sheet(layout, recipe, photos=identity["generator"].get("domain") == PHOTO)
    return report.write_gallery(layout, recipe, identity, unsupported, full)
