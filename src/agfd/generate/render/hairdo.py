"""Hair on the head as Mitsuba curves: the styles are in `hair.py`."""

from __future__ import annotations

from typing import Any

from agfd.generate.render.head import Head
from agfd.generate.render.person import Person


def hair(head: Head, sitter: Person, strands: int) -> list[Any]:
    """The scalp's hair of a sitter; nothing for a bald one."""
    return []
