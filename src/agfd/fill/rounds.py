"""Which attempts to make next. Pure: the same ledger gives the same round, whoever made the images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agfd.fill.ledger import Ledger, SlotKey, Yield

# A variant is given up when it is nearly certain that fewer than 2 in 100 images would pass.
HOPELESS_YIELD = 0.02
HOPELESS_AFTER = 30
# A slot gets enough attempts in one round for about 0.7 accepted images: with more, surplus images grow faster than
# rounds are saved.
WANTED_PER_ROUND = 0.7
MOST_PER_ROUND = 8
PROBE_SHARE = 0.1


class Attempt(NamedTuple):
    """One attempt at one slot."""

    row: str
    sex: str
    slot: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop trying."""

    max_tries: int = 20


def given_up(entry: Yield) -> bool:
    """Whether the yield proves a variant hopeless."""
    return entry.trials >= HOPELESS_AFTER and entry.interval[1] < HOPELESS_YIELD


def attempts_at_once(entry: Yield) -> int:
    """How many attempts at one slot the yield so far suggests, 1 to 8."""
    # One more success than was seen: a single early failure must not call for eight attempts.
    share = (entry.accepted + 1) / (entry.trials + 1)
    return min(MOST_PER_ROUND, max(1, math.floor(WANTED_PER_ROUND / share + 0.5)))


def is_open(key: SlotKey, ledger: Ledger, limits: Limits) -> bool:
    """Whether the slot still wants an image and may be tried again."""
    return (
        not ledger.is_filled(key.row, key.sex, key.slot)
        and ledger.tried(key.row, key.sex, key.slot) < limits.max_tries
        and not given_up(ledger.yield_of(key.row, key.sex, key.variant))
    )


def next_round(wanted: Iterable[SlotKey], ledger: Ledger, limits: Limits) -> list[Attempt]:
    """The attempts of the next round, in order; empty when nothing more can be done.

    A cell without any verdict is probed first with a tenth of its slots, at least one; then every open slot gets as
    many attempts as the yield of its variant suggests.
    """
    slots = list(wanted)
    sizes: dict[tuple[str, str, str], int] = {}
    for key in slots:
        cell = (key.row, key.sex, key.race)
        sizes[cell] = sizes.get(cell, 0) + 1
    probes = {cell: math.ceil(size * PROBE_SHARE) for cell, size in sizes.items() if cell not in ledger.probed}
    attempts: list[Attempt] = []
    for key in slots:
        cell = (key.row, key.sex, key.race)
        if cell in probes:
            if probes[cell] == 0:
                continue
            probes[cell] -= 1
        if not is_open(key, ledger, limits):
            continue
        first = ledger.tried(key.row, key.sex, key.slot)
        number = min(attempts_at_once(ledger.yield_of(key.row, key.sex, key.variant)), limits.max_tries - first)
        attempts.extend(Attempt(key.row, key.sex, key.slot, first + nth) for nth in range(number))
    return attempts


def chunk_size(requests: int, hint: int) -> int:
    """Requests in one chunk: the generator's hint, but never more than a sixteenth of the round."""
    return max(1, min(hint, requests // 16))
