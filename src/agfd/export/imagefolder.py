"""The format `imagefolder` of Hugging Face datasets: a folder of images for each row of the table, with all labels.

    OUT/train/metadata.parquet      one line an image: file_name, id, labels with their sources, truth, prompt, seeds
    OUT/train/ROW/ID.png
    OUT/train/maps/depth/ROW/ID.png     only where the recipe asked for it; the same for segmentation and normals

Read it with `load_dataset("imagefolder", data_dir=OUT)`; any other reader takes the folders' names as labels, and must
leave out `maps`. The labels are Parquet (`datasets` from 3.4 on) because from a CSV or JSON file it takes the types of
the columns from the first lines: a column that is empty there (the yaw, before the rows that turn the head) would be
lost.

`made` lists how the generator made an image (`Seed`, `Model`, `Model hash`, ...) as names with values; the file says
the same in AUTOMATIC1111's words. What the generator knows of an image is in the columns `true_*`: attributes, box,
openings and gaze, the 68 landmarks (and the 478 dense ones, if asked for) in the picture and in space and whether they
are visible, camera, looks and main light, as `agfd.records.Truth` describes them. Arrays lie flat, row after row:
`np.reshape(line["true_landmarks"], (-1, 2))`, three numbers a row for `true_landmarks_3d` and `true_looks`, three by
three for `true_intrinsics`, three by four for `true_extrinsics`. Maps are named by `depth_file_name`,
`segmentation_file_name` and `normals_file_name`, which `datasets` opens as the pictures `depth`, `segmentation` and
`normals`. They are written as they lie in the store: `agfd.images.decode_map("depth", file.read_bytes())` gives metres,
numbers of `agfd.vocabulary.FACE_PARTS`, or normals.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from agfd import vocabulary
from agfd.errors import UsageError
from agfd.export.folder import file_name
from agfd.registry import register
from agfd.store import schema, to_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from agfd.ports import Exporter
    from agfd.records import Files, Sample

_PLAIN = ("id", "row", "sex", "race", "variant", "slot", "attempt", "twin_group", "status", "reasons", "overruled")
_WORDS = ("prompt", "negative_prompt", "person", "scene", "made")
# Seeds have 63 bits; as numbers they lose digits in spreadsheets and in JavaScript.
_AS_TEXT = ("person", "scene")
_LINES_AT_ONCE = 1024


class ImageFolder:
    """Writes images and maps in folders by row, and one Parquet file with everything known of each."""

    def write(self, samples: Iterator[tuple[Sample, Files]], out: Path) -> int:
        """See `agfd.ports.Exporter`. The same samples give the same bytes."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        folder = out / "train"
        folder.mkdir(parents=True)
        written = 0
        # What the first image has all have: a column of a map is there only where the maps are.
        first = next(samples, None)
        maps = tuple(first[1].maps) if first else ()
        columns = _schema(maps)
        lines: list[dict[str, Any]] = []
        with pq.ParquetWriter(folder / "metadata.parquet", columns, compression="zstd") as writer:
            for sample, files in chain((first,) if first else (), samples):
                lines.append(to_row(sample) | _written(sample, files, maps, folder))
                lines[-1].update({key: str(lines[-1][key]) for key in _AS_TEXT})
                written += 1
                if len(lines) == _LINES_AT_ONCE:
                    writer.write_table(pa.Table.from_pylist(lines, schema=columns))
                    lines = []
            if lines:
                writer.write_table(pa.Table.from_pylist(lines, schema=columns))
        return written


@cache
def _schema(maps: tuple[str, ...]) -> pa.Schema:
    import pyarrow as pa

    stored = schema()
    labels = [f"{prefix}_{name}" for name in vocabulary.ATTRIBUTES for prefix in ("asked", "true", "source")]
    known = [name for name in stored.names if name.startswith("true_") and name not in labels]
    measured = [f"measured_{name}" for name in vocabulary.MEASUREMENTS]
    names = (*_PLAIN, *labels, *measured, *_WORDS, "width", "height", "pixels_sha256", *known)
    fields = [pa.field(name, pa.string()) if name in _AS_TEXT else stored.field(name) for name in names]
    # `datasets` takes the first file of a line for its image.
    files = ["file_name", *(f"{name}_file_name" for name in maps)]
    return pa.schema([*(pa.field(name, pa.string()) for name in files), *fields])


def _written(sample: Sample, files: Files, maps: tuple[str, ...], folder: Path) -> dict[str, str]:
    """Write the files of an image; returns the columns that name them."""
    if set(files.maps) != set(maps):
        raise UsageError(
            f"the image {sample.request.id} has the maps {sorted(files.maps)} and the first one {sorted(maps)}; "
            "export images of one build"
        )
    image = file_name(sample, files.image)
    names = {"file_name": image}
    contents = {image: files.image}
    for name in maps:
        names[f"{name}_file_name"] = f"maps/{name}/{image.rpartition('.')[0]}.png"
        contents[names[f"{name}_file_name"]] = files.maps[name]
    for name, data in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return names


@register("the export format imagefolder")
def make() -> Exporter:
    """The exporter."""
    return ImageFolder()
