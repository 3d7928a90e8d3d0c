"""Images by name while the files with their rows come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agfd.errors import DamagedError
from agfd.review import catalogue
from agfd.review.catalogue import Catalogue
from agfd.store import Layout, PlacedRows, close_round
from builders import commit

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("id", "row", "shard")


@pytest.fixture
def growing(tmp_path: Path) -> Layout:
    """A closed round and an open one whose second chunk came first."""
    layout = Layout(tmp_path / "growing")
    commit(layout, 1, 0, [1, 2, 3])
    close_round(layout, 1, 1, {})
    commit(layout, 2, 1, [6, 7])
    return layout


def name(seed: int) -> str:
    return f"{seed:032x}"


def test_a_row_is_found_after_chunks_came_before_it_and_after_its_round_was_closed(growing: Layout) -> None:
    known = Catalogue(growing, COLUMNS)
    assert known.row(name(7)) == {"id": name(7), "row": "eyes.glasses", "shard": "000002-000001.tar"}
    # Another worker is ready with the first chunk: what is behind it has other places now.
    commit(growing, 2, 0, [4, 5])
    assert [known.row(name(seed))["id"] for seed in range(1, 8)] == [name(seed) for seed in range(1, 8)]
    close_round(growing, 2, 2, {})
    assert [known.row(name(seed))["id"] for seed in range(1, 8)] == [name(seed) for seed in range(1, 8)]


def test_an_image_is_unknown_until_it_is_there(growing: Layout) -> None:
    known = Catalogue(growing, COLUMNS)
    assert name(4) not in known
    with pytest.raises(KeyError):
        known.row(name(4))
    commit(growing, 2, 0, [4])
    known.refresh()
    assert name(4) in known
    assert sorted(known.queue("random")) == [name(seed) for seed in (1, 2, 3, 4, 6, 7)]
    assert known.sizes([name(4), name(99)])["cell"] == (6, 1)


@pytest.mark.parametrize("wrong", ["", name(8), name(1)[:-1], name(1) + "0", "ä" * 16, "\0" * 32, name(1) + "\0"])
def test_only_whole_names_are_known(wrong: str, growing: Layout) -> None:
    assert wrong not in Catalogue(growing, COLUMNS)


def test_a_round_that_is_closed_while_it_is_read_is_read_again(
    growing: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def placed(layout: Layout) -> PlacedRows:
        tried.append(layout)
        if len(tried) == 1:
            commit(layout, 2, 0, [4, 5])
            close_round(layout, 2, 2, {})
            raise DamagedError("its file went away")
        return PlacedRows(layout)

    monkeypatch.setattr(catalogue, "PlacedRows", placed)
    assert name(5) in Catalogue(growing, COLUMNS)
    assert len(tried) == 2


def test_real_damage_is_told(growing: Layout) -> None:
    growing.round_file(1).write_bytes(b"nothing")
    with pytest.raises(DamagedError, match="000001"):
        Catalogue(growing, COLUMNS)


def test_there_may_be_no_images_yet(tmp_path: Path) -> None:
    known = Catalogue(Layout(tmp_path), COLUMNS)
    assert known.queue("lowest") == []
    assert name(1) not in known
    commit(Layout(tmp_path), 1, 0, [1])
    assert known.row(name(1))["id"] == name(1)
