"""Attributes that are measured as words or as numbers in the attribute's own unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

# Numbers whose measurement has their own name and unit.
NUMBERS = tuple(
    name
    for name, entry in vocabulary.ATTRIBUTES.items()
    if isinstance(entry, vocabulary.Number) and entry.checked_by == (name,)
)
# The measurements that decide which word an attribute is measured as.
SCORES = {"sex": ("sex",), **{name: vocabulary.scores(name, values) for name, values in vocabulary.SCORED.items()}}


def measured_word(name: str, scores: Sequence[float | None]) -> str | None:
    """The word of an attribute with the largest of its `SCORES`, of at least two; None where it was not measured."""
    if name == "sex":
        (male,) = scores
        return None if male is None else "male" if male >= 0.5 else "female"
    there = [(score, -place) for place, score in enumerate(scores) if score is not None]
    return vocabulary.SCORED[name][-max(there)[1]] if len(there) > 1 else None
