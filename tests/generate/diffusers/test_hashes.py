"""The hash of a weight file is read once for each state of the file."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import save_file

from agfd.generate.diffusers import hashes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path / "agfd"))
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"one")
    return path


def test_it_is_read_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = hashlib.sha256(b"one").hexdigest()
    assert hashes.sha256(file) == told
    assert hashes.auto_v2(file) == told[:10]

    def read_again(_path: Path) -> str:
        raise AssertionError

    monkeypatch.setattr(hashes, "sha256_of", read_again)
    assert hashes.sha256(file) == told
    # A link, as in the cache of the hub, is the file that it points to.
    link = file.with_name("link.safetensors")
    link.symlink_to(file)
    assert hashes.sha256(link) == told


def test_a_loras_hash_leaves_out_its_header(tmp_path: Path) -> None:
    paths = [tmp_path / f"{note}.safetensors" for note in ("one", "other")]
    for path in paths:
        save_file({"lora_up.weight": np.arange(9, dtype=np.float32)}, path, metadata={"note": path.stem})
    told = {hashes.auto_v3(path) for path in paths}
    assert told == {hashlib.sha256(np.arange(9, dtype=np.float32).tobytes()).hexdigest()[:12]}
    assert len({hashes.auto_v2(path) for path in paths}) == 2


def test_a_changed_file_is_read_again(file: Path) -> None:
    hashes.sha256(file)
    file.write_bytes(b"two")
    os.utime(file, ns=(1, 1))
    assert hashes.sha256(file) == hashlib.sha256(b"two").hexdigest()


def test_a_torn_note_and_a_cache_that_cannot_be_written_do_no_harm(file: Path, tmp_path: Path) -> None:
    told = hashes.sha256(file)
    (note,) = (tmp_path / "agfd" / "hashes").iterdir()
    note.write_text("to")
    assert hashes.sha256(file) == told
    assert note.read_text() == told
    note.unlink()
    note.parent.rmdir()
    note.parent.write_text("in the way")
    assert hashes.sha256(file) == told
