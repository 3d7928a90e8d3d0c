from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pillow

from agfd import models
from agfd.analyze import nsfw
from agfd.records import Image


def test_the_network_sees_the_middle_and_the_whole() -> None:
    picture = np.zeros((300, 400, 3), dtype=np.uint8)
    picture[:8] = 255
    middle, whole = nsfw.views(Pillow.fromarray(picture))
    assert middle.shape == whole.shape == (224, 224, 3)
    # A white rim at the top is outside of the middle; black is the negative mean of blue, green, red.
    assert np.abs(middle - (-104, -117, -123)).max() < 8
    assert whole[1].mean() > 100


@pytest.mark.skipif(models.installed(nsfw.WEIGHTS) is None, reason="the weights of nsfw are not installed")
def test_plain_pictures_are_harmless_and_scores_depend_on_one_picture_alone() -> None:
    analyzer = nsfw.make()
    analyzer.setup()
    rng = np.random.default_rng(1)
    pictures = [Image(rng.integers(0, 255, (96, 80, 3), dtype=np.uint8)), Image(np.full((512, 512, 3), 90, np.uint8))]
    together = [seen.values["nsfw"].value for seen in analyzer.measure(pictures)]
    alone = [analyzer.measure([picture])[0].values["nsfw"].value for picture in pictures]
    assert together == alone
    assert all(0 <= score < 0.2 for score in together)


def test_measuring_needs_setup() -> None:
    with pytest.raises(RuntimeError, match="setup"):
        nsfw.make().measure([Image(np.zeros((8, 8, 3), np.uint8))])
