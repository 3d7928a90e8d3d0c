"""What a reviewer sees of an image before they have spoken: the picture and what was asked, no word of the machine's.

Somebody who knows a verdict tends to find it right. What is not named here is hidden, so nothing new slips through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_SEEN = frozenset(
    {
        *("id", "row", "feature", "group", "variant", "sex", "race", "slot", "twin_group", "person", "scene"),
        *("prompt", "negative_prompt", "settings", "made", "size", "thumb", "full", "reproduce", "blind"),
    }
)

# What is a list or a table also where there is nothing in it; anything else is null then.
_EMPTY: Mapping[str, Any] = {
    **{name: [] for name in ("reasons", "review", "measurements")},
    **{name: {} for name in ("quantities", "points", "maps", "hashes")},
}


def hidden(detail: Mapping[str, Any]) -> dict[str, Any]:
    """A `Detail` of design/0036 in the same shape without what the generator knows and what analyzers and rules say."""
    shown = {name: value if name in _SEEN else _EMPTY.get(name) for name, value in detail.items()}
    shown["attributes"] = [
        {"name": entry["name"], "asked": entry["asked"], "measured": None, "true": None, "source": None}
        for entry in detail["attributes"]
        if entry["asked"] is not None
    ]
    return shown
