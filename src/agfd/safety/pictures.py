"""The screen of pictures: how likely nudity may be before nothing of a picture is written."""

from __future__ import annotations

from agfd.safety.text import ADULT

# What a screening analyzer measures.
MEASURE = "nsfw"
# Reason code of a picture that was refused.
REASON = "unsafe"
# False alarms on portraits at these bounds: design/0026-safety.md.
_BOUND, _BOUND_OF_MINORS = 0.5, 0.2


def is_unsafe(score: float, age: float | None) -> bool:
    """Whether a picture with that probability of nudity is refused; `age`: years asked for, None if nobody said.

    A score that is no number is refused.
    """
    minor = age is None or age < ADULT
    return not score < (_BOUND_OF_MINORS if minor else _BOUND)
