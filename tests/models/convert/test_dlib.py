"""dlib's network: a small one written here as dlib writes them against its sums, and the real one against dlib."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pytest

from agfd.errors import ModelError
from agfd.models.convert.dlib import INPUT, SIDE, face_recognition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

MEANS = (122.75, 117.5, -104.25)


def whole(value: int) -> bytes:
    size = max(1, -(-abs(value).bit_length() // 8))
    return bytes([size | 0x80 * (value < 0)]) + abs(value).to_bytes(size, "little")


def wholes(*values: int) -> bytes:
    return b"".join(map(whole, values))


def real(value: float) -> bytes:
    exponent = 0
    while value != int(value):
        value, exponent = value * 2, exponent - 1
    return wholes(int(value), exponent)


def text(value: str) -> bytes:
    return whole(len(value)) + value.encode()


def tensor(values: Array) -> bytes:
    return wholes(2, values.size, 1, 1, 1) + values.astype("<f4").tobytes()


PART = wholes(1, 1, 1, 1, 1)
RATES = real(1.0) * 3 + real(0.0)
TRAINING = b"110" + wholes(2, 0, 0, 0, 0) * 3


def convolution(kernel: Array, bias: Array, stride: int) -> bytes:
    filters, _, rows, columns = kernel.shape
    window = wholes(filters, rows, columns, stride, stride, 0, 0)
    return text("con_4") + tensor(np.concatenate([kernel.ravel(), bias])) + window + PART * 2 + RATES + TRAINING


def affine(factor: Array, offset: Array) -> bytes:
    return text("affine_") + tensor(np.concatenate([factor, offset])) + PART * 2 + whole(0) + TRAINING


def pool(kind: str, *window: int) -> bytes:
    return text(kind) + wholes(*window) + TRAINING


class Small:
    """Weights of a network with one of each layer, as a file and as sums."""

    def __init__(self) -> None:
        numbers = np.random.default_rng(4)

        def some(*sizes: int) -> Array:
            return numbers.normal(0, 0.3, sizes).astype(np.float32)

        self.first, self.first_bias = some(4, 3, 30, 30), some(4)
        self.factor, self.offset = some(4), some(4)
        self.second, self.second_bias = some(6, 4, 2, 2), some(6)
        self.last = some(6, 5)

    def file(self) -> bytes:
        picture = text("input_rgb_image_sized") + b"".join(map(real, MEANS)) + wholes(SIDE, SIDE)
        # From the outside in: fc, pool, sum, pool, skip, tag, convolution, tag, pool, relu, affine, convolution.
        versions = wholes(2, 2, 2, 2, 1, 1, 2, 1, 2, 2, 2, 3)
        inputs, outputs = self.last.shape
        return b"".join([
            whole(1), text("loss_metric_2"), real(0.5), real(0.25), versions, picture,
            convolution(self.first, self.first_bias, 30), whole(1),
            affine(self.factor, self.offset),
            text("relu_"), TRAINING,
            pool("max_pool_2", 2, 2, 1, 1, 0, 0),
            convolution(self.second, self.second_bias, 2),
            pool("avg_pool_2", 3, 3, 2, 2, 0, 0),
            text("add_prev_"), TRAINING,
            pool("avg_pool_2", 0, 0, 1, 1, 0, 0),
            text("fc_2"), wholes(outputs, inputs), tensor(self.last), PART * 2, whole(1), RATES, TRAINING,
        ])  # fmt: skip

    def embed(self, face: NDArray[np.uint8]) -> Array:
        x = ((face.astype(np.float64) - MEANS) / 256).transpose(2, 0, 1)
        x = convolved(x, self.first, 30) + self.first_bias[:, None, None]
        x = np.maximum(x * self.factor[:, None, None] + self.offset[:, None, None], 0)
        x = np.array([[plane[i : i + 2, j : j + 2].max() for i, j in four(4)] for plane in x]).reshape(4, 4, 4)
        block = convolved(x, self.second, 2) + self.second_bias[:, None, None]
        past = x[:, :3, :3].mean(axis=(1, 2))
        block[:4, 0, 0] += past
        return np.asarray(block.mean(axis=(1, 2)) @ self.last, np.float32)


def four(side: int) -> list[tuple[int, int]]:
    return list(itertools.product(range(side), range(side)))


def convolved(x: Array, kernel: Array, stride: int) -> Array:
    size = kernel.shape[2]
    side = (x.shape[1] - size) // stride + 1
    windows = [x[:, stride * i :, stride * j :][:, :size, :size] for i, j in four(side)]
    return np.array([np.tensordot(kernel, window, 3) for window in windows]).T.reshape(len(kernel), side, side)


def run(model: bytes, faces: NDArray[np.uint8]) -> Array:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    [numbers] = session.run(None, {INPUT: faces})
    return np.asarray(numbers)


def test_a_network_gives_what_its_sums_give() -> None:
    small = Small()
    faces = np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8)
    numbers = run(face_recognition({"small.dat": small.file()}), faces)
    assert numbers == pytest.approx(np.array([small.embed(face) for face in faces]), abs=1e-4, rel=1e-4)


def test_the_same_weights_make_the_same_file() -> None:
    assert face_recognition({"a.dat": Small().file()}) == face_recognition({"b.dat": Small().file()})


def test_what_is_cut_off_at_any_place_is_refused() -> None:
    file = Small().file()
    for end in [*range(0, 400, 7), len(file) // 2, len(file) - 1]:
        with pytest.raises(ModelError, match="not dlib's"):
            face_recognition({"small.dat": file[:end]})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"loss_metric_2", b"loss_binary_l"),
        (b"input_rgb", b"input_bgr"),
        (whole(SIDE), whole(SIDE + 1)),
        (b"affine_", b"affineX"),
        (text("relu_") + TRAINING, text("relu_") + b"110" + wholes(2, 1, 1, 1, 1) + bytes(4)),
    ],
)
def test_another_network_is_refused(before: bytes, after: bytes) -> None:
    file = Small().file()
    assert before in file
    with pytest.raises(ModelError, match="not dlib's"):
        face_recognition({"small.dat": file.replace(before, after, 1)})


def test_what_follows_the_network_is_refused() -> None:
    with pytest.raises(ModelError, match="no end"):
        face_recognition({"small.dat": Small().file() + b"\0"})
