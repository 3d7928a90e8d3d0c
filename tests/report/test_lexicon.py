"""What scripts of the pages are told of the vocabulary."""

from __future__ import annotations

import io
import json

import numpy as np
from PIL import Image

from agfd import images, vocabulary
from agfd.report.lexicon import lexicon


def test_parts_have_the_colours_that_a_map_shows() -> None:
    parts = lexicon()["parts"]
    assert [name for name, _ in parts] == list(vocabulary.FACE_PARTS)
    numbers = np.arange(len(parts), dtype=np.uint8)[None]
    with Image.open(io.BytesIO(images.encode_map("segmentation", numbers))) as picture:
        shown = np.asarray(picture.convert("RGB"))[0]
    assert [bytes.fromhex(colour[1:]) for _, colour in parts] == [bytes(pixel) for pixel in shown]
    # PASCAL VOC's second to fourth.
    assert [colour for _, colour in parts[1:4]] == ["#800000", "#008000", "#808000"]


def test_every_name_has_its_meaning_as_plain_data() -> None:
    words = json.loads(json.dumps(lexicon()))
    assert list(words["attributes"]) == list(vocabulary.ATTRIBUTES)
    assert list(words["measurements"]) == list(vocabulary.MEASUREMENTS)
    assert list(words["quantities"]) == list(vocabulary.QUANTITIES)
    assert (words["units"]["yaw"], words["units"]["age"]) == ("degrees", "years")
    assert "eyewear" not in words["units"]
