import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agfd import images
from agfd.errors import DamagedError
from agfd.store import Layout, Shard, commit_chunk, read_member, read_pieces, read_rows, to_sample
from builders import commit, contents, pixels, sample


@given(st.lists(st.binary(max_size=2000), max_size=6))
def test_offsets_point_at_the_right_bytes(files: list[bytes]) -> None:
    shard = Shard("x.tar")
    offsets = [shard.add(f"{index:032x}.png", data) for index, data in enumerate(files)]
    tar = shard.seal()
    assert [tar[offset : offset + len(data)] for offset, data in zip(offsets, files, strict=True)] == files
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        members = opened.getmembers()
        assert [member.name for member in members] == [f"{index:032x}.png" for index in range(len(files))]
        assert [member.offset_data for member in members] == offsets
        assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} <= {(0, 0, 0, "", "")}


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    first, second = Layout(tmp_path / "a"), Layout(tmp_path / "b")
    commit(first, 1, 0, [1, 2, 3])
    commit(second, 1, 0, [1, 2, 3])
    assert contents(first) == contents(second)
    assert set(contents(first)) == {"shards/000001-000000.tar", "shards/000001-000000.parquet"}


def test_images_and_thumbnails_are_read_back(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1, 2])
    for seed, row in zip([1, 2], read_rows(layout.chunk_rows(1, 0)).to_pylist(), strict=True):
        place = to_sample(row).place
        assert place is not None
        assert read_member(layout, place) == images.encode_png(pixels(seed))
        assert read_member(layout, place, thumbnail=True) == images.encode_thumbnail(pixels(seed))


def test_the_rows_carry_the_hash_of_the_shard(tmp_path: Path) -> None:
    import hashlib

    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1, 2])
    sums = set(read_rows(layout.chunk_rows(1, 0), ["shard_sha256"])["shard_sha256"].to_pylist())
    assert sums == {hashlib.sha256(layout.chunk_tar(1, 0).read_bytes()).hexdigest()}


def test_a_chunk_in_which_everything_failed(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.shards.mkdir()
    commit_chunk(layout, 1, 0, Shard("000001-000000.tar"), [sample(place=None)])
    assert read_rows(layout.chunk_rows(1, 0)).num_rows == 1
    with tarfile.open(layout.chunk_tar(1, 0)) as tar:
        assert tar.getmembers() == []


def broken(layout: Layout, *, at: int | None = None, cut: int | None = None) -> None:
    path = layout.chunk_tar(1, 0)
    data = bytearray(path.read_bytes())
    if at is not None:
        data[at] ^= 1
    path.write_bytes(bytes(data[:cut]))


def test_a_damaged_image_is_not_handed_out(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1])
    place = to_sample(read_rows(layout.chunk_rows(1, 0)).to_pylist()[0]).place
    assert place is not None
    broken(layout, at=place.offset + 20)
    with pytest.raises(DamagedError, match="does not have the hash on record"):
        read_member(layout, place)
    broken(layout, cut=place.thumb_offset + 5)
    with pytest.raises(DamagedError, match="is torn"):
        read_member(layout, place, thumbnail=True)
    layout.chunk_tar(1, 0).unlink()
    with pytest.raises(DamagedError, match="is missing"):
        read_member(layout, place)


def test_pieces_are_read_at_one_opening_and_damaged_ones_are_none(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    first, second = (sample.place for sample in commit(layout, 1, 0, [1, 2]))
    assert first is not None
    assert second is not None
    wanted = [
        (place.offset, place.size, place.file_sha256) for place in (second, first)
    ] + [(first.thumb_offset, first.thumb_size, None), (first.offset, first.size, "0" * 64)]  # fmt: skip
    file, other, thumbnail, wrong = read_pieces(layout, first.shard, wanted)
    assert (file, other) == (images.encode_png(pixels(2)), images.encode_png(pixels(1)))
    assert thumbnail == images.encode_thumbnail(pixels(1))
    assert wrong is None
    broken(layout, cut=second.thumb_offset)
    assert list(read_pieces(layout, first.shard, [(second.thumb_offset, second.thumb_size, None)])) == [None]
    assert list(read_pieces(layout, "000009-000000.tar", wanted)) == [None] * 4
