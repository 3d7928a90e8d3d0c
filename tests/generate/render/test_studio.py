"""What is kept between pictures changes none of them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from agfd.generate.render.generator import QUALITIES
from agfd.generate.render.picture.guide import Guide
from agfd.generate.render.studio import _paths
from sitters import digest, request, shot, small

if TYPE_CHECKING:
    from agfd.generate.render.generator import Renderer

A: dict[str, Any] = {"hair_style": "short", "light": "studio", "expression": "smile"}
OTHER: dict[str, Any] = {"person_seed": 99, "scene_seed": 98, "hair_style": "long"}


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    """One that keeps what it may."""
    return small()


@pytest.fixture(scope="module")
def forgetful() -> Renderer:
    """Another one, whose studio the test empties before each picture."""
    renderer = small()
    renderer.setup()
    return renderer


@pytest.mark.parametrize(
    "twin",
    [{"light": "night"}, {"scene": "under water"}, {"light": "sun behind", "scene": "outdoor"}],
    ids=lambda twin: " ".join(twin.values()),
)
def test_a_twin_in_other_light_has_the_same_bytes_with_and_without_reuse(
    renderer: Renderer, forgetful: Renderer, twin: dict[str, str]
) -> None:
    first, _, again = shot(renderer, **A), shot(renderer, **OTHER), shot(renderer, **A | twin)
    assert forgetful._studio is not None
    forgetful._studio.kept.clear()
    alone = shot(forgetful, **A | twin)
    assert digest(again) == digest(alone) != digest(first)
    assert again.truth is not None
    assert alone.truth is not None
    assert again.truth.attributes == alone.truth.attributes
    np.testing.assert_array_equal(again.truth.main_light, alone.truth.main_light)  # type: ignore[arg-type]
    assert digest(shot(renderer, **A)) == digest(first)


def test_only_light_and_place_leave_the_stage_as_it_was_and_few_are_kept(renderer: Renderer) -> None:
    shot(renderer, **A)
    studio = renderer._studio
    assert studio is not None
    stage = list(studio.kept.values())[-1]
    shot(renderer, **A | {"light": "dim", "scene": "night"})
    assert list(studio.kept.values())[-1] is stage
    for change in ({"makeup": "heavy"}, {"yaw": 5}, {"scene_seed": 3}, {"person_seed": 4}, {"age": 31}):
        shot(renderer, **A | change)
        assert list(studio.kept.values())[-1] is not stage
    assert len(studio.kept) == 2


def test_the_more_light_hair_the_more_paths() -> None:
    standard = QUALITIES["standard"]

    def paths(share: float, albedo: float) -> int:
        flat = np.full((8, 8), share, dtype=np.float32)
        color = np.full((8, 8, 3), albedo, dtype=np.float32)
        return _paths(Guide(color, color, flat > 0, flat, flat, flat, 1.0), standard)

    assert paths(0.0, 0.6) == paths(0.2, 0.01) == standard.spp
    assert standard.spp < paths(0.1, 0.3) < standard.hair_spp
    assert paths(0.3, 0.6) == standard.hair_spp


def test_what_is_kept_cannot_be_written(renderer: Renderer) -> None:
    list(renderer.generate([request(hair_style="long", hand="over face")]))
    assert renderer._studio is not None
    stage = list(renderer._studio.kept.values())[-1]
    arrays = [
        value
        for record in (stage.head, stage.guide, *stage.things)
        for value in (getattr(record, part.name) for part in fields(record))
        if isinstance(value, np.ndarray)
    ]
    assert len(arrays) > 40
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
