"""One build of many pictures of one person, by one worker and by two, with the real network."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

import agfd
from agfd import models, testing
from agfd.images import encode_png
from sitters import shot, small
from trees import tree

if TYPE_CHECKING:
    from pathlib import Path


def test_two_workers_give_what_one_gives(tmp_path: Path) -> None:
    missing = [name for name in ("centerface", "face_mesh", "face_identity") if models.installed(name) is None]
    if missing:
        pytest.skip(f"weights are not installed ({', '.join(missing)}); run: agfd models install")
    renderer = small()
    renderer.setup()
    (tmp_path / "face.png").write_bytes(encode_png(shot(renderer).pixels, {}))
    renderer.teardown()
    path = tmp_path / "tiny.yaml"
    path.write_text(f"{testing.TINY}duplicates: {{identity: cell, identity_threshold: 0.99}}\n", encoding="utf-8")
    trees = []
    for workers in (1, 2):
        folder = tmp_path / f"with {workers}"
        options = {
            "set": (f"generator.picture={tmp_path / 'face.png'}",),
            "workers": workers,
            "max_tries": 1,
            "scale": 0.4,
        }
        dataset = agfd.build(str(path), folder, generator="fake", **options)
        reasons = Counter(sample.verdict.reasons for sample in dataset.filter(status="rejected"))
        assert reasons["duplicate_identity",] > 3
        cells = Counter((sample.request.row, sample.request.sex, sample.request.race) for sample in dataset)
        assert set(cells.values()) == {1}
        trees.append({name: sha for name, sha in tree(folder).items() if name.startswith(("rounds/", "shards/"))})
    assert trees[0] == trees[1]
