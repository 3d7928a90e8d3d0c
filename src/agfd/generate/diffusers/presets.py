"""The models that agfd knows by a short name: where they are, on which terms, and how they are best asked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from agfd.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "realistic-vision"


@dataclass(frozen=True, slots=True)
class Preset:
    """A model by its short name.

    `model`: what `source.find` takes for it, an address of the hub; `loras`: those that go with it, as a user would
    write them; `family`: a name of `families.FAMILIES`. `commercial`: whether the terms of the weights let the images
    be used commercially; `gated`: whether the hub gives it only to who has accepted its terms. `size`: the side it was
    trained at, in pixels; `sampler` and `schedule`: by their names in AUTOMATIC1111, None where its
    pipeline brings its own; `negative`:
    whether a negative prompt has any effect. `parameters`: millions, all networks together; `memory`: GB that the
    weights take with two bytes a parameter, which is that number times two: the pictures come on top.
    """

    name: str
    title: str
    model: str
    family: str
    code_licence: str
    weights_licence: str
    outputs: str
    commercial: bool
    gated: bool
    size: int
    steps: int
    guidance: float
    negative: bool
    parameters: int
    sampler: str | None = None
    schedule: str | None = None
    loras: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def memory(self) -> float:
        """GB of memory for the weights at two bytes a parameter."""
        return round(self.parameters * 2 / 1000, 1)


@cache
def presets() -> Mapping[str, Preset]:
    """All presets by name."""
    text = files(__package__).joinpath("presets.toml").read_text(encoding="utf-8")
    found = {}
    for name, entry in tomllib.loads(text).items():
        lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
        found[name] = Preset(name=name, **{**entry, **lists})
    return MappingProxyType(found)


def preset(name: str) -> Preset:
    """The preset of that name. Raises `UnknownNameError` that names the nearest."""
    try:
        return presets()[name]
    except KeyError:
        raise UnknownNameError("preset of a model", name, presets()) from None
