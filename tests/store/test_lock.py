import errno
import multiprocessing
import os
from pathlib import Path

import pytest

from agfd.errors import LockedError, WriteError
from agfd.store import Layout, writing


def try_to_write(root: Path) -> str:
    try:
        with writing(Layout(root)):
            return "written"
    except LockedError as error:
        return str(error)


def test_a_second_writer_in_another_process_is_told(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        with writing(Layout(tmp_path)):
            told = pool.apply(try_to_write, (tmp_path,))
        assert told == f"another process is writing {tmp_path}; wait for it or choose another folder"
        assert pool.apply(try_to_write, (tmp_path,)) == "written"


def test_the_lock_is_let_go_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="broken"), writing(Layout(tmp_path)):
        raise RuntimeError("broken")
    assert try_to_write(tmp_path) == "written"


def test_the_folder_is_made(tmp_path: Path) -> None:
    with writing(Layout(tmp_path / "new" / "faces")):
        assert (tmp_path / "new" / "faces").is_dir()


def test_an_error_inside_is_not_taken_for_one_of_the_lock(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="mine"), writing(Layout(tmp_path)):
        raise OSError("mine")


def test_a_read_only_folder_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: object, *args: object, **options: object) -> int:
        if str(path).endswith(".lock"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return real(path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(WriteError, match="the file system is read-only"), writing(Layout(tmp_path)):
        pass


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "faces").write_text("a file")
    with pytest.raises(WriteError, match="cannot write"), writing(Layout(tmp_path / "faces")):
        pass
