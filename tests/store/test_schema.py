from dataclasses import replace
from typing import get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agfd import vocabulary
from agfd.records import MapFile, Measurement, Measurements, Place, Sample, Source, Truth, Verdict
from agfd.store import VERSION, schema, to_row, to_sample
from builders import request, sample

MAPS = (MapFile("depth", 2048, 512, "d" * 64), MapFile("normals", 4096, 2**33, "e" * 64))
PLACE = Place("000001-000000.tar", 512, 0, 1024, 2**33, 64, 48, "a" * 64, "b" * 64, "c" * 64, MAPS)


def there_and_back(full: Sample) -> Sample:
    table = pa.Table.from_pylist([to_row(full)], schema=schema())
    return to_sample(table.to_pylist()[0])


def assert_equal(one: Sample, other: Sample) -> None:
    assert (one.request, one.verdict, one.place) == (other.request, other.verdict, other.place)
    assert one.made == other.made
    assert (one.truth is None, one.measurements is None) == (other.truth is None, other.measurements is None)
    if one.truth and other.truth:
        assert (one.truth.attributes, one.truth.box) == (other.truth.attributes, other.truth.box)
        assert (one.truth.landmarks is None) == (other.truth.landmarks is None)
        if one.truth.landmarks is not None:
            np.testing.assert_array_equal(one.truth.landmarks, other.truth.landmarks, strict=True)
    if one.measurements and other.measurements:
        assert one.measurements.values == other.measurements.values
        assert one.measurements.codes == other.measurements.codes
        assert set(one.measurements.vectors) == set(other.measurements.vectors)
        for name, vector in one.measurements.vectors.items():
            np.testing.assert_array_equal(vector, other.measurements.vectors[name], strict=True)
        assert set(one.measurements.points) == set(other.measurements.points)
        for name, points in one.measurements.points.items():
            np.testing.assert_array_equal(points, other.measurements.points[name], strict=True)


SAMPLES = {
    "full": sample(place=PLACE),
    "failed": sample(verdict=Verdict("failed", (), "it broke\nin two lines"), truth=None, measurements=None),
    "rejected": sample(verdict=Verdict("rejected", ("no_face", "blurred"), None, {"age": "asked"})),
    "no landmarks": sample(truth=Truth({"age": 25})),
    "landmarks alone": sample(truth=Truth({}, np.ones((68, 2), np.float32))),
    "a box alone": sample(truth=Truth({}, None, (0.0, 0.0, 1.0, 1.0))),
    "no points": sample(measurements=Measurements({"faces": Measurement(0.0, 0.5)})),
    "twins": sample(request=request(twin_group="t1", person=2**63 - 1)),
    "points alone": sample(measurements=Measurements({}, {"five": np.ones((5, 2), np.float32)})),
    "seen nothing": sample(measurements=None),
    "a vector alone": sample(measurements=Measurements(vectors={"identity": np.float16([0.6, -0.8])})),
    "two opinions": sample(measurements=Measurements({"age": Measurement(30.0, 0.5, second=44.0)})),
    "for review": sample(verdict=Verdict("accepted", (), None, {"age": "asked"}, ("age", "sex"))),
    "made": sample(made={"Seed": "4294967295", "Model": 'a "b", c'}),
    "codes alone": sample(measurements=Measurements(codes={"dhash": 2**64 - 1, "phash": 0})),
}


@pytest.mark.parametrize("full", SAMPLES.values(), ids=SAMPLES)
def test_a_sample_comes_back_as_it_was(full: Sample) -> None:
    assert_equal(there_and_back(full), full)


single = st.floats(width=32, allow_nan=False, allow_infinity=False)


def values_of(entry: vocabulary.Attribute) -> st.SearchStrategy[object]:
    if isinstance(entry, vocabulary.Choice):
        return st.sampled_from(entry.values)
    if entry.integer:
        return st.integers(int(entry.low), int(entry.high))
    return st.floats(entry.low, entry.high)


NAMES = sorted(vocabulary.ATTRIBUTES)
attributes = st.fixed_dictionaries({}, optional={name: values_of(vocabulary.ATTRIBUTES[name]) for name in NAMES})
sources = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(get_args(Source)))
measured_values = st.builds(Measurement, single, st.floats(0, 1, width=32))
seen = st.dictionaries(st.sampled_from(sorted(vocabulary.MEASUREMENTS)), measured_values, min_size=1)


@settings(deadline=None)
@given(attributes, attributes, sources, seen, st.text(), st.lists(st.text(max_size=9), max_size=3))
def test_any_sample_comes_back_as_it_was(
    asked: dict[str, object], true: dict[str, object], known: dict[str, object], measured: dict[str, Measurement],
    text: str, reasons: list[str],
) -> None:  # fmt: skip
    full = sample(
        request=request(attributes=asked, prompt=text, negative_prompt=text, row=text, variant=text),
        verdict=Verdict("rejected", tuple(reasons), text, known, (), tuple(reversed(reasons))),
        truth=Truth(true, np.zeros((68, 2), np.float32)) if true else None,
        measurements=Measurements(measured),
    )
    assert_equal(there_and_back(full), full)


def test_every_attribute_and_measurement_has_its_columns() -> None:
    names = set(schema().names)
    assert {f"{prefix}_{name}" for prefix in ("asked", "true", "source") for name in vocabulary.ATTRIBUTES} <= names
    assert {f"{prefix}_{name}" for prefix in ("measured", "confidence") for name in vocabulary.MEASUREMENTS} <= names
    assert {f"code_{name}" for name in vocabulary.CODES} <= names
    assert len(names) == len(schema().names)
    assert schema().metadata == {b"agfd": str(VERSION).encode()}


@pytest.mark.parametrize("full", SAMPLES.values(), ids=SAMPLES)
def test_rows_use_columns_of_the_schema_only(full: Sample) -> None:
    assert set(to_row(full)) <= set(schema().names)


def test_every_array_of_a_truth_comes_back() -> None:
    rng = np.random.default_rng(0)
    arrays = {
        "landmarks_3d": rng.normal(size=(68, 3)).astype(np.float32),
        "landmarks_visible": rng.random(68) < 0.5,
        "dense": rng.normal(size=(478, 2)).astype(np.float32),
        "dense_3d": rng.normal(size=(478, 3)).astype(np.float32),
        "dense_visible": rng.random(478) < 0.5,
        "intrinsics": rng.normal(size=(3, 3)),
        "extrinsics": rng.normal(size=(3, 4)),
        "looks": rng.normal(size=(2, 3)).astype(np.float32),
        "main_light": rng.random((2, 3)).astype(np.float32),
    }
    values = {name: float(i) / 3 for i, name in enumerate(vocabulary.QUANTITIES)}
    full = sample(truth=Truth({"gaze": "left"}, values=values, **arrays), request=request(truths=("depth", "dense")))
    again = there_and_back(full)
    assert again.request == full.request
    assert again.truth is not None
    assert again.truth.values == values
    for name, array in arrays.items():
        np.testing.assert_array_equal(getattr(again.truth, name), array, strict=True)


def test_rows_of_an_older_store_are_read() -> None:
    row = sample(place=replace(PLACE, maps=()))
    later = {"truths", "maps", "made", *(f"code_{name}" for name in vocabulary.CODES)}
    later |= {*(f"true_{name}" for name in (*vocabulary.QUANTITIES, "looks", "dense", "intrinsics"))}
    table = pa.Table.from_pylist([to_row(row)], schema=schema()).drop_columns(sorted(later))
    assert_equal(to_sample(table.to_pylist()[0]), row)
