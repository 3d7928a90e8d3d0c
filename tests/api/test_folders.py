"""A folder of anybody's images, looked at by worker processes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image as Pillow
from PIL import ImageFilter

import agfd
from agfd import api, models, testing
from agfd.errors import ModelsMissingError, UnknownNameError, UsageError
from builders import pixels
from planted import PLANTED, plant


def marked(folder: Path, name: str, colour: tuple[int, int, int]) -> None:
    picture = pixels(sum(colour) + len(name))
    picture[0, 0] = colour
    Pillow.fromarray(picture).save(folder / name)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = plant(tmp_path_factory.mktemp("planted") / "folder")
    (folder / "below").mkdir()
    (folder / "below" / "again.png").write_bytes(PLANTED["plain.png"][0])
    marked(folder, "raises.png", testing.RAISES)
    marked(folder, "kills.png", testing.KILLS)
    return folder


@pytest.fixture(scope="module")
def table(planted: Path) -> pl.DataFrame:
    return agfd.analyze_folder(planted, analyzers="fake", workers=2)


def test_every_file_has_one_row(table: pl.DataFrame) -> None:
    assert table["file"].to_list() == sorted([*PLANTED, "below/again.png", "raises.png", "kills.png"])


def test_every_fault_is_named(table: pl.DataFrame) -> None:
    rows = {row["file"]: row for row in table.iter_rows(named=True)}
    troubled = {"raises.png": "analyzer_error", "kills.png": "crash"}
    named = {name: (troubled.get(name, error), notes) for name, (_, error, notes) in PLANTED.items()}
    assert {name: (rows[name]["error"], rows[name]["notes"]) for name in PLANTED} == named
    assert rows["raises.png"]["message"] == "fake: RuntimeError: the fake was told to raise"
    assert rows["kills.png"]["error"] == "crash"
    assert all(row["message"] for row in rows.values() if row["error"])


def test_measurements_stand_where_there_are_pixels(table: pl.DataFrame) -> None:
    measured = table.filter(pl.col("error").is_null())
    assert measured.height > 15
    assert measured["luminance"].null_count() == 0
    assert table.filter(pl.col("error").is_not_null())["luminance"].null_count() == table.height - measured.height


def test_the_same_pixels_in_other_formats_are_duplicates(table: pl.DataFrame) -> None:
    again = dict(table.filter(pl.col("duplicate_of").is_not_null()).select("file", "duplicate_of").iter_rows())
    names = ("plain.bmp", "plain.png", "plain.ppm", "plain.tif")
    assert {again.get(name) for name in names} == {"below/again.png"}


def test_the_table_is_the_same_for_any_number_of_workers(planted: Path, table: pl.DataFrame) -> None:
    assert agfd.analyze_folder(planted, analyzers="fake", workers=1).equals(table)


def test_a_file_that_hangs_is_given_up(tmp_path: Path) -> None:
    marked(tmp_path, "hangs.png", testing.HANGS)
    frame = agfd.analyze_folder(tmp_path, analyzers="fake", workers=1, item_timeout=1)
    assert frame["error"].to_list() == ["timeout"]


def test_events_count_every_file(planted: Path, tmp_path: Path) -> None:
    events: list[api.SurveyEvent] = []
    marked(tmp_path, "a.png", (255, 0, 0))
    (tmp_path / "b.png").touch()
    agfd.analyze_folder(tmp_path, analyzers="fake", workers=2, on_event=events.append)
    assert events[0] == api.SurveyBegan(2, ("fake",))
    assert {event.error for event in events[1:] if isinstance(event, api.FileSeen)} == {None, "empty"}


def test_the_table_is_written_and_not_looked_at(tmp_path: Path) -> None:
    marked(tmp_path, "a.png", (255, 0, 0))
    out = tmp_path / "table.parquet"
    frames = [agfd.analyze_folder(tmp_path, analyzers="fake", workers=1, out=out) for _ in range(2)]
    assert frames[0].equals(frames[1])
    assert pl.read_parquet(out).equals(frames[0])
    assert frames[0]["file"].to_list() == ["a.png"]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"folder": "nowhere"}, "is not there"),
        ({"folder": "a.png"}, "is no folder"),
        ({"folder": "empty"}, "holds no files"),
        ({"out": "nowhere/table.csv"}, "there is no folder"),
        ({"out": "empty"}, "name a file"),
        ({"workers": 0}, "workers"),
        ({"worker": 2}, "no option 'worker'"),
    ],
)
def test_a_mistake_is_said_at_once(tmp_path: Path, change: dict[str, object], part: str) -> None:
    marked(tmp_path, "a.png", (255, 0, 0))
    (tmp_path / "empty").mkdir()
    given = {"folder": ".", "analyzers": "fake", **change}
    for name in {"folder", "out"} & set(given):
        given[name] = tmp_path / str(given[name])
    with pytest.raises(UsageError, match=part):
        agfd.analyze_folder(**given)  # type: ignore[arg-type]


def test_an_unknown_analyzer_names_the_nearest(tmp_path: Path) -> None:
    marked(tmp_path, "a.png", (255, 0, 0))
    with pytest.raises(UnknownNameError, match="did you mean 'basic'"):
        agfd.analyze_folder(tmp_path, analyzers="basik")


def test_without_weights_the_command_that_helps_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marked(tmp_path, "a.png", (255, 0, 0))
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path / "none"))
    with pytest.raises(ModelsMissingError, match="agfd models install"):
        agfd.analyze_folder(tmp_path)
    with pytest.raises(UsageError, match="agfd models install"):
        agfd.analyze_folder(tmp_path, analyzers="basic", workers=1)


@pytest.fixture(scope="module")
def portrait() -> Pillow.Image:
    """A sample portrait; skipped where there is none, or no weights to look at it."""
    root = os.environ.get("AGFD_FACES")
    if not root:
        pytest.skip("AGFD_FACES does not name a folder of sample faces")
    missing = [name for name in ("centerface", "face_mesh", "eye_contours") if models.installed(name) is None]
    if missing:
        pytest.skip(f"weights are not installed ({', '.join(missing)}); run: agfd models install")
    files = sorted((Path(root) / "generated_stylegan2").glob("*.jpg"))
    if not files:
        pytest.skip(f"there are no sample faces in {root}")
    return Pillow.open(files[0]).convert("RGB").resize((512, 512))


def test_what_is_wrong_with_faces_is_named(portrait: Pillow.Image, tmp_path: Path) -> None:
    wide = Pillow.new("RGB", (1024, 512))
    wide.paste(portrait, (0, 0))
    wide.paste(portrait.transpose(Pillow.Transpose.FLIP_LEFT_RIGHT), (512, 0))
    values = np.asarray(portrait).astype(np.float32)
    rng = np.random.default_rng(1)
    faults = {
        "a.png": (portrait, None),
        "black.png": (Pillow.new("RGB", (512, 512)), "blank;no_face"),
        "blur.png": (portrait.filter(ImageFilter.GaussianBlur(8)), "blurred"),
        "half.png": (portrait.crop((0, 0, 260, 512)), "half_face"),
        "dark.png": (portrait.point(lambda value: value // 12), "too_dark"),
        "static.png": (Pillow.fromarray(pixels(1, (512, 512))), "no_face"),
        "noise.png": (np.clip(values + rng.normal(0, 15, values.shape), 0, 255), "noisy"),
        "two.png": (wide, "more_faces"),
    }
    for name, (picture, _) in faults.items():
        made = Pillow.fromarray(picture.astype(np.uint8)) if isinstance(picture, np.ndarray) else picture
        made.save(tmp_path / name)
    frame = agfd.analyze_folder(tmp_path, analyzers="basic", workers=1)
    found = dict(frame.select("file", "issues").iter_rows())
    for name, (_, issue) in faults.items():
        wanted = set(issue.split(";")) if issue else set()
        assert wanted <= set((found[name] or "").split(";")), name
    assert found["a.png"] is None
