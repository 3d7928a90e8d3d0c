"""What agfd does not make: the screen of texts that ask for pictures."""

from __future__ import annotations

from agfd.safety.text import ADULT, Hit, screen

__all__ = ["ADULT", "Hit", "screen"]
