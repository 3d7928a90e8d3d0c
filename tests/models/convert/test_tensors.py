"""Weights as TensorFlow.js writes them."""

from __future__ import annotations

import numpy as np
import pytest

from agfd.errors import ModelError
from agfd.models.convert.tensors import read_json, tensors

BYTES = {"dtype": "uint8", "scale": 0.5, "min": -1}
GROUP = {
    "paths": ["folder/a.bin", "b.bin"],
    "weights": [
        {"name": "plain", "shape": [2], "dtype": "float32"},
        {"name": "bytes", "shape": [2, 1], "dtype": "float32", "quantization": BYTES},
        {"name": "half", "shape": [], "dtype": "float32", "quantization": {"dtype": "float16"}},
        {"name": "whole", "shape": [1], "dtype": "int32"},
    ],
}
DATA = (
    np.array([1.5, -2], "<f4").tobytes()
    + bytes([0, 255])
    + np.array([0.25], "<f2").tobytes()
    + np.array([-7], "<i4").tobytes()
)


def test_packed_numbers_come_out_as_they_were_meant() -> None:
    found = tensors([GROUP], {"a.bin": DATA[:5], "b.bin": DATA[5:]})
    assert {name: one.tolist() for name, one in found.items()} == {
        "plain": [1.5, -2],
        "bytes": [[-1], [126.5]],
        "half": 0.25,
        "whole": [-7],
    }
    assert [one.dtype for one in found.values()] == [np.float32, np.float32, np.float32, np.int32]


@pytest.mark.parametrize(("data", "message"), [(DATA[:-1], "end before whole"), (DATA + b"!", "1 bytes .* nothing")])
def test_a_file_of_another_length_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        tensors([GROUP], {"a.bin": data, "b.bin": b""})


def test_what_is_no_json_is_named() -> None:
    assert read_json({"a.bin": b"", "list.json": b"[1]"}) == [1]
    with pytest.raises(ModelError, match=r"list\.json cannot be read as JSON"):
        read_json({"list.json": b"[1"})
