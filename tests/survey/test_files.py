"""Every file is found once, in the same order, whatever its name and whatever links there are."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from agfd.survey.files import find, shown

if TYPE_CHECKING:
    from pathlib import Path

links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_files_below_are_found_and_sorted(tmp_path: Path) -> None:
    names = [".hidden", "B.png", "a/2.png", "a/10.png", "a/b/c.png", "a.png", "ä.png"]
    assert find(touch(tmp_path, *names)) == [".hidden", "B.png", "a.png", "a/10.png", "a/2.png", "a/b/c.png", "ä.png"]


def test_the_table_itself_is_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "table.csv", "sub/table.csv")
    assert find(tmp_path, tmp_path / "sub" / ".." / "table.csv") == ["a.png", "sub/table.csv"]


@links
def test_loops_of_links_end(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.png", "b/2.png")
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "b" / "side").symlink_to(tmp_path / "a")
    (tmp_path / "self").symlink_to("self")
    assert find(tmp_path) == ["a/1.png", "b/2.png", "self"]


@links
def test_links_to_files_and_folders_elsewhere_are_followed(tmp_path: Path) -> None:
    elsewhere = touch(tmp_path / "elsewhere", "1.png")
    folder = touch(tmp_path / "folder", "2.png")
    (folder / "linked").symlink_to(elsewhere)
    (folder / "3.png").symlink_to(elsewhere / "1.png")
    (folder / "gone.png").symlink_to("nowhere")
    assert find(folder) == ["2.png", "3.png", "gone.png", "linked/1.png"]


@links
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed_stands_for_its_files(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "closed/1.png")
    (tmp_path / "closed").chmod(0)
    try:
        assert find(tmp_path) == ["a.png", "closed"]
    finally:
        (tmp_path / "closed").chmod(0o700)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have names of text only")
def test_names_that_are_no_text_are_shown(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.png")).touch()
    [name] = find(tmp_path)
    assert shown(name) == r"\xff.png"
    assert (tmp_path / name).exists()
