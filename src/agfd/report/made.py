"""With which models the accepted images were made, as far as their rows say it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agfd.store import read_stable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from agfd.store import Layout


@dataclass(frozen=True, slots=True)
class ModelShare:
    """A model and how many accepted images it made. `hash`: AutoV2, as civitai shows it; both may be empty."""

    model: str
    hash: str
    images: int


def count_models(layout: Layout) -> tuple[ModelShare, ...]:
    """The models of the accepted images, the most used first; none where the rows name none. Raises `DamagedError`."""
    counted = read_stable(layout, ("status", "made"), _count)
    shares = [ModelShare(model, hash_, images) for (model, hash_), images in counted.items()]
    return tuple(sorted(shares, key=lambda share: (-share.images, share.model, share.hash)))


def _count(tables: Iterator[pa.Table]) -> Counter[tuple[str, str]]:
    import polars as pl
    import pyarrow.compute as pc

    counted: Counter[tuple[str, str]] = Counter()
    for table in tables:
        accepted = table.filter(pc.equal(table["status"], "accepted")).select(["made"])
        entries = pl.DataFrame(pl.from_arrow(accepted)).with_row_index().drop_nulls().explode("made").unnest("made")
        model, hash_ = (entries.filter(name=name).select("index", "value") for name in ("Model", "Model hash"))
        pairs = model.join(hash_, on="index", how="full", coalesce=True).drop("index").fill_null("")
        counted.update({(name, digits): number for name, digits, number in pairs.group_by(pl.all()).len().iter_rows()})
    return counted
