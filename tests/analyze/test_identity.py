"""The analyzer `identity`: who is the same person, on pictures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import numpy as np
import pytest
from PIL import ImageOps

from agfd.analyze import shared
from agfd.analyze.identity import Identity, make
from agfd.errors import ModelsMissingError
from agfd.records import Image
from ready import ready

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image as Pillow


@pytest.fixture(scope="module")
def watcher() -> Iterator[Identity]:
    with ready(Identity()) as made:
        yield made


def vectors(watcher: Identity, pictures: list[Pillow.Image]) -> np.ndarray:
    seen = watcher.measure([Image(np.asarray(picture)) for picture in pictures])
    return np.array([one.vectors["identity"] for one in seen], dtype=np.float32)


def test_info_needs_no_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path))
    # Networks that another test holds would be shared.
    monkeypatch.setattr(shared, "_instances", WeakValueDictionary())
    analyzer = make()
    assert analyzer.info.gives == ("identity",)
    assert analyzer.info.competent == {}
    assert set(analyzer.info.weights) == {"centerface", "face_mesh", "face_identity"}
    assert make(side=256).info.version != analyzer.info.version
    # In a thread of its own: networks that are there already are shared.
    with ThreadPoolExecutor(1) as thread, pytest.raises(ModelsMissingError, match="run: agfd models install"):
        thread.submit(analyzer.setup).result()


def test_measuring_needs_setup() -> None:
    with pytest.raises(RuntimeError, match="setup"):
        make().measure([Image(np.zeros((8, 8, 3), np.uint8))])


def test_without_a_face_there_is_nothing_to_say(watcher: Identity, faceless: list[np.ndarray]) -> None:
    assert [dict(one.vectors) for one in watcher.measure([Image(pixels) for pixels in faceless])] == [{}] * 4


def test_copies_of_a_person_are_nearer_than_any_two_people(watcher: Identity, portraits: list[Pillow.Image]) -> None:
    people = vectors(watcher, portraits)
    apart = (people @ people.T)[np.triu_indices(len(people), 1)].max()
    for change in (
        ImageOps.mirror,
        lambda picture: picture.resize((256, 256)),
        lambda picture: picture.rotate(10, fillcolor=(127, 127, 127)),
        lambda picture: picture.point(lambda value: value * 0.7),
    ):
        same = (vectors(watcher, [change(picture) for picture in portraits]) * people).sum(axis=1)
        assert same.min() > apart
