"""A tiny weight file, in a wheel and in a tarball of npm, and a cache to install it into."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

from agfd.models import manifest
from agfd.models.manifest import Member, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

CONTENT = b"weights of a tiny network " * 40
MEMBER = Member("holder/tiny.onnx", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
TINY = Weight(
    name="tiny",
    source="pypi",
    package="agfd-test.weights",
    version="1.0.0",
    members=(MEMBER,),
    sha256=MEMBER.sha256,
    size=MEMBER.size,
    code_licence="MIT",
    weights_licence="MIT",
    training_data="nothing",
    commercial=True,
    profile="pypi",
    tasks=("something",),
)
BETTER = replace(
    TINY,
    name="better",
    source="npm",
    profile="npm",
    package="@agfd/test-weights",
    members=(replace(MEMBER, path="package/tiny.onnx"),),
)
BARRED = replace(TINY, name="barred", commercial=False, weights_licence="CC BY-NC 4.0", training_data="faces")


def make_wheel(folder: Path, content: bytes = CONTENT, member: str = MEMBER.path) -> Path:
    """A wheel of version 1.0.0 that holds one member, valid to pip."""
    info = "agfd_test_weights-1.0.0.dist-info"
    files = {
        member: content,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: agfd-test-weights\nVersion: 1.0.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"]).encode()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / "agfd_test_weights-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return wheel


def make_tarball(folder: Path, content: bytes = CONTENT, member: str = "package/tiny.onnx") -> Path:
    """A tarball of npm with a package.json and one member."""
    folder.mkdir(parents=True, exist_ok=True)
    tarball = folder / "agfd-test-weights-1.0.0.tgz"
    with tarfile.open(tarball, "w:gz") as archive:
        for name, data in {"package/package.json": PACKAGE_JSON, member: content}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return tarball


PACKAGE_JSON = b'{"name": "@agfd/test-weights", "version": "1.0.0"}'


def use_manifest(monkeypatch: pytest.MonkeyPatch, *entries: Weight) -> None:
    """Makes these the only weights that agfd knows."""
    table: Mapping[str, Weight] = {entry.name: entry for entry in entries}
    monkeypatch.setattr(manifest, "weights", lambda: table)


def left_behind(store: Path) -> list[str]:
    """The names of all files in the cache."""
    return sorted(file.name for file in (store / "cache").rglob("*")) if (store / "cache").exists() else []
