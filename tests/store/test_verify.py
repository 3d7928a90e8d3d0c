from pathlib import Path

import pytest

from agfd.records import Place, Sample
from agfd.store import Layout, close_round, verify
from builders import commit


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


@pytest.fixture
def samples(layout: Layout) -> list[Sample]:
    """Two closed rounds of one chunk each and an open one."""
    made = []
    for number in (1, 2, 3):
        made += commit(layout, number, 0, [number * 10, number * 10 + 1])
        if number < 3:
            close_round(layout, number, 1, {})
    return made


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(bytes(data))


def place(sample: Sample) -> Place:
    assert sample.place is not None
    return sample.place


def found(layout: Layout) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(damage.path.name, damage.problem, damage.images) for damage in verify(layout)]


@pytest.mark.usefixtures("samples")
def test_a_whole_dataset_has_no_damage(layout: Layout) -> None:
    assert found(layout) == []


def test_an_empty_folder_has_no_damage(layout: Layout) -> None:
    assert found(layout) == []


def test_a_missing_shard_costs_its_images(layout: Layout, samples: list[Sample]) -> None:
    layout.chunk_tar(1, 0).unlink()
    lost = (samples[0].request.id, samples[1].request.id)
    assert found(layout) == [("000001-000000.tar", "is missing", lost)]


def test_a_torn_shard_costs_what_was_cut_off(layout: Layout, samples: list[Sample]) -> None:
    path = layout.chunk_tar(2, 0)
    path.write_bytes(path.read_bytes()[: place(samples[3]).offset + 10])
    assert found(layout) == [("000002-000000.tar", "is torn", (samples[3].request.id,))]


def test_an_empty_shard_is_torn(layout: Layout, samples: list[Sample]) -> None:
    layout.chunk_tar(2, 0).write_bytes(b"")
    lost = (samples[2].request.id, samples[3].request.id)
    assert found(layout) == [("000002-000000.tar", "is torn", lost)]


def test_a_flipped_byte_in_an_image(layout: Layout, samples: list[Sample]) -> None:
    flip(layout.chunk_tar(3, 0), place(samples[5]).offset + 40)
    assert found(layout) == [("000003-000000.tar", "does not have the hash on record", (samples[5].request.id,))]


def test_a_flipped_byte_in_a_thumbnail_costs_no_image(layout: Layout, samples: list[Sample]) -> None:
    flip(layout.chunk_tar(1, 0), place(samples[0]).thumb_offset + 40)
    assert found(layout) == [("000001-000000.tar", "does not have the hash on record", ())]


@pytest.mark.usefixtures("samples")
def test_a_flipped_byte_anywhere_in_a_round(layout: Layout) -> None:
    size = layout.round_file(1).stat().st_size
    for at in (0, 4, size // 3, size // 2, size - 1):
        flip(layout.round_file(1), at)
        assert ("000001.parquet", "does not have the hash on record", ()) in found(layout)
        flip(layout.round_file(1), at)
    assert found(layout) == []


@pytest.mark.usefixtures("samples")
def test_a_flipped_byte_in_the_rows_of_an_open_round(layout: Layout) -> None:
    flip(layout.chunk_rows(3, 0), 4)
    assert "damaged" in found(layout)[0][1]


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.usefixtures("samples")
def test_a_missing_round(layout: Layout, number: int) -> None:
    layout.round_file(number).unlink()
    assert (f"{number:06d}.parquet", "is missing", ()) in found(layout)


@pytest.mark.usefixtures("samples")
def test_a_missing_round_without_its_sum(layout: Layout) -> None:
    layout.round_file(1).unlink()
    layout.round_sum(1).unlink()
    assert ("000001.parquet", "is missing", ()) in found(layout)


@pytest.mark.usefixtures("samples")
def test_a_round_without_a_sum_says_what_to_do(layout: Layout) -> None:
    layout.round_sum(1).unlink()
    assert found(layout) == [("000001.parquet", "has no sum yet; the next build writes it", ())]


@pytest.mark.usefixtures("samples")
def test_files_of_the_user_are_no_damage(layout: Layout) -> None:
    (layout.rounds / "notes.parquet.sha256").write_text("mine")
    (layout.shards / "notes.tar").write_text("mine")
    assert found(layout) == []


@pytest.mark.usefixtures("samples")
def test_damage_in_one_place_does_not_hide_another(layout: Layout) -> None:
    flip(layout.round_file(1), 4)
    layout.chunk_tar(2, 0).unlink()
    assert {name for name, _, _ in found(layout)} >= {"000001.parquet", "000002-000000.tar"}
