"""Weight files that are opened for inference."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from agfd import models
from agfd.analyze.sessions import TFLite, onnx_session
from agfd.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("content", [b"", b"no model at all"])
def test_a_file_that_is_no_onnx_model_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.onnx"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"broken\.onnx cannot be read as an ONNX model"):
        onnx_session(file)


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
