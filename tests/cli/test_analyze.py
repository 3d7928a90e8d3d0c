"""`agfd analyze` as a user types it."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner, Result
from PIL import Image as Pillow

from agfd import testing
from agfd.cli.main import main
from agfd.cli.survey import print_summary
from agfd.survey.looking import Seen
from agfd.survey.summary import summarise
from agfd.survey.table import Rows
from builders import pixels

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def marked(path: Path, colour: tuple[int, int, int]) -> None:
    picture = pixels(sum(colour))
    picture[0, 0] = colour
    Pillow.fromarray(picture).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    marked(folder / "a.png", (255, 0, 0))
    marked(folder / "b [red].png", (0, 0, 0))
    (folder / "c.png").touch()
    return folder


LOOK = ("--analyzers", "fake", "--workers", 1)


def test_the_table_goes_to_the_file_and_the_report_to_the_terminal(folder: Path, tmp_path: Path) -> None:
    result = run("analyze", folder, "--out", tmp_path / "t.csv", *LOOK)
    assert result.exit_code == 0, result.output
    assert "3 files, 2 readable images" in result.stdout
    assert "empty 1" in result.stdout
    assert "none in 1, one in 1, two or more in 0" in result.stdout
    assert "no_face 1" in result.stdout
    assert "age, sex, race: not measured" in result.stdout
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["a.png", "b [red].png", "c.png"]
    assert next(iter(rows[0])) == "file"


def test_without_a_file_a_pipe_gets_the_table_alone(folder: Path) -> None:
    result = run("analyze", folder, *LOOK)
    assert [row["file"] for row in csv.DictReader(io.StringIO(result.stdout))] == ["a.png", "b [red].png", "c.png"]
    assert "3 files, 2 readable images" in result.stderr


def test_json_to_a_pipe(folder: Path) -> None:
    rows = json.loads(run("analyze", folder, "--format", "json", *LOOK).stdout)
    assert [(row["file"], row["error"]) for row in rows] == [("a.png", None), ("b [red].png", None), ("c.png", "empty")]


def test_the_format_wins_over_the_ending(folder: Path, tmp_path: Path) -> None:
    result = run("analyze", folder, "--out", tmp_path / "t.csv", "--format", "parquet", *LOOK)
    assert result.exit_code == 0, result.output
    assert pl.read_parquet(tmp_path / "t.csv")["file"].to_list() == ["a.png", "b [red].png", "c.png"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("nowhere",), "is not there"),
        ((".", "--analyzers", "fak"), "did you mean 'fake'"),
        ((".", "--out", "nowhere/t.csv"), "there is no folder"),
        ((".", "--workers", "0"), "workers"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], part: str
) -> None:
    monkeypatch.chdir(folder)
    result = run("analyze", *words)
    assert result.exit_code == 2
    assert part in result.stderr
    assert "Traceback" not in result.output


def test_the_balance_is_a_table_of_all_groups() -> None:
    people = ((25, 0.9), (26, 0.8), (33, 0.1), (71, 0.5))
    rows = Rows([str(n) for n in range(len(people))], ("faces", "age", "sex"))
    for n, (age, sex) in enumerate(people):
        values = {"faces": 1, "age": age, "sex": sex}
        rows.put(n, Seen(width=9, height=9, pixels_sha256=str(n), values=values))
    out = io.StringIO()
    print_summary("photos", summarise(rows.frame()), out)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert ["age", "female", "male", "unsure", "all"] in lines
    assert ["20-29", "0", "2", "0", "2"] in lines
    assert ["70+", "0", "0", "1", "1"] in lines
    assert ["all", "1", "2", "1", "4"] in lines
    assert "most: 20-29 male 2; fewest: 0-2 female 0; 24 of 27 cells empty" in out.getvalue()


@pytest.mark.skipif(os.name == "nt", reason="signals and process groups are POSIX's")
def test_ctrl_c_ends_at_once_and_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    marked(folder / "hangs.png", testing.HANGS)
    table = tmp_path / "t.csv"
    command = [sys.executable, "-m", "agfd", "analyze", str(folder), "--out", str(table), "--analyzers", "fake"]
    pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(command, text=True, start_new_session=True, **pipes)
    assert process.stderr is not None
    assert "4 files, looked at by fake" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate()
    assert process.returncode == 130
    assert "no table was written" in errors
    assert "Traceback" not in errors
    assert out == ""
    assert not table.exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
