"""What many tests of the renderer share because it takes a second to load."""

from __future__ import annotations

import pytest

from agfd.generate.render.body.head import HeadModel


@pytest.fixture(scope="session")
def model() -> HeadModel:
    """The head model, which nobody changes."""
    return HeadModel.load()
