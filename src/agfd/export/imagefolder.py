"""The format `imagefolder` of Hugging Face datasets: a folder of images for each row of the table, with all labels.

    OUT/train/metadata.parquet      one line an image: file_name, id, labels with their sources, prompt, seeds
    OUT/train/ROW/ID.png

Read it with `load_dataset("imagefolder", data_dir=OUT)`; any other reader takes the folders' names as labels. The
labels are Parquet (`datasets` from 3.4 on) because from a CSV or JSON file it takes the types of the columns from the
first lines: a column that is empty there (the yaw, before the rows that turn the head) would be lost.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from agfd import vocabulary
from agfd.export.folder import file_name
from agfd.registry import register
from agfd.store import schema, to_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from agfd.ports import Exporter
    from agfd.records import Sample

_PLAIN = ("id", "row", "sex", "race", "variant", "slot", "attempt", "twin_group", "status", "reasons")
_WORDS = ("prompt", "negative_prompt", "person", "scene")
# Seeds have 63 bits; as numbers they lose digits in spreadsheets and in JavaScript.
_AS_TEXT = ("person", "scene")
_LINES_AT_ONCE = 1024


class ImageFolder:
    """Writes images in folders by row, and one Parquet file with everything known of each."""

    def write(self, samples: Iterator[tuple[Sample, bytes]], out: Path) -> int:
        """See `agfd.ports.Exporter`. The same samples give the same bytes."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        folder = out / "train"
        folder.mkdir(parents=True)
        written = 0
        lines: list[dict[str, Any]] = []
        with pq.ParquetWriter(folder / "metadata.parquet", _schema(), compression="zstd") as writer:
            for sample, data in samples:
                name = file_name(sample, data)
                path = folder / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
                lines.append(_line(sample, name))
                written += 1
                if len(lines) == _LINES_AT_ONCE:
                    writer.write_table(pa.Table.from_pylist(lines, schema=_schema()))
                    lines = []
            if lines:
                writer.write_table(pa.Table.from_pylist(lines, schema=_schema()))
        return written


@cache
def _schema() -> pa.Schema:
    import pyarrow as pa

    stored = schema()
    labels = [f"{prefix}_{name}" for name in vocabulary.ATTRIBUTES for prefix in ("asked", "true", "source")]
    measured = [f"measured_{name}" for name in vocabulary.MEASUREMENTS]
    names = (*_PLAIN, *labels, *measured, *_WORDS, "width", "height", "pixels_sha256", "true_landmarks", "true_box")
    fields = [pa.field(name, pa.string()) if name in _AS_TEXT else stored.field(name) for name in names]
    return pa.schema([pa.field("file_name", pa.string()), *fields])


def _line(sample: Sample, name: str) -> dict[str, Any]:
    row = to_row(sample)
    row.update({key: str(row[key]) for key in _AS_TEXT})
    return {"file_name": name, **row}


@register("the export format imagefolder")
def make() -> Exporter:
    """The exporter."""
    return ImageFolder()
