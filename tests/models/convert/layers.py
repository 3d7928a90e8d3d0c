"""Layers of TensorFlow in numpy, on one picture (h, w, c): what converted networks are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


def softmax(x: Array) -> Array:
    return np.exp(x - x.max()) / np.exp(x - x.max()).sum()


def windows(x: Array, size: int, stride: int, fill: float = 0.0) -> list[Array]:
    """The picture with padding SAME, seen through each place of the kernel, row by row."""
    edges = []
    for length in x.shape[:2]:
        lacking = max((-(-length // stride) - 1) * stride + size - length, 0)
        edges.append((lacking // 2, lacking - lacking // 2))
    padded = np.pad(x, (*edges, (0, 0)), constant_values=fill)
    h, w = (-(-length // stride) for length in x.shape[:2])
    return [
        padded[i : i + (h - 1) * stride + 1 : stride, j : j + (w - 1) * stride + 1 : stride]
        for i in range(size)
        for j in range(size)
    ]


def conv(x: Array, kernel: Array, stride: int = 1) -> Array:
    size = kernel.shape[0]
    flat = kernel.reshape(size * size, *kernel.shape[2:])
    return np.sum([window @ part for window, part in zip(windows(x, size, stride), flat, strict=True)], axis=0)


def depthwise(x: Array, kernel: Array, stride: int = 1) -> Array:
    size = kernel.shape[0]
    flat = kernel.reshape(size * size, -1)
    return np.sum([window * part for window, part in zip(windows(x, size, stride), flat, strict=True)], axis=0)


def pool(x: Array) -> Array:
    """The largest of 3 x 3, every second one."""
    return np.max(windows(x, 3, 2, -np.inf), axis=0)
