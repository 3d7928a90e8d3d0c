"""What agfd does not make: the screens of texts that ask for pictures and of the pictures themselves."""

from __future__ import annotations

from agfd.safety.pictures import MEASURE, REASON, is_unsafe
from agfd.safety.text import ADULT, Hit, screen, screen_negative

__all__ = ["ADULT", "MEASURE", "REASON", "Hit", "is_unsafe", "screen", "screen_negative"]
