"""The contact sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd import images, report
from agfd.report import contact
from agfd.report.faces import find_faces, spread
from report.synthetic import TABLE, Dataset, dataset, tile_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tiles(tmp_path: Path) -> Dataset:
    return dataset(tmp_path / "set")


def test_faces_stand_where_the_table_has_them(tiles: Dataset) -> None:
    path = report.write_contact_sheet(tiles.layout, tiles.recipe)
    assert path == tiles.layout.gallery / "contact.png"
    sheet = images.decode(path.read_bytes()).astype(int)
    by_id = {sample.request.id: sample.request for sample in tiles.samples}
    found = find_faces(tiles.layout).accepted
    for row, top in (("eyes.glasses", 0), ("eyes.closed", contact.ROW)):
        for index, sex in enumerate(("male", "female")):
            shown = spread(found[row, sex], contact.FACES, tiles.recipe.axes.race)
            for place, face in enumerate(shown):
                x = contact._left(index) + place * (contact.FACE + contact.GAP) + contact.FACE // 2
                y = contact.HEADER + contact.GROUP + top + contact.FACE // 2
                # The colours went through a JPEG.
                assert np.abs(sheet[y, x] - tile_of(by_id[face.id])[0, 0]).max() < 12


def test_the_same_dataset_gives_the_same_bytes(tmp_path: Path) -> None:
    sheets = []
    for name in ("one", "other"):
        tiles = dataset(tmp_path / name)
        sheets.append(report.write_contact_sheet(tiles.layout, tiles.recipe).read_bytes())
    assert sheets[0] == sheets[1]


def test_its_size_does_not_grow_with_the_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = dataset(tmp_path / "small")
    large = dataset(tmp_path / "large", TABLE.replace("male: 8, female: 6", "male: 60, female: 60"))
    sizes = {
        images.decode(report.write_contact_sheet(tiles.layout, tiles.recipe).read_bytes()).shape
        for tiles in (small, large)
    }
    assert len(sizes) == 1
    monkeypatch.setattr(contact, "MOST_ROWS", 1)
    cut = images.decode(report.write_contact_sheet(small.layout, small.recipe).read_bytes())
    assert cut.shape[0] < sizes.pop()[0]


def test_a_missing_shard_leaves_an_empty_tile(tiles: Dataset) -> None:
    for path in tiles.layout.shards.glob("*.tar"):
        path.unlink()
    sheet = images.decode(report.write_contact_sheet(tiles.layout, tiles.recipe).read_bytes())
    x, y = contact._left(0) + 10, contact.HEADER + contact.GROUP + 10
    assert tuple(sheet[y, x]) == contact.TILE


def test_long_and_strange_names_are_cut(tmp_path: Path) -> None:
    text = TABLE.replace("feature: Glasses", f"feature: {'W' * 80}").replace("title: Tiles", f"title: {'ab ' * 120}")
    tiles = dataset(tmp_path / "set", text)
    sheet = images.decode(report.write_contact_sheet(tiles.layout, tiles.recipe).read_bytes())
    assert (sheet[:, -contact.MARGIN + 1 :] == contact.PAPER).all()
