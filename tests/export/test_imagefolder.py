"""The folder must load with the library that it is for, with every image and every label."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import agfd
import builders
from agfd import api, images, testing
from agfd.errors import ImageError, UnknownNameError, UsageError, WriteError
from agfd.export import export, file_name, safe_name
from agfd.records import Files
from agfd.store import read_member
from report.synthetic import Dataset, dataset, tile_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agfd.records import Sample

LOAD = """
import json, sys
from datasets import load_dataset
from datasets.utils.logging import disable_progress_bar
disable_progress_bar()
loaded = load_dataset("imagefolder", data_dir=sys.argv[1], split="train", cache_dir=sys.argv[2])
lines = []
for line in loaded:
    image = line.pop("image").convert("RGB")
    for name in {"segmentation", "depth", "normals"} & set(line):
        line[name] = (line[name].mode, line[name].size, line[name].getpixel((5, 3)))
    lines.append({**line, "colour": image.getpixel((0, 0)), "size": image.size})
print(json.dumps(lines))
"""


@pytest.fixture
def tiles(tmp_path: Path) -> Dataset:
    return dataset(tmp_path / "set")


def pairs(tiles: Dataset, *statuses: str) -> Iterator[tuple[Sample, Files]]:
    for sample in tiles.samples:
        if sample.verdict.status in statuses and sample.place is not None:
            yield sample, Files(read_member(tiles.layout, sample.place) if sample.place.size else b"")


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def loaded(out: Path, folder: Path) -> list[dict[str, Any]]:
    """The lines of an exported folder, read by `datasets`."""
    # A process of its own: the library takes its cache and its offline switch from the environment when imported.
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(folder / "hf")}
    run = subprocess.run(
        [sys.executable, "-c", LOAD, str(out), str(folder / "cache")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    lines: list[dict[str, Any]] = json.loads(run.stdout)
    return lines


def known() -> tuple[Sample, Files]:
    """An image of which everything is known but the dense landmarks."""
    plain = builders.sample()
    assert plain.truth is not None
    truth = replace(
        plain.truth,
        values={"gaze_yaw": -7.25},
        landmarks_3d=np.arange(204, dtype=np.float32).reshape(68, 3) / 4,
        landmarks_visible=np.arange(68) < 67,
        intrinsics=np.array([[100.0, 0, 6], [0, 100, 8], [0, 0, 1]]),
    )
    maps = {
        "segmentation": np.full((16, 12), 17, np.uint8),
        "depth": np.full((16, 12), 0.6124, np.float32),
        "normals": np.tile(np.float32((0, 0, -1)), (16, 12, 1)),
    }
    encoded = {name: images.encode_map(name, values) for name, values in maps.items()}
    sample = replace(plain, truth=truth, made={"Seed": "12", "Model": "m"})
    return sample, Files(images.encode_png(builders.pixels()), encoded)


@pytest.mark.slow
def test_loads_with_the_library_datasets(tiles: Dataset, tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    out = tmp_path / "out"
    expected = [sample for sample, _ in pairs(tiles, "accepted")]
    assert export(pairs(tiles, "accepted"), out, "imagefolder") == len(expected)
    lines = loaded(out, tmp_path)
    assert [line["id"] for line in lines] == [sample.request.id for sample in expected]
    for line, sample in zip(lines, expected, strict=True):
        request = sample.request
        assert (line["row"], line["sex"], line["race"]) == (request.row, request.sex, request.race)
        assert line["status"] == "accepted"
        assert (line["person"], line["scene"]) == (str(request.person), str(request.scene))
        assert line["asked_age"] == request.attributes["age"]
        assert line["asked_eyewear"] == request.attributes.get("eyewear")
        assert line["source_age"] == "measured"
        assert line["measured_yaw"] == -11.5
        assert line["true_eyes"] == "open"
        assert line["prompt"] == request.prompt
        assert line["made"] is None
        assert line["colour"] == tile_of(request)[0, 0].tolist()
        assert line["size"] == [48, 64]
        assert not {"segmentation", "depth", "normals"} & set(line)


@pytest.mark.slow
def test_maps_and_truth_load_with_the_library_datasets(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    assert export(iter([known()]), tmp_path / "out", "imagefolder") == 1
    (line,) = loaded(tmp_path / "out", tmp_path)
    assert line["segmentation"] == ["P", [12, 16], 17]
    assert line["depth"][0].startswith("I")
    assert line["depth"][1:] == [[12, 16], 6124]
    assert line["normals"] == ["RGB", [12, 16], [128, 128, 1]]
    truth = known()[0].truth
    assert truth is not None
    np.testing.assert_array_equal(np.reshape(line["true_landmarks"], (-1, 2)), truth.landmarks)
    np.testing.assert_array_equal(np.reshape(line["true_landmarks_3d"], (-1, 3)), truth.landmarks_3d)
    assert line["true_landmarks_visible"] == [True] * 67 + [False]
    assert line["true_intrinsics"] == [100, 0, 6, 0, 100, 8, 0, 0, 1]
    assert line["true_gaze_yaw"] == -7.25
    assert line["true_eyewear"] == "glasses"
    assert line["true_dense"] is None
    assert line["made"] == [{"name": "Seed", "value": "12"}, {"name": "Model", "value": "m"}]


def test_maps_are_written_as_they_lie_in_the_store(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(testing.TINY + "truths: [depth, segmentation]\n", encoding="utf-8")
    built = agfd.build(
        str(tmp_path / "recipe.yaml"), tmp_path / "set", generator="fake", workers=1, rows=("hair.bald",)
    )
    assert api.export_dataset(built, "imagefolder", tmp_path / "out") == len(built) == 6
    written = files(tmp_path / "out")
    assert len(written) == 1 + 3 * 6
    lines = pq.read_table(tmp_path / "out/train/metadata.parquet").to_pylist()
    for sample, line in zip(built, lines, strict=True):
        for name in ("depth", "segmentation"):
            assert line[f"{name}_file_name"] == f"maps/{name}/hair.bald/{sample.request.id}.png"
            there = images.decode_map(name, written[f"train/{line[f'{name}_file_name']}"])
            np.testing.assert_array_equal(there, built.truth_map(sample, name))


def test_images_with_other_maps_than_the_first_are_refused(tmp_path: Path) -> None:
    sample, kept = known()
    with pytest.raises(UsageError, match="one build"):
        export(iter([(sample, kept), (sample, Files(kept.image))]), tmp_path / "out", "imagefolder")
    assert not (tmp_path / "out").exists()


def test_files_hold_the_stored_bytes_in_a_folder_for_each_row(tiles: Dataset, tmp_path: Path) -> None:
    export(pairs(tiles, "accepted"), tmp_path / "out", "imagefolder")
    written = files(tmp_path / "out")
    table = pq.read_table(tmp_path / "out/train/metadata.parquet")
    expected = {f"train/{s.request.row}/{s.request.id}.png": kept.image for s, kept in pairs(tiles, "accepted")}
    assert {name: data for name, data in written.items() if name.endswith(".png")} == expected
    assert {f"train/{name}" for name in table["file_name"].to_pylist()} == set(expected)
    assert len(written) == len(expected) + 1
    assert b"digitalSourceType".lower() in next(iter(expected.values())).lower()


def test_columns_are_the_same_whatever_is_exported(tiles: Dataset, tmp_path: Path) -> None:
    export(pairs(tiles, "accepted"), tmp_path / "some", "imagefolder")
    export(iter(()), tmp_path / "none", "imagefolder")
    some, none = (pq.read_table(tmp_path / name / "train/metadata.parquet") for name in ("some", "none"))
    assert some.schema == none.schema
    assert none.num_rows == 0
    assert {"reasons", "asked_yaw", "true_yaw", "source_yaw", "measured_yaw"} <= set(some.column_names)


def test_rejected_images_come_with_their_verdict(tmp_path: Path) -> None:
    tiles = dataset(tmp_path / "set", keep_all=True)
    number = export(pairs(tiles, "accepted", "rejected"), tmp_path / "out", "imagefolder")
    table = pq.read_table(tmp_path / "out/train/metadata.parquet")
    statuses = Counter(s.verdict.status for s in tiles.samples)
    assert number == statuses["accepted"] + statuses["rejected"]
    assert Counter(table["status"].to_pylist()) == {k: v for k, v in statuses.items() if k != "failed"}
    reasons = [tuple(r) for r in table["reasons"].to_pylist()]
    assert reasons == [s.verdict.reasons for s in tiles.samples if s.verdict.status != "failed"]


def test_an_image_without_full_pixels_is_an_error_and_leaves_nothing(tiles: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--keep all"):
        export(pairs(tiles, "accepted", "rejected"), tmp_path / "out", "imagefolder")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["set"]


def test_the_same_dataset_gives_the_same_bytes(tiles: Dataset, tmp_path: Path) -> None:
    for name in ("one", "other"):
        export(pairs(tiles, "accepted"), tmp_path / name, "imagefolder")
    assert files(tmp_path / "one") == files(tmp_path / "other")


def test_an_empty_folder_is_used_and_a_full_one_refused(tiles: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    export(pairs(tiles, "accepted"), out, "imagefolder")
    before = files(out)
    with pytest.raises(UsageError, match="is not empty"):
        export(pairs(tiles, "accepted"), out, "imagefolder")
    assert files(out) == before
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is a file"):
        export(pairs(tiles, "accepted"), file, "imagefolder")


def test_parents_are_made_and_an_unwritable_place_is_named(tiles: Dataset, tmp_path: Path) -> None:
    export(pairs(tiles, "accepted"), tmp_path / "a/b/out", "imagefolder")
    assert (tmp_path / "a/b/out/train/metadata.parquet").is_file()
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(WriteError, match="cannot write"):
        export(pairs(tiles, "accepted"), tmp_path / "file/out", "imagefolder")


def test_an_unknown_format_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="imagefolder"):
        export(iter(()), tmp_path / "out", "imagefolders")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["age.child", "A-1", "x" * 80])
def test_plain_names_stay(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "name", ["../../etc", "a/b", "", ".hidden", "dot.", "a b", "x" * 81, "männlich", "a\\b", "a\n"]
)
def test_other_names_become_one_safe_part_of_a_path(name: str, tmp_path: Path) -> None:
    safe = safe_name(name)
    assert (tmp_path / safe).resolve().parent == tmp_path.resolve()
    assert safe.replace("-", "").replace("_", "").isascii()
    assert safe_name(name + "!") != safe


def test_the_ending_follows_the_bytes(tiles: Dataset) -> None:
    from PIL import Image

    sample, kept = next(pairs(tiles, "accepted"))
    assert file_name(sample, kept.image).endswith(".png")
    for form, ending in (("JPEG", ".jpg"), ("WEBP", ".webp")):
        out = io.BytesIO()
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(out, form)
        assert file_name(sample, out.getvalue()).endswith(ending)
        assert images.decode(out.getvalue()).shape == (8, 8, 3)
    with pytest.raises(ImageError, match="neither PNG"):
        file_name(sample, b"GIF89a")
