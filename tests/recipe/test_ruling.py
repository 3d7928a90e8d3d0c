"""Rules from a file laid over a dataset's recipe, or from a whole recipe; mistakes have their line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agfd.errors import RecipeError, UnknownNameError, UsageError
from agfd.recipe import Recipe, parse, validate, with_rules
from builders import SMALL

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = parse(SMALL, "recipe.yaml")
THERE = validate(SOURCE)


def ruled(folder: Path, text: str) -> Recipe:
    (folder / "rules.yaml").write_text(text, encoding="utf-8")
    return with_rules(THERE, SOURCE, str(folder / "rules.yaml"))


def test_rules_are_laid_over_those_on_record(tmp_path: Path) -> None:
    new = ruled(tmp_path, "rules: {blurred: {min: 7}, no_face: null}\nrows: {age.child: {rules: {blurred: {max: 9}}}}")
    rules = new.rules_of("age.child")
    assert list(rules) == ["blurred"]
    assert (rules["blurred"].min, rules["blurred"].max, rules["blurred"].measure) == (7, 9, "sharpness")
    assert new.rules_of("eyes.glasses")["blurred"].max is None
    assert new.model_copy(update={"rules": THERE.rules, "rows": THERE.rows}) == THERE
    assert all(new.row_identity(row) == THERE.row_identity(row) for row in THERE.rows)


def test_the_rules_of_a_whole_recipe_take_the_place_of_those_on_record(tmp_path: Path) -> None:
    whole = SMALL.replace("no_face: {about: face, measure: faces, min: 1}\n  ", "").replace("male: 10", "male: 99")
    new = ruled(tmp_path, whole)
    assert list(new.rules) == ["blurred"]
    assert {row: entry.count for row, entry in new.rows.items()} == {r: e.count for r, e in THERE.rows.items()}
    more = "extends: rules.yaml\nduplicates: {near: set}\n"
    (tmp_path / "more.yaml").write_text(more, encoding="utf-8")
    assert with_rules(THERE, SOURCE, str(tmp_path / "more.yaml")).duplicates.near == "set"


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ("phrase: sunglasses", "phrase: shades", "its row eyes.glasses has other variants"),
        ("dslr", "film", "its `template` is not the same"),
        ("steps: 20", "steps: 30", "its `settings` is not the same"),
        ("age.child:", "age.kid:", "it has no row age.child"),
    ],
)
def test_another_recipe_is_refused_by_its_difference(tmp_path: Path, old: str, new: str, difference: str) -> None:
    with pytest.raises(UsageError, match=difference):
        ruled(tmp_path, SMALL.replace(old, new))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\nrulez: {}", 2, "did you mean rules"),
        ("rules:\n  blurred: {mn: 3}", 2, "did you mean min"),
        ("rules:\n  blurred:\n    measure: sharpnes", 3, "did you mean sharpness"),
        ("rules:\n  new: {min: 3}", 2, "a rule needs `measure`"),
        ("rows:\n  age.chid:\n    rules: {}", 2, "no such row; did you mean age.child"),
        ("rows:\n  age.child:\n    count: {male: 3}", 2, "`rules` and nothing else"),
        ("rows:\n  age.child:\n    rules:\n      blured: {min: 3}", 4, "did you mean blurred"),
        ("rules: [1]", 1, "valid dictionary"),
        ("rows: 3", 1, "valid dictionary"),
        ("rules: {blurred: {min: 3}", 1, "is not YAML"),
        ("axes: {sex: [male]}", 1, "a file of rules has rules, duplicates, rows"),
        ("- 1", 1, "must be a mapping"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        ruled(tmp_path, text)
    assert message in caught.value.message
    assert caught.value.where == f"{tmp_path / 'rules.yaml'}:{line}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no such file"):
        with_rules(THERE, SOURCE, str(tmp_path / "other.yaml"))
    with pytest.raises(UnknownNameError, match="no recipe named"):
        with_rules(THERE, SOURCE, "agfd-30k")
