"""Judging a dataset again by other rules, or by people's word: from what is on record, without running a model.

Each round is judged as it was when it was made: every image by itself, then the final verdicts in request order against
what earlier rounds keep. Nothing is written unless the caller puts the new verdicts in their places.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from agfd.dedup import turned_down
from agfd.fill import Ledger, SlotKey
from agfd.judge import judge_item, laid_over
from agfd.records import Verdict
from agfd.run.changes import Changes
from agfd.run.finish import UNRULED
from agfd.run.state import CANDIDATE, candidate_of, remember
from agfd.store import Layout, judged_columns, rows_of, to_judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from agfd.dedup import Candidate, Seen
    from agfd.judge import Consensus, ItemRules
    from agfd.records import Place

PIXELS_LOST = "pixels_lost"

Remake = "Callable[[int, Sequence[int]], Mapping[int, Place | None]]"
"""Called with a round and places of images in it whose pixels are wanted and were not kept: where each lies now, None
where it is lost; a place that is left out is not known yet, and the image counts as there."""

_OLD = ["status", "reasons", "review", "error"]


@dataclass(frozen=True, slots=True)
class Round:
    """A round to judge: its number and the files of its rows, in request order; `open` until it is closed."""

    number: int
    files: tuple[Path, ...]
    open: bool = False


@dataclass(slots=True)
class JudgedRound:
    """The new final verdicts of a round, in request order, and the new places of images that were made again."""

    round: Round
    verdicts: list[Verdict] = field(default_factory=list)
    places: dict[int, Place] = field(default_factory=dict)
    again: int = 0
    lost: int = 0


def rounds_of(layout: Layout) -> Iterator[Round]:
    """The closed rounds, and the chunks of the open one as if it ended with them."""
    closed = layout.closed_rounds()
    for number in closed:
        yield Round(number, (layout.round_file(number),))
    chunks = [layout.chunk_rows(*key) for key in layout.chunks("parquet") if key[0] not in set(closed)]
    if chunks:
        yield Round(len(closed) + 1, tuple(chunks), open=True)


class Rejudge:
    """Judges the rounds of a dataset one after another; holds what the later ones need to know of the earlier ones.

    `people`: what they say of images, by id; it is laid over what the rules say.
    """

    def __init__(
        self, rules: Mapping[str, ItemRules], people: Mapping[str, Consensus], seen: Seen, remake: Callable[..., Any]
    ) -> None:
        self._rules, self._people, self._seen, self._remake = rules, people, seen, remake
        self._ledger = Ledger()
        # Millions of verdicts, of which few differ.
        self._verdicts: dict[Any, Verdict] = {}

    def judge(self, round_: Round) -> JudgedRound:
        """The new verdicts of the next round. Raises `DamagedError`."""
        judged = JudgedRound(round_)
        candidates: list[Candidate] = []
        keys: list[SlotKey] = []
        gone: set[int] = set()
        columns = list(dict.fromkeys([*CANDIDATE, *_OLD, "id", "variant", "size", *judged_columns()]))
        for index, row in enumerate(row for file in round_.files for row in rows_of(file, columns)):
            verdict = self._alone(row)
            judged.verdicts.append(verdict)
            if verdict.status == "accepted":
                candidates.append(candidate_of(index, row))
                keys.append(SlotKey(row["row"], row["sex"], row["race"], row["variant"], row["slot"]))
                if not row["size"]:
                    gone.add(index)
        reasons = self._final(judged, candidates, gone)
        for index, reason in reasons.items():
            before = judged.verdicts[index]
            judged.verdicts[index] = self._shared(replace(before, status="rejected", reasons=(reason,)))
        for key, candidate in zip(keys, candidates, strict=True):
            if candidate.index not in reasons:
                self._ledger.add(key, 0, "accepted", ())
        remember(self._seen, [candidate for candidate in candidates if candidate.index not in reasons])
        return judged

    def _alone(self, row: dict[str, Any]) -> Verdict:
        """The verdict on one image by itself; what was never judged by rules keeps what it has."""
        if row["status"] == "failed" or UNRULED & set(row["reasons"] or ()):
            return self._shared(Verdict(row["status"], tuple(row["reasons"] or ()), row["error"]))
        verdict = judge_item(*to_judged(row), self._rules[row["row"]])
        said = self._people.get(row["id"])
        return self._shared(verdict if said is None else laid_over(verdict, said))

    def _shared(self, verdict: Verdict) -> Verdict:
        sources = tuple(verdict.sources.items())
        key = (verdict.status, verdict.reasons, verdict.error, sources, verdict.review, verdict.overruled)
        return self._verdicts.setdefault(key, verdict)

    def _final(self, judged: JudgedRound, candidates: Sequence[Candidate], gone: set[int]) -> dict[int, str]:
        """The accepted images that do not stay accepted and why; those whose pixels are wanted are made again.

        An image that is lost leaves its slot to another one, whose pixels may be wanted in turn.
        """
        lost: dict[int, str] = {}
        while True:
            there = [candidate for candidate in candidates if candidate.index not in lost]
            reasons = turned_down(there, self._seen.copy(), lambda slot: self._ledger.is_filled(*slot))
            wanted = sorted(gone & {c.index for c in there if c.index not in reasons})
            if not wanted:
                break
            gone -= set(wanted)
            judged.again += len(wanted)
            for index, place in self._remake(judged.round, wanted).items():
                if place is None:
                    lost[index] = PIXELS_LOST
                else:
                    judged.places[index] = place
        judged.lost = len(lost)
        return reasons | lost


def compare(judged: JudgedRound, changes: Changes) -> bool:
    """Enter what is different in a round into `changes`; whether anything is."""
    before = changes.total
    index = 0
    for file in judged.round.files:
        for row in rows_of(file, Changes.COLUMNS):
            changes.add(row, judged.verdicts[index])
            index += 1
    return changes.total > before or bool(judged.places)
