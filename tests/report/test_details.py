"""Everything that is known of one image: each part where it stands, nothing that nobody knows."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import builders
from agfd import vocabulary
from agfd.records import MapFile, Measurement, Measurements, Place, Sample, Settings, Truth, Verdict
from agfd.report.details import columns, detail, number
from agfd.store import schema, to_row

RECIPE = builders.recipe()
PLACE = Place("000001-000000.tar", 512, 900, 2048, 300, 200, 100, "ab" * 32, "cd" * 32, "ef" * 32)


def row_of(sample: Sample) -> dict[str, Any]:
    """The row as it is read back from the store, with every column."""
    import pyarrow as pa

    (row,) = pa.Table.from_pylist([to_row(sample)], schema=schema()).select(columns()).to_pylist()
    return dict(row)


def address(kind: str, image: str) -> str | None:
    return f"{kind}/{image}"


def told(sample: Sample) -> dict[str, Any]:
    found = detail(row_of(sample), RECIPE, address)
    # What is ready for JSON is the same when it comes back from there.
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


def measured(**values: float) -> Measurements:
    return Measurements({name: Measurement(value, 0.123456, None) for name, value in values.items()})


def test_the_row_of_the_recipe_and_the_request_are_told() -> None:
    found = told(builders.sample())
    request = builders.sample().request
    for name in ("id", "row", "variant", "sex", "race", "slot", "attempt", "twin_group", "prompt", "negative_prompt"):
        assert found[name] == getattr(request, name)
    assert (found["feature"], found["group"]) == ("Glasses", "Eyes")
    assert (found["status"], found["reasons"], found["error"], found["review"]) == ("accepted", [], None, [])
    assert found["settings"] == {
        "sampler": "DPM++ 2M Karras", "steps": 20, "cfg_scale": 7.1, "width": 64, "height": 64,
    }  # fmt: skip


def test_seeds_are_text_for_javascript_has_not_the_bits() -> None:
    found = told(builders.sample())
    assert (found["person"], found["scene"]) == (str(2**62 + 1), "7")


def test_asked_measured_and_true_stand_side_by_side_with_their_source() -> None:
    seen = measured(age=31.23456, sex=0.2, expression_smile=0.7, expression_neutral=0.3)
    sample = builders.sample(
        measurements=seen, truth=Truth({"age": 26, "eyes": "open"}),
        verdict=Verdict("accepted", (), None, {"age": "constructed", "sex": "measured"}, ("sex",)),
    )  # fmt: skip
    found = told(sample)
    attributes = {entry.pop("name"): entry for entry in found["attributes"]}
    assert attributes["age"] == {"asked": 25, "measured": 31.23, "true": 26, "source": "constructed"}
    assert attributes["sex"] == {"asked": "male", "measured": "female", "true": None, "source": "measured"}
    assert attributes["expression"] == {"asked": None, "measured": "smile", "true": None, "source": None}
    assert attributes["eyes"] == {"asked": None, "measured": None, "true": "open", "source": None}
    assert "mask" not in attributes
    assert list(attributes) == [name for name in vocabulary.ATTRIBUTES if name in attributes]
    assert found["review"] == ["sex"]


def test_one_score_makes_no_word() -> None:
    found = told(builders.sample(measurements=measured(expression_smile=0.7), truth=None))
    assert "expression" not in {entry["name"] for entry in found["attributes"]}


def test_measurements_have_confidence_and_second_opinion_in_the_vocabularys_order() -> None:
    values = {"yaw": Measurement(-11.51234, 0.75, -8.00001), "faces": Measurement(1.0)}
    found = told(builders.sample(measurements=Measurements(values)))
    assert found["measurements"] == [["faces", 1, 1, None], ["yaw", -11.51, 0.75, -8]]


def test_reasons_say_what_they_mean_by_the_rules_of_the_row() -> None:
    verdict = Verdict("rejected", ("blurred", "surplus", "never_heard_of"))
    found = told(builders.sample(verdict=verdict))
    assert found["reasons"] == [
        {"code": "blurred", "meaning": "sharpness below 5"},
        {"code": "surplus", "meaning": "passed, but a better image holds the place"},
        {"code": "never_heard_of", "meaning": ""},
    ]


def test_geometry_is_in_pixels_to_a_tenth() -> None:
    truth = Truth(
        {"yaw": 12.3456, "pitch": -1.0, "roll": 0.0},
        landmarks=np.full((68, 2), 10.26, dtype=np.float32),
        landmarks_visible=np.arange(68) % 2 == 0,
        dense=np.full((478, 2), 3.0, dtype=np.float32),
        box=(1.04, 2.06, 30.5, 40.25),
        looks=np.array([[0.1, 0.2, -0.97], [0.3, 0.4, -0.87]], dtype=np.float32),
        main_light=np.array([[0.123456, -0.9, -0.1], [1, 0.9, 0.8]], dtype=np.float32),
        values={"gaze_yaw": 4.56789},
    )
    seen = measured(face_x=0.25, face_y=0.1, face_width=0.5, face_height=0.7, yaw=9.0)
    found = told(builders.sample(truth=truth, measurements=seen, place=PLACE))
    assert found["size"] == [200, 100]
    assert found["box"] == [1, 2.1, 30.5, 40.2]
    assert found["face"] == [50, 10, 150, 80]
    assert found["landmarks"] == [10.3] * 136
    assert found["visible"] == "10" * 34
    assert found["dense"] == [3] * 956
    assert found["pose"] == {"yaw": 12.35, "pitch": -1, "roll": 0, "source": "true"}
    assert found["looks"] == [[0.1, 0.2, -0.97], [0.3, 0.4, -0.87]]
    assert found["light"] == [0.1235, -0.9, -0.1]
    assert found["quantities"] == {"gaze_yaw": 4.568}


def test_without_a_truth_the_pose_is_the_measured_one() -> None:
    sample = builders.sample(truth=None, measurements=measured(yaw=9.0, pitch=1.5))
    assert told(sample)["pose"] == {"yaw": 9, "pitch": 1.5, "roll": None, "source": "measured"}
    assert told(replace(sample, measurements=None))["pose"] is None


def test_the_five_points_are_the_analyzers() -> None:
    assert told(builders.sample())["points"] == {"five": list(range(10))}
    assert told(builders.sample(measurements=None))["points"] == {}


def test_only_what_lies_in_the_store_has_an_address() -> None:
    sample = builders.sample()
    whole = replace(PLACE, maps=(MapFile("segmentation", 1, 2, "x"),))
    assert told(replace(sample, place=whole))["thumb"] == f"thumb/{sample.request.id}"
    assert told(replace(sample, place=whole))["full"] == f"full/{sample.request.id}"
    assert told(replace(sample, place=whole))["maps"] == {"segmentation": f"segmentation/{sample.request.id}"}
    for place in (replace(PLACE, size=0), None):
        found = told(replace(sample, place=place))
        assert (found["full"], found["maps"]) == (None, {})
        assert (found["thumb"] is None) == (place is None)
    assert detail(row_of(replace(sample, place=whole)), RECIPE, lambda *_: None)["maps"] == {}


def test_what_the_safety_screen_refused_is_no_picture_whatever_lies_there() -> None:
    found = told(builders.sample(verdict=Verdict("rejected", ("unsafe",)), place=PLACE))
    assert (found["thumb"], found["full"], found["maps"]) == (None, None, {})
    assert found["reproduce"] is None


def test_hashes_are_hexadecimal_and_a_file_that_was_not_kept_has_none() -> None:
    codes = Measurements({}, {}, {"dhash": 2**64 - 1, "phash": 10})
    found = told(builders.sample(measurements=codes, place=PLACE))
    assert found["hashes"] == {
        "pixels_sha256": "ab" * 32, "file_sha256": "cd" * 32, "dhash": "f" * 16, "phash": f"{10:016x}",
    }  # fmt: skip
    assert told(builders.sample(place=replace(PLACE, size=0)))["hashes"]["file_sha256"] is None


def test_the_command_leaves_the_folder_open() -> None:
    assert told(builders.sample())["reproduce"] == f"agfd reproduce DIR {'0' * 32}"


def test_what_the_generator_says_of_itself_is_told() -> None:
    made = {"Seed": "12", "Model": "sd <b>"}
    assert told(builders.sample(made=made))["made"] == made


def test_nobody_told_how_an_imported_picture_was_made() -> None:
    request = builders.request(settings=Settings(0, 0, "", 0, 0.0))
    assert told(builders.sample(request=request))["settings"] is None


def test_a_failed_request_has_what_was_asked_and_nothing_else() -> None:
    verdict = Verdict("failed", ("crash",), "the worker died")
    found = told(Sample(builders.request(), verdict))
    assert found["error"] == "the worker died"
    assert [entry["asked"] for entry in found["attributes"]] == [25, "male", "Indian", -12.3, "glasses"]
    empty = {name for name, value in found.items() if value is None or value in ([], {})}
    assert empty == {
        "twin_group", "overruled", "review", "measurements", "quantities", "made", "size", "box", "face", "points",
        "landmarks", "visible", "dense", "pose", "looks", "light", "thumb", "full", "maps",
    }  # fmt: skip


def test_an_old_row_without_later_columns_and_a_row_that_left_the_recipe_are_told_too() -> None:
    request = builders.request(row="gone")
    row = row_of(builders.sample(request=request, verdict=Verdict("rejected", ("blurred",)), place=PLACE))
    late = ("second", "made", "review", "maps", "points_five", "true_looks", "measured_nsfw", "code_dhash")
    found = detail({name: value for name, value in row.items() if name not in late}, RECIPE, address)
    assert (found["feature"], found["group"]) == ("gone", "")
    assert found["reasons"] == [{"code": "blurred", "meaning": ""}]
    assert (found["made"], found["review"], found["maps"], found["looks"]) == ({}, [], {}, None)


@pytest.mark.parametrize(
    ("value", "short"),
    [(1234.56, 1235), (0.000123456, 0.0001235), (2.0, 2), (-0.0, 0), (math.nan, None), (math.inf, None), (None, None)],
)
def test_numbers_have_four_digits(value: float | None, short: float | None) -> None:
    assert number(value) == short
    assert isinstance(number(value), int) == isinstance(short, int)
