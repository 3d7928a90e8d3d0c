"""Other rules for a recipe: from a file of rules, or from a whole recipe of the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.errors import RecipeError, UsageError, nearest
from agfd.recipe.load import validate
from agfd.recipe.source import Source, laid_over, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agfd.recipe.model import Recipe

_ALLOWED = ("rules", "duplicates", "rows")
# What shapes the slots of every row; the order in which differences are named.
_WORDS = ("template", "negative", "settings", "ages", "words", "axes")


def with_rules(recipe: Recipe, source: Source, name: str) -> Recipe:
    """The recipe with the rules of `name`: a file with `rules`, `duplicates` and `rows: {ROW: {rules: ...}}`, laid over
    its own as by `extends`; or a whole recipe, shipped or a file, whose rules take the places of its own.

    `source` is what the recipe was read from. Raises `RecipeError` with file and line, `UnknownNameError`, and
    `UsageError` where a whole recipe has other words.
    """
    own = read(name)
    if "template" in own.data:
        new = validate(own)
        difference = next(_differences(recipe, new), None)
        if difference is not None:
            raise UsageError(f"{name} is another recipe than the dataset's: {difference}; give one with the same words")
    else:
        _check(own, recipe)
        new = validate(laid_over(source, own))
    rows = {row_id: row.model_copy(update={"rules": new.rows[row_id].rules}) for row_id, row in recipe.rows.items()}
    return recipe.model_copy(update={"rules": new.rules, "duplicates": new.duplicates, "rows": rows})


def _check(own: Source, recipe: Recipe) -> None:
    """Raise `RecipeError` where a file of rules says something else than rules."""
    for key in own.data:
        if key not in _ALLOWED:
            near = nearest(key, _ALLOWED)
            hint = f"did you mean {near[0]}?" if near else f"a file of rules has {', '.join(_ALLOWED)}"
            raise RecipeError(f"there is no such key; {hint}", where=own.where((key,)), key=key)
    rows = own.data.get("rows", {})
    for row_id, row in rows.items() if isinstance(rows, dict) else ():
        where, key = own.where(("rows", row_id)), f"rows.{row_id}"
        if row_id not in recipe.rows:
            near = nearest(row_id, recipe.rows)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise RecipeError(f"the dataset has no such row{hint}", where=where, key=key)
        if not isinstance(row, dict) or set(row) - {"rules"}:
            raise RecipeError("here a row has `rules` and nothing else", where=where, key=key)


def _differences(there: Recipe, new: Recipe) -> Iterator[str]:
    for row_id, row in there.rows.items():
        if row_id not in new.rows:
            yield f"it has no row {row_id}"
        elif row.variants != new.rows[row_id].variants:
            yield f"its row {row_id} has other variants"
    for name in _WORDS:
        if getattr(there, name) != getattr(new, name):
            yield f"its `{name}` is not the same"
