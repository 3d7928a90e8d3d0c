"""Who somebody is, as a vector: dlib's own numbers, one network for all, one look at each picture."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd import models
from agfd.analyze import embedding
from agfd.analyze.embedding import LENGTH, WEIGHTS, Embedder, embedder
from agfd.analyze.view import View
from agfd.errors import ModelsMissingError
from agfd.records import Image
from drawn import drawn
from views import laid

if TYPE_CHECKING:
    from pathlib import Path

# The first of the 128 numbers that dlib 20.0.1 itself gives for `drawn(150)`, and their length.
DLIBS = (-0.0779024, 0.08261102, 0.10639849, 0.00036062, -0.14071946, -0.04049874, -0.07597419, -0.00578941)
LENGTH_OF_DLIBS = 1.37406929


@pytest.fixture(scope="module")
def network() -> Embedder:
    if models.installed(WEIGHTS) is None:
        pytest.skip(f"the weights {WEIGHTS} are not installed; run: agfd models install")
    return Embedder()


def test_the_numbers_are_dlibs(network: Embedder) -> None:
    vector = network.of_chip(drawn(150))
    assert vector.shape == (LENGTH,)
    assert vector[: len(DLIBS)] * LENGTH_OF_DLIBS == pytest.approx(DLIBS, abs=1e-5)


def test_the_vector_has_length_one_and_is_made_once_a_picture(
    network: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = laid(0.9, image=Image(np.random.default_rng(0).integers(0, 256, (400, 500, 3), dtype=np.uint8)))
    vector = network.embed(view)
    assert vector is not None
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    monkeypatch.setattr(network, "_session", None)
    assert network.embed(view) is vector


def test_another_view_has_a_vector_of_its_own(network: Embedder) -> None:
    rng = np.random.default_rng(1)
    one, other = (
        network.embed(laid(0.9, image=Image(rng.integers(0, 256, (400, 500, 3), dtype=np.uint8)))) for _ in range(2)
    )
    assert one is not None
    assert other is not None
    assert not np.allclose(one, other)


def test_without_a_face_there_is_none(network: Embedder) -> None:
    nobody = View(Image(np.zeros((50, 50, 3), np.uint8)), SimpleNamespace(find=lambda _: []), None)  # type: ignore[arg-type]
    assert network.embed(nobody) is None


def test_a_thread_shares_one_and_lets_it_go(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr(embedding.models, "path", lambda name: made.append(1))
    monkeypatch.setattr(embedding, "onnx_session", lambda path: None)
    one = embedder()
    assert embedder() is one
    with ThreadPoolExecutor(1) as elsewhere:
        assert elsewhere.submit(embedder).result() is not one
    assert len(made) == 2
    del one
    gc.collect()
    embedder()
    assert len(made) == 3


def test_missing_weights_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path))
    with pytest.raises(ModelsMissingError, match="run: agfd models install"):
        Embedder()
