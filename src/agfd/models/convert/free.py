"""Frees an ONNX model of its fixed sizes.

Exports of before ONNX IR 4 fix the sizes of what they were traced with and list every weight as an input too, which
forbids the runtime to fold them: that costs a third of the speed and prints a warning for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
from google.protobuf.message import DecodeError

from agfd.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The first version in which weights need not be inputs.
_IR_VERSION = 4


def free(members: Mapping[str, bytes]) -> bytes:
    """The one ONNX model of `members` with its true inputs alone and no fixed sizes. Raises `ModelError`."""
    [(name, data)] = members.items()
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise ModelError(f"{name} cannot be read as an ONNX model: {error}") from error
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    for value in (*inputs, *graph.output):
        for axis, size in enumerate(value.type.tensor_type.shape.dim):
            size.dim_param = f"{value.name}_{axis}"
    del graph.input[:]
    graph.input.extend(inputs)
    del graph.value_info[:]
    model.ir_version = max(_IR_VERSION, model.ir_version)
    freed: bytes = model.SerializeToString(deterministic=True)
    return freed
