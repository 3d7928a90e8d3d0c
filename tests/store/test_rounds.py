from pathlib import Path

import pyarrow.parquet as pq
import pytest

from agfd.errors import DamagedError
from agfd.records import Verdict
from agfd.store import Layout, close_round, iterate_rows, read_rows, rounds, row_files, seal_round, to_sample
from builders import commit, contents


def ids_of(layout: Layout) -> list[int]:
    return [int(row["id"], 16) for row in iterate_rows(layout, ["id"])]


def test_a_round_holds_the_rows_of_its_chunks_in_order(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    for chunk in (2, 0, 1):  # workers finish in any order
        commit(layout, 1, chunk, [chunk * 10, chunk * 10 + 1])
    before = list(iterate_rows(layout))
    close_round(layout, 1, 3, {})
    assert ids_of(layout) == [0, 1, 10, 11, 20, 21]
    assert list(iterate_rows(layout)) == before
    assert set(contents(layout)) == {
        "rounds/000001.parquet", "rounds/000001.parquet.sha256",
        "shards/000001-000000.tar", "shards/000001-000001.tar", "shards/000001-000002.tar",
    }  # fmt: skip


def test_the_sum_is_in_the_format_of_sha256sum(tmp_path: Path) -> None:
    import hashlib

    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1])
    close_round(layout, 1, 1, {})
    digest = hashlib.sha256(layout.round_file(1).read_bytes()).hexdigest()
    assert layout.round_sum(1).read_text() == f"{digest}  000001.parquet\n"


def test_images_that_are_turned_down_are_rejected_and_no_other(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1, 2])
    commit(layout, 1, 1, [3, 4])
    before = [to_sample(row) for row in iterate_rows(layout)]
    close_round(layout, 1, 2, {1: "duplicate", 3: "surplus"})
    after = [to_sample(row) for row in iterate_rows(layout)]
    assert [sample.verdict.status for sample in after] == ["accepted", "rejected", "accepted", "rejected"]
    assert [sample.verdict.reasons for sample in after] == [(), ("duplicate",), (), ("surplus",)]
    assert [sample.request for sample in after] == [sample.request for sample in before]
    assert [sample.place for sample in after] == [sample.place for sample in before]
    assert [sample.verdict.sources for sample in after] == [sample.verdict.sources for sample in before]


def test_what_was_rejected_before_keeps_its_reasons(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1], verdict=Verdict("rejected", ("no_face", "blurred")))
    commit(layout, 1, 1, [2], verdict=Verdict("failed", (), "it broke"))
    close_round(layout, 1, 2, {})
    verdicts = [to_sample(row).verdict for row in iterate_rows(layout)]
    assert verdicts == [Verdict("rejected", ("no_face", "blurred")), Verdict("failed", (), "it broke")]


def test_closing_twice_gives_equal_bytes(tmp_path: Path) -> None:
    first, second = Layout(tmp_path / "a"), Layout(tmp_path / "b")
    for layout in (first, second):
        commit(layout, 1, 0, [1, 2])
        close_round(layout, 1, 1, {0: "surplus"})
    assert contents(first) == contents(second)


def test_rows_are_written_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "ROWS_PER_GROUP", 4)
    layout = Layout(tmp_path)
    for chunk in range(5):
        commit(layout, 1, chunk, [chunk * 10 + n for n in range(3)])
    close_round(layout, 1, 5, {7: "surplus"})
    with pq.ParquetFile(layout.round_file(1)) as file:
        assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [6, 6, 3]
    assert ids_of(layout) == [chunk * 10 + n for chunk in range(5) for n in range(3)]
    assert [row["reasons"] for row in iterate_rows(layout, ["reasons"])].index(["surplus"]) == 7


def test_closing_one_round_leaves_the_chunks_of_another(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1])
    commit(layout, 2, 0, [2])
    close_round(layout, 1, 1, {})
    assert layout.chunks("parquet") == [(2, 0)]


def test_rows_of_closed_rounds_then_of_the_open_one(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    for number in (1, 2):
        commit(layout, number, 0, [number * 10])
        close_round(layout, number, 1, {})
    commit(layout, 3, 1, [31])
    commit(layout, 3, 0, [30])
    assert ids_of(layout) == [10, 20, 30, 31]
    assert row_files(layout) == [
        layout.round_file(1), layout.round_file(2), layout.chunk_rows(3, 0), layout.chunk_rows(3, 1),
    ]  # fmt: skip


def test_chunks_left_over_from_a_closed_round_are_not_read_twice(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1])
    left = layout.chunk_rows(1, 0).read_bytes()
    close_round(layout, 1, 1, {})
    layout.chunk_rows(1, 0).write_bytes(left)
    assert ids_of(layout) == [1]


def test_an_empty_folder_has_no_rows(tmp_path: Path) -> None:
    assert ids_of(Layout(tmp_path / "gone")) == []


def test_other_files_are_not_taken_for_rows(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1])
    close_round(layout, 1, 1, {})
    (layout.rounds / "notes.parquet").write_bytes(b"mine")
    (layout.rounds / ".tmp-1-000002.parquet").write_bytes(b"half")
    (layout.shards / "1-2.parquet").write_bytes(b"mine")
    assert ids_of(layout) == [1]


def test_sealing_writes_a_missing_sum_and_ends_the_open_round(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1])
    close_round(layout, 1, 1, {})
    written = layout.round_sum(1).read_bytes()
    layout.round_sum(1).unlink()
    layout.open_round(1).write_text("{}")
    seal_round(layout, 1)
    assert layout.round_sum(1).read_bytes() == written
    assert not layout.open_round(1).exists()


def test_sealing_does_not_bless_what_changed_since(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1])
    close_round(layout, 1, 1, {})
    written = layout.round_sum(1).read_bytes()
    layout.round_file(1).write_bytes(b"changed")
    seal_round(layout, 1)
    assert layout.round_sum(1).read_bytes() == written


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all, but long enough to look at" * 9])
def test_a_damaged_file_of_rows_is_named(tmp_path: Path, content: bytes) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1])
    layout.chunk_rows(1, 0).write_bytes(content)
    with pytest.raises(DamagedError, match=r"000001-000000\.parquet is damaged"):
        read_rows(layout.chunk_rows(1, 0))
    with pytest.raises(DamagedError, match=r"000001-000000\.parquet is damaged"):
        list(iterate_rows(layout))


def test_a_reader_beside_a_build_is_told_to_read_again(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    commit(layout, 1, 0, [1])
    commit(layout, 1, 1, [2])
    reader = iterate_rows(layout, ["id"])
    next(reader)
    close_round(layout, 1, 2, {})
    with pytest.raises(DamagedError, match="read it again"):
        list(reader)
