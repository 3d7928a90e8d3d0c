"""A dataset on disk, as Python sees it: samples to iterate, filter, look at and take elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agfd import images, vocabulary
from agfd.errors import StoreError, UnknownNameError, UsageError
from agfd.ports import PHOTO
from agfd.store import Layout, read_map, read_member, schema, to_sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    import polars as pl
    import pyarrow.dataset as pads
    from numpy.typing import NDArray

    from agfd.recipe import Recipe
    from agfd.records import Sample
    from agfd.run.reproduce import Reproduction
    from agfd.store import Damage

Condition = Any
"""A value, a list of values, or a pair `(lowest, highest)` of numbers."""


@dataclass(frozen=True)
class Dataset:
    """The samples of one folder that meet some conditions; only accepted ones unless `status` says otherwise.

    Opening reads nothing; rows are read when asked for, a bounded number at a time.
    """

    root: Path
    conditions: Mapping[str, Condition] = field(default_factory=lambda: {"status": "accepted"})

    def __iter__(self) -> Iterator[Sample]:
        for batch in self._scanner().to_batches():
            for row in batch.to_pylist():
                yield to_sample(row)

    def __len__(self) -> int:
        return int(self._files().count_rows(filter=self._expression()))

    def __repr__(self) -> str:
        wanted = ", ".join(f"{name}={value!r}" for name, value in self.conditions.items())
        return f"<agfd.Dataset {str(self.root)!r} {wanted}>"

    def filter(self, **conditions: Condition) -> Dataset:
        """The samples that meet these conditions too.

        For example `ds.filter(row="age.child", age=(1, 3), race=["White", "Black"])`.
        A name is a column of the table or an attribute, which means what was asked. `status=None` takes all samples.
        Raises `UnknownNameError`.
        """
        resolved = {}
        for name, value in conditions.items():
            column = _column(name)
            if isinstance(value, tuple) and len(value) != 2:
                raise UsageError(f"{name}: a range is a pair (lowest, highest)")
            resolved[column] = value
        return Dataset(self.root, {**self.conditions, **resolved})

    def image(self, sample: Sample) -> NDArray[np.uint8]:
        """The pixels of a sample, uint8, (height, width, 3). Raises `StoreError` where they were not kept."""
        if sample.place is None or not sample.place.size:
            raise StoreError(f"the pixels of {sample.request.id} were not kept; build with keep='all' to have them")
        return images.decode(read_member(Layout(self.root), sample.place))

    def thumbnail(self, sample: Sample) -> NDArray[np.uint8]:
        """A small picture of a sample, uint8, (height, width, 3), at most 128 pixels a side."""
        if sample.place is None:
            raise StoreError(f"there is no picture of {sample.request.id}: {sample.verdict.error}")
        return images.decode(read_member(Layout(self.root), sample.place, thumbnail=True))

    def truth_map(self, sample: Sample, name: str) -> NDArray[Any]:
        """A map of the truth of a sample that the recipe asked for, by its name in `agfd.vocabulary.MAPS`.

        `segmentation` uint8 (height, width), numbers of `agfd.vocabulary.FACE_PARTS`; `depth` float32 (height, width),
        metres; `normals` float32 (height, width, 3). Raises `UnknownNameError`, and `StoreError` where it was not kept.
        """
        if name not in vocabulary.MAPS:
            raise UnknownNameError("map", name, vocabulary.MAPS)
        if sample.place is None or name not in {file.name for file in sample.place.maps}:
            raise StoreError(f"there is no {name} of {sample.request.id}: build with `truths: [{name}]` in the recipe")
        return images.decode_map(name, read_map(Layout(self.root), sample.place, name))

    def to_polars(self) -> pl.DataFrame:
        """All rows as a data frame, one column for each column of the store."""
        import polars as pl

        return pl.DataFrame(pl.from_arrow(self._scanner().to_table()))

    @property
    def recipe(self) -> Recipe:
        """The resolved recipe; its counts are what was asked for."""
        from agfd.run.identity import read_recipe

        return read_recipe(Layout(self.root))

    @property
    def build(self) -> dict[str, Any]:
        """The build identity: generator, analyzers and their hashes."""
        from agfd.run.identity import read_build

        return read_build(Layout(self.root))

    @property
    def generated(self) -> bool:
        """Whether the images are generated: all but imported photographs."""
        return bool(self.build["generator"].get("domain") != PHOTO)

    def status(self) -> dict[str, Any]:
        """Asked, made, accepted, rejected, failed, unsupported: in all, per row, and why. Also while a build runs."""
        from agfd.api.status import status

        return status(self.root)

    def compared(self) -> dict[str, Any]:
        """Measured against asked or true values by attribute, and what accepted images cost by row; plain data."""
        from agfd.api.status import compared

        return compared(self.root)

    def verify(self) -> list[Damage]:
        """Everything that is damaged or missing on disk; empty when all is well."""
        from agfd.store import verify

        return list(verify(Layout(self.root)))

    def reproduce(self, image_id: str) -> Reproduction:
        """Make one image again and compare it with the one on record."""
        from agfd.run.reproduce import reproduce

        return reproduce(Layout(self.root), image_id)

    def _files(self) -> pads.Dataset:
        import pyarrow.dataset as pads

        from agfd.store import row_files

        files = [str(path) for path in row_files(Layout(self.root))]
        if not files:
            return pads.dataset(schema().empty_table())
        return pads.dataset(files, schema=schema(), format="parquet")

    def _scanner(self) -> pads.Scanner:
        # Small batches: a row holds some hundred values, and the caller may stop after the first.
        return self._files().scanner(
            filter=self._expression(), batch_size=4096, batch_readahead=2, fragment_readahead=1
        )

    def _expression(self) -> pads.Expression | None:
        import pyarrow.compute as pc

        expression = None
        for name, value in self.conditions.items():
            if value is None:
                continue
            column = pc.field(name)
            if isinstance(value, tuple):
                part = (column >= value[0]) & (column <= value[1])
            elif isinstance(value, list):
                part = column.isin(value)
            else:
                part = column == value
            expression = part if expression is None else expression & part
        return expression


def _column(name: str) -> str:
    columns = schema().names
    if name in columns:
        return name
    if f"asked_{name}" in columns:
        return f"asked_{name}"
    raise UnknownNameError("column or attribute", name, [*columns, *vocabulary.ATTRIBUTES])


def open_dataset(path: str | Path) -> Dataset:
    """The dataset in a folder. Raises `UsageError` where there is none."""
    root = Path(path)
    if not Layout(root).build.is_file():
        raise UsageError(f"{root} holds no dataset (there is no build.json)")
    return Dataset(root)
