"""Writes an ONNX graph node by node: the part that all converters of networks share.

What is written depends on the weights alone, not on the release of `onnx`. Pictures of TensorFlow go in as it has them,
(batch, height, width, channels), and through the graph as ONNX has them, with the channels second. Its kernels are
given as it has them too: (height, width, in, out).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float32]

# Old enough for every onnxruntime that the package allows.
_OPSET, _IR_VERSION = 17, 8


class Graph:
    """A graph that grows; every method adds nodes and returns the name of what comes out."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def add(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        """A node of one output."""
        name = f"{op}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(op, list(inputs), [name], name=name, **attributes))
        return name

    def weight(self, values: NDArray[Any]) -> str:
        """A constant tensor."""
        name = f"weight_{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def picture(self, name: str) -> str:
        """The input `name`, (n, h, w, c), with its channels second."""
        return self.add("Transpose", [name], perm=[0, 3, 1, 2])

    def conv(self, x: str, kernel: Array, stride: int = 1, *, bias: Array | None = None, pad: str = "SAME") -> str:
        """A convolution."""
        weights = [self.weight(kernel.transpose(3, 2, 0, 1))]
        return self._conv([x, *weights, *self._bias(bias)], stride, pad)

    def depthwise(self, x: str, kernel: Array, stride: int = 1, *, pad: str = "SAME") -> str:
        """A convolution of each channel by its own kernel, (height, width, channels, 1)."""
        weights = self.weight(kernel.transpose(2, 3, 0, 1))
        return self._conv([x, weights], stride, pad, group=kernel.shape[2])

    def dense(self, x: str, kernel: Array, bias: Array) -> str:
        """A fully connected layer of x, (n, in)."""
        return self.add("Gemm", [x, self.weight(kernel), self.weight(bias)])

    def mean(self, x: str) -> str:
        """The mean over the picture: (n, c)."""
        return self.add("ReduceMean", [x], axes=[2, 3], keepdims=0)

    def clip(self, x: str, low: float, high: float) -> str:
        """Every value moved into [low, high]."""
        if low == 0 and high == np.inf:
            return self.add("Relu", [x])
        bounds = [self.weight(np.array(bound, np.float32)) if np.isfinite(bound) else "" for bound in (low, high)]
        return self.add("Clip", [x, *bounds])

    def model(
        self,
        inputs: Mapping[str, Sequence[int | str]],
        outputs: Mapping[str, tuple[str, int]],
        kind: int = TensorProto.FLOAT,
    ) -> bytes:
        """The bytes of the file: `inputs` of that kind with their shapes; `outputs` with what they show and their
        (n, width).
        """
        for name, (source, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [source], [name], name=name))
        graph = helper.make_graph(
            self._nodes,
            "agfd",
            [_value(name, shape, kind) for name, shape in inputs.items()],
            [_value(name, ("n", width)) for name, (_, width) in outputs.items()],
            self._weights,
        )
        made = helper.make_model(graph, ir_version=_IR_VERSION, opset_imports=[helper.make_opsetid("", _OPSET)])
        onnx.checker.check_model(made)
        data: bytes = made.SerializeToString(deterministic=True)
        return data

    def _conv(self, inputs: Sequence[str], stride: int, pad: str, **attributes: int) -> str:
        # TensorFlow puts the odd pixel of its padding at the end, and for even sizes none before them.
        padding = "SAME_UPPER" if pad == "SAME" else "VALID"
        return self.add("Conv", inputs, strides=[stride, stride], auto_pad=padding, **attributes)

    def _bias(self, bias: Array | None) -> list[str]:
        return [] if bias is None else [self.weight(bias)]


def _value(name: str, shape: Sequence[int | str], kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, list(shape))
