"""Where a build stands: read from the folder, and nothing else."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agfd.dedup import Candidate, turned_down
from agfd.errors import DamagedError
from agfd.fill import Attempt, Ledger, Limits, SlotKey, next_round
from agfd.planning import Support, Table
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
    from collections.abc import Iterator

_LEDGER_COLUMNS = ["row", "sex", "race", "variant", "slot", "attempt", "status", "reasons", "pixels_sha256"]


@dataclass(slots=True)
class State:
    """The closed rounds in a form that planning the next one needs."""

    layout: Layout
    ledger: Ledger = field(default_factory=Ledger)
    seen: set[bytes] = field(default_factory=set)
    closed: int = 0

    def enter(self, number: int) -> None:
        """Take a closed round into the ledger."""
        for row in rows_of(self.layout.round_file(number), _LEDGER_COLUMNS):
            key = SlotKey(row["row"], row["sex"], row["race"], row["variant"], row["slot"])
            self.ledger.add(key, row["attempt"], row["status"], row["reasons"] or ())
            if row["status"] == "accepted" and row["pixels_sha256"]:
                self.seen.add(bytes.fromhex(row["pixels_sha256"][:32]))
        self.closed = number


def recover(layout: Layout) -> State:
    """Sweep what a crash left behind and read all closed rounds. Raises `DamagedError`."""
    for folder in (layout.root, layout.rounds, layout.shards):
        sweep(folder)
    state = State(layout)
    for expected, number in enumerate(layout.closed_rounds(), start=1):
        if number != expected:
            raise DamagedError(f"{layout.round_file(expected)} is missing; run agfd verify {layout.root}")
        seal_round(layout, number)
        drop_chunk_rows(layout, number)
        state.enter(number)
    complete = set(layout.chunks("parquet"))
    for key in layout.chunks("tar"):
        if key[0] > state.closed and key not in complete:
            layout.chunk_tar(*key).unlink()
    return state


def wanted(table: Table, support: Support) -> Iterator[SlotKey]:
    """Every slot of the table that the generator can make, in the table's order."""
    for row, sex in table.parts():
        names = [variant.name for variant in table.recipe.rows[row].variants]
        for slot, draw in enumerate(table.draws(row, sex)):
            if support.refusal(row, sex, slot, draw) is None:
                yield SlotKey(row, sex, draw.race, names[draw.variant], slot)


def open_round(state: State, table: Table, support: Support, max_tries: int) -> list[Attempt]:
    """The attempts of the next round; empty when there is nothing left to do. `support` knows all rows of the folder.

    What a round is planned from is written down before its first image is made, so that a build which goes on later,
    even with a larger scale, first ends the round that it finds open.
    """
    number = state.closed + 1
    path = state.layout.open_round(number)
    if path.exists():
        try:
            plan = json.loads(path.read_text(encoding="utf-8"))
            counts, tries = {(row, sex): int(n) for row, sex, n in plan["counts"]}, int(plan["max_tries"])
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError(f"{path} is damaged: {error}") from None
        slots = wanted(_with_counts(support.table, counts), support)
        return next_round(slots, state.ledger, Limits(tries))
    attempts = next_round(wanted(table, support), state.ledger, Limits(max_tries))
    if attempts:
        counts = {(row, sex): table.count(row, sex) for row, sex in table.parts()}
        plan = {"counts": [[*key, n] for key, n in counts.items()], "max_tries": max_tries}
        write_bytes(path, json.dumps(plan).encode())
    return attempts


def _with_counts(table: Table, counts: dict[tuple[str, str], int]) -> Table:
    """The table as it was when the round was opened, rows in the order of that time."""
    known = table.recipe.rows
    rows = {
        row: known[row].model_copy(update={"count": {sex: counts.get((row, sex), 0) for sex in table.recipe.axes.sex}})
        for row in dict.fromkeys(row for row, _ in counts)
    }
    return Table(table.recipe.model_copy(update={"rows": rows}), series=table.series)


def close(state: State, number: int, chunks: int) -> dict[str, int]:
    """Give the final verdicts of a round in request order, write it as one file and enter it in the ledger."""
    # Nobody writes shards now: what has a temporary name was left by a worker that died.
    sweep(state.layout.shards)
    columns = ["row", "sex", "slot", "status", "pixels_sha256", "measured_face_confidence"]
    candidates = []
    index = 0
    for chunk in range(chunks):
        for row in read_rows(state.layout.chunk_rows(number, chunk), columns).to_pylist():
            if row["status"] == "accepted":
                # Interned: a round of a million rows has a few dozen different words.
                slot = (sys.intern(row["row"]), sys.intern(row["sex"]), row["slot"])
                score = row["measured_face_confidence"] or 0.0
                candidates.append(Candidate(index, slot, bytes.fromhex(row["pixels_sha256"][:32]), score))
            index += 1
    reasons = turned_down(candidates, set(state.seen))
    close_round(state.layout, number, chunks, reasons)
    state.enter(number)
    return {reason: list(reasons.values()).count(reason) for reason in set(reasons.values())}
