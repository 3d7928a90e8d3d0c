"""Recipes as text: listed, shown resolved, checked, and their JSON schema."""

from __future__ import annotations

from typing import Any

import yaml

from agfd.recipe import Recipe, load, shipped


def list_recipes() -> dict[str, Recipe]:
    """The recipes that ship with agfd, by name."""
    return {name: load(name) for name in sorted(shipped())}


def show_recipe(name: str) -> str:
    """A recipe with everything that it extends, as YAML. Raises `RecipeError`, `UnknownNameError`."""
    resolved = load(name).model_dump(mode="json", exclude_none=True)
    return yaml.safe_dump(resolved, sort_keys=False, allow_unicode=True, width=120)


def load_recipe(name: str) -> Recipe:
    """The recipe of that name or file, if all is well with it. Raises `RecipeError` with file, line and key."""
    return load(name)


def recipe_schema() -> dict[str, Any]:
    """The JSON schema of a recipe file, for editors."""
    schema = Recipe.model_json_schema()
    schema["properties"]["extends"] = {"type": "string", "description": "the recipe that this one is laid over"}
    # With `extends` everything may come from the base.
    schema.pop("required", None)
    return schema
