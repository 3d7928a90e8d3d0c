"""What judging again changes, counted by row and reason with a few examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, get_args

from agfd import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agfd.records import Verdict

Kind: TypeAlias = Literal[
    "accepted -> rejected", "rejected -> accepted", "other reasons", "overruled", "label", "review"
]
_KINDS: tuple[Kind, ...] = get_args(Kind)
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Change:
    """So many images of a row change for one reason; an image with several reasons counts for each.

    `what`: the reason code; of a label its attribute and sources, `age: asked -> measured`; of a review the attribute;
    of what people overrule the reasons.
    """

    row: str
    kind: Kind
    what: str
    images: int
    examples: tuple[str, ...]


@dataclass(slots=True)
class Changes:
    """Counts what is different between verdicts on record and new ones.

    `total`: images with any difference; `verdicts`: those of them with another status or other reasons.
    """

    COLUMNS: ClassVar[list[str]] = [
        "id", "row", "status", "reasons", "review", "overruled", *(f"source_{name}" for name in vocabulary.ATTRIBUTES)
    ]  # fmt: skip

    total: int = 0
    verdicts: int = 0
    images: int = 0
    accepted_before: int = 0
    accepted_after: int = 0
    _counts: dict[tuple[str, Kind, str], int] = field(default_factory=dict)
    _examples: dict[tuple[str, Kind, str], list[str]] = field(default_factory=dict)

    def add(self, row: dict[str, Any], new: Verdict) -> None:
        """Compare the verdict in a row with the new one."""
        self.images += 1
        self.accepted_before += row["status"] == "accepted"
        self.accepted_after += new.status == "accepted"
        found = list(_differences(row, new))
        self.total += bool(found)
        self.verdicts += any(kind not in {"overruled", "label", "review"} for kind, _ in found)
        for kind, what in found:
            key = (row["row"], kind, what)
            self._counts[key] = self._counts.get(key, 0) + 1
            examples = self._examples.setdefault(key, [])
            if len(examples) < EXAMPLES:
                examples.append(row["id"])

    def listed(self) -> tuple[Change, ...]:
        """By row in the order in which they first change, then by kind, the most frequent first."""
        rows = {row: place for place, row in enumerate(dict.fromkeys(row for row, _, _ in self._counts))}
        order = sorted(
            self._counts.items(), key=lambda item: (rows[item[0][0]], _KINDS.index(item[0][1]), -item[1], item[0][2])
        )
        return tuple(Change(*key, number, tuple(self._examples[key])) for key, number in order)


def _differences(row: dict[str, Any], new: Verdict) -> Iterator[tuple[Kind, str]]:
    old, reasons = row["status"], tuple(row["reasons"] or ())
    if (old, new.status) == ("accepted", "rejected"):
        yield from (("accepted -> rejected", reason) for reason in new.reasons)
    elif (old, new.status) == ("rejected", "accepted"):
        yield from (("rejected -> accepted", reason) for reason in reasons)
    elif reasons != new.reasons:
        yield "other reasons", f"{', '.join(reasons)} -> {', '.join(new.reasons)}"
    elif (overruled := tuple(row.get("overruled") or ())) != new.overruled:
        yield "overruled", f"{', '.join(overruled) or 'nothing'} -> {', '.join(new.overruled) or 'nothing'}"
    if old != "failed":
        for name in vocabulary.ATTRIBUTES:
            before, after = row.get(f"source_{name}"), new.sources.get(name)
            if before != after and new.sources:
                yield "label", f"{name}: {before or 'nothing'} -> {after or 'nothing'}"
    reviewed = set(row.get("review") or ())
    yield from (("review", name) for name in sorted(reviewed ^ set(new.review)))
