"""Guidance in a part of the run."""

from __future__ import annotations

import pytest

from agfd.errors import UsageError
from agfd.generate.diffusers.interval import GuidanceInterval


def test_it_is_on_between_two_fractions() -> None:
    assert [GuidanceInterval(0.25, 0.75).on(step, 8) for step in range(8)] == [False] * 2 + [True] * 4 + [False] * 2


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 20, 39])
def test_by_default_every_call_is_guided(steps: int) -> None:
    assert all(GuidanceInterval().on(step, steps) for step in range(steps))


@pytest.mark.parametrize("bad", [(0.5, 0.5), (0.8, 0.2), (-0.1, 0.5), (0.5, 1.1), (float("nan"), 1.0)])
def test_what_is_no_interval_is_refused(bad: tuple[float, float]) -> None:
    with pytest.raises(UsageError, match="is no interval"):
        GuidanceInterval(*bad)
