"""Everything that is known of one image, as plain data: what the gallery and the review show of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from agfd import vocabulary
from agfd.judge import REVIEW
from agfd.report.measured import NUMBERS, SCORES, measured_word
from agfd.report.wording import meaning
from agfd.safety import REASON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.recipe import Recipe

Address: TypeAlias = Callable[[str, str], str | None]
"""Where a page finds a file of an image: of its `thumb`, its `full` picture or a map by its name, and its id; None
where this page has none."""

Row: TypeAlias = Mapping[str, Any]
"""A row of the store as plain data; columns that came later than the row may be missing."""

_PLAIN = ("id", "row", "variant", "sex", "race", "slot", "attempt", "twin_group", "status", "error")
_SETTINGS = ("sampler", "steps", "cfg_scale", "width", "height")
_HASHED = ("pixels_sha256", "file_sha256")
_CODES = ("dhash", "phash")
_ANGLES = ("yaw", "pitch", "roll")
# Names of columns, put together once: a gallery has tens of thousands of rows.
_SEEN = tuple((name, f"measured_{name}", f"confidence_{name}") for name in vocabulary.MEASUREMENTS)
_SAID = tuple((name, f"asked_{name}", f"true_{name}", f"source_{name}") for name in vocabulary.ATTRIBUTES)
_SCORED = {name: tuple(f"measured_{score}" for score in scores) for name, scores in SCORES.items()}

# Columns that no page shows.
_UNSEEN = frozenset(
    {"true_landmarks_3d", "true_dense_3d", "true_dense_visible", "true_intrinsics", "true_extrinsics", "truths"}
)


def columns() -> list[str]:
    """The columns of a row that a `Detail` is made of, in the store's order."""
    from agfd.store import schema

    return [name for name in schema().names if not name.startswith("vector_") and name not in _UNSEEN]


def detail(row: Row, recipe: Recipe, address: Address) -> dict[str, Any]:
    """The `Detail` of design/0036: everything known of one image, ready for JSON. Pure.

    `row`: of the store, with the columns of `columns()` as far as it has them. `recipe`: the resolved one. `address`:
    asked only for files that lie in the store. Numbers have 4 significant digits, pixels tenths; what is no number is
    null. The command to make the image again has DIR for the dataset's folder, so that a copy elsewhere is the same.
    """
    entry = recipe.rows.get(row["row"])
    return {
        **{name: row.get(name) for name in _PLAIN},
        "feature": entry.feature if entry else row["row"],
        "group": entry.group if entry else "",
        "person": str(row["person"]),
        "scene": str(row["scene"]),
        "reasons": _reasons(row, recipe, "reasons"),
        "overruled": _reasons(row, recipe, "overruled"),
        "review": list(row.get("review") or ()),
        "attributes": _attributes(row),
        "measurements": _measurements(row),
        "quantities": _known(row, "true", vocabulary.QUANTITIES),
        "prompt": row["prompt"],
        "negative_prompt": row["negative_prompt"],
        "settings": _settings(row),
        "made": {entry["name"]: entry["value"] for entry in row.get("made") or ()},
        **_geometry(row),
        **_files(row, address),
        "hashes": _hashes(row),
        "reproduce": None if _is_refused(row) else f"agfd reproduce DIR {row['id']}",
    }


def number(value: float | None) -> float | int | None:
    """A number with 4 significant digits, whole ones as such; None for what is no number."""
    if value is None:
        return None
    short = float(f"{value:.4g}")
    if short.is_integer():
        return int(short)
    return short if math.isfinite(short) else None


# Most measurements of an image have the confidence of its face.
_confidence = lru_cache(1024)(number)


def stored(row: Row) -> tuple[str, ...]:
    """The files of an image that lie in the store and may be shown: `thumb`, `full`, maps by name."""
    if _is_refused(row):
        return ()
    there = [name for name, size in (("thumb", row["thumb_size"]), ("full", row["size"])) if size]
    return (*there, *(file["name"] for file in row.get("maps") or ()))


def _is_refused(row: Row) -> bool:
    """Whether the safety screen refused the picture."""
    return REASON in (row["reasons"] or ())


def _reasons(row: Row, recipe: Recipe, column: str) -> list[dict[str, str]]:
    codes = row.get(column) or ()
    # What people found was not measured against any bound.
    ruled = codes and REVIEW not in codes and row["row"] in recipe.rows
    rules = recipe.rules_of(row["row"]) if ruled else {}
    return [{"code": code, "meaning": meaning(code, rules.get(code))} for code in codes]


def _attributes(row: Row) -> list[dict[str, Any]]:
    found = []
    for name, *columns in _SAID:
        asked, true, source = map(row.get, columns)
        measured = _measured(row, name)
        if asked is not None or true is not None or measured is not None:
            values = (name, _short(asked), _short(measured), _short(true), source)
            found.append(dict(zip(("name", "asked", "measured", "true", "source"), values, strict=True)))
    return found


def _short(value: Any) -> Any:
    return number(value) if isinstance(value, float) else value


def _measured(row: Row, name: str) -> str | float | None:
    if name in SCORES:
        return measured_word(name, list(map(row.get, _SCORED[name])))
    return row.get(f"measured_{name}") if name in NUMBERS else None


def _measurements(row: Row) -> list[list[Any]]:
    second = {entry["name"]: entry["value"] for entry in row.get("second") or ()}
    return [
        [name, number(value), _confidence(row.get(confidence)), number(second.get(name))]
        for name, measured, confidence in _SEEN
        if (value := row.get(measured)) is not None
    ]


def _known(row: Row, prefix: str, names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: number(value) for name in names if (value := row.get(f"{prefix}_{name}")) is not None}


def _settings(row: Row) -> dict[str, Any] | None:
    """How the image was to be made; None where nobody told it of an imported one."""
    if not row["settings_width"] and not row["settings_steps"]:
        return None
    return {name: row[f"settings_{name}"] for name in _SETTINGS}


def _geometry(row: Row) -> dict[str, Any]:
    width, height = row["width"], row["height"]
    visible, light = row.get("true_landmarks_visible"), row.get("true_main_light")
    five = _pixels(row.get("points_five"))
    looks = [number(part) for part in row.get("true_looks") or ()]
    return {
        "size": [width, height] if width and height else None,
        "box": _pixels(row.get("true_box")),
        "face": _face(row),
        "points": {} if five is None else {"five": five},
        "landmarks": _pixels(row.get("true_landmarks")),
        "visible": None if visible is None else "".join("01"[seen] for seen in visible),
        "dense": _pixels(row.get("true_dense")),
        "pose": _pose(row),
        "looks": [looks[:3], looks[3:]] if looks else None,
        "light": [number(part) for part in light[:3]] if light else None,
    }


def _pixels(values: Sequence[float] | None) -> list[float | int] | None:
    """Tenths of pixels."""
    if values is None:
        return None
    tenths = [round(value, 1) for value in values]
    return [int(value) if value.is_integer() else value for value in tenths]


def _face(row: Row) -> list[float | int] | None:
    """The box of the largest face that an analyzer found, in pixels."""
    width, height = row["width"], row["height"]
    names = ("x", "y", "width", "height")
    shares = [share for name in names if (share := row.get(f"measured_face_{name}")) is not None]
    if len(shares) < len(names) or not width:
        return None
    left, top, wide, high = shares
    return _pixels([left * width, top * height, (left + wide) * width, (top + high) * height])


def _pose(row: Row) -> dict[str, Any] | None:
    for prefix in ("true", "measured"):
        if row.get(f"{prefix}_yaw") is not None:
            return {**{name: number(row.get(f"{prefix}_{name}")) for name in _ANGLES}, "source": prefix}
    return None


def _files(row: Row, address: Address) -> dict[str, Any]:
    there = {name: address(name, row["id"]) for name in stored(row)}
    maps = {name: found for name, found in there.items() if name in vocabulary.MAPS and found}
    return {"thumb": there.get("thumb"), "full": there.get("full"), "maps": maps}


def _hashes(row: Row) -> dict[str, str | None]:
    hashes = {name: row.get(name) for name in _HASHED}
    if not row["size"]:
        # Only the thumbnail was kept: there is no such file.
        hashes["file_sha256"] = None
    for name in _CODES:
        bits = row.get(f"code_{name}")
        hashes[name] = None if bits is None else f"{bits:016x}"
    return hashes
