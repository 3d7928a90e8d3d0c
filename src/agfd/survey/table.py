"""The table of a folder: one row a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from agfd.survey import issues
from agfd.survey.alike import Alike
from agfd.survey.files import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.survey.looking import Seen

# What every row has besides measurements.
COLUMNS = (
    "file", "error", "message", "issues", "duplicate_of", "near_of", "mirror_of", "same_person_as",
    "format", "width", "height", "bytes", "notes", "pixels_sha256",
)  # fmt: skip
# What the issue is called of a file that is like another one, by the column that names the other.
LIKE = {
    "duplicate_of": "duplicate",
    "near_of": "duplicate_near",
    "mirror_of": "duplicate_mirrored",
    "same_person_as": "same_person",
}
SEPARATOR = ";"
_COUNTS = frozenset({"faces"})


class Rows:
    """Rows in the making: looks may come in any order. `gives`: the names of measurements, which become columns;
    `same_person`: from which product of two vectors on they are one person, None where people are not compared.
    """

    def __init__(self, names: Sequence[str], gives: Sequence[str], same_person: float | None = None) -> None:
        self._names, self._gives = names, tuple(gives)
        self._alike = Alike(len(names), same_person)
        self._rules = issues.rules()
        self._columns: dict[str, list[object]] = {name: [None] * len(names) for name in COLUMNS[1:]}
        # One array instead of a million dictionaries.
        self._values = np.full((len(names), len(self._gives)), np.nan, np.float32)

    def put(self, index: int, look: Seen) -> None:
        """The look at one file."""
        for name in ("error", "message", "format", "width", "height", "bytes", "pixels_sha256"):
            self._columns[name][index] = getattr(look, name)
        if look.width is None or look.height is None:
            return
        found = issues.find(look.values, (look.width, look.height), self._rules)
        self._columns["issues"][index] = SEPARATOR.join(found) or None
        self._columns["notes"][index] = SEPARATOR.join(look.notes) or None
        self._alike.put(index, look.codes, look.face, look.values.get("age"))
        self._values[index] = [look.values.get(name, np.nan) for name in self._gives]

    def frame(self) -> pl.DataFrame:
        """All rows, with what shows only when all are there: who is like whom."""
        kinds = {"width": pl.Int32, "height": pl.Int32, "bytes": pl.Int64}
        fixed = {"file": pl.Series("file", [shown(name) for name in self._names], pl.String)}
        fixed |= {
            name: pl.Series(name, column, kinds.get(name, pl.String), strict=False)
            for name, column in self._columns.items()
        }
        measured = {
            name: pl.Series(name, self._values[:, place]).fill_nan(None) for place, name in enumerate(self._gives)
        }
        counts = [pl.col(name).cast(pl.Int32) for name in self._gives if name in _COUNTS]
        return self._with_likenesses(pl.DataFrame({**fixed, **measured}).with_columns(counts))

    def _with_likenesses(self, frame: pl.DataFrame) -> pl.DataFrame:
        first = pl.col("file").first().over("pixels_sha256")
        again = pl.col("pixels_sha256").is_not_null() & (first != pl.col("file"))
        frame = frame.with_columns(duplicate_of=pl.when(again).then(first))
        others = self._alike.found(frame["duplicate_of"].is_not_null().to_numpy())
        for name, places in zip(("near_of", "mirror_of", "same_person_as"), others, strict=True):
            # A place of -1 is nobody's.
            frame = frame.with_columns(frame["file"].gather(pl.Series(places).replace(-1, None)).alias(name))
        words = [pl.when(pl.col(column).is_not_null()).then(pl.lit(code)) for column, code in LIKE.items()]
        said = pl.concat_str(*words, pl.col("issues"), separator=SEPARATOR, ignore_nulls=True)
        return frame.with_columns(issues=pl.when(said != "").then(said))
