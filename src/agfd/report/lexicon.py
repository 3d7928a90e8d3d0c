"""What scripts of the pages need and Python knows: the parts of a face with their colours, what the names mean."""

from __future__ import annotations

from typing import Any

from agfd import images, vocabulary


def lexicon() -> dict[str, Any]:
    """Plain data for a JSON block of a page.

    `parts`: [name, colour as #rrggbb] of every number in a map of the segmentation. `attributes`, `measurements` and
    `quantities`: what each name means. `units`: of the attributes that are numbers.
    """
    colours = images.part_colours(len(vocabulary.FACE_PARTS))
    return {
        "parts": [
            [name, "#{:02x}{:02x}{:02x}".format(*colour)]
            for name, colour in zip(vocabulary.FACE_PARTS, colours, strict=True)
        ],
        "attributes": {name: entry.doc for name, entry in vocabulary.ATTRIBUTES.items()},
        "units": {
            name: entry.unit for name, entry in vocabulary.ATTRIBUTES.items() if isinstance(entry, vocabulary.Number)
        },
        "measurements": dict(vocabulary.MEASUREMENTS),
        "quantities": dict(vocabulary.QUANTITIES),
    }
