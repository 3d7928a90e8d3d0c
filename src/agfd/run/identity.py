"""What a dataset's folder was built with, and whether this build may go on in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from agfd.errors import BuildMismatchError, DamagedError
from agfd.recipe import Recipe, Source, parse, validate
from agfd.registry import GENERATORS
from agfd.store import VERSION, Layout, write_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agfd.planning import Table
    from agfd.ports import Analyzer, AnalyzerInfo, Generator

# How to ask a generator again (its hash already tells whether the pictures are the same), and what happened since.
_NOT_IDENTITY = ("options", "epochs")


def build_identity(
    generator: Generator, analyzers: Sequence[Analyzer], *, name: str, options: dict[str, Any], **asked: Any
) -> dict[str, Any]:
    """Everything that the bytes of the dataset depend on besides the recipe's rows. Plain data.

    `asked`: what else this build was asked for: what it keeps, its series, its truths.
    """
    info = generator.info
    return {
        "schema": VERSION,
        "generator": {
            "name": name,
            "version": info.version,
            "model_hash": info.model_hash,
            "domain": info.domain,
            "safe_by_construction": info.safe_by_construction,
        },
        "options": options | dict(info.anywhere),
        "chunk": info.chunk,
        "analyzers": {a.info.name: _analyzer(a.info) for a in analyzers},
        **asked,
    }


def _analyzer(info: AnalyzerInfo) -> dict[str, Any]:
    terms = {} if info.commercial else {"commercial": False}
    return {"version": info.version, "weights": dict(info.weights), **terms}


def read_build(layout: Layout) -> dict[str, Any]:
    """The identity on record. Raises `DamagedError`."""
    try:
        build = json.loads(layout.build.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedError(f"{layout.build} cannot be read: {error}") from None
    if not isinstance(build, dict):
        raise DamagedError(f"{layout.build} holds no build identity")
    return build


def write_build(layout: Layout, build: Mapping[str, Any]) -> None:
    """Put an identity on record. Raises `WriteError`."""
    write_bytes(layout.build, json.dumps(build, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n")


def generator_of(layout: Layout, build: Mapping[str, Any]) -> Generator:
    """The generator on record, to be asked again. Raises what the registry raises."""
    options = dict(build["options"])
    if layout.imported.exists():
        # Not on record: a folder may be moved.
        options["index"] = str(layout.imported)
    return GENERATORS.make(build["generator"]["name"], **options)


def read_recipe(layout: Layout) -> Recipe:
    """The resolved recipe on record. Raises `DamagedError` or `RecipeError`."""
    return validate(read_source(layout))


def read_source(layout: Layout) -> Source:
    """The text of the resolved recipe on record as plain data. Raises `DamagedError` or `RecipeError`."""
    try:
        text = layout.recipe.read_text(encoding="utf-8")
    except OSError as error:
        raise DamagedError(f"{layout.recipe} cannot be read: {error.strerror}") from None
    return parse(text, str(layout.recipe))


def claim(layout: Layout, build: dict[str, Any], table: Table) -> Recipe:
    """Make the folder this build's, or make sure that it already is; returns the resolved recipe on record.

    Raises `BuildMismatchError` that names the first difference; nothing is changed then.
    """
    recipe = resolved(table)
    if layout.build.exists():
        _compare(layout, read_build(layout), build)
        recipe = _united(layout, read_recipe(layout), recipe)
    elif layout.rounds.exists() and any(layout.rounds.iterdir()):
        raise DamagedError(f"{layout.root} holds rounds but no build.json")
    for folder in (layout.rounds, layout.shards, layout.log):
        folder.mkdir(parents=True, exist_ok=True)
    text = recipe_text(recipe)
    if not layout.recipe.exists() or layout.recipe.read_text(encoding="utf-8") != text:
        write_bytes(layout.recipe, text.encode())
    # Last, because it says that there is a dataset: a folder with an identity has a recipe.
    if not layout.build.exists():
        write_build(layout, build)
    return recipe


def recipe_text(recipe: Recipe) -> str:
    """A resolved recipe as it is kept in the dataset's folder."""
    return yaml.safe_dump(
        recipe.model_dump(mode="json", exclude_none=True), sort_keys=False, allow_unicode=True, width=120
    )


def resolved(table: Table) -> Recipe:
    """The recipe with the counts of the table: what is asked for, at scale 1."""
    rows = {
        row: table.recipe.rows[row].model_copy(
            update={"count": {sex: table.count(row, sex) for sex in table.recipe.axes.sex}}
        )
        for row in table.row_ids
    }
    return table.recipe.model_copy(update={"rows": rows})


def _compare(layout: Layout, there: dict[str, Any], here: dict[str, Any]) -> None:
    for key in sorted({*there, *here} - set(_NOT_IDENTITY)):
        before, now = there.get(key), here.get(key)
        if before == now:
            continue
        name = key
        if isinstance(before, dict) and isinstance(now, dict):
            part = next(p for p in sorted({*before, *now}) if before.get(p) != now.get(p))
            name, before, now = f"{key}.{part}", before.get(part), now.get(part)
        raise BuildMismatchError(
            f"{layout.root} was built with {name} {_short(before)}, this build has {_short(now)}; "
            "choose another folder for --out, or the options it was built with"
        )


def _judge(layout: Layout) -> str:
    return f"choose another folder for --out, or run agfd judge {layout.root} --rules RECIPE --apply with this recipe"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= 60 else text[:57] + "..."


def _united(layout: Layout, there: Recipe, here: Recipe) -> Recipe:
    """Both recipes' rows, each with the larger count. Raises where a shared row means something else now."""
    if there.duplicates != here.duplicates:
        raise BuildMismatchError(f"{layout.root} was judged by other rules about duplicates; {_judge(layout)}")
    rows = dict(there.rows)
    for row, entry in here.rows.items():
        if row not in rows:
            rows[row] = entry
            continue
        if there.row_identity(row) != here.row_identity(row):
            raise BuildMismatchError(
                f"row {row} of {layout.root} was built from other words or settings; choose another folder for --out"
            )
        if there.rules_of(row) != here.rules_of(row):
            raise BuildMismatchError(f"row {row} of {layout.root} was judged by other rules; {_judge(layout)}")
        sexes = {*rows[row].count, *entry.count}
        count = {
            sex: max(rows[row].count.get(sex, 0), entry.count.get(sex, 0)) for sex in here.axes.sex if sex in sexes
        }
        rows[row] = entry.model_copy(update={"count": count})
    return here.model_copy(update={"rows": rows})
