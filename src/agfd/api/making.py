"""Making one face."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from agfd import ids, vocabulary
from agfd.api.asking import generator_from, options_from, table_from
from agfd.api.tools import write_image
from agfd.errors import UsageError
from agfd.recipe import Recipe, Variant, phrase_for, prompt
from agfd.records import Image, Request, Settings, Value
from agfd.run.finish import wrong_outcome
from agfd.run.maker import outcomes
from agfd.run.options import PlanOptions
from agfd.run.screen import is_refused, look, with_screen
from agfd.run.support import refusals

if TYPE_CHECKING:
    from collections.abc import Mapping


def make(
    attributes: Mapping[str, Value],
    *,
    seed: int = 0,
    scene: int | None = None,
    out: str | Path | None = None,
    **options: Any,
) -> Image:
    """One face, now: `agfd.make({"age": 70, "sex": "female"})`. What is left out is drawn from `seed`.

    The same seed is the same person whatever else is asked: at another age, in other light, with a mask (a diffusion
    model keeps it only so far). Another `scene` is another picture of that person; None is the seed's own. A generator
    that reads prompts gets the words of the recipe agfd-20k. `out`: a PNG file to write it to, with all that a
    dataset's file says. Raises `UsageError` where the generator cannot make it, `WriteError`.
    """
    settings = options_from(PlanOptions, options)
    generator = generator_from(settings)
    # Only geometry shows what no words say.
    spoken = generator.info.domain == "diffusion"
    recipe = table_from("agfd-20k", settings).recipe
    request = _single(attributes, (seed, seed if scene is None else scene), recipe, spoken=spoken)
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
    if out is not None:
        write_image(outcome.value, Path(out), request)
    return outcome.value


def _single(attributes: Mapping[str, Value], seeds: tuple[int, int], recipe: Recipe, *, spoken: bool) -> Request:
    """The request of one picture; `seeds`: of the person and of the scene; `spoken`: words must say all of it."""
    given = {name: vocabulary.check(name, value) for name, value in attributes.items()}
    phrase = phrase_for(recipe, given) if spoken else ""
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
        prompt=prompt(recipe, Variant(id="make", phrase=phrase), sex, race, age),
        negative_prompt=recipe.negative,
        settings=Settings(**recipe.settings.model_dump()),
        truths=recipe.all_truths,
    )
