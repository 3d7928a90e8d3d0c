"""Converters: weights as a package ships them, as one ONNX file.

Each takes the members of a manifest's entry by file name and gives the bytes of the file for the cache. The same
members give the same bytes, on every machine: the manifest holds their hash. Nothing of the members is ever run.
Only `agfd models install` imports this package, and with it `onnx`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from agfd.models.convert.free import free

Converter: TypeAlias = Callable[[Mapping[str, bytes]], bytes]
"""Members by file name to the bytes of an ONNX file. Raises `ModelError` for what it cannot read."""

CONVERTERS: Mapping[str, Converter] = MappingProxyType({"free": free})
"""By the name that an entry of the manifest says in `convert`."""
