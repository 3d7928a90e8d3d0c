"""An old export freed of its fixed sizes."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from agfd.errors import ModelError
from agfd.models.convert import CONVERTERS

free = CONVERTERS["free"]


def old_export() -> bytes:
    """ONNX IR 3: y = x * w, x fixed to 1 x 3 x 4 x 4, and the weight listed as an input, as old exports do."""
    shape = [1, 3, 4, 4]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("x", "y", "z")]
    weight = helper.make_tensor_value_info("w", TensorProto.FLOAT, [1])
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "w"], ["z"]), helper.make_node("Identity", ["z"], ["y"])],
        "g",
        [values[0], weight],
        [values[1]],
        [numpy_helper.from_array(np.array([2], np.float32), "w")],
        value_info=[values[2]],
    )
    model = helper.make_model(graph, ir_version=3, opset_imports=[helper.make_opsetid("", 9)])
    return model.SerializeToString()


def test_freed_of_its_sizes_a_model_takes_any() -> None:
    session = onnxruntime.InferenceSession(free({"old.onnx": old_export()}), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["x"]
    for shape in ((1, 3, 4, 4), (2, 3, 64, 32)):
        x = np.random.default_rng(0).random(shape, np.float32)
        [y] = session.run(None, {"x": x})
        assert (y == 2 * x).all()


def test_the_same_model_gives_the_same_bytes_and_a_freed_one_stays() -> None:
    once = free({"old.onnx": old_export()})
    assert free({"old.onnx": old_export()}) == once == free({"free.onnx": once})
    onnx.checker.check_model(onnx.load_model_from_string(once))


@pytest.mark.parametrize("content", [b"no model at all", old_export()[:-9]])
def test_a_file_that_is_no_onnx_model_is_named(content: bytes) -> None:
    with pytest.raises(ModelError, match=r"old\.onnx cannot be read as an ONNX model"):
        free({"old.onnx": content})
