"""The generator that reads files: one outcome for each request, whatever is wrong with the file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from agfd import images
from agfd.errors import DamagedError, UnknownNameError, UsageError
from agfd.generate.folder import Folder, make
from agfd.ports import Generator
from builders import pixels, request

if TYPE_CHECKING:
    from pathlib import Path


def index(folder: Path, files: dict[str, bytes]) -> Path:
    """An index of new files whose ids are their names."""
    lines = []
    for name, data in files.items():
        (folder / name).write_bytes(data)
        lines.append({"id": name, "folder": str(folder), "file": name, "sha256": hashlib.sha256(data).hexdigest()})
    pq.write_table(pa.Table.from_pylist(lines), folder / "index.parquet")
    return folder / "index.parquet"


def test_one_outcome_for_each_request_in_order(tmp_path: Path) -> None:
    good = images.encode_png(pixels(1))
    generator = make(index=str(index(tmp_path, {"a": good, "b": good[:200], "c": b"text", "d": good})))
    assert isinstance(generator, Generator)
    generator.setup()
    (tmp_path / "d").write_bytes(images.encode_png(pixels(2)))
    outcomes = list(generator.generate([replace(request(), id=name) for name in ("c", "a", "none", "b", "d")]))
    assert [outcome.request_id for outcome in outcomes] == ["c", "a", "none", "b", "d"]
    codes = [outcome.failure and outcome.failure.code for outcome in outcomes]
    assert codes == ["not_an_image", None, "unreadable", "damaged", "changed"]
    assert outcomes[1].value is not None
    assert np.array_equal(outcomes[1].value.pixels, pixels(1))
    assert outcomes[1].value.truth is None


def test_the_domain_is_part_of_what_it_says_of_itself(tmp_path: Path) -> None:
    infos = [make(index=str(tmp_path / "i"), domain=domain).info for domain in ("photo", "diffusion")]
    assert [info.domain for info in infos] == ["photo", "diffusion"]
    assert not any(info.safe_by_construction for info in infos)


def test_it_works_with_an_index_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="agfd import FOLDER"):
        make()
    with pytest.raises(UnknownNameError, match="did you mean 'photo'"):
        make(index="i", domain="photos")
    with pytest.raises(DamagedError, match="cannot be read"):
        make(index=str(tmp_path / "none.parquet")).setup()
    with pytest.raises(RuntimeError, match="setup"):
        list(Folder(tmp_path, "photo").generate([request()]))
