"""Building a dataset, planning one, and making one face."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from agfd import ids, vocabulary
from agfd.api.dataset import Dataset
from agfd.errors import UsageError
from agfd.planning import Summary, Support, Table, plan_rows, summarise
from agfd.ports import PHOTO, Batched
from agfd.recipe import Recipe, load, prompt
from agfd.recipe.model import Variant
from agfd.records import Image, Request, Settings, Value
from agfd.registry import ANALYZERS, GENERATORS
from agfd.run.batches import BATCH, by_trial, settled
from agfd.run.executors import Executor, Inline, Processes, threads, trial, worker_count
from agfd.run.finish import wrong_outcome
from agfd.run.identity import build_identity
from agfd.run.likeness import same_person
from agfd.run.loop import Event, Job
from agfd.run.loop import run as run_loop
from agfd.run.maker import outcomes
from agfd.run.messages import WorkerSpec
from agfd.run.options import BuildOptions, PlanOptions
from agfd.run.preview import looker
from agfd.run.screen import is_refused, look, switched_off, with_screen
from agfd.run.slots import Dealt, Slots
from agfd.run.support import refusals
from agfd.store import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agfd.ports import Generator, Resources

O = TypeVar("O", bound=BaseModel)  # noqa: E741  # the usual name of an options type

_FOR_GENERATOR = "generator."


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build would make: the table in numbers, and an estimate of seconds on one worker and of bytes."""

    summary: Summary
    seconds: float
    bytes: int


def options_from(kind: type[O], given: Mapping[str, Any]) -> O:
    """Checked options. Raises `UsageError` that names the option."""
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "options"
        if first["type"] == "extra_forbidden":
            raise UsageError(f"there is no option {name!r}") from None
        raise UsageError(f"{name}: {first['msg'][0].lower()}{first['msg'][1:]} (not {first['input']!r})") from None


def plan(recipe: str | Recipe, **options: Any) -> Plan:
    """What a build of this recipe would make. Options as in `agfd plan`. Raises `UsageError`."""
    settings = options_from(PlanOptions, options)
    table = _table(recipe, settings)
    generator = _able(_generator(settings), table.recipe)
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
    table = _table(recipe, settings)
    made = _able(_generator(settings) if isinstance(generator, str) else generator, table.recipe)
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
        options=_generator_options(settings),
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
        return trial.largest_batch(settings.generator, _generator_options(settings) | one, threads(resources))

    return {BATCH: settled(layout, generator, find)}


def _spec(
    layout: Layout, recipe: Recipe, settings: BuildOptions, analyzers: tuple[str, ...], resources: Resources
) -> WorkerSpec:
    return WorkerSpec(
        root=str(layout.root),
        recipe=recipe,
        series=settings.series,
        generator=settings.generator,
        options=_generator_options(settings),
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


def show(root: Path) -> Path:
    """Write the pages of a dataset (card, contact sheet, gallery) and return the gallery's first page."""
    from agfd import report
    from agfd.run.identity import generator_of, read_build, read_recipe

    layout = Layout(root)
    recipe, identity = read_recipe(layout), read_build(layout)
    there = generator_of(layout, identity)
    rows = plan_rows(Table(recipe), refusals(there, tuple(identity["analyzers"])))
    unsupported = {row.id: "; ".join(row.reasons) for row in rows if row.unsupported}
    report.write_card(layout, recipe, identity)
    report.write_contact_sheet(layout, recipe, photos=identity["generator"].get("domain") == PHOTO)
    return report.write_gallery(layout, recipe, identity, unsupported)


def make(attributes: Mapping[str, Value], *, seed: int = 0, scene: int | None = None, **options: Any) -> Image:
    """One face, now: `agfd.make({"age": 70, "sex": "female"})`. What is left out is drawn from `seed`.

    The same seed is the same person whatever else is asked: at another age, in other light, with a mask. Another
    `scene` is another picture of that person; None is the seed's own. Raises
    `UsageError` where the generator cannot make it.
    """
    settings = options_from(PlanOptions, options)
    generator = _generator(settings)
    request = _single(attributes, (seed, seed if scene is None else scene), _table("agfd-20k", settings).recipe)
    analyzers = with_screen(generator, (), settings.screen)
    refusal = refusals(generator, analyzers)(request)
    if refusal is not None:
        raise UsageError(refusal)
    generator.setup_on_node()
    generator.setup()
    try:
        outcome = next(outcomes(generator, [request]))
    finally:
        generator.teardown()
    failure = outcome.failure or wrong_outcome(request, outcome)
    if failure is not None or outcome.value is None:
        raise UsageError(f"the image could not be made: {failure.message if failure else 'nothing came'}")
    if analyzers and is_refused(request, look(analyzers, outcome.value)):
        raise UsageError("the safety screen refuses this picture; take another seed")
    return outcome.value


def _single(attributes: Mapping[str, Value], seeds: tuple[int, int], recipe: Recipe) -> Request:
    """The request of one picture; `seeds`: of the person and of the scene."""
    given = {name: vocabulary.check(name, value) for name, value in attributes.items()}
    who, where = seeds

    def drawn(name: str, values: list[Any]) -> Any:
        return given.get(name) or values[ids.seed("make", who, name) % len(values)]

    age, sex = int(drawn("age", recipe.ages)), str(drawn("sex", recipe.axes.sex))
    race = str(drawn("race", recipe.axes.race))
    return Request(
        id=ids.digest({"make": given, "seed": who, "scene": where}),
        row="make",
        sex=sex,
        race=race,
        variant="make",
        slot=0,
        attempt=0,
        person=ids.seed("make", who, "person"),
        scene=ids.seed("make", where, "scene"),
        attributes={"age": age, "sex": sex, "race": race, **given},
        prompt=prompt(recipe, Variant(id="make"), sex, race, age),
        negative_prompt=recipe.negative,
        settings=Settings(**recipe.settings.model_dump()),
        truths=recipe.all_truths,
    )


def _table(recipe: str | Recipe, options: PlanOptions) -> Table:
    changes = [change for change in options.set if not change.startswith(_FOR_GENERATOR)]
    if isinstance(recipe, Recipe):
        if changes:
            raise UsageError("`set` changes recipes that are read from a file; change the Recipe object instead")
        loaded = recipe
    else:
        loaded = load(recipe, changes)
    return Table(loaded, options.scale, options.rows or None, options.series)


def _generator_options(options: PlanOptions) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for change in options.set:
        if change.startswith(_FOR_GENERATOR):
            key, equals, value = change.removeprefix(_FOR_GENERATOR).partition("=")
            if not equals or not key:
                raise UsageError(f"--set {change}: write generator.KEY=VALUE")
            chosen[key] = value
    for name in ("quality", "model"):
        if getattr(options, name) is not None:
            chosen[name] = getattr(options, name)
    return chosen


def _generator(options: PlanOptions) -> Generator:
    return GENERATORS.make(options.generator, **_generator_options(options))
