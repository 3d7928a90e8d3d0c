"""What several folders of tests share because it takes seconds to make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agfd import models
from agfd.generate.render.generator import Renderer
from agfd.registry import ANALYZERS
from sitters import shot

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests go first, so that of two processes none is left with a long one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def rendered() -> dict[str, NDArray[np.uint8]]:
    """Renders of four people of 256 px, uint8 (256, 256, 3), that nobody changes: faces in which nothing is wrong but
    the closed eyes of one. `again` is the woman in another place.
    """
    renderer = Renderer("draft")
    renderer.setup()
    asked = {
        "woman": {"age": 30, "sex": "female", "person_seed": 5},
        "again": {"age": 30, "sex": "female", "person_seed": 5, "scene_seed": 77},
        "man": {"age": 80, "sex": "male"},
        "other": {"age": 45, "sex": "male", "race": "Black", "person_seed": 11},
        "asleep": {"age": 30, "sex": "female", "eyes": "closed"},
    }
    try:
        return {name: shot(renderer, **wanted).pixels for name, wanted in asked.items()}
    finally:
        renderer.teardown()


@pytest.fixture(scope="session")
def lookers() -> tuple[str, ...]:
    """The analyzers that name what is wrong with a picture; the test is skipped where their weights are not here."""
    names = ("basic", "people", "hashes")
    needed = {weight for name in names for weight in ANALYZERS.make(name).info.weights}
    missing = sorted(weight for weight in needed if models.installed(weight) is None)
    if missing:
        pytest.skip(f"weights are not installed ({', '.join(missing)}); run: agfd models install")
    return names


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small Stable Diffusion of `agfd.testing.pipelines` in a folder that nobody changes."""
    from agfd.testing import pipelines

    return pipelines.save(tmp_path_factory.mktemp("model") / "small")
