"""Networks of face-api, whose graphs are code: only their weights are in files, as TensorFlow.js has them.

Rebuilt from that code (justadudewhohacks/face-api.js, kept on as @vladmandic/face-api, MIT; folders of its `src`). Both
see an RGB square of 112 px, numbers from 0 to 255: the input `pixels`, (n, 112, 112, 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.models.convert.graph import Graph
from agfd.models.convert.tensors import read_json, tensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Weights = Mapping[str, NDArray[np.float32]]

_SIDE = 112
_MEAN = (122.782, 117.001, 104.298)


def age_sex(members: Mapping[str, bytes]) -> bytes:
    """`age`, (n, 1) in years, and `sex`, (n, 2): male, female (ageGenderNet, xception)."""
    weights = tensors(read_json(members), members)
    net = _Net(weights)
    x = net.relu(net.conv(net.pixels(), "entry_flow/conv_in", stride=2))
    x = net.reduction(x, "entry_flow/reduction_block_0", first=True)
    x = net.reduction(x, "entry_flow/reduction_block_1")
    for block in ("middle_flow/main_block_0", "middle_flow/main_block_1"):
        y = x
        for nth in range(3):
            y = net.separable(net.relu(y), f"{block}/separable_conv{nth}")
        x = net.graph.add("Add", [x, y])
    x = net.reduction(x, "exit_flow/reduction_block")
    x = net.graph.mean(net.relu(net.separable(x, "exit_flow/separable_conv")))
    age, sex = net.dense(x, "fc/age"), net.graph.add("Softmax", [net.dense(x, "fc/gender")])
    return net.graph.model({"pixels": ("n", _SIDE, _SIDE, 3)}, {"age": (age, 1), "sex": (sex, 2)})


def expression(members: Mapping[str, bytes]) -> bytes:
    """`expression`, (n, 7): neutral, happy, sad, angry, fearful, disgusted, surprised (faceExpressionNet)."""
    weights = tensors(read_json(members), members)
    net = _Net(weights)
    x = net.pixels()
    for block in range(4):
        x = net.dense_block(x, f"dense{block}", first=block == 0)
    feelings = net.graph.add("Softmax", [net.dense(net.graph.mean(x), "fc")])
    return net.graph.model({"pixels": ("n", _SIDE, _SIDE, 3)}, {"expression": (feelings, 7)})


class _Net:
    """A graph with the layers of face-api, each by the name of its weights."""

    def __init__(self, weights: Weights) -> None:
        self.graph = Graph()
        self._weights = weights

    def pixels(self) -> str:
        """The picture as the networks want it. Not folded into the first layer, whose padding is zeros of this."""
        graph = self.graph
        mean = graph.weight(np.array(_MEAN, np.float32).reshape(3, 1, 1))
        centred = graph.add("Sub", [graph.picture("pixels"), mean])
        return graph.add("Div", [centred, graph.weight(np.array(255, np.float32))])

    def relu(self, x: str) -> str:
        return self.graph.add("Relu", [x])

    def conv(self, x: str, name: str, stride: int) -> str:
        return self.graph.conv(x, self._weights[f"{name}/filters"], stride, bias=self._weights[f"{name}/bias"])

    def separable(self, x: str, name: str, stride: int = 1) -> str:
        deep = self.graph.depthwise(x, self._weights[f"{name}/depthwise_filter"], stride)
        return self.graph.conv(deep, self._weights[f"{name}/pointwise_filter"], bias=self._weights[f"{name}/bias"])

    def dense(self, x: str, name: str) -> str:
        return self.graph.dense(x, self._weights[f"{name}/weights"], self._weights[f"{name}/bias"])

    def reduction(self, x: str, name: str, *, first: bool = False) -> str:
        y = self.separable(x if first else self.relu(x), f"{name}/separable_conv0")
        y = self.separable(self.relu(y), f"{name}/separable_conv1")
        y = self.graph.add("MaxPool", [y], kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
        return self.graph.add("Add", [y, self.conv(x, f"{name}/expansion_conv", stride=2)])

    def dense_block(self, x: str, name: str, *, first: bool) -> str:
        layer = f"{name}/conv0"
        total = self.relu(self.conv(x, layer, stride=2) if first else self.separable(x, layer, stride=2))
        seen = total
        for nth in (1, 2, 3):
            total = self.graph.add("Add", [total, self.separable(seen, f"{name}/conv{nth}")])
            seen = self.relu(total)
        return seen
