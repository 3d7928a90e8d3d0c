"""The build identity in words: who made the images, who measured them, and what can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agfd.ports import PHOTO

# The generator of datasets that were imported.
IMPORTED = "folder"

GRADES = (
    ("A", "same build identity and same kind of processor: the same bytes, whatever workers, order or interruptions"),
    ("B", "other hardware: the same people, words and starting noise, pixels within a tolerance; verdicts may differ"),
)


@dataclass(frozen=True, slots=True)
class Weights:
    """One analyzer: its name, version, the sha256 of its weights by file, and whether all may be used commercially."""

    name: str
    version: str
    weights: Mapping[str, str]
    commercial: bool = True


@dataclass(frozen=True, slots=True)
class Identity:
    """What `build.json` says, empty where it says nothing. `domain`: what the images are: render, diffusion, photo;
    `screened`: False where the safety screen was switched off.
    """

    generator: str
    version: str
    model_hash: str
    quality: str
    series: str
    analyzers: tuple[Weights, ...]
    domain: str = ""
    screened: bool = True

    @property
    def photos(self) -> bool:
        """Whether the images are photographs, of people who exist."""
        return self.domain == PHOTO

    @property
    def imported(self) -> bool:
        """Whether the images were there before the dataset."""
        return self.generator == IMPORTED


def read_identity(build: Mapping[str, Any]) -> Identity:
    """The identity from the plain data of `build.json`.

    `generator`: a name, or a mapping with `name`, `version`, `model_hash`, `domain`; `options` with the `quality`;
    `series`; `analyzers`: names, or mappings with `name`, `version`, `weights`, in a list or by name. Other keys are
    ignored.
    """
    generator = _named(build.get("generator"))
    options = build.get("options")
    return Identity(
        generator=str(generator.get("name", "unknown")),
        version=str(generator.get("version", "")),
        model_hash=str(generator.get("model_hash", "")),
        quality=str(options.get("quality") or "") if isinstance(options, Mapping) else "",
        series=str(build.get("series") or ""),
        analyzers=tuple(_analyzer(entry) for entry in _entries(build.get("analyzers"))),
        domain=str(generator.get("domain", "")),
        screened=build.get("screen", True) is not False,
    )


def _named(value: object) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    return {"name": str(value)} if value else {}


def _entries(value: object) -> list[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        return [{"name": name, **(entry if isinstance(entry, Mapping) else {})} for name, entry in value.items()]
    return [_named(entry) for entry in value] if isinstance(value, list | tuple) else []


def _analyzer(entry: Mapping[str, Any]) -> Weights:
    weights = entry.get("weights")
    sums = {str(file): str(sha) for file, sha in weights.items()} if isinstance(weights, Mapping) else {}
    free = entry.get("commercial", True) is not False
    return Weights(str(entry.get("name", "unknown")), str(entry.get("version", "")), dict(sorted(sums.items())), free)
