"""The dataset card: a README that says what the folder holds, how its labels are known and how to make it again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from agfd import models
from agfd.report.asked import compare
from agfd.report.faces import Faces
from agfd.report.identity import GRADES
from agfd.report.made import count_models
from agfd.report.pages import environment, percent
from agfd.report.people import people_in
from agfd.report.sources import SOURCES, count_sources
from agfd.report.summary import summarise
from agfd.store import write_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agfd.recipe import Recipe
    from agfd.report.summary import Summary
    from agfd.store import Layout

# The sizes that the Hub knows.
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_LICENCES = {
    "render": (
        "The images were rendered from the geometry that ships with agfd: MakeHuman's base mesh and shapes and its "
        "asset Face Units, all CC0 1.0. No photograph and no scan of a person is in them."
    ),
    "folder": "The images were imported; the terms of whoever made or took them apply to them.",
}
_OTHER_LICENCE = "The images are subject to the terms of the generator and of the model that made them."


def write_card(layout: Layout, recipe: Recipe, build: Mapping[str, Any]) -> Path:
    """Write the card, `README.md`; returns it. The same dataset gives the same bytes.

    `recipe` is the resolved one, `build` the data of `build.json`. Raises `DamagedError` where the rows cannot be
    read, `WriteError`.
    """
    summary = summarise(layout, recipe, build, {}, Faces())
    text = (
        environment()
        .get_template("card.md.j2")
        .render(
            front=_front_matter(summary),
            summary=summary,
            grades=GRADES,
            sources=count_sources(layout),
            people=people_in(layout),
            source_names=SOURCES,
            barred=_barred(summary),
            compared=compare(layout, build),
            models=count_models(layout),
            licence=_LICENCES.get(summary.identity.generator, _OTHER_LICENCE),
            md=markdown,
            bounds=lambda interval: "–".join(percent(bound) for bound in interval),
            code=code,
        )
    )
    write_bytes(layout.card, f"{text}\n".encode())
    return layout.card


def _barred(summary: Summary) -> list[str]:
    """Weights behind the measurements, and analyzers with weights of their own, whose terms forbid commercial use."""
    used = {name for analyzer in summary.identity.analyzers for name in analyzer.weights}
    ours = [name for name, entry in models.weights().items() if name in used and not entry.commercial]
    return [*ours, *(analyzer.name for analyzer in summary.identity.analyzers if not analyzer.commercial)]


def _front_matter(summary: Summary) -> str:
    import yaml

    accepted = summary.counts.accepted
    made, marked = ([], []) if summary.identity.photos else (["synthetic"], ["generated-images"])
    data = {
        "pretty_name": " ".join(summary.title.split()),
        "task_categories": ["image-classification"],
        "tags": [*made, "faces", "face-analysis", *marked, "agfd"],
        "size_categories": [next((name for limit, name in _SIZES if accepted < limit), "10M<n<100M")],
        # The images lie in tars; without this line loaders would take those for the dataset and miss the labels.
        "configs": [{"config_name": "rows", "data_files": [{"split": "train", "path": "rounds/*.parquet"}]}],
    }
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120).rstrip()


def markdown(text: object) -> str:
    """Text that Markdown shows as it is, in the middle of a line."""
    line = " ".join(str(text).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", line)


def code(text: object) -> str:
    """Text as Markdown code, on one line, whatever backticks and bars it holds (inside a table, too)."""
    line = " ".join(str(text).split()).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    padding = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{padding}{line}{padding}{fence}"
