"""Making a dataset of pictures that one already has."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agfd.api.asking import options_from
from agfd.api.building import show
from agfd.api.dataset import Dataset
from agfd.api.finding import Finder
from agfd.errors import UsageError
from agfd.planning import UNKNOWN, Imported, Table, with_new
from agfd.recipe import Recipe, load
from agfd.registry import ANALYZERS, GENERATORS
from agfd.report import tally
from agfd.run.executors import Executor, Processes
from agfd.run.identity import build_identity
from agfd.run.imported import read_imported, write_imported
from agfd.run.likeness import same_person
from agfd.run.loop import Event, Job
from agfd.run.loop import run as run_loop
from agfd.run.messages import WorkerSpec
from agfd.run.options import ImportOptions
from agfd.run.screen import switched_off, with_screen
from agfd.run.slots import Given
from agfd.run.support import refusals
from agfd.store import Layout, write_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agfd.planning import CanMake, Picture
    from agfd.ports import Generator

_GENERATOR = "folder"


@dataclass(frozen=True, slots=True)
class ImportBegan:
    """The files of a folder were looked through: pictures by row of the recipe, and how many files were not taken."""

    rows: Mapping[str, int]
    unmatched: int


@dataclass(frozen=True, slots=True)
class Quota:
    """One row x sex: how many images the recipe wants, how many are accepted, how many were looked at."""

    row: str
    sex: str
    wanted: int
    accepted: int
    pictures: int


@dataclass(frozen=True)
class ImportResult:
    """A dataset of imported pictures. `unmatched`: why files were not taken, by file; also in `unmatched.csv`."""

    dataset: Dataset
    unmatched: Mapping[str, str]
    ignored_columns: tuple[str, ...] = ()

    def quotas(self) -> list[Quota]:
        """What the recipe wants of each row x sex and what there is, in the order of the recipe."""
        layout = Layout(self.dataset.root)
        recipe, counted = self.dataset.recipe, tally(layout)
        asked = read_imported(layout).counts()
        return [
            Quota(row, sex, entry.count.get(sex, 0), counted.part(row, sex).accepted, asked.get((row, sex), 0))
            for row, entry in recipe.rows.items()
            for sex in (*recipe.axes.sex, UNKNOWN)
            if entry.count.get(sex, 0) or asked.get((row, sex), 0)
        ]


def import_folder(
    folder: str | Path,
    recipe: str | Recipe,
    out: str | Path,
    *,
    on_event: Callable[[Event | ImportBegan], None] | None = None,
    **options: Any,
) -> ImportResult:
    """Make a dataset of the pictures in a folder and below, or go on with it. Options as in `agfd import`.

    Each file is measured, judged and stored as if it had been made for the row of `recipe` that its labels name. The
    folder is only read. Raises `AgfdError`; what was finished before is safe.
    """
    settings = options_from(ImportOptions, options)
    root, layout = Path(folder).resolve(), Layout(Path(out))
    loaded = recipe if isinstance(recipe, Recipe) else load(recipe, settings.set)
    # What a generator would have to know of its pictures nobody knows of these.
    table = Table(loaded.model_copy(update={"truths": []}), settings.scale)
    hear = on_event or (lambda event: None)
    generator = GENERATORS.make(_GENERATOR, index=str(layout.imported), domain=settings.domain)
    analyzers = with_screen(generator, loaded.all_analyzers if settings.analyze else (), settings.screen)
    finder = Finder(root, layout.root, table.recipe, settings.labels)
    pictures = _allowed(finder, refusals(generator, analyzers))
    hear(ImportBegan(Counter(picture.asked.row for picture in pictures), len(finder.unmatched)))

    def slots(whole: Recipe) -> Given:
        """Called with the lock held, when the folder is known to be this dataset's."""
        del whole
        every = Imported(with_new(read_imported(layout), pictures))
        write_imported(layout, every)
        write_bytes(layout.unmatched, _table_of(finder.unmatched))
        return Given(every)

    def executor(whole: Recipe) -> Executor:
        asked = {"index": str(layout.imported), "domain": settings.domain}
        names = (str(layout.root), whole, 0, _GENERATOR, asked, analyzers)
        spec = WorkerSpec(*names, keep=settings.keep, screen=settings.screen)
        return Processes(spec, settings.workers or os.cpu_count() or 1, settings.item_timeout)

    identity = _identity(generator, analyzers, settings, loaded)
    job = Job(layout, table, slots, identity, generator.info.chunk, settings.max_images, settings.max_time)
    run_loop(job, executor, hear)
    show(layout.root)
    return ImportResult(Dataset(layout.root), finder.unmatched, finder.ignored)


def _identity(
    generator: Generator, analyzers: tuple[str, ...], settings: ImportOptions, recipe: Recipe
) -> dict[str, Any]:
    measuring = [ANALYZERS.make(analyzer) for analyzer in analyzers]
    return build_identity(
        generator,
        measuring,
        name=_GENERATOR,
        options={"domain": settings.domain},
        keep=settings.keep,
        series=0,
        truths=[],
        same_person=same_person(recipe.duplicates, measuring, settings.domain),
        **switched_off(generator, settings.screen),
    )


def _allowed(finder: Finder, can_make: CanMake) -> list[Picture]:
    """The pictures whose requests may be made; the others come into `unmatched` too. Raises `UsageError` for none."""
    pictures = []
    for picture in finder.pictures():
        refusal = can_make(picture.request(0))
        if refusal is None:
            pictures.append(picture)
        else:
            finder.unmatched[picture.file] = refusal
    if not pictures:
        raise UsageError(_nothing(finder))
    return pictures


def _nothing(finder: Finder) -> str:
    if not finder.unmatched:
        return f"{finder.root} holds no files"
    number = len(finder.unmatched)
    file, reason = next(iter(finder.unmatched.items()))
    return (
        f"none of the {number} files in {finder.root} belongs to a row of the recipe ({file}: {reason}); "
        "name the rows in a CSV file: --labels FILE"
    )


def _table_of(unmatched: Mapping[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("file", "reason"))
    writer.writerows(sorted(unmatched.items()))
    return out.getvalue().encode()
