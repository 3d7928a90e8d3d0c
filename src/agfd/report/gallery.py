"""The gallery: static pages that open from the file system, without a server, a network or a build step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agfd.report import facets
from agfd.report.details import detail
from agfd.report.identity import GRADES
from agfd.report.packing import pack, script
from agfd.report.pages import environment, package_text
from agfd.report.pictures import Pictures, copy_pictures
from agfd.report.shown import Shown, find_shown
from agfd.report.summary import Summary, summarise
from agfd.store import Layout, sweep, write_bytes, write_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agfd.recipe import Recipe

# Styles and scripts that lie beside the pages as they are.
ASSETS = (
    "style.css", "reference.css", "shortcuts.js", "reference.js", "data.js",
    # Of browse.html; the first four are of use to other pages too.
    "facts.css", "dom.js", "overlays.js", "facts.js",
    "browse.css", "state.js", "facets.js", "search.js", "grid.js", "filters.js", "panel.js", "compare.js",
    "browse.js",
)  # fmt: skip
# The pages and their templates. The first one is written last: with it the gallery is whole.
PAGES = {"index.html": "gallery.html.j2", "browse.html": "browse.html.j2"}
# Images whose details are in one file: loaded when one of them is opened.
CHUNK = 200
DATA = "data"


def write_gallery(
    layout: Layout,
    recipe: Recipe,
    build: Mapping[str, Any],
    unsupported: Mapping[str, str],
    full: bool | None = None,
) -> Path:
    """Write the pages of a dataset with all that they read; returns the first one, `gallery/index.html`.

    The same dataset gives the same bytes. `recipe` is the resolved one (its counts are what was asked for), `build` the
    data of `build.json`, `unsupported` the generator's sentence by row id. `full`: whether full pictures and maps are
    copied; None: where all together they are small. A thumbnail that cannot be read is left out and counted on the
    page. The pages go first and come last, so that half of a gallery never looks like one; only they are synced, all
    else can be made again at any time. Raises `DamagedError` where the rows cannot be read, `WriteError`.
    """
    summary = summarise(layout, recipe, build, unsupported)
    shown = find_shown(layout, _portraits(summary))
    with write_errors(layout.gallery):
        for page in PAGES:
            (layout.gallery / page).unlink(missing_ok=True)
        pictures = copy_pictures(layout, shown.rows, full)
        sweep(layout.gallery)
        _write_data(layout.gallery / DATA, _Data(summary, shown, pictures))
        _write_assets(layout.gallery)
    told = {"summary": summary, "grades": GRADES, "unreadable": len(pictures.damaged), "missing": pictures.damaged}
    for page, template in reversed(PAGES.items()):
        text = environment().get_template(template).render(told)
        write_bytes(layout.gallery / page, f"{text}\n".encode())
    return layout.gallery / "index.html"


def _write_data(folder: Path, data: _Data) -> None:
    """Write the scripts with data, and remove those of a larger gallery."""
    folder.mkdir(exist_ok=True)
    written = {"index.js"}
    (folder / "index.js").write_bytes(script("index", data.index()))
    for number, chunk in enumerate(data.chunks()):
        path = folder / f"{number:05d}.js"
        path.write_bytes(script(path.stem, chunk))
        written.add(path.name)
    for path in folder.iterdir():
        if path.name not in written:
            path.unlink()


def _write_assets(gallery: Path) -> None:
    """Write styles and scripts, and remove those of an earlier version of agfd."""
    for path in gallery.iterdir():
        if path.suffix in {".html", ".css", ".js"} and path.name not in ASSETS:
            path.unlink()
    for name in ASSETS:
        (gallery / name).write_bytes(package_text(name).encode())


def _portraits(summary: Summary) -> set[str]:
    """The ids of the images that the first page shows."""
    parts = [part for group in summary.groups for row in group.rows for part in row.parts]
    return {portrait.face.id for part in parts for portrait in part.portraits}


@dataclass(frozen=True, slots=True)
class _Data:
    """What the scripts in `data/` hold."""

    summary: Summary
    shown: Shown
    pictures: Pictures

    def index(self) -> dict[str, Any]:
        """What search and facets need of every image, as design/0036 says."""
        rows, recipe = self.shown.rows, self.summary.recipe
        ids = rows["id"].to_pylist()
        return {
            "title": self.summary.title,
            "photos": self.summary.identity.photos,
            "total": self.shown.total,
            "chunk": CHUNK,
            "ids": ids,
            "missing": self._without("thumb", ids),
            "full": self.pictures.full,
            "small": self._without("full", ids) if self.pictures.full else [],
            "facets": facets.facets(rows, recipe),
            "twins": facets.twins(rows),
        }

    def _without(self, kind: str, ids: list[str]) -> list[int]:
        """The numbers of the images of which there is no such file."""
        return [place for place, image in enumerate(ids) if self.pictures.address(kind, image) is None]

    def chunks(self) -> Iterator[dict[str, Any]]:
        """Everything known of `CHUNK` images at a time."""
        for first in range(0, self.shown.rows.num_rows, CHUNK):
            rows = self.shown.rows.slice(first, CHUNK).to_pylist()
            yield pack([detail(row, self.summary.recipe, self.pictures.address) for row in rows])
