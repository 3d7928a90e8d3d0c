"""From a recipe file to a `Recipe`, with errors that name file, line, key and the nearest right name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from agfd import vocabulary
from agfd.errors import RecipeError, UsageError, nearest
from agfd.recipe.model import Confirm, Range, Recipe, RuleChange, Span, Variant
from agfd.recipe.source import Key, Source, located, read
from agfd.recipe.unsafe import unsafe_texts
from agfd.recipe.words import unknown_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic_core import ErrorDetails

    from agfd.recipe.model import Asked


def load(name: str, changes: Sequence[str] = ()) -> Recipe:
    """The recipe of that name (shipped) or file, with `changes` such as `settings.steps=30` laid over it.

    Raises `RecipeError`; `UnknownNameError` for a name that is neither shipped nor a file.
    """
    return validate(apply_changes(read(name), changes))


def apply_changes(source: Source, changes: Sequence[str]) -> Source:
    """The source with `KEY=VALUE` changes; a key is dotted, a value is YAML. Raises `RecipeError`."""
    data, lines = dict(source.data), dict(source.lines)
    for change in changes:
        key, equals, text = change.partition("=")
        where = f"--set {change}" if len(change) <= 80 else f"--set {change[:77]}..."
        words = key.split(".")
        if not equals or not all(words):
            raise RecipeError("write KEY=VALUE", where=where)
        try:
            value, _ = located(text, where)
        except RecipeError as error:
            raise RecipeError(f"the value: {error.message}", where=where, key=key) from None
        data, path = _changed(data, words, value, where)
        lines = {at: line for at, line in lines.items() if at[: len(path)] != path}
        lines[path] = where
    return Source(data, lines)


def _changed(data: dict[str, Any], words: Sequence[str], value: object, where: str) -> tuple[dict[str, Any], Key]:
    """The data with one value changed, and the key at which it stands.

    Row ids hold dots, so the longest existing key that starts the words is taken first.
    """
    for length in range(len(words), 0, -1):
        head = ".".join(words[:length])
        if head in data:
            if length == len(words):
                return {**data, head: value}, (head,)
            inner = data[head]
            if not isinstance(inner, dict):
                raise RecipeError("holds no keys of its own", where=where, key=head)
            changed, path = _changed(inner, words[length:], value, where)
            return {**data, head: changed}, (head, *path)
    if len(words) == 1:
        return {**data, words[0]: value}, (words[0],)
    changed, path = _changed({}, words[1:], value, where)
    return {**data, words[0]: changed}, (words[0], *path)


def validate(source: Source) -> Recipe:
    """The recipe that the source describes. Raises `RecipeError` with the first mistake."""
    data = dict(source.data)
    if isinstance(data.get("rows"), dict):
        data["rows"] = _with_turns(data["rows"])
    try:
        recipe = Recipe.model_validate(data)
    except ValidationError as error:
        raise _as_recipe_error(error, source) from None
    for key, problem in _problems(recipe):
        raise RecipeError(problem, where=source.where(key), key=_dotted(key))
    return recipe


def _with_turns(rows: dict[str, Any]) -> dict[str, Any]:
    """The rows without those taken out (null), each with its place as `turn` so that taking one out moves no other."""
    return {
        key: {"turn": place, **row} if isinstance(row, dict) else row
        for place, (key, row) in enumerate(rows.items())
        if row is not None
    }


def _as_recipe_error(error: ValidationError, source: Source) -> RecipeError:
    first = _clearest(error.errors(include_url=False))
    key = _without_tags(first["loc"])
    message = first["msg"][0].lower() + first["msg"][1:]
    if first["type"] == "extra_forbidden":
        known = _fields_at(Recipe, key[:-1])
        near = nearest(str(key[-1]), known)
        hint = f"did you mean {' or '.join(near)}?" if near else f"the keys here are {', '.join(known)}"
        message = f"there is no such key; {hint}"
    elif first["type"] == "missing":
        message = "this key is missing"
    return RecipeError(message, where=source.where(key), key=_dotted(key))


def _clearest(errors: list[ErrorDetails]) -> ErrorDetails:
    """The first mistake; where a value fits none of several types, what is said of the type that it looks like."""
    first = errors[0]
    key = _without_tags(first["loc"])
    if key != first["loc"] and isinstance(first["input"], dict):
        errors = [error for error in errors if error["loc"][: len(key) + 1] == (*key, "Span")] or errors
        first = errors[0]
    if first["type"] == "missing":
        # A key that is written wrong is missing as well; the wrong one says more.
        beside = (e for e in errors if e["type"] == "extra_forbidden" and e["loc"][:-1] == first["loc"][:-1])
        return next(beside, first)
    if key == first["loc"] or first["loc"][-1] not in _SCALAR_TAGS:
        return first
    first["msg"] = "Input should be a word or a number"
    return first


def _without_tags(loc: Key) -> Key:
    """The place in the file: pydantic names after a value of several types the type that it tried."""
    for at, part in enumerate(loc):
        # `set` is followed by the attribute; `when` by the attribute, and in a list of words by a place in it.
        tags = {at + step for step in {"set": (2,), "when": (2, 4)}.get(str(part), ())} if at >= 2 else set()
        if tags:
            return tuple(p for place, p in enumerate(loc) if place not in tags or p not in _UNION_TAGS)
    return loc


_SCALAR_TAGS = {"bool", "int", "float", "str", "Span"}
_UNION_TAGS = _SCALAR_TAGS | {"list", "Range"}


def _fields_at(model: type[BaseModel], key: Key) -> list[str]:
    """The field names of the model that stands at `key` below `model`."""
    if not key:
        return list(model.model_fields)
    field = model.model_fields.get(str(key[0]))
    annotation: Any = field.annotation if field else None
    rest = key[1:]
    while annotation is not None and not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        if get_origin(annotation) in {list, dict} and rest:
            rest = rest[1:]
        inner = [a for a in get_args(annotation) if a not in {str, type(None)}]
        annotation = next((a for a in inner if _leads_to_model(a)), None)
    return _fields_at(annotation, rest) if annotation is not None else []


def _leads_to_model(annotation: Any) -> bool:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return issubclass(annotation, BaseModel)
    return any(_leads_to_model(a) for a in get_args(annotation))


def _dotted(key: Key) -> str:
    return ".".join(str(part) for part in key)


def _problems(recipe: Recipe) -> Iterator[tuple[Key, str]]:
    """What the types cannot express, in the order of the file."""
    yield from _axis_problems(recipe)
    for place in unknown_places(recipe.template):
        yield ("template",), f"there is no place {{{place}}}; there are {{year}} {{sex}} {{race}} {{special}}"
    yield from _list_problems(("truths",), "truth", recipe.truths, vocabulary.TRUTHS)
    for code, rule in recipe.rules.items():
        if rule is not None:
            yield from ((("rules", code, *key), text) for key, text in _rule_problems(rule))
    for row_id, row in recipe.rows.items():
        at: Key = ("rows", row_id)
        for name, by_sex in (("count", row.count), ("note", row.note)):
            for sex in by_sex:
                yield from _unknown((*at, name, sex), "sex", sex, vocabulary.SEXES)
        yield from (((*at, "rules", *key), text) for key, text in _row_rule_problems(recipe, row_id))
        names = [variant.name for variant in row.variants]
        for index, variant in enumerate(row.variants):
            if names.index(variant.name) != index:
                yield (*at, "variants", index), f"a second variant is called {variant.name!r}; give one an id"
            yield from (((*at, "variants", index, *key), text) for key, text in _variant_problems(variant, recipe))
    yield from unsafe_texts(recipe)


def _axis_problems(recipe: Recipe) -> Iterator[tuple[Key, str]]:
    axes: tuple[tuple[str, list[str], tuple[str, ...]], ...] = (
        ("sex", recipe.axes.sex, vocabulary.SEXES),
        ("race", recipe.axes.race, vocabulary.RACES),
    )
    for axis, values, known in axes:
        yield from _list_problems(("axes", axis), axis, values, known)
    for sex in recipe.axes.sex:
        if sex not in recipe.words.sex:
            yield ("words", "sex"), f"the word for {sex} is missing"
    for race in recipe.words.race:
        yield from _unknown(("words", "race", race), "race", race, vocabulary.RACES)


def _list_problems(key: Key, kind: str, values: Sequence[str], known: Any) -> Iterator[tuple[Key, str]]:
    """Words of a list that are unknown or stand there twice."""
    for index, value in enumerate(values):
        yield from _unknown((*key, index), kind, value, known)
        if value in values[:index]:
            yield (*key, index), f"{value} stands here twice"


def _variant_problems(variant: Variant, recipe: Recipe) -> Iterator[tuple[Key, str]]:
    for name, value in variant.set.items():
        if name in {"sex", "race", "age"}:
            yield ("set", name), f"{name} is not set here: sex and race are axes, age is a key of the variant"
            continue
        bounds = (value.min, value.max) if isinstance(value, Span) else (value,)
        if isinstance(value, Span) and value.min > value.max:
            yield ("set", name), f"min {value.min:g} is above max {value.max:g}"
        for bound in bounds:
            try:
                vocabulary.check(name, bound)
            except UsageError as error:
                yield ("set", name), str(error)
    for sex in variant.word:
        yield from _unknown(("word", sex), "sex", sex, vocabulary.SEXES)


def _row_rule_problems(recipe: Recipe, row_id: str) -> Iterator[tuple[Key, str]]:
    rules = recipe.rules_of(row_id)
    for code, change in recipe.rows[row_id].rules.items():
        if change is None or change.measure is None:
            yield from _unknown((code,), "rule", code, recipe.rules)
        if change is not None and code in rules:
            yield from (((code, *key), text) for key, text in _rule_problems(rules[code]))


def _rule_problems(rule: RuleChange) -> Iterator[tuple[Key, str]]:
    if rule.measure is None:
        yield (), "a rule needs `measure`"
        return
    yield from _unknown(("measure",), "measurement", rule.measure, {**vocabulary.MEASUREMENTS, **vocabulary.SCORED})
    if rule.measure in vocabulary.SCORED and rule.about != "attribute":
        yield ("measure",), f"the score of the asked {rule.measure} is for rules with `about: attribute`"
    if rule.min is None and rule.max is None and rule.within is None and rule.confirm is None:
        yield (), "a rule needs min, max, within or confirm"
    yield from _bound_problems(rule.measure, rule)
    if rule.confirm is not None:
        yield from ((("confirm", *key), text) for key, text in _confirm_problems(rule, rule.confirm))
    for name, values in (rule.when or {}).items():
        yield from ((("when", name), text) for text in _when_problems(name, values))


def _bound_problems(measure: str, bounds: RuleChange | Confirm) -> Iterator[tuple[Key, str]]:
    if bounds.min is not None and bounds.max is not None and bounds.min > bounds.max:
        yield ("min",), f"min {bounds.min:g} is above max {bounds.max:g}"
    if bounds.within is not None and not isinstance(vocabulary.ATTRIBUTES.get(measure), vocabulary.Number):
        yield ("within",), f"{measure} is not a number that can be asked for"


def _confirm_problems(rule: RuleChange, confirm: Confirm) -> Iterator[tuple[Key, str]]:
    if rule.about != "attribute":
        yield (), "only a rule with `about: attribute` confirms a label"
    if confirm.min is None and confirm.max is None and confirm.within is None:
        yield (), "needs min, max or within"
    yield from _bound_problems(rule.measure or "", confirm)
    for name, sign in (("min", 1), ("max", -1), ("within", -1)):
        inner, outer = getattr(confirm, name), getattr(rule, name)
        if inner is not None and outer is not None and sign * inner < sign * outer:
            yield (name,), f"{name} {inner:g} confirms what the rule's own {name} {outer:g} rejects"


def _when_problems(name: str, values: Asked) -> Iterator[str]:
    entry = vocabulary.ATTRIBUTES.get(name)
    bounds = values
    if isinstance(values, Range):
        if entry is not None and not isinstance(entry, vocabulary.Number):
            yield f"{name} is no number; write a list of its words"
            return
        bounds = [bound for bound in (values.min, values.max) if bound is not None]
        if not bounds:
            yield "needs min or max"
    for value in bounds:
        try:
            vocabulary.check(name, value)
        except UsageError as error:
            yield str(error)


def _unknown(key: Key, kind: str, name: str, known: Any) -> Iterator[tuple[Key, str]]:
    if name not in known:
        near = nearest(name, known)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
        yield key, f"there is no {kind} {name!r}; {hint}"
