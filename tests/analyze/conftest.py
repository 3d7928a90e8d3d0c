"""Weights for the analyzers' tests, and pictures without a face."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from agfd.analyze.basic import Basic
from ready import ready

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def analyzer() -> Iterator[Basic]:
    """The analyzer, set up; the test is skipped where its weights are not installed."""
    with ready(Basic()) as made:
        yield made


@pytest.fixture(scope="session")
def portraits() -> list[Pillow.Image]:
    """A few sample portraits; the test is skipped where `AGFD_FACES` does not name them."""
    root = os.environ.get("AGFD_FACES")
    if not root:
        pytest.skip("AGFD_FACES does not name a folder of sample faces")
    files = sorted((Path(root) / "generated_stylegan2").glob("*.jpg"))[:6]
    if not files:
        pytest.skip(f"there are no sample faces in {root}")
    return [Pillow.open(file).convert("RGB") for file in files]


@pytest.fixture(scope="session")
def faceless() -> list[np.ndarray]:
    """Drawn pictures, none with a face: bars, a house, noise, a gradient."""
    rng = np.random.default_rng(5)
    bars = np.zeros((256, 256, 3), np.uint8)
    bars[:, ::16] = (200, 40, 90)
    house = Pillow.new("RGB", (320, 200), (150, 190, 240))
    draw = ImageDraw.Draw(house)
    draw.rectangle((60, 90, 220, 199), fill=(180, 90, 60))
    draw.polygon(((50, 90), (140, 30), (230, 90)), fill=(90, 40, 30))
    draw.rectangle((120, 140, 155, 199), fill=(60, 40, 20))
    noise = rng.integers(0, 256, (240, 240, 3), dtype=np.uint8)
    gradient = np.repeat(np.linspace(0, 255, 300).astype(np.uint8)[None, :, None], 200, axis=0).repeat(3, axis=2)
    return [bars, np.asarray(house), noise, gradient]
