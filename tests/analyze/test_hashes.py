"""The hashes against their definition, written down bit by bit, and on pictures that were tampered with."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageEnhance

from agfd.analyze.hashes import Hashes, codes, difference_hash, perceptual_hash
from agfd.records import Image
from agfd.registry import ANALYZERS
from agfd.vocabulary import CODES

if TYPE_CHECKING:
    from numpy.typing import NDArray


def as_number(bits: list[bool]) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)


def by_definition_dhash(grey: NDArray[np.float64]) -> int:
    return as_number([bool(grey[y, x + 1] > grey[y, x]) for y in range(8) for x in range(8)])


def by_definition_phash(grey: NDArray[np.float64]) -> int:
    def frequency(u: int, v: int) -> float:
        scale = math.sqrt((1 if u == 0 else 2) / 32) * math.sqrt((1 if v == 0 else 2) / 32)
        return scale * sum(
            grey[y, x]
            * math.cos(math.pi * (2 * y + 1) * u / 64)
            * math.cos(math.pi * (2 * x + 1) * v / 64)
            for y in range(32)
            for x in range(32)
        )  # fmt: skip

    low = [frequency(u, v) for u in range(8) for v in range(8)]
    ordered = sorted(low)
    median = (ordered[31] + ordered[32]) / 2
    return as_number([value > median for value in low])


def scene(seed: int, size: tuple[int, int] = (96, 128)) -> NDArray[np.uint8]:
    """A smooth picture of (height, width) with large shapes and a little noise."""
    rng = np.random.default_rng(seed)
    coarse = Pillow.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((size[1], size[0]), Pillow.Resampling.BICUBIC), dtype=np.float64)
    return np.clip(smooth + rng.normal(0, 3, smooth.shape), 0, 255).astype(np.uint8)


def apart(one: int, other: int) -> int:
    return (one ^ other).bit_count()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.integers(2, 256))
def test_the_difference_hash_is_its_definition(seed: int, levels: int) -> None:
    grey = np.random.default_rng(seed).integers(0, levels, (8, 9)).astype(np.float64)
    assert difference_hash(grey) == by_definition_dhash(grey)


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 2**32))
def test_the_perceptual_hash_is_its_definition(seed: int) -> None:
    grey = np.random.default_rng(seed).uniform(0, 255, (32, 32))
    assert perceptual_hash(grey) == by_definition_phash(grey)


def test_a_mirror_image_has_the_mirrored_codes() -> None:
    pixels = scene(1)
    here, there = codes(pixels), codes(np.ascontiguousarray(pixels[:, ::-1]))
    assert set(here) == set(CODES)
    for kind in ("dhash", "phash"):
        assert apart(here[f"{kind}_mirrored"], there[kind]) <= 1
        assert apart(here[kind], there[f"{kind}_mirrored"]) <= 1
        assert apart(here[kind], there[kind]) > 10


def jpeg(picture: Pillow.Image) -> Pillow.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=60)
    return Pillow.open(file)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("change", ["recoded", "half the size", "darker"])
def test_a_copy_has_nearly_the_same_codes_and_another_picture_has_not(seed: int, change: str) -> None:
    picture = Pillow.fromarray(scene(seed))
    changed = {
        "recoded": jpeg,
        "half the size": lambda p: p.resize((p.width // 2, p.height // 2), Pillow.Resampling.BICUBIC),
        "darker": lambda p: ImageEnhance.Brightness(p).enhance(0.7),
    }[change](picture)
    before, after, other = (codes(np.asarray(p)) for p in (picture, changed, Pillow.fromarray(scene(seed + 100))))
    for kind in ("dhash", "phash"):
        assert apart(before[kind], after[kind]) <= 4
        assert apart(before[kind], other[kind]) > 10


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (3, 2), (513, 511)])
def test_every_size_has_codes_of_64_bits(size: tuple[int, int]) -> None:
    found = codes(scene(0, size))
    assert all(0 <= code < 2**64 for code in found.values())


def test_the_analyzer_is_found_by_name_and_gives_codes_only() -> None:
    analyzer = ANALYZERS.make("hashes")
    assert isinstance(analyzer, Hashes)
    assert analyzer.info.gives == tuple(CODES)
    analyzer.setup()
    first, second = analyzer.measure([Image(scene(1)), Image(scene(2))])
    analyzer.teardown()
    assert first.codes == codes(scene(1))
    assert second.codes == codes(scene(2))
    assert not first.values
    assert not first.points
