"""Where a build stands: read from the folder, and nothing else."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from agfd import ids
from agfd.dedup import Candidate, Seen, turned_down
from agfd.dedup.block import gathered, gathered_faces
from agfd.dedup.near import pack
from agfd.dedup.thresholds import YOUNGEST
from agfd.errors import DamagedError
from agfd.fill import Attempt, Ledger, SlotKey
from agfd.store import (
    Layout,
    close_round,
    drop_chunk_rows,
    read_rows,
    rows_of,
    seal_round,
    sweep,
    write_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.run.slots import Slots

# In the order that `pack` wants: two of the picture, the same of its mirror image.
_CODES = ("code_dhash", "code_phash", "code_dhash_mirrored", "code_phash_mirrored")
_PLACE = ("row", "sex", "race", "slot", "twin_group")
_FACE = ("vector_identity", "asked_age")
CANDIDATE = [*_PLACE, "status", "pixels_sha256", "measured_face_confidence", *_CODES, *_FACE]
_LEDGER = [*CANDIDATE, "variant", "attempt", "reasons"]
# Rows that are entered at once.
_ROWS = 1 << 14


@dataclass(slots=True)
class State:
    """The closed rounds in a form that planning the next one needs."""

    layout: Layout
    ledger: Ledger = field(default_factory=Ledger)
    seen: Seen = field(default_factory=Seen)
    closed: int = 0

    def enter(self, number: int) -> None:
        """Take a closed round into the ledger."""
        rows = rows_of(self.layout.round_file(number), _LEDGER)
        while part := list(islice(rows, _ROWS)):
            for row in part:
                key = SlotKey(row["row"], row["sex"], row["race"], row["variant"], row["slot"])
                self.ledger.add(key, row["attempt"], row["status"], row["reasons"] or ())
            remember(self.seen, [candidate_of(0, row) for row in part if row["status"] == "accepted"])
        self.closed = number


def recover(layout: Layout, seen: Seen) -> State:
    """Sweep what a crash left behind and read all closed rounds into `seen`. Raises `DamagedError`."""
    state = State(layout, seen=seen)
    for number in range(1, clean(layout) + 1):
        state.enter(number)
    return state


def clean(layout: Layout) -> int:
    """Sweep what a crash left behind; the number of closed rounds. Raises `DamagedError` where one is missing."""
    for folder in (layout.root, layout.rounds, layout.shards):
        sweep(folder)
    closed = layout.closed_rounds()
    for expected, number in enumerate(closed, start=1):
        if number != expected:
            raise DamagedError(f"{layout.round_file(expected)} is missing; run agfd verify {layout.root}")
        seal_round(layout, number)
        drop_chunk_rows(layout, number)
    complete = set(layout.chunks("parquet"))
    for key in layout.chunks("tar"):
        if key[0] > len(closed) and key not in complete:
            layout.chunk_tar(*key).unlink()
    return len(closed)


def remember(seen: Seen, kept: Sequence[Candidate]) -> None:
    """Take images that stay accepted into what later ones are compared with."""
    seen.pixels.update(candidate.pixels for candidate in kept)
    if seen.near is not None:
        seen.near.add(gathered(kept)[0])
    if seen.people is not None:
        seen.people.add(gathered_faces(kept))


def open_round(state: State, slots: Slots) -> list[Attempt]:
    """The attempts of the next round; empty when there is nothing left to do.

    What a round is planned from is written down before its first image is made, so that a build which goes on later,
    even with a larger scale, first ends the round that it finds open.
    """
    number = state.closed + 1
    path = state.layout.open_round(number)
    if path.exists():
        try:
            return slots.attempts(state.ledger, json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError(f"{path} is damaged: {error}") from None
    plan = slots.plan()
    attempts = slots.attempts(state.ledger, plan)
    if attempts:
        write_bytes(path, json.dumps(plan).encode())
    return attempts


def close(state: State, number: int, chunks: int) -> dict[str, int]:
    """Give the final verdicts of a round in request order, write it as one file and enter it in the ledger."""
    # Nobody writes shards now: what has a temporary name was left by a worker that died.
    sweep(state.layout.shards)
    candidates = []
    index = 0
    for chunk in range(chunks):
        for row in read_rows(state.layout.chunk_rows(number, chunk), CANDIDATE).to_pylist():
            if row["status"] == "accepted":
                candidates.append(candidate_of(index, row))
            index += 1
    reasons = turned_down(candidates, state.seen.copy())
    close_round(state.layout, number, chunks, reasons)
    state.enter(number)
    return {reason: list(reasons.values()).count(reason) for reason in set(reasons.values())}


def candidate_of(index: int, row: dict[str, Any]) -> Candidate:
    """An accepted image for the final verdict, from a row with the columns `CANDIDATE`."""
    # Interned: a round of a million rows has a few dozen different words.
    slot = (sys.intern(row["row"]), sys.intern(row["sex"]), row["slot"])
    codes: list[int] = [code for name in _CODES if (code := row.get(name)) is not None]
    return Candidate(
        index,
        slot,
        bytes.fromhex(row["pixels_sha256"][:32]),
        row["measured_face_confidence"] or 0.0,
        pack(codes) if len(codes) == len(_CODES) else None,
        _hash("cell", row["row"], row["sex"], row["race"]),
        _hash("twins", row["twin_group"]) if row["twin_group"] else 0,
        row.get("vector_identity") if (row["asked_age"] or 0) >= YOUNGEST else None,
    )


_hash = lru_cache(maxsize=4096)(ids.seed)
