"""dlib's face recognition network (King, 2017) as ONNX.

A ResNet of 29 layers that gives 128 numbers for a face of 150 x 150 pixels. dlib's files (dlib/dnn/core.h, layers.h)
hold numbers only: a whole number is a byte, of which the highest bit is its sign and the rest the count of the bytes
that follow, lowest first; a real one is mantissa and exponent of two, both whole numbers; a text is its length and
its letters; a tensor is a version, four sizes and its values as float32. A network is written from its outside in:
first the versions of all layers, those of tags and skips with them, then what each layer holds, from the input on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto

from agfd.errors import ModelError
from agfd.models.convert.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float32]

SIDE = 150
INPUT, OUTPUT = "faces", "embeddings"

_LOSS, _PICTURE = "loss_metric_2", "input_rgb_image_sized"
# Versions: of a tag or skip, of a layer, of the layer that sees the picture.
_MARK, _LAYER, _FIRST = 1, 2, 3
# What a layer holds besides its name: t a tensor, i a whole number, r a real one, a the sizes of a part of the tensor.
_HOLDS = {
    "con_4": "tiiiiiiiaarrrr",
    "affine_": "taai",
    "fc_2": "iitaairrrr",
    "max_pool_2": "iiiiii",
    "avg_pool_2": "iiiiii",
    "relu_": "",
    "add_prev_": "",
}


class Stream:
    """Reads dlib's numbers one after the other. Raises `ModelError` where there is something else."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def is_read(self) -> bool:
        """Whether nothing is left."""
        return self._at == len(self._data)

    def whole(self) -> int:
        """A whole number."""
        [head] = self._take(1)
        size = head & 0x7F
        if not 1 <= size <= 8:
            raise self.wrong("a whole number")
        value = int.from_bytes(self._take(size), "little")
        return -value if head & 0x80 else value

    def real(self) -> float:
        """A number with a fraction."""
        mantissa, exponent = self.whole(), self.whole()
        return float(mantissa) * 2.0**exponent

    def text(self) -> str:
        """A short text."""
        return self._take(self.whole()).decode("ascii", "replace")

    def tensor(self) -> Array:
        """Values of four sizes, flat."""
        if self.whole() != 2:
            raise self.wrong("a tensor")
        count = int(np.prod([self.whole() for _ in range(4)]))
        return np.frombuffer(self._take(4 * count), "<f4")

    def sizes(self) -> tuple[int, ...]:
        """Four sizes of a part of a tensor."""
        if self.whole() != 1:
            raise self.wrong("the sizes of a part")
        return tuple(self.whole() for _ in range(4))

    def flag(self) -> bool:
        """Yes or no."""
        return self._take(1) == b"1"

    def wrong(self, wanted: str) -> ModelError:
        """The error to raise where something else was `wanted`."""
        return ModelError(f"this is not dlib's face recognition network: no {wanted} at byte {self._at}")

    def _take(self, size: int) -> bytes:
        if not 0 <= size <= len(self._data) - self._at:
            raise ModelError("this is not dlib's face recognition network: it is cut off")
        self._at += size
        return self._data[self._at - size : self._at]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: its kind, its whole numbers in the order of the file, its weights; how many marks (tag, skip) stand
    between it and the layer before.
    """

    kind: str
    numbers: tuple[int, ...]
    weights: Array
    marks: int


@dataclass(frozen=True, slots=True)
class Network:
    """Means of red, green and blue, and the layers from the input on."""

    means: tuple[float, float, float]
    layers: tuple[Layer, ...]


def face_recognition(members: Mapping[str, bytes]) -> bytes:
    """An ONNX file: `faces` uint8 (n, 150, 150, 3) RGB, as `dlib.get_face_chip` cuts them, to `embeddings` float32
    (n, 128), not of length 1. Raises `ModelError` for another file than dlib's.
    """
    [data] = members.values()
    return _Graph(read(data)).file()


def read(data: bytes) -> Network:
    """The network in a file of dlib. Raises `ModelError`."""
    stream = Stream(data)
    if stream.whole() != 1 or stream.text() != _LOSS:
        raise stream.wrong(_LOSS)
    stream.real(), stream.real()
    versions = _versions(stream)
    if stream.text() != _PICTURE:
        raise stream.wrong(_PICTURE)
    means = stream.real(), stream.real(), stream.real()
    if (stream.whole(), stream.whole()) != (SIDE, SIDE):
        raise stream.wrong(f"input of {SIDE} x {SIDE} pixels")
    layers = []
    marks = 0
    for version in reversed(versions):
        if version == _MARK:
            marks += 1
        else:
            layers.append(_layer(stream, marks))
            marks = 0
            if len(layers) == 1 and stream.whole() != 1:
                raise stream.wrong("one tensor for each picture")
    if not stream.is_read:
        raise stream.wrong("end")
    return Network(means, tuple(layers))


def _versions(stream: Stream) -> list[int]:
    """Those of all layers and marks from the outside in."""
    versions = [stream.whole()]
    while versions[-1] in (_LAYER, _MARK):
        versions.append(stream.whole())
    if versions[-1] != _FIRST:
        raise stream.wrong("layer")
    return versions


def _layer(stream: Stream, marks: int) -> Layer:
    kind = stream.text()
    if kind not in _HOLDS:
        raise stream.wrong("known layer")
    numbers: list[int] = []
    weights = np.zeros(0, np.float32)
    for part in _HOLDS[kind]:
        if part == "t":
            weights = stream.tensor()
        elif part == "i":
            numbers.append(stream.whole())
        else:
            (stream.real if part == "r" else stream.sizes)()
    # What only training needs: three switches, and three tensors that are empty in a finished network.
    for _ in range(3):
        stream.flag()
    if any(stream.tensor().size for _ in range(3)):
        raise stream.wrong("finished layer")
    return Layer(kind, tuple(numbers), weights, marks)


@dataclass(frozen=True, slots=True)
class _Flow:
    """A value between two nodes: its name and its sizes, batch left out."""

    name: str
    sizes: tuple[int, ...]


class _Graph:
    """The network as nodes of ONNX."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._graph = Graph()

    def file(self) -> bytes:
        """The ONNX file."""
        out = self._embeddings()
        [width] = out.sizes
        return self._graph.model({INPUT: ("n", SIDE, SIDE, 3)}, {OUTPUT: (out.name, width)}, TensorProto.UINT8)

    def _embeddings(self) -> _Flow:
        flow = trunk = branch = self._picture()
        for layer in self._network.layers:
            # One mark begins a block, at whose end `add_prev` adds what came in. Two marks set aside what came out of
            # it and go on from what came in.
            if layer.marks == 1:
                trunk = branch = flow
            elif layer.marks == 2:
                branch, flow = flow, trunk
            flow = self._sum(flow, branch) if layer.kind == "add_prev_" else self._step(layer, flow)
        return flow

    def _picture(self) -> _Flow:
        """What `input_rgb_image_sized` makes of pixels."""
        real = self._add("Cast", [INPUT], (SIDE, SIDE, 3), to=1)
        centred = self._add("Sub", [real.name, self._constant(self._network.means)], real.sizes)
        scaled = self._add("Div", [centred.name, self._constant([256.0])], real.sizes)
        return self._add("Transpose", [scaled.name], (3, SIDE, SIDE), perm=[0, 3, 1, 2])

    def _step(self, layer: Layer, flow: _Flow) -> _Flow:
        if layer.kind == "relu_":
            return self._add("Relu", [flow.name], flow.sizes)
        if layer.kind == "affine_":
            factor, offset = (self._constant(part.reshape(-1, 1, 1)) for part in np.split(layer.weights, 2))
            scaled = self._add("Mul", [flow.name, factor], flow.sizes)
            return self._add("Add", [scaled.name, offset], flow.sizes)
        if layer.kind == "fc_2":
            outputs, inputs, _ = layer.numbers
            kernel = self._constant(layer.weights.reshape(inputs, outputs))
            return self._add("MatMul", [flow.name, kernel], (outputs,))
        if layer.kind == "con_4":
            return self._convolved(layer, flow)
        if layer.numbers[:2] == (0, 0):
            return self._add("ReduceMean", [flow.name], flow.sizes[:1], axes=[2, 3], keepdims=0)
        kind = "MaxPool" if layer.kind == "max_pool_2" else "AveragePool"
        return self._window(kind, [flow.name], flow.sizes[0], layer.numbers, flow)

    def _convolved(self, layer: Layer, flow: _Flow) -> _Flow:
        filters, *window = layer.numbers
        weights = layer.weights[:-filters].reshape(filters, flow.sizes[0], *window[:2])
        inputs = [flow.name, self._constant(weights), self._constant(layer.weights[-filters:])]
        return self._window("Conv", inputs, filters, window, flow)

    def _window(self, kind: str, inputs: list[str], channels: int, window: Sequence[int], flow: _Flow) -> _Flow:
        """A node that moves a window: `window` holds its rows and columns, steps, and padding."""
        size, steps, padding = window[:2], window[2:4], window[4:6]
        out = (
            (length + 2 * pad - side) // step + 1
            for length, pad, side, step in zip(flow.sizes[1:], padding, size, steps, strict=True)
        )
        pads = [*padding, *padding]
        return self._add(kind, inputs, (channels, *out), kernel_shape=list(size), strides=list(steps), pads=pads)

    def _sum(self, one: _Flow, other: _Flow) -> _Flow:
        """dlib adds tensors of different sizes as if zeros followed the smaller one."""
        sizes = tuple(map(max, one.sizes, other.sizes))
        names = [self._padded(flow, sizes) for flow in (one, other)]
        return self._add("Add", names, sizes)

    def _padded(self, flow: _Flow, sizes: tuple[int, ...]) -> str:
        if flow.sizes == sizes:
            return flow.name
        behind = [to - has for to, has in zip(sizes, flow.sizes, strict=True)]
        pads = self._constant(np.array([0, 0, 0, 0, 0, *behind], np.int64))
        return self._add("Pad", [flow.name, pads], sizes).name

    def _add(self, kind: str, inputs: Sequence[str], sizes: tuple[int, ...], **options: Any) -> _Flow:
        return _Flow(self._graph.add(kind, inputs, **options), sizes)

    def _constant(self, values: Any) -> str:
        return self._graph.weight(values if isinstance(values, np.ndarray) else np.array(values, np.float32))
