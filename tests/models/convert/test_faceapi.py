"""The networks of face-api with numbers of chance, beside the same networks in numpy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pytest

from agfd.models.convert import CONVERTERS
from models.convert.layers import conv, depthwise, pool, relu, softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]
    Weights = dict[str, Array]

MEAN = np.array((122.782, 117.001, 104.298), np.float32)


def members(weights: Weights) -> dict[str, bytes]:
    """The two files of such a model."""
    entries = [{"name": name, "shape": list(one.shape), "dtype": "float32"} for name, one in weights.items()]
    data = b"".join(one.astype("<f4").tobytes() for one in weights.values())
    return {"list.json": json.dumps([{"paths": ["numbers.bin"], "weights": entries}]).encode(), "numbers.bin": data}


class Chance:
    """Weights by name, made up when first asked for."""

    def __init__(self) -> None:
        self.made: Weights = {}
        self._rng = np.random.default_rng(3)

    def __call__(self, name: str, *shape: int) -> Array:
        if name not in self.made:
            scale = (2 / max(np.prod(shape[:-1]), 1)) ** 0.5 if len(shape) > 1 else 0.1
            self.made[name] = (self._rng.standard_normal(shape) * scale).astype(np.float32)
        return self.made[name]

    def conv(self, x: Array, name: str, size: int, out: int, stride: int) -> Array:
        kernel = self(f"{name}/filters", size, size, x.shape[2], out)
        return conv(x, kernel, stride) + self(f"{name}/bias", out)

    def separable(self, x: Array, name: str, out: int, stride: int = 1) -> Array:
        kernel = self(f"{name}/depthwise_filter", 3, 3, x.shape[2], 1)
        deep = depthwise(x, kernel, stride)
        return conv(deep, self(f"{name}/pointwise_filter", 1, 1, x.shape[2], out)) + self(f"{name}/bias", out)

    def reduction(self, x: Array, name: str, out: int, first: bool = False) -> Array:
        y = self.separable(x if first else relu(x), f"{name}/separable_conv0", out)
        y = pool(self.separable(relu(y), f"{name}/separable_conv1", out))
        return y + self.conv(x, f"{name}/expansion_conv", 1, out, 2)

    def dense_block(self, x: Array, name: str, out: int, first: bool) -> Array:
        one = relu(self.conv(x, f"{name}/conv0", 3, out, 2) if first else self.separable(x, f"{name}/conv0", out, 2))
        two = self.separable(one, f"{name}/conv1", out)
        three = self.separable(relu(one + two), f"{name}/conv2", out)
        four = self.separable(relu(one + two + three), f"{name}/conv3", out)
        return relu(one + two + three + four)


def age_sex(w: Chance, pixels: Array) -> list[Array]:
    x = relu(w.conv((pixels - MEAN) / 255, "entry_flow/conv_in", 3, 8, 2))
    x = w.reduction(x, "entry_flow/reduction_block_0", 8, first=True)
    x = w.reduction(x, "entry_flow/reduction_block_1", 12)
    for block in range(2):
        y = x
        for nth in range(3):
            y = w.separable(relu(y), f"middle_flow/main_block_{block}/separable_conv{nth}", 12)
        x = x + y
    x = w.reduction(x, "exit_flow/reduction_block", 16)
    x = relu(w.separable(x, "exit_flow/separable_conv", 20)).mean(axis=(0, 1))
    age = x @ w("fc/age/weights", 20, 1) + w("fc/age/bias", 1)
    return [age, softmax(x @ w("fc/gender/weights", 20, 2) + w("fc/gender/bias", 2))]


def expression(w: Chance, pixels: Array) -> list[Array]:
    x = (pixels - MEAN) / 255
    for block, out in enumerate((8, 8, 12, 16)):
        x = w.dense_block(x, f"dense{block}", out, first=block == 0)
    return [softmax(x.mean(axis=(0, 1)) @ w("fc/weights", 16, 7) + w("fc/bias", 7))]


@pytest.mark.parametrize(
    ("converter", "reference", "outputs"),
    [("faceapi_age_sex", age_sex, ["age", "sex"]), ("faceapi_expression", expression, ["expression"])],
)
def test_the_network_is_the_one_that_the_code_of_face_api_describes(
    converter: str, reference: object, outputs: list[str]
) -> None:
    assert callable(reference)
    pixels = np.random.default_rng(1).uniform(0, 255, (2, 112, 112, 3)).astype(np.float32)
    weights = Chance()
    wanted = [reference(weights, one) for one in pixels]
    made = CONVERTERS[converter](members(weights.made))
    assert CONVERTERS[converter](members(weights.made)) == made
    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    found = session.run(outputs, {"pixels": pixels})
    for nth, one in enumerate(wanted):
        for name, mine, theirs in zip(outputs, found, one, strict=True):
            assert mine[nth] == pytest.approx(theirs, abs=1e-4), name
    assert np.ptp(np.concatenate([np.ravel(one[0]) for one in wanted])) > 1e-3
