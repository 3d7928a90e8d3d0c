"""Graph models of TensorFlow.js: a small network of every operation, beside the same one in numpy."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import pytest

from agfd.errors import ModelError
from agfd.models.convert import CONVERTERS
from models.convert.layers import conv, depthwise, relu, softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

tfjs = CONVERTERS["tfjs"]
RNG = np.random.default_rng(4)
WEIGHTS: dict[str, NDArray[Any]] = {
    "kernel": RNG.standard_normal((3, 3, 3, 4)).astype(np.float32) * 0.3,
    "deep": RNG.standard_normal((3, 3, 4, 1)).astype(np.float32),
    "scale": RNG.uniform(0.5, 2, 4).astype(np.float32),
    "shift": RNG.standard_normal(4).astype(np.float32),
    "six": np.array(6, np.float32),
    "zero": np.array(0, np.float32),
    "axes": np.array([1, 2], np.int32),
    "matrix": RNG.standard_normal((4, 5)).astype(np.float32),
    "bias": RNG.standard_normal(5).astype(np.float32),
    "last": RNG.standard_normal((5, 3)).astype(np.float32),
    "lastbias": RNG.standard_normal(3).astype(np.float32),
    "moved": RNG.standard_normal(3).astype(np.float32),
}


def text(word: str) -> str:
    return base64.b64encode(word.encode()).decode()


def spatial(stride: int, pad: str) -> dict[str, Any]:
    sizes = {"list": {"i": ["1", str(stride), str(stride), "1"]}}
    ones = {"list": {"i": ["1", "1", "1", "1"]}}
    return {"strides": sizes, "dilations": ones, "padding": {"s": text(pad)}, "data_format": {"s": text("NHWC")}}


def matmul(*fused: str) -> dict[str, Any]:
    return {
        "fused_ops": {"list": {"s": [text(one) for one in fused]}},
        "transpose_a": {"b": False},
        "transpose_b": {"b": False},
    }


def node(name: str, op: str, *inputs: str, **attributes: Any) -> dict[str, Any]:
    return {"name": name, "op": op, "input": list(inputs), "attr": attributes}


SHAPE = {"shape": {"dim": [{"size": size} for size in ("-1", "9", "8", "3")]}}


def nodes() -> list[dict[str, Any]]:
    return [
        *(node(name, "Const") for name in WEIGHTS),
        node("photo", "Placeholder", shape=SHAPE),
        node("a", "Conv2D", "photo", "kernel", **spatial(2, "SAME")),
        node("b", "Add", "a", "shift"),
        node("c", "Relu", "b"),
        node("d", "Minimum", "c", "six"),
        node("e", "Maximum", "d", "zero"),
        node("f", "DepthwiseConv2dNative", "e", "deep", **spatial(1, "SAME")),
        node("g", "Mul", "f", "scale"),
        node("h", "AddV2", "g", "e"),
        node("mean", "Mean", "h", "axes", keep_dims={"b": False}),
        node("i", "_FusedMatMul", "mean", "matrix", "bias", **matmul("BiasAdd", "Relu")),
        node("j", "_FusedMatMul", "i", "last", "lastbias", **matmul("BiasAdd")),
        node("k", "Add", "j", "moved"),
        node("share", "Softmax", "k"),
        node("chance", "Sigmoid", "j"),
        node("unused", "Whatever", "photo"),
    ]


def members(graph: list[dict[str, Any]], outputs: dict[str, int]) -> dict[str, bytes]:
    kinds = {np.dtype(np.float32): "float32", np.dtype(np.int32): "int32"}
    entries = [{"name": name, "shape": list(one.shape), "dtype": kinds[one.dtype]} for name, one in WEIGHTS.items()]
    shapes = {f"{name}:0": {"tensorShape": {"dim": [{"size": "-1"}, {"size": str(n)}]}} for name, n in outputs.items()}
    model = {
        "modelTopology": {"node": graph},
        "weightsManifest": [{"paths": ["net.bin"], "weights": entries}],
        "signature": {"outputs": shapes},
    }
    return {"net.json": json.dumps(model).encode(), "net.bin": b"".join(one.tobytes() for one in WEIGHTS.values())}


def reference(photo: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    w = WEIGHTS
    e = np.clip(conv(photo, w["kernel"], 2) + w["shift"], 0, 6)
    mean = (depthwise(e, w["deep"]) * w["scale"] + e).mean(axis=(0, 1))
    j = relu(mean @ w["matrix"] + w["bias"]) @ w["last"] + w["lastbias"]
    return {"share": softmax(j + w["moved"]), "chance": 1 / (1 + np.exp(-j)), "mean": mean}


def test_a_converted_graph_gives_the_same_numbers_for_a_batch() -> None:
    wanted = {"share": 3, "mean": 4, "chance": 3}
    made = tfjs(members(nodes(), wanted))
    assert tfjs(members(nodes(), wanted)) == made
    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_outputs()] == list(wanted)
    photos = RNG.uniform(0, 9, (2, 9, 8, 3)).astype(np.float32)
    found = dict(zip(wanted, session.run(list(wanted), {"photo": photos}), strict=True))
    for nth, photo in enumerate(photos):
        for name, one in reference(photo).items():
            assert found[name][nth] == pytest.approx(one, abs=1e-4), name


@pytest.mark.parametrize(
    ("chain", "low", "high"),
    [
        ([("Minimum", "six"), ("Maximum", "zero")], 0, 6),
        ([("Maximum", "six"), ("Minimum", "zero")], 0, 0),
        ([("Minimum", "zero"), ("Maximum", "six")], 6, 6),
        ([("Relu", None)], 0, np.inf),
        ([("Minimum", "six"), ("Minimum", "zero")], -np.inf, 0),
        ([("Maximum", "zero"), ("Maximum", "six"), ("Relu", None)], 6, np.inf),
    ],
)
def test_a_chain_of_bounds_is_what_it_says(chain: list[tuple[str, str | None]], low: float, high: float) -> None:
    graph, last = nodes(), "mean"
    for nth, (op, bound) in enumerate(chain):
        graph.append(node(f"bound{nth}", op, last, *([bound] if bound else [])))
        last = f"bound{nth}"
    made = tfjs(members(graph, {last: 4, "mean": 4}))
    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    photo = RNG.uniform(-9, 9, (1, 9, 8, 3)).astype(np.float32)
    found, mean = session.run([last, "mean"], {"photo": photo})
    assert found == pytest.approx(np.clip(mean, low, high))


def changed(name: str, **attributes: Any) -> list[dict[str, Any]]:
    return [
        one | {"attr": one["attr"] | attributes, "op": attributes.get("op", one["op"])} if one["name"] == name else one
        for one in nodes()
    ]


@pytest.mark.parametrize(
    "graph",
    [
        changed("share", op="Tanh"),
        changed("a", dilations={"list": {"i": ["1", "2", "2", "1"]}}),
        changed("a", strides={"list": {"i": ["1", "2", "1", "1"]}}),
        changed("a", data_format={"s": text("NCHW")}),
        changed("mean", keep_dims={"b": True}),
        changed("i", transpose_b={"b": True}),
        changed("i", **matmul("BiasAdd", "Elu")),
    ],
)
def test_what_is_not_known_is_refused_by_name(graph: list[dict[str, Any]]) -> None:
    with pytest.raises(ModelError, match=r"the node \w+ .* agfd does not convert"):
        tfjs(members(graph, {"share": 3}))
