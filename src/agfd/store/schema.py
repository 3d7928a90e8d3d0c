"""The columns of the store: a `Sample` as one flat row and back."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

from agfd import vocabulary
from agfd.records import MapFile, Measurement, Measurements, Place, Request, Sample, Settings, Truth, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pyarrow as pa

    from agfd.records import Attributes

VERSION = 6
PLACE = tuple(name for name in Place.__dataclass_fields__ if name != "maps")
# The arrays of a truth: what they are made of, and their shape.
_ARRAYS: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "landmarks": ("float32", (-1, 2)),
    "landmarks_3d": ("float32", (-1, 3)),
    "landmarks_visible": ("bool", (-1,)),
    "dense": ("float32", (-1, 2)),
    "dense_3d": ("float32", (-1, 3)),
    "dense_visible": ("bool", (-1,)),
    "intrinsics": ("float64", (3, 3)),
    "extrinsics": ("float64", (3, 4)),
    "looks": ("float32", (2, 3)),
    "main_light": ("float32", (2, 3)),
}
_PLAIN = tuple(name for name in Request.__dataclass_fields__ if name not in {"attributes", "settings", "truths"})
_SETTINGS = tuple(Settings.__dataclass_fields__)


@cache
def schema() -> pa.Schema:
    """The Arrow schema of a row.

    `asked_*`, `true_*` and `source_*` have one column for each attribute of the vocabulary, `measured_*` and
    `confidence_*` one for each measurement, `code_*` one for each code, `vector_*` one for each
    vector (little-endian float16); the arrays of a truth are flat lists; what does not apply is null.
    """
    import pyarrow as pa

    text, real = pa.string(), pa.float32()
    fields: list[tuple[str, pa.DataType]] = [
        *((name, text) for name in ("id", "row", "sex", "race", "variant", "twin_group", "prompt", "negative_prompt")),
        ("slot", pa.int32()),
        ("attempt", pa.int16()),
        ("person", pa.int64()),
        ("scene", pa.int64()),
        *((f"settings_{name}", _settings_type(pa, name)) for name in _SETTINGS),
        ("status", text),
        ("reasons", pa.list_(text)),
        ("error", text),
        ("review", pa.list_(text)),
        ("overruled", pa.list_(text)),
    ]
    for prefix in ("asked", "true"):
        fields += [(f"{prefix}_{name}", _value_type(pa, entry)) for name, entry in vocabulary.ATTRIBUTES.items()]
    fields += [(f"source_{name}", text) for name in vocabulary.ATTRIBUTES]
    # In full precision: judging again must come to the same verdict exactly at a bound.
    fields += [(f"measured_{name}", pa.float64()) for name in vocabulary.MEASUREMENTS]
    fields += [(f"confidence_{name}", real) for name in vocabulary.MEASUREMENTS]
    # Few measurements have a second opinion: a column for each would be empty.
    fields.append(("second", pa.list_(pa.struct([("name", text), ("value", pa.float64())]))))
    # Names that each generator chooses: they cannot be columns.
    fields.append(("made", pa.list_(pa.struct([("name", text), ("value", text)]))))
    fields += [(f"code_{name}", pa.uint64()) for name in vocabulary.CODES]
    fields += [(f"vector_{name}", pa.binary()) for name in vocabulary.VECTORS]
    fields += [(f"true_{name}", pa.float64()) for name in vocabulary.QUANTITIES]
    kinds = {"float32": real, "float64": pa.float64(), "bool": pa.bool_()}
    fields += [(f"true_{name}", pa.list_(kinds[kind])) for name, (kind, _) in _ARRAYS.items()]
    fields += [("true_box", pa.list_(real)), ("points_five", pa.list_(real)), ("truths", pa.list_(text))]
    place = {"name": text, "offset": pa.int64(), "size": pa.int64(), "sha256": text}
    fields.append(("maps", pa.list_(pa.struct(list(place.items())))))
    fields += [(name, text if name == "shard" or name.endswith("sha256") else pa.int64()) for name in PLACE]
    return pa.schema(fields, metadata={b"agfd": str(VERSION).encode()})


def _settings_type(pa: Any, name: str) -> Any:
    return {"sampler": pa.string(), "cfg_scale": pa.float64()}.get(name, pa.int32())


def _value_type(pa: Any, entry: vocabulary.Attribute) -> Any:
    if isinstance(entry, vocabulary.Choice):
        return pa.string()
    # Doubles: a request that is read back must be the very one that was planned, 12.3 degrees and not 12.30000019.
    return pa.int16() if entry.integer else pa.float64()


def to_row(sample: Sample) -> dict[str, Any]:
    """One sample as a row; columns that do not apply are left out (null)."""
    request, verdict = sample.request, sample.verdict
    row: dict[str, Any] = {name: getattr(request, name) for name in _PLAIN}
    row["truths"] = list(request.truths)
    row.update({f"settings_{name}": getattr(request.settings, name) for name in _SETTINGS})
    row.update(status=verdict.status, reasons=list(verdict.reasons), error=verdict.error, review=list(verdict.review))
    row["overruled"] = list(verdict.overruled)
    row.update({f"asked_{name}": value for name, value in request.attributes.items()})
    row.update({f"source_{name}": source for name, source in verdict.sources.items()})
    if sample.truth:
        row.update({f"true_{name}": value for name, value in sample.truth.attributes.items()})
        row.update({f"true_{name}": value for name, value in sample.truth.values.items()})
        for name in _ARRAYS:
            array = getattr(sample.truth, name)
            row[f"true_{name}"] = None if array is None else array.ravel()
        row["true_box"] = list(sample.truth.box) if sample.truth.box else None
    if sample.measurements:
        row.update(_seen(sample.measurements))
    if sample.made:
        row["made"] = [{"name": name, "value": value} for name, value in sample.made.items()]
    if sample.place:
        row.update({name: getattr(sample.place, name) for name in PLACE})
        row["maps"] = [asdict(file) for file in sample.place.maps]
    return row


def _seen(seen: Measurements) -> dict[str, Any]:
    row: dict[str, Any] = {f"measured_{name}": measured.value for name, measured in seen.values.items()}
    row.update({f"confidence_{name}": measured.confidence for name, measured in seen.values.items()})
    row["second"] = [
        {"name": name, "value": measured.second}
        for name, measured in seen.values.items()
        if measured.second is not None
    ]
    row.update({f"code_{name}": code for name, code in seen.codes.items()})
    row.update({f"vector_{name}": vector.astype("<f2").tobytes() for name, vector in seen.vectors.items()})
    if "five" in seen.points:
        row["points_five"] = seen.points["five"].ravel()
    return row


def to_sample(row: dict[str, Any]) -> Sample:
    """The sample of a row, as read from the store with all columns; columns that came later may be missing."""

    def named(prefix: str, names: Iterable[str]) -> dict[str, Any]:
        return {name: value for name in names if (value := row.get(f"{prefix}_{name}")) is not None}

    settings = Settings(**{name: row[f"settings_{name}"] for name in _SETTINGS})
    plain = {name: row[name] for name in _PLAIN}
    asked = named("asked", vocabulary.ATTRIBUTES)
    request = Request(**plain, attributes=asked, settings=settings, truths=tuple(row.get("truths") or ()))
    verdict = Verdict(
        row["status"],
        tuple(row["reasons"] or ()),
        row["error"],
        named("source", vocabulary.ATTRIBUTES),
        tuple(row.get("review") or ()),
        tuple(row.get("overruled") or ()),
    )
    made = {entry["name"]: entry["value"] for entry in row.get("made") or ()}
    return Sample(request, verdict, _truth(row, named), _measurements(row, named), to_place(row), made)


def to_place(row: Mapping[str, Any]) -> Place | None:
    """Where the image of a row lies, from its columns `PLACE` and `maps`; None where there is none."""
    if row["shard"] is None:
        return None
    maps = tuple(MapFile(**file) for file in row.get("maps") or ())
    return Place(**{name: row[name] for name in PLACE}, maps=maps)


def judged_columns() -> list[str]:
    """The columns that the verdict on an image by itself depends on."""
    asked = [f"{prefix}_{name}" for prefix in ("asked", "true") for name in vocabulary.ATTRIBUTES]
    return [*asked, *(f"measured_{name}" for name in vocabulary.MEASUREMENTS), "second"]


def to_judged(row: dict[str, Any]) -> tuple[Attributes, Truth | None, Measurements | None]:
    """What was asked, what the generator knows and what was measured, from a row with `judged_columns`."""

    def named(prefix: str, names: Iterable[str]) -> dict[str, Any]:
        return {name: value for name in names if (value := row.get(f"{prefix}_{name}")) is not None}

    asked, true = (named(prefix, vocabulary.ATTRIBUTES) for prefix in ("asked", "true"))
    second = {entry["name"]: entry["value"] for entry in row.get("second") or ()}
    measured = named("measured", vocabulary.MEASUREMENTS)
    seen = Measurements({name: Measurement(value, second=second.get(name)) for name, value in measured.items()})
    return asked, Truth(true) if true else None, seen if measured else None


def _measurements(row: dict[str, Any], named: Callable[[str, Iterable[str]], dict[str, Any]]) -> Measurements | None:
    import numpy as np

    measured, confidence = (named(prefix, vocabulary.MEASUREMENTS) for prefix in ("measured", "confidence"))
    second = {entry["name"]: entry["value"] for entry in row.get("second") or ()}
    five = None if row["points_five"] is None else np.asarray(row["points_five"], dtype=np.float32).reshape(-1, 2)
    seen = Measurements(
        {name: Measurement(value, confidence.get(name, 1.0), second.get(name)) for name, value in measured.items()},
        {} if five is None else {"five": five},
        named("code", vocabulary.CODES),
        {name: np.frombuffer(data, "<f2") for name, data in named("vector", vocabulary.VECTORS).items()},
    )
    return seen if seen.values or seen.codes or seen.points or seen.vectors else None


def _truth(row: dict[str, Any], named: Callable[[str, Iterable[str]], dict[str, Any]]) -> Truth | None:
    import numpy as np

    fields: dict[str, Any] = {
        name: np.asarray(value, dtype=_ARRAYS[name][0]).reshape(_ARRAYS[name][1])
        for name, value in named("true", _ARRAYS).items()
    }
    if row["true_box"] is not None:
        fields["box"] = tuple(row["true_box"])
    if values := named("true", vocabulary.QUANTITIES):
        fields["values"] = values
    attributes = named("true", vocabulary.ATTRIBUTES)
    return Truth(attributes, **fields) if attributes or fields else None
