"""What lies beside the gallery's pages: data of every image, its files as the store has them, nothing else."""

from __future__ import annotations

import errno
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import builders
from agfd import report
from agfd.errors import DamagedError, WriteError
from agfd.records import MapFile, Place, Verdict
from agfd.report import gallery, pictures
from agfd.report.details import detail
from agfd.report.shown import find_shown
from agfd.store import Layout, Shard, commit_chunk, read_member, seal_round
from report.synthetic import BUILD, UNSUPPORTED, Dataset, dataset
from report.test_packing import unpacked


@pytest.fixture
def tiles(tmp_path: Path) -> Dataset:
    return dataset(tmp_path / "set", keep_all=True)


def write(tiles: Dataset, full: bool | None = None) -> Path:
    return report.write_gallery(tiles.layout, tiles.recipe, BUILD, UNSUPPORTED, full).parent


def loaded(folder: Path, name: str) -> Any:
    """The data that a script hands to `agfd.load`."""
    text = (folder / "data" / f"{name}.js").read_text(encoding="ascii")
    return json.loads(text[text.index("'") + 1 : text.rindex("'")].encode().decode("unicode_escape"))


def details(folder: Path) -> list[Any]:
    """Everything known of every image, from all files in their order."""
    found = []
    for path in sorted((folder / "data").glob("0*.js")):
        packed = loaded(folder, path.stem)
        found += [unpacked(packed, packed["shape"], number) for number in range(packed["number"])]
    return found


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_index_has_every_image_in_request_order(tiles: Dataset) -> None:
    index = loaded(write(tiles), "index")
    samples = tiles.samples
    assert index["ids"] == [sample.request.id for sample in samples]
    assert (index["total"], index["title"], index["photos"]) == (len(samples), "Tiles for tests", False)
    assert index["missing"] == [number for number, sample in enumerate(samples) if sample.place is None]
    assert index["missing"]
    assert {len(facet["of"]) for facet in index["facets"]} == {len(samples)}
    verdict = next(facet for facet in index["facets"] if facet["key"] == "verdict")
    told = [verdict["values"][place]["value"] for place in verdict["of"]]
    assert told == [sample.verdict.status for sample in samples]


def test_details_are_what_python_says_chunk_by_chunk(tiles: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "CHUNK", 10)
    folder = write(tiles)
    assert names(folder / "data") == {"index.js", *(f"{number:05d}.js" for number in range(5))}
    assert loaded(folder, "index")["chunk"] == 10

    def address(kind: str, image: str) -> str | None:
        return {"thumb": f"thumbs/{image}.jpg", "full": f"full/{image}.png"}[kind]

    rows = find_shown(tiles.layout).rows.to_pylist()
    assert details(folder) == [detail(row, tiles.recipe, address) for row in rows]


def test_files_are_copied_as_they_lie_in_the_store(tiles: Dataset) -> None:
    folder = write(tiles)
    placed = [(sample.request.id, sample.place) for sample in tiles.samples if sample.place]
    assert names(folder / "thumbs") == {f"{image}.jpg" for image, _ in placed}
    assert names(folder / "full") == {f"{image}.png" for image, _ in placed}
    for image, place in placed:
        assert (folder / "thumbs" / f"{image}.jpg").read_bytes() == read_member(tiles.layout, place, thumbnail=True)
        assert (folder / "full" / f"{image}.png").read_bytes() == read_member(tiles.layout, place)
    index = loaded(folder, "index")
    assert index["full"] is True
    assert index["small"] == [
        place for place, image in enumerate(index["ids"]) if f"{image}.png" not in names(folder / "full")
    ]


def test_a_file_that_is_not_as_it_should_be_is_written_again(tiles: Dataset) -> None:
    folder = write(tiles)
    path = sorted((folder / "thumbs").iterdir())[0]
    before = path.read_bytes()
    path.write_bytes(b"cut")
    write(tiles)
    assert path.read_bytes() == before


def test_full_pictures_stay_away_where_they_are_many_or_nobody_wants_them(
    tiles: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(sample.place.size for sample in tiles.samples if sample.place)
    monkeypatch.setattr(pictures, "FULL_LIMIT", size)
    assert (write(tiles) / "full").is_dir()
    assert not (write(tiles, full=False) / "full").exists()
    monkeypatch.setattr(pictures, "FULL_LIMIT", size - 1)
    folder = write(tiles)
    assert not (folder / "full").exists()
    index = loaded(folder, "index")
    assert (index["full"], index["small"]) == (False, [])
    assert {found["full"] for found in details(folder)} == {None}
    assert (write(tiles, full=True) / "full").is_dir()


def test_maps_are_copied_and_damaged_ones_left_out(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.shards.mkdir()
    layout.rounds.mkdir()
    shard = Shard("000001-000000.tar")
    offset = shard.add("x", b"parts")
    good = MapFile("segmentation", offset, 5, hashlib.sha256(b"parts").hexdigest())
    torn = replace(good, name="depth", sha256="0" * 64)
    place = Place(shard.name, offset, 5, offset, 5, 8, 8, "", good.sha256, "", (good, torn))
    commit_chunk(layout, 1, 0, shard, [builders.sample(place=place)])
    path = report.write_gallery(layout, builders.recipe(), BUILD, {}).parent
    assert names(path / "maps") == {f"{'0' * 32}.segmentation.png"}
    (found,) = details(path)
    assert found["maps"] == {"segmentation": f"maps/{'0' * 32}.segmentation.png"}


def test_what_the_safety_screen_refused_is_never_a_picture(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    builders.commit(layout, 1, 0, [1], verdict=Verdict("rejected", ("unsafe",)))
    folder = report.write_gallery(layout, builders.recipe(), BUILD, {}).parent
    assert names(folder / "thumbs") == set()
    assert loaded(folder, "index")["missing"] == [0]
    assert [found["thumb"] for found in details(folder)] == [None]


def test_damaged_thumbnails_are_missing_in_the_data_too(tiles: Dataset) -> None:
    (tiles.layout.shards / "000001-000000.tar").unlink()
    folder = write(tiles)
    gone = [
        number
        for number, sample in enumerate(tiles.samples)
        if sample.place is None or sample.place.shard == "000001-000000.tar"
    ]
    assert loaded(folder, "index")["missing"] == gone
    assert [number for number, found in enumerate(details(folder)) if found["thumb"] is None] == gone


def test_of_too_many_an_even_part_is_shown_always_the_same_and_the_first_pages_faces(tiles: Dataset) -> None:
    always = {tiles.samples[-1].request.id}
    shown = find_shown(tiles.layout, always, most=20)
    chosen = shown.rows["id"].to_pylist()
    assert shown.total == len(tiles.samples)
    assert always <= set(chosen)
    assert 20 <= len(chosen) <= 21
    order = [sample.request.id for sample in tiles.samples]
    assert chosen == sorted(chosen, key=order.index)
    parts: dict[tuple[str, ...], list[int]] = {}
    for sample in tiles.samples:
        key = (sample.request.row, sample.request.sex, sample.verdict.status)
        taken, there = parts.setdefault(key, [0, 0])
        parts[key] = [taken + (sample.request.id in set(chosen) - always), there + 1]
    full = [taken for taken, there in parts.values() if taken < there]
    # Whoever has less than another part has no more to give.
    assert all(taken >= max(full) - 1 for taken, there in parts.values() if taken < there - 1)
    assert max(taken for taken, _ in parts.values()) <= max(full) + 1
    assert find_shown(tiles.layout, always, most=20).rows == shown.rows
    assert find_shown(tiles.layout, most=len(order)).rows["id"].to_pylist() == order


def test_old_files_go_and_others_stay(tiles: Dataset) -> None:
    folder = write(tiles)
    for name in ("data/00099.js", "data/.tmp-1-x", "thumbs/gone.jpg", "maps/gone.png", "old.js", "contact.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"old")
    write(tiles)
    assert names(folder / "data") == {"index.js", "00000.js"}
    assert not (folder / "maps").exists()
    assert names(folder) == {"contact.png", "data", "thumbs", "full", *gallery.ASSETS, *gallery.PAGES}


def test_half_of_a_gallery_never_looks_like_one(tiles: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tiles)

    real = Path.write_bytes

    def full(last: str, path: Path, data: bytes) -> int:
        if path.name.endswith(last):
            raise OSError(errno.ENOSPC, "no room")
        return real(path, data)

    for name in ("index.js", "style.css", "browse.html"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_bytes", lambda path, data, last=name: full(last, path, data))
            with pytest.raises(WriteError, match="the disk is full"):
                write(tiles)
        assert not (folder / "index.html").exists()
        assert not (folder / "browse.html").exists()
    write(tiles)
    assert (folder / "index.html").exists()


def test_rows_that_cannot_be_read_leave_the_gallery_as_it_was(tiles: Dataset) -> None:
    before = {path: path.read_bytes() for path in write(tiles).rglob("*") if path.is_file()}
    tiles.layout.round_file(1).write_bytes(b"no parquet")
    with pytest.raises(DamagedError):
        write(tiles)
    assert {path: path.read_bytes() for path in tiles.layout.gallery.rglob("*") if path.is_file()} == before


def test_an_old_dataset_without_later_columns_has_a_gallery(tiles: Dataset) -> None:
    expected = details(write(tiles))
    late = ["second", "made", "maps", "review", "true_looks", "code_dhash", "measured_nsfw", "twin_group"]
    path = tiles.layout.round_file(1)
    pq.write_table(pq.read_table(path).drop_columns(late), path)
    seal_round(tiles.layout, 1)
    assert details(write(tiles)) == expected


def test_a_dataset_without_rows_has_data(tmp_path: Path) -> None:
    folder = write(dataset(tmp_path / "set", attempts=0))
    index = loaded(folder, "index")
    assert (index["ids"], index["total"], index["missing"], index["full"]) == ([], 0, [], False)
    assert names(folder / "data") == {"index.js"}


def test_where_the_folder_lies_is_told_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiles = dataset(tmp_path / "faces of mine")
    monkeypatch.chdir(tiles.layout.root)
    folder = report.write_gallery(Layout(tiles.layout.root / "."), tiles.recipe, BUILD, UNSUPPORTED).parent
    data = b"".join(path.read_bytes() for path in folder.rglob("*.js"))
    assert str(tmp_path).encode() not in data
    assert b"faces of mine" not in data
