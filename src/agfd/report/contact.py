"""The contact sheet: the whole table on one picture, rows down, a strip of faces for each sex across."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from agfd import images
from agfd.errors import DamagedError
from agfd.report.faces import Face, Faces, find_faces, spread
from agfd.report.summary import sexes_of
from agfd.store import read_member, write_bytes, write_errors

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

    from agfd.recipe import Recipe
    from agfd.store import Layout

PAPER, INK, SOFT, LINE, TILE = (250, 249, 246), (29, 29, 27), (120, 118, 110), (222, 220, 211), (236, 234, 227)
FACE, GAP, MARGIN, LABEL, BETWEEN = 96, 4, 48, 210, 28
HEADER, GROUP, ROW, EMPTY_ROW = 104, 46, FACE + 14, 56
FACES = 7
# A sheet of more rows would be a picture that no viewer opens; the gallery shows them all.
MOST_ROWS = 80


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The picture while it is drawn."""

    layout: Layout
    recipe: Recipe
    faces: Faces
    picture: Image
    draw: ImageDraw

    def height(self, row: str) -> int:
        """Pixels for a row: less where there is no face to show."""
        return _height(self.recipe, self.faces, row)


def _height(recipe: Recipe, faces: Faces, row: str) -> int:
    return ROW if any(faces.accepted.get((row, sex)) for sex in _sexes(recipe, faces)) else EMPTY_ROW


def _sexes(recipe: Recipe, faces: Faces) -> tuple[str, ...]:
    return sexes_of(recipe, (sex for _, sex in faces.accepted))


def write_contact_sheet(layout: Layout, recipe: Recipe, *, photos: bool = False) -> Path:
    """Write `gallery/contact.png` from the stored thumbnails; returns it. The same dataset gives the same bytes.

    At most seven faces for each row and sex, spread over race, words and age. `photos`: the people exist. Raises
    `DamagedError` where the rows cannot be read, `WriteError`.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    rows = list(recipe.rows)[:MOST_ROWS]
    faces = find_faces(layout)
    picture = Image.new("RGB", _size(recipe, faces, rows), PAPER)
    sheet = _Sheet(layout, recipe, faces, picture, ImageDraw.Draw(picture))
    _draw_header(sheet, "" if photos else " None of these people exists.")
    top, group = HEADER, None
    for row in rows:
        if recipe.rows[row].group != group:
            group = recipe.rows[row].group
            _draw_group(sheet, group, top)
            top += GROUP
        _draw_row(sheet, row, top)
        top += sheet.height(row)
    more = len(recipe.rows) - len(rows)
    if more:
        sheet.draw.text((MARGIN, top + 8), f"{more:,} more rows: see the gallery", SOFT, _font(15))
    path = layout.gallery / "contact.png"
    with write_errors(layout.gallery):
        layout.gallery.mkdir(parents=True, exist_ok=True)
    write_bytes(
        path, images.encode_png(np.asarray(picture), {"Title": recipe.title or recipe.name}, generated=not photos)
    )
    return path


def _size(recipe: Recipe, faces: Faces, rows: list[str]) -> tuple[int, int]:
    groups = [recipe.rows[row].group for row in rows]
    headings = sum(group != before for group, before in zip(groups, [None, *groups], strict=False))
    width = MARGIN * 2 + LABEL + len(_sexes(recipe, faces)) * (_strip_width() + BETWEEN) - BETWEEN
    return width, HEADER + headings * GROUP + sum(_height(recipe, faces, row) for row in rows) + MARGIN


def _strip_width() -> int:
    return FACES * (FACE + GAP) - GAP


def _left(index: int) -> int:
    return MARGIN + LABEL + index * (_strip_width() + BETWEEN)


@cache
def _font(size: int) -> FreeTypeFont | Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _draw_header(sheet: _Sheet, who: str) -> None:
    title = _cut(sheet, sheet.recipe.title or sheet.recipe.name, 30, sheet.picture.width - 2 * MARGIN)
    sheet.draw.text((MARGIN, 26), title, INK, _font(30))
    for index, sex in enumerate(_sexes(sheet.recipe, sheet.faces)):
        sheet.draw.text((_left(index), 74), sex, SOFT, _font(17))
    told = f"Accepted images, spread over race, words and age; none was picked by hand.{who}"
    width, height = sheet.picture.size
    sheet.draw.text((MARGIN, height - 36), _cut(sheet, told, 14, width - 2 * MARGIN), SOFT, _font(14))


def _draw_group(sheet: _Sheet, group: str, top: int) -> None:
    right = sheet.picture.width - MARGIN
    sheet.draw.line((MARGIN, top + 4, right, top + 4), LINE, 1)
    sheet.draw.text((MARGIN, top + 13), _cut(sheet, group, 19, right - MARGIN), INK, _font(19))


def _draw_row(sheet: _Sheet, row: str, top: int) -> None:
    entry = sheet.recipe.rows[row]
    middle = top + (sheet.height(row) - 14) // 2 + 2
    sheet.draw.text((MARGIN, middle - 20), _cut(sheet, entry.feature, 16, LABEL - 12), INK, _font(16))
    sheet.draw.text((MARGIN, middle + 4), _cut(sheet, row, 13, LABEL - 12), SOFT, _font(13))
    for index, sex in enumerate(_sexes(sheet.recipe, sheet.faces)):
        shown = spread(sheet.faces.accepted.get((row, sex), []), FACES, sheet.recipe.axes.race)
        for place, face in enumerate(shown):
            sheet.picture.paste(_tile(sheet.layout, face), (_left(index) + place * (FACE + GAP), top))
        if not shown:
            asked = entry.count.get(sex, 0)
            told = entry.note.get(sex, "none asked for") if not asked else "none made"
            sheet.draw.text((_left(index), middle - 8), _cut(sheet, told, 14, _strip_width()), SOFT, _font(14))


def _tile(layout: Layout, face: Face) -> Image:
    """The thumbnail as a square; an empty one where it cannot be read."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(read_member(layout, face.place, thumbnail=True)), formats=("JPEG",)) as picture:
            return ImageOps.fit(picture.convert("RGB"), (FACE, FACE), Image.Resampling.LANCZOS)
    except (DamagedError, OSError):
        return Image.new("RGB", (FACE, FACE), TILE)


def _cut(sheet: _Sheet, text: str, size: int, width: int) -> str:
    """The text, shortened with an ellipsis where it is wider than `width` pixels; on one line."""
    line = " ".join(text.split())
    if sheet.draw.textlength(line, _font(size)) <= width:
        return line
    while line and sheet.draw.textlength(f"{line}…", _font(size)) > width:
        line = line[:-1]
    return f"{line.rstrip()}…"
