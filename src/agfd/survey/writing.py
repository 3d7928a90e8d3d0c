"""Writing a table as a file, or as bytes for a pipe."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, get_args

from agfd.errors import UsageError
from agfd.run.options import TableFormat
from agfd.store import replacing

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

    import polars as pl


def format_of(path: Path | None, chosen: TableFormat | None) -> TableFormat:
    """The chosen format, else the one that the file's ending names, else csv. Raises `UsageError`."""
    if chosen is not None:
        return chosen
    ending = path.suffix[1:].lower() if path is not None else ""
    return next((form for form in get_args(TableFormat) if form == ending), "csv")


def write(frame: pl.DataFrame, path: Path, form: TableFormat) -> None:
    """Write the table, at once or not at all. Raises `WriteError`, `UsageError`."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file for the table")
    with replacing(path) as temporary, temporary.open("wb") as file:
        _write(frame, file, form)


def as_bytes(frame: pl.DataFrame, form: TableFormat) -> bytes:
    """The file's content."""
    out = io.BytesIO()
    _write(frame, out, form)
    return out.getvalue()


def _write(frame: pl.DataFrame, file: IO[bytes], form: TableFormat) -> None:
    if form == "parquet":
        frame.write_parquet(file)
    elif form == "json":
        file.write(frame.write_json().encode())
    else:
        frame.write_csv(file)
