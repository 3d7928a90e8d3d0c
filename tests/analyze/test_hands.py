"""Where a hand lies, and the analyzer as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd.analyze.faces import Face
from agfd.analyze.hands import GIVES, Hands, make, placed
from agfd.analyze.palms import Hand
from agfd.errors import ModelsMissingError
from agfd.records import Image
from ready import ready

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image as Pillow

FACE = Face((100, 100, 200, 240), 0.9, np.zeros((5, 2), np.float32))
NONE, OVER_FACE, OVER_HAIR = GIVES


def hand(x: float, y: float, score: float = 0.9, width: float = 70) -> Hand:
    """21 points spread over a square around x, y."""
    spread = np.stack(np.meshgrid(np.linspace(-1, 1, 7), np.linspace(-1, 1, 3)), axis=-1).reshape(21, 2)
    return Hand((spread * width / 2 + (x, y)).astype(np.float32), score)


@pytest.mark.parametrize(
    ("hands", "wanted"),
    [
        ([], {NONE: 1, OVER_FACE: 0, OVER_HAIR: 0}),
        ([hand(150, 180)], {NONE: 0.1, OVER_FACE: 0.9, OVER_HAIR: 0}),
        ([hand(150, 60)], {NONE: 0.1, OVER_FACE: 0, OVER_HAIR: 0.9}),
        # Beside the chin, under it, far away: none of both.
        ([hand(150, 300), hand(400, 60)], {NONE: 1, OVER_FACE: 0, OVER_HAIR: 0}),
        # As small as an ear.
        ([hand(150, 180, width=30)], {NONE: 1, OVER_FACE: 0, OVER_HAIR: 0}),
        # The surest one counts; one in each place shares.
        ([hand(150, 180, 0.3), hand(150, 190, 0.8)], {NONE: 0.2, OVER_FACE: 0.8, OVER_HAIR: 0}),
        ([hand(150, 180, 1.0), hand(150, 60, 1.0)], {NONE: 0, OVER_FACE: 0.5, OVER_HAIR: 0.5}),
    ],
)
def test_a_hand_counts_where_its_points_lie(hands: list[Hand], wanted: dict[str, float]) -> None:
    assert placed(hands, FACE) == pytest.approx(wanted)


def test_a_hand_half_over_both_shares_its_certainty() -> None:
    found = placed([hand(150, 120, 0.8)], FACE)
    assert found[OVER_FACE] > 0
    assert found[OVER_HAIR] > 0
    assert sum(found.values()) == pytest.approx(1)
    assert found[NONE] == pytest.approx(0.2)


def test_a_hand_without_a_face_covers_one() -> None:
    assert placed([hand(50, 50, 0.7)], None) == pytest.approx({NONE: 0.3, OVER_FACE: 0.7, OVER_HAIR: 0})


def test_info_needs_no_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path))
    analyzer = make()
    assert set(analyzer.info.weights) == {"centerface", "face_mesh", "palm", "hand"}
    assert make(side=256).info.version != analyzer.info.version
    with pytest.raises(ModelsMissingError, match="run: agfd models install"):
        analyzer.setup()
    with pytest.raises(RuntimeError, match="setup"):
        analyzer.measure([])


@pytest.fixture(scope="module")
def palmist() -> Iterator[Hands]:
    with ready(Hands()) as made:
        yield made


def test_nobody_and_no_hand_is_nothing_to_say(palmist: Hands, faceless: list[np.ndarray]) -> None:
    assert [dict(one.values) for one in palmist.measure([Image(pixels) for pixels in faceless])] == [{}] * 4


def test_portraits_show_none(palmist: Hands, portraits: list[Pillow.Image]) -> None:
    for result in palmist.measure([Image(np.asarray(picture)) for picture in portraits]):
        assert set(result.values) == set(GIVES)
        assert result.values[NONE].value > 0.5
        assert sum(one.value for one in result.values.values()) == pytest.approx(1)
