"""Graph models of TensorFlow.js as ONNX: those operations that the networks of our manifest have, and no other.

A graph model is a JSON file with the nodes of a frozen TensorFlow graph and a list of tensors, beside a binary file.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from agfd.errors import ModelError
from agfd.models.convert.graph import Graph
from agfd.models.convert.tensors import read_json, tensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def tfjs(members: Mapping[str, bytes]) -> bytes:
    """The graph model of `members` with its inputs, in TensorFlow's layout, and the outputs that its signature names.

    Raises `ModelError` for an operation that is not known here.
    """
    model = read_json(members)
    weights = tensors(model["weightsManifest"], members)
    nodes = {node["name"]: node for node in model["modelTopology"]["node"]}
    walk = _Walk(nodes, weights)
    outputs = {name: (walk.value(name), width) for name, width in _outputs(model["signature"]).items()}
    inputs = {name: _shape(node) for name, node in nodes.items() if node["op"] == "Placeholder"}
    return walk.graph.model(inputs, outputs)


class _Walk:
    """Converts nodes from the outputs backwards, so that what nobody needs is not converted."""

    def __init__(self, nodes: Mapping[str, dict[str, Any]], weights: Mapping[str, NDArray[Any]]) -> None:
        self.graph = Graph()
        self._nodes, self._weights = nodes, weights
        self._done: dict[str, str] = {}
        self._flat: set[str] = set()

    def value(self, name: str) -> str:
        """What stands for the node `name` in the graph."""
        if name not in self._done:
            self._done[name] = self._convert(name, self._nodes[name])
        return self._done[name]

    def _convert(self, name: str, node: dict[str, Any]) -> str:
        match node["op"]:
            case "Placeholder":
                made = self.graph.picture(name)
            case "Relu" | "Minimum" | "Maximum":
                made = self._clipped(name)
            case "Conv2D" | "DepthwiseConv2dNative":
                made = self._conv(node)
            case "Mean":
                made = self._mean(name, node)
            case "_FusedMatMul":
                made = self._matmul(name, node)
            case "Add" | "AddV2" | "Mul":
                made = self._binary(name, node)
            case "Sigmoid" | "Softmax":
                made = self.graph.add(node["op"], [self.value(node["input"][0])])
                self._follow(name, node["input"][0])
            case other:
                raise ModelError(f"the node {name} has the operation {other}, which agfd does not convert")
        return made

    def _follow(self, name: str, source: str) -> None:
        """`name` is flat, (n, width), where its source is."""
        if source in self._flat:
            self._flat.add(name)

    def _binary(self, name: str, node: dict[str, Any]) -> str:
        """A sum or product with another picture or with numbers for each channel."""
        first, second = node["input"]
        x = self.value(first)
        self._follow(name, first)
        numbers = self._weights.get(second)
        if numbers is None:
            y = self.value(second)
        else:
            y = self.graph.weight(numbers if name in self._flat else numbers.reshape(-1, 1, 1))
        return self.graph.add("Mul" if node["op"] == "Mul" else "Add", [x, y])

    def _clipped(self, name: str) -> str:
        """A chain of Relu, Minimum and Maximum is one node: the runtime joins one, not three, with a convolution."""
        low, high, source = -np.inf, np.inf, name
        while (op := self._nodes[source]["op"]) in ("Relu", "Minimum", "Maximum"):
            source, *bound = self._nodes[source]["input"]
            number = float(self._weights[bound[0]].reshape(())) if bound else 0.0
            # Walked backwards: what was found already acts later, and so has the last word.
            if op == "Minimum":
                high = max(low, min(high, number))
            else:
                low = min(high, max(low, number))
        x = self.value(source)
        self._follow(name, source)
        return self.graph.clip(x, low, high)

    def _conv(self, node: dict[str, Any]) -> str:
        x, kernel = self.value(node["input"][0]), self._weights[node["input"][1]]
        attributes = node["attr"]
        _, stride, across, _ = (int(one) for one in attributes["strides"]["list"]["i"])
        dilations = [int(one) for one in attributes["dilations"]["list"]["i"]]
        if stride != across or dilations != [1, 1, 1, 1] or _text(attributes["data_format"]["s"]) != "NHWC":
            raise ModelError(f"the node {node['name']} is a convolution of a kind that agfd does not convert")
        convolve = self.graph.conv if node["op"] == "Conv2D" else self.graph.depthwise
        return convolve(x, kernel, stride, pad=_text(attributes["padding"]["s"]))

    def _mean(self, name: str, node: dict[str, Any]) -> str:
        x, axes = node["input"]
        if self._weights[axes].tolist() != [1, 2] or node["attr"]["keep_dims"]["b"]:
            raise ModelError(f"the node {name} is a mean of a kind that agfd does not convert")
        self._flat.add(name)
        return self.graph.mean(self.value(x))

    def _matmul(self, name: str, node: dict[str, Any]) -> str:
        attributes = node["attr"]
        fused = [_text(one) for one in attributes["fused_ops"]["list"]["s"]]
        turned = attributes["transpose_a"]["b"] or attributes["transpose_b"]["b"]
        if turned or fused not in (["BiasAdd"], ["BiasAdd", "Relu"]):
            raise ModelError(f"the node {name} is a product of a kind that agfd does not convert")
        x, kernel, bias = node["input"]
        self._flat.add(name)
        y = self.graph.dense(self.value(x), self._weights[kernel], self._weights[bias])
        return self.graph.clip(y, 0, np.inf) if "Relu" in fused else y


def _text(coded: str) -> str:
    return base64.b64decode(coded).decode()


def _outputs(signature: dict[str, Any]) -> dict[str, int]:
    """Names of the outputs and their widths."""
    shapes = {name.partition(":")[0]: value["tensorShape"]["dim"] for name, value in signature["outputs"].items()}
    return {name: int(shape[-1]["size"]) for name, shape in shapes.items()}


def _shape(node: dict[str, Any]) -> list[int | str]:
    sizes = (int(one["size"]) for one in node["attr"]["shape"]["shape"]["dim"])
    return [size if size > 0 else "n" for size in sizes]
