"""The columns of the store: a `Sample` as one flat row and back."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from agfd import vocabulary
from agfd.records import Measurement, Measurements, Place, Request, Sample, Settings, Truth, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = 1
_PLACE = tuple(Place.__dataclass_fields__)
_SETTINGS = tuple(Settings.__dataclass_fields__)


@cache
def schema() -> pa.Schema:
    """The Arrow schema of a row.

    `asked_*`, `true_*` and `source_*` have one column for each attribute of the vocabulary, `measured_*` and
    `confidence_*` one for each measurement; what does not apply is null.
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
    ]
    for prefix in ("asked", "true"):
        fields += [(f"{prefix}_{name}", _value_type(pa, entry)) for name, entry in vocabulary.ATTRIBUTES.items()]
    fields += [(f"source_{name}", text) for name in vocabulary.ATTRIBUTES]
    # In full precision: judging again must come to the same verdict exactly at a bound.
    fields += [(f"measured_{name}", pa.float64()) for name in vocabulary.MEASUREMENTS]
    fields += [(f"confidence_{name}", real) for name in vocabulary.MEASUREMENTS]
    fields += [("true_landmarks", pa.list_(real)), ("true_box", pa.list_(real)), ("points_five", pa.list_(real))]
    fields += [(name, text if name == "shard" or name.endswith("sha256") else pa.int64()) for name in _PLACE]
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
    row: dict[str, Any] = {
        name: getattr(request, name) for name in Request.__dataclass_fields__ if name not in {"attributes", "settings"}
    }
    row.update({f"settings_{name}": getattr(request.settings, name) for name in _SETTINGS})
    row.update(status=verdict.status, reasons=list(verdict.reasons), error=verdict.error)
    row.update({f"asked_{name}": value for name, value in request.attributes.items()})
    row.update({f"source_{name}": source for name, source in verdict.sources.items()})
    if sample.truth:
        row.update({f"true_{name}": value for name, value in sample.truth.attributes.items()})
        if sample.truth.landmarks is not None:
            row["true_landmarks"] = sample.truth.landmarks.ravel()
        row["true_box"] = list(sample.truth.box) if sample.truth.box else None
    if sample.measurements:
        for name, measured in sample.measurements.values.items():
            row[f"measured_{name}"] = measured.value
            row[f"confidence_{name}"] = measured.confidence
        if "five" in sample.measurements.points:
            row["points_five"] = sample.measurements.points["five"].ravel()
    if sample.place:
        row.update({name: getattr(sample.place, name) for name in _PLACE})
    return row


def to_sample(row: dict[str, Any]) -> Sample:
    """The sample of a row, as read from the store with all columns."""
    import numpy as np

    def named(prefix: str) -> dict[str, Any]:
        names = vocabulary.MEASUREMENTS if prefix in {"measured", "confidence"} else vocabulary.ATTRIBUTES
        columns = {name: row[f"{prefix}_{name}"] for name in names}
        return {name: value for name, value in columns.items() if value is not None}

    def points(name: str) -> Any:
        return None if row[name] is None else np.asarray(row[name], dtype=np.float32).reshape(-1, 2)

    settings = Settings(**{name: row[f"settings_{name}"] for name in _SETTINGS})
    plain = {n: row[n] for n in Request.__dataclass_fields__ if n not in {"attributes", "settings"}}
    request = Request(**plain, attributes=named("asked"), settings=settings)
    verdict = Verdict(row["status"], tuple(row["reasons"] or ()), row["error"], named("source"))
    true, measured, confidence = named("true"), named("measured"), named("confidence")
    box = tuple(row["true_box"]) if row["true_box"] is not None else None
    landmarks, five = points("true_landmarks"), points("points_five")
    truth = Truth(true, landmarks, box) if true or box or landmarks is not None else None
    seen = Measurements(
        {name: Measurement(value, confidence.get(name, 1.0)) for name, value in measured.items()},
        {} if five is None else {"five": five},
    )
    place = Place(**{name: row[name] for name in _PLACE}) if row["shard"] is not None else None
    return Sample(request, verdict, truth, seen if measured or five is not None else None, place)
