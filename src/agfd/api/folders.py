"""Looking at a folder of anybody's images."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from agfd import vocabulary
from agfd.api.asking import options_from
from agfd.errors import UsageError
from agfd.labels import read as read_labels
from agfd.registry import ANALYZERS
from agfd.run.options import SurveyOptions
from agfd.store import write_bytes
from agfd.survey.choosing import choose
from agfd.survey.files import find
from agfd.survey.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import polars as pl

    from agfd.dedup.thresholds import Threshold
    from agfd.run.options import TableFormat
    from agfd.survey.calibration import Calibration
    from agfd.survey.summary import Summary


@dataclass(frozen=True, slots=True)
class SurveyBegan:
    """So many files are to be looked at by these analyzers; `others` of this installation do not look, and why."""

    files: int
    analyzers: tuple[str, ...]
    others: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file was looked at; `error` is the code where it could not be."""

    error: str | None


SurveyEvent: TypeAlias = SurveyBegan | FileSeen


def analyze_folder(
    folder: str | Path,
    *,
    out: str | Path | None = None,
    on_event: Callable[[SurveyEvent], None] | None = None,
    **options: Any,
) -> pl.DataFrame:
    """Measure every image in a folder and below: one row a file, sorted by the column `file`.

    Options as in `agfd analyze`. With `out` the table is written there too, as `format` or the file's ending says:
    csv, parquet or json. `error` is a reason code where a file could not be read or measured; `issues` and `notes` are
    codes separated by semicolons; then a column for each measurement, as `agfd.vocabulary.MEASUREMENTS` says. The
    result is the same for any number of `workers`. Raises `UsageError`, `ModelsMissingError`, `WriteError`.
    """
    from agfd.survey import writing

    settings = options_from(SurveyOptions, options)
    target = Path(out) if out is not None else None
    frame = _look(Path(folder), _files(Path(folder), target), settings, on_event)
    if target is not None:
        writing.write(frame, target, writing.format_of(target, settings.format))
    return frame


def calibrate_folder(
    folder: str | Path,
    labels: str | Path,
    *,
    out: str | Path | None = None,
    on_event: Callable[[SurveyEvent], None] | None = None,
    **options: Any,
) -> Calibration:
    """Hold what analyzers see in the pictures of a folder against labels: how right they are, with 95 % intervals.

    `labels`: a CSV file with the column `file` and any attributes. Only labelled files are looked at. With `out` the
    figures are written there as JSON. Options as in `agfd analyze`, but for `format`. Raises `UsageError` that names
    file, line and the nearest right word, `ModelsMissingError`, `WriteError`.
    """
    from agfd.survey.calibration import calibrate

    settings = options_from(SurveyOptions, options)
    if settings.format is not None:
        raise UsageError("format: a calibration writes JSON; the table itself is written without labels")
    by_file = read_labels(Path(labels)).by_file
    there = set(_files(Path(folder), Path(out) if out is not None else None))
    names = [name for name in by_file if name in there]
    if not names:
        raise UsageError(f"none of the files that {labels} names lies in {folder}")
    if not any(label.values for label in by_file.values()):
        known = ", ".join(vocabulary.ATTRIBUTES)
        raise UsageError(f"{labels}:1: there is no column of an attribute; there are {known}")
    result = calibrate(_look(Path(folder), sorted(names), settings, on_event), by_file)
    if out is not None:
        write_bytes(Path(out), calibration_json(result))
    return result


def calibration_json(result: Calibration) -> bytes:
    """A calibration as the content of a JSON file."""
    return json.dumps(asdict(result), indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _look(
    folder: Path, names: list[str], settings: SurveyOptions, on_event: Callable[[SurveyEvent], None] | None
) -> pl.DataFrame:
    """The table of these files."""
    from agfd.survey.table import Rows

    chosen, others = choose(settings.analyzers)
    hear = on_event or (lambda event: None)
    hear(SurveyBegan(len(names), tuple(chosen), others))
    given = dict.fromkeys(name for names_given in chosen.values() for name in names_given)
    gives = [name for name in given if name in vocabulary.MEASUREMENTS]
    known = _people_threshold(chosen)
    rows = Rows(names, gives, known.cosine if known is not None else None)
    workers = min(settings.workers or os.cpu_count() or 1, len(names))
    pool = Pool(folder.resolve(), tuple(chosen), workers, settings.item_timeout)
    try:
        for index, look in pool.look(names):
            rows.put(index, look)
            hear(FileSeen(look.error))
    finally:
        pool.close()
    return rows.frame()


def _people_threshold(analyzers: Iterable[str]) -> Threshold | None:
    """From when on two faces of a folder are one person for these analyzers, with its rate; None where none tells."""
    from agfd.run.likeness import measured
    from agfd.survey.looking import DOMAIN

    return measured([ANALYZERS.make(name).info for name in analyzers], DOMAIN)


def summarise_folder(frame: pl.DataFrame) -> Summary:
    """What the table of `analyze_folder` says of its folder, counted."""
    from agfd.survey.summary import summarise

    return summarise(frame)


def table_bytes(frame: pl.DataFrame, form: TableFormat = "csv") -> bytes:
    """The table as the content of a file in that format."""
    from agfd.survey.writing import as_bytes

    return as_bytes(frame, form)


def _files(folder: Path, out: Path | None) -> list[str]:
    """The files to look at. What would only fail after hours is refused here."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is {'no folder' if folder.exists() else 'not there'}; name a folder of images")
    if out is not None and not out.parent.is_dir():
        raise UsageError(f"the table cannot be written to {out}: there is no folder {out.parent}")
    if out is not None and out.is_dir():
        raise UsageError(f"the table cannot be written to {out}: it is a folder; name a file")
    try:
        names = find(folder, out)
    except OSError as error:
        raise UsageError(f"{folder} cannot be listed: {error.strerror}") from None
    if not names:
        raise UsageError(f"{folder} holds no files")
    return names
