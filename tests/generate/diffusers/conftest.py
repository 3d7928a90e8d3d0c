"""Small pipelines, made and saved once for all tests here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from generate.diffusers import small

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Any, Path]]:
    """A pipeline of the family and the folder that it is saved in."""
    made: dict[str, tuple[Any, Path]] = {}

    def of(name: str) -> tuple[Any, Path]:
        if name not in made:
            folder = tmp_path_factory.mktemp("models") / name
            pipeline = small.MAKERS[name]()
            pipeline.save_pretrained(folder)
            made[name] = pipeline, folder
        return made[name]

    return of
