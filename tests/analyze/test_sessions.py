"""Weight files that are opened for inference."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd import models
from agfd.analyze.sessions import TFLite, free_sizes, onnx_session
from agfd.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path


def field(number: int, content: bytes | int) -> bytes:
    """One field of a protobuf message; content under 128 bytes."""
    if isinstance(content, int):
        return bytes([number << 3, content])
    return bytes([number << 3 | 2, len(content)]) + content


def value(name: str, *sizes: int) -> bytes:
    dims = b"".join(field(1, field(1, size)) for size in sizes)
    return field(1, name.encode()) + field(2, field(1, field(1, 1) + field(2, dims)))


def identity_model(ir_version: int = 3) -> bytes:
    """ONNX: y = Identity(x), x fixed to 1 x 3 x 4 x 4, and a weight that is listed as an input, as old exports do."""
    node = field(1, b"x") + field(2, b"y") + field(4, b"Identity")
    weight = field(1, 1) + field(2, 1) + field(8, b"w") + field(9, bytes(4))
    graph = field(1, node) + field(2, b"g") + field(5, weight)
    graph += field(11, value("x", 1, 3, 4, 4)) + field(11, value("w", 1)) + field(12, value("y", 1, 3, 4, 4))
    return (
        field(1, ir_version)
        + field(8, field(2, 9))
        + bytes([7 << 3 | 2, len(graph) & 127 | 128, len(graph) >> 7])
        + graph
    )


def test_freed_of_its_sizes_a_model_takes_any(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(identity_model())
    session = onnx_session(file, free="x")
    assert [one.name for one in session.get_inputs()] == ["x"]
    for shape in ((1, 3, 4, 4), (2, 3, 64, 32)):
        x = np.random.default_rng(0).random(shape, np.float32)
        [y] = session.run(None, {"x": x})
        assert (y == x).all()


def test_freeing_twice_changes_nothing_more() -> None:
    once = free_sizes(identity_model(), "x")
    assert free_sizes(once, "x") == once


@pytest.mark.parametrize("content", [b"", b"no model at all", identity_model()[:-9]])
def test_a_file_that_is_no_onnx_model_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.onnx"
    file.write_bytes(content)
    for free in (None, "x"):
        with pytest.raises(ModelError, match=r"broken\.onnx cannot be read as an ONNX model"):
            onnx_session(file, free)


@pytest.mark.parametrize("content", [b"", b"no model at all, but longer than any header"])
def test_a_file_that_is_no_tflite_model_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.tflite"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"broken\.tflite cannot be read as a TFLite model"):
        TFLite(file)


def test_loading_says_nothing_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    name = "face_mesh"
    if models.installed(name) is None:
        pytest.skip("weights are not installed; run: agfd models install")
    TFLite(models.path(name))
    os.write(2, b"heard again")
    assert capfd.readouterr() == ("", "heard again")
