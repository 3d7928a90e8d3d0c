import inspect
import pickle
import re

import pytest

from agfd import errors
from agfd.errors import (
    AgfdError,
    MissingDependencyError,
    RecipeError,
    StoreError,
    UnknownNameError,
    UsageError,
    nearest,
)

CLASSES = [entry for _, entry in inspect.getmembers(errors, inspect.isclass) if issubclass(entry, Exception)]


def test_the_docstring_draws_the_tree() -> None:
    drawn = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^    ([│├└─\s]*)(\w+Error)\s", line)
        if match:
            depth = len(match[1]) // 4
            path[depth:] = [match[2]]
            drawn[match[2]] = path[depth - 1] if depth else "Exception"
    assert drawn == {entry.__name__: entry.__bases__[0].__name__ for entry in CLASSES}


@pytest.mark.parametrize("width", [AgfdError, UsageError, RecipeError])
def test_a_recipe_error_is_caught_at_three_widths(width: type[Exception]) -> None:
    with pytest.raises(width):
        raise RecipeError("wrong")


def test_damage_is_no_wrong_use() -> None:
    assert not issubclass(StoreError, UsageError)


@pytest.mark.parametrize(
    ("where", "key", "text"),
    [
        (None, None, "wrong"),
        ("a.yaml:3", None, "a.yaml:3: wrong"),
        (None, "rows.x", "rows.x: wrong"),
        ("a.yaml:3", "rows.x", "a.yaml:3: rows.x: wrong"),
    ],
)
def test_a_recipe_error_names_what_it_knows(where: str | None, key: str | None, text: str) -> None:
    error = RecipeError("wrong", where=where, key=key)
    assert (str(error), error.message, error.where, error.key) == (text, "wrong", where, key)


def test_an_unknown_name_comes_with_the_nearest() -> None:
    error = UnknownNameError("generator", "Rendr", ["fake", "render", "folder"])
    assert str(error) == "there is no generator named 'Rendr'; did you mean 'render'?"
    assert error.near == ["render"]


def test_an_unknown_name_far_from_all_comes_with_all() -> None:
    error = UnknownNameError("generator", "qqq", iter(["render", "fake"]))
    assert str(error) == "there is no generator named 'qqq'; there is fake, render"


def test_an_unknown_name_where_there_is_none() -> None:
    assert str(UnknownNameError("exporter", "x", [])) == "there is no exporter named 'x'"


def test_a_missing_dependency_gives_the_command() -> None:
    error = MissingDependencyError("the generator 'sd'", "torch", "agfd[diffusers]")
    assert str(error) == "the generator 'sd' needs torch: pip install \"agfd[diffusers]\""


@pytest.mark.parametrize(
    "error",
    [
        RecipeError("wrong", where="a.yaml:3", key="rows.x"),
        UnknownNameError("generator", "Rendr", ["render"]),
        MissingDependencyError("x", "y", "z"),
        StoreError("torn"),
    ],
)
def test_errors_come_back_from_a_worker_process(error: AgfdError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


def test_nearest_folds_case_and_gives_two_at_most() -> None:
    assert nearest("EYEWEAR", ["eyes", "eyewear", "headwear"]) == ["eyewear", "headwear"]
    assert nearest("zzz", ["eyes"]) == []
