"""Balanced, verified, reproducible datasets of faces of people who do not exist.

    import agfd

    ds = agfd.build("agfd-20k", out="faces", scale=0.01)
    for sample in ds.filter(row="emotion.smile"):
        print(sample.request.prompt, ds.image(sample).shape)

Importing this module is fast and loads nothing heavy: every name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agfd.api import (
        Dataset,
        analyze_folder,
        build,
        calibrate_folder,
        import_folder,
        judge_dataset,
        load_recipe,
        make,
        plan,
    )
    from agfd.api import open_dataset as open  # noqa: A004  # agfd.open reads like the built-in on purpose
    from agfd.errors import AgfdError
    from agfd.recipe import Recipe

_LAZY = {
    "AgfdError": ("agfd.errors", "AgfdError"),
    "Dataset": ("agfd.api", "Dataset"),
    "Recipe": ("agfd.recipe", "Recipe"),
    "analyze_folder": ("agfd.api", "analyze_folder"),
    "build": ("agfd.api", "build"),
    "calibrate_folder": ("agfd.api", "calibrate_folder"),
    "import_folder": ("agfd.api", "import_folder"),
    "judge_dataset": ("agfd.api", "judge_dataset"),
    "load_recipe": ("agfd.api", "load_recipe"),
    "make": ("agfd.api", "make"),
    "open": ("agfd.api", "open_dataset"),
    "plan": ("agfd.api", "plan"),
}

__all__ = [
    "AgfdError",
    "Dataset",
    "Recipe",
    "analyze_folder",
    "build",
    "calibrate_folder",
    "import_folder",
    "judge_dataset",
    "load_recipe",
    "make",
    "open",
    "plan",
]


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'agfd' has no attribute {name!r}")
    module, attribute = _LAZY[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
