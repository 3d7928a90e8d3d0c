"""Weights of TensorFlow.js: a list of tensors in JSON and their numbers in one binary file, often packed into bytes."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from agfd.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def read_json(members: Mapping[str, bytes]) -> Any:
    """The content of the one JSON file of `members`. Raises `ModelError`."""
    [name] = [name for name in members if name.endswith(".json")]
    try:
        return json.loads(members[name])
    except ValueError as error:
        raise ModelError(f"{name} cannot be read as JSON: {error}") from error


def tensors(groups: list[dict[str, Any]], members: Mapping[str, bytes]) -> dict[str, NDArray[Any]]:
    """The tensors of a weights manifest by name: float32, or int32 where they are that.

    `groups`: each has `paths`, files among `members`, and `weights`. A packed tensor is `min + scale * number`, or
    plain float16. Raises `ModelError` where the files hold fewer or more numbers than the list says.
    """
    found = {}
    for group in groups:
        data = b"".join(members[PurePosixPath(path).name] for path in group["paths"])
        at = 0
        for entry in group["weights"]:
            packed = entry.get("quantization", {})
            kind = np.dtype(packed.get("dtype", entry["dtype"])).newbyteorder("<")
            count = int(np.prod(entry["shape"]))
            if at + count * kind.itemsize > len(data):
                raise ModelError(f"the weights end before {entry['name']}")
            numbers = np.frombuffer(data, kind, count, at).astype(entry["dtype"])
            at += count * kind.itemsize
            if "scale" in packed:
                numbers = numbers * np.float32(packed["scale"]) + np.float32(packed["min"])
            found[entry["name"]] = numbers.reshape(entry["shape"])
        if at != len(data):
            raise ModelError(f"{len(data) - at} bytes of the weights belong to nothing")
    return found
