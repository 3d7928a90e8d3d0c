"""Whatever stands in a recipe: a plan, or one of our errors."""

import copy
from itertools import islice
from typing import Any

import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agfd.errors import AgfdError, RecipeError
from agfd.planning import Table, summarise
from agfd.recipe import Recipe, parse, shipped, validate
from agfd.recipe.load import apply_changes
from builders import SMALL

SHIPPED = yaml.safe_load(shipped()["agfd-20k"].read_text())
# A small table with a few rows of the shipped one: as many kinds of keys, and quick to mutate.
BASE = {**SHIPPED, "rows": {row: SHIPPED["rows"][row] for row in ("age.old", "illumination.dark", "pose.side")}}
WORDS = ["male", "female", "age", "yaw", "min", "max", "White", "{special}", "{", "}}", "{year:9}", "rows", "faces"]
SIGNS = ["a", ":", " ", "\n", "- ", "[", "{", "&x", "*x", "!", "|", "<<: "]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(0, 20)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(WORDS)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
# Without shrinking: a failure is shown as it was found, at once.
few = settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def plans_or_refuses(text: str) -> bool:
    """Whether the text is a recipe; if so it must plan."""
    try:
        recipe = validate(parse(text, "fuzz.yaml"))
    except RecipeError as caught:
        error = caught
    else:
        return plans(recipe)
    assert str(error).startswith("fuzz.yaml")
    assert "\n" not in str(error)
    return False


def plans(recipe: Recipe) -> bool:
    table = Table(recipe, 0.001)
    for row, sex in islice(table.parts(), 50):
        for slot in (0, 1, 7, 10**6):
            request = table.request(row, sex, slot, slot % 3)
            assert request.variant in {variant.name for variant in recipe.rows[row].variants}
    if table.total < 5000:
        assert summarise(table).total == table.total
    return True


def places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every key and index in the data."""
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [deeper for key, value in children for deeper in ((*at, key), *places(value, (*at, key)))]


def mutated(data: Any, draw: Any) -> Any:
    """A copy with one to three keys deleted, replaced or inserted."""
    data = copy.deepcopy(data)
    for _ in range(draw(st.integers(1, 3))):
        everywhere = places(data)
        if not everywhere:
            break
        *way, last = draw(st.sampled_from(everywhere))
        inner = data
        for key in way:
            inner = inner[key]
        action = draw(st.sampled_from(["delete", "replace", "insert"]))
        if action == "delete":
            del inner[last]
        elif action == "replace" or isinstance(inner, list):
            inner[last] = draw(values)
        else:
            inner[draw(st.sampled_from(WORDS) | st.text(max_size=4))] = draw(values)
    return data


def test_the_unchanged_recipes_plan() -> None:
    assert plans_or_refuses(SMALL)
    assert plans_or_refuses(yaml.safe_dump(BASE, allow_unicode=True, sort_keys=False))


@few
@given(st.data())
def test_mutated_copies_of_the_shipped_recipe(data: st.DataObject) -> None:
    changed = mutated(BASE, data.draw)
    plans_or_refuses(yaml.safe_dump(changed, allow_unicode=True, sort_keys=False))


@few
@given(values)
def test_any_data(data: Any) -> None:
    assert not plans_or_refuses(yaml.safe_dump(data, allow_unicode=True))


@few
@given(st.text() | st.lists(st.sampled_from(SIGNS)).map("".join))
def test_any_text(text: str) -> None:
    assert not plans_or_refuses(text)


@few
@given(st.data())
def test_the_text_itself_damaged(data: st.DataObject) -> None:
    text = SMALL
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 4))
        inserted = data.draw(st.text(max_size=3) | st.sampled_from(list("{}[]:&*!-\n ")))
        text = text[:start] + inserted + text[start + length :]
    plans_or_refuses(text)


@few
@given(st.lists(st.sampled_from(["rows", "age.child", "count", "male", "settings", "x", "0", "", "name"])), values)
def test_any_change_by_set(words: list[str], value: Any) -> None:
    written = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True).removesuffix("...\n")
    change = f"{'.'.join(words)}={written}"
    try:
        recipe = validate(apply_changes(parse(SMALL, "small.yaml"), [change]))
    except AgfdError:
        return
    assert plans(recipe)
