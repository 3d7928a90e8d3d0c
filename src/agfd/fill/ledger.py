"""The ledger: how often each slot was tried, which are filled, and the yield of each variant. Pure."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agfd.stats import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agfd.records import Status

# Final verdicts that turn down an image which had passed on its own; they say nothing about the generator.
FINAL_REASONS = frozenset(
    {"duplicate", "duplicate_near", "duplicate_mirrored", "duplicate_identity", "surplus", "pixels_lost"}
)


@dataclass(slots=True)
class Yield:
    """Images of one variant that passed and that did not pass on their own merits."""

    accepted: int = 0
    rejected: int = 0

    @property
    def trials(self) -> int:
        """Verdicts so far."""
        return self.accepted + self.rejected

    @property
    def share(self) -> float:
        """Share that passed, 1 before the first verdict."""
        return self.accepted / self.trials if self.trials else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval."""
        return wilson(self.accepted, self.trials)


@dataclass(slots=True)
class Ledger:
    """Everything about past verdicts that planning the next round needs; a few bytes a slot."""

    tries: dict[tuple[str, str], array[int]] = field(default_factory=dict)
    filled: dict[tuple[str, str], bytearray] = field(default_factory=dict)
    yields: dict[tuple[str, str, str], Yield] = field(default_factory=dict)
    probed: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, key: SlotKey, attempt: int, status: Status, reasons: Iterable[str]) -> None:
        """Enter the final verdict on one attempt at a slot."""
        part = (key.row, key.sex)
        tries = self.tries.setdefault(part, array("i"))
        filled = self.filled.setdefault(part, bytearray())
        if len(tries) <= key.slot:
            missing = key.slot + 1 - len(tries)
            tries.extend([0] * missing)
            filled.extend(bytes(missing))
        tries[key.slot] = max(tries[key.slot], attempt + 1)
        self.probed.add((key.row, key.sex, key.race))
        if status == "accepted":
            filled[key.slot] = 1
        if status != "failed":
            passed = status == "accepted" or set(reasons) <= FINAL_REASONS
            entry = self.yields.setdefault((key.row, key.sex, key.variant), Yield())
            entry.accepted += passed
            entry.rejected += not passed

    def tried(self, row: str, sex: str, slot: int) -> int:
        """Attempts made at a slot."""
        tries = self.tries.get((row, sex))
        return tries[slot] if tries is not None and slot < len(tries) else 0

    def is_filled(self, row: str, sex: str, slot: int) -> bool:
        """Whether the slot has its accepted image."""
        filled = self.filled.get((row, sex))
        return bool(filled is not None and slot < len(filled) and filled[slot])

    def yield_of(self, row: str, sex: str, variant: str) -> Yield:
        """The yield of a variant, empty before its first verdict."""
        return self.yields.get((row, sex, variant), Yield())


@dataclass(frozen=True, slots=True)
class SlotKey:
    """One slot of the table, as the ledger and the next round see it."""

    row: str
    sex: str
    race: str
    variant: str
    slot: int
