"""One row of a dataset by its place, without reading the others."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, TypeAlias

from agfd.errors import DamagedError
from agfd.store.rounds import row_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agfd.store.layout import Layout

Stamp: TypeAlias = tuple[tuple[str, int, int], ...]


def stamp(layout: Layout) -> Stamp:
    """Changes when any row does: the names, sizes and times of all files with rows."""
    found = []
    for path in row_files(layout):
        try:
            known = path.stat()
        except FileNotFoundError:
            # A round was closed meanwhile: the next stamp differs.
            continue
        found.append((path.name, known.st_size, known.st_mtime_ns))
    return tuple(found)


class PlacedRows:
    """The rows of a dataset as it is now; a build that goes on moves them. Raises `DamagedError`."""

    def __init__(self, layout: Layout) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._groups: list[tuple[Path, int]] = []
        # The number of rows up to the end of each group.
        self._ends: list[int] = []
        for path in row_files(layout):
            try:
                footer = pq.read_metadata(path)
            except (OSError, pa.ArrowInvalid) as error:
                raise DamagedError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
            for group in range(footer.num_row_groups):
                self._groups.append((path, group))
                self._ends.append(len(self) + footer.row_group(group).num_rows)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def row(self, place: int, columns: Sequence[str] | None = None) -> dict[str, Any]:
        """The row at a place in request order, with all columns or those of these that its file has.

        Raises `DamagedError`, `IndexError`.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        index = bisect_right(self._ends, place)
        path, group = self._groups[index]
        start = self._ends[index - 1] if index else 0
        try:
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                table = file.read_row_group(group, columns=columns, use_threads=False)
        except (OSError, pa.ArrowInvalid) as error:
            raise DamagedError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
        row: dict[str, Any] = table.slice(place - start, 1).to_pylist()[0]
        return row
