"""The gallery: static pages that open from the file system, without a server, a network or a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agfd.errors import DamagedError
from agfd.report.identity import GRADES
from agfd.report.pages import environment, package_text
from agfd.report.summary import Summary, summarise
from agfd.store import Layout, read_member, sweep, write_bytes, write_errors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agfd.recipe import Recipe
    from agfd.report.faces import Face


def write_gallery(layout: Layout, recipe: Recipe, build: Mapping[str, Any], unsupported: Mapping[str, str]) -> Path:
    """Write `gallery/index.html` with its thumbnails; returns the page. The same dataset gives the same bytes.

    `recipe` is the resolved one (its counts are what was asked for), `build` the data of `build.json`, `unsupported`
    the generator's sentence by row id. A thumbnail that cannot be read is left out and counted on the page. Raises
    `DamagedError` where the rows cannot be read, `WriteError`.
    """
    summary = summarise(layout, recipe, build, unsupported)
    page = layout.gallery / "index.html"
    with write_errors(layout.gallery):
        (layout.gallery / "thumbs").mkdir(parents=True, exist_ok=True)
        missing = _write_thumbnails(layout, _shown(summary))
    sweep(layout.gallery)
    for name in ("style.css", "reference.css", "dom.js", "keys.js", "reference.js"):
        write_bytes(layout.gallery / name, package_text(name).encode())
    template = environment().get_template("gallery.html.j2")
    text = template.render(summary=summary, grades=GRADES, unreadable=len(missing), missing=missing)
    write_bytes(page, f"{text}\n".encode())
    return page


def _shown(summary: Summary) -> list[Face]:
    parts = [part for group in summary.groups for row in group.rows for part in row.parts]
    return [portrait.face for part in parts for portrait in part.portraits]


def _write_thumbnails(layout: Layout, faces: list[Face]) -> set[str]:
    """Copy the files of the thumbnails and remove those that are no longer shown; returns the ids that are damaged."""
    folder = layout.gallery / "thumbs"
    missing = set()
    for face in faces:
        try:
            data = read_member(layout, face.place, thumbnail=True)
        except DamagedError:
            missing.add(face.id)
            continue
        # Not synced one by one: the page is written last, and a gallery can be made again at any time.
        (folder / f"{face.id}.jpg").write_bytes(data)
    kept = {f"{face.id}.jpg" for face in faces if face.id not in missing}
    for path in folder.iterdir():
        if path.name not in kept:
            path.unlink()
    return missing
