"""Converters: weights as a package ships them, as one ONNX file.

Each takes the members of a manifest's entry by file name and gives the bytes of the file for the cache. The same
members give the same bytes, on every machine: the manifest holds their hash. Nothing of the members is ever run.
Only `agfd models install` imports this package, and with it `onnx`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from agfd.models.convert.dlib import face_recognition
from agfd.models.convert.faceapi import age_sex, expression
from agfd.models.convert.free import free
from agfd.models.convert.tfjs import tfjs

Converter: TypeAlias = Callable[[Mapping[str, bytes]], bytes]
"""Members by file name to the bytes of an ONNX file. Raises `ModelError` for what it cannot read."""

CONVERTERS: Mapping[str, Converter] = MappingProxyType(
    {
        "dlib": face_recognition,
        "faceapi_age_sex": age_sex,
        "faceapi_expression": expression,
        "free": free,
        "tfjs": tfjs,
    }
)
"""By the name that an entry of the manifest says in `convert`."""
