"""Making an image again with those it was made with: the last bits of its pixels may hang on them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agfd.errors import OutOfMemoryError
from agfd.fill import Attempt
from agfd.ports import Batched
from agfd.run.batches import BATCH, recorded_batch
from agfd.run.chunks import chunked
from agfd.run.identity import generator_of, read_recipe
from agfd.run.imported import table_of
from agfd.run.maker import outcomes
from agfd.run.preview import EarlyLook
from agfd.run.rules import rules_by_row
from agfd.store import Layout, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agfd.planning import Imported, Table
    from agfd.ports import Generator
    from agfd.records import Image, Outcome, Request

_COLUMNS = ["id", "row", "sex", "slot", "attempt", "shard", "reasons"]
# Items that were left out when their chunk was made, and those after which the generator was called anew.
_LEFT_OUT = {"crash", "timeout"}
_BROKEN_OFF = {"exception", "no_outcome"}


@dataclass(frozen=True, slots=True)
class Run:
    """Requests that were handed to the generator in one go, and how many of them it made at once."""

    requests: tuple[Request, ...]
    batch: int


@contextmanager
def making_again(layout: Layout, build: Mapping[str, Any]) -> Iterator[Again]:
    """The maker of images of a dataset with the generator on record, set up for as long as it is needed.

    Raises what the registry and the generator's `setup` raise.
    """
    generator = generator_of(layout, build)
    generator.setup_on_node()
    generator.setup()
    try:
        again = Again(layout, build, generator)
        try:
            yield again
        finally:
            again.close()
    finally:
        generator.teardown()


class Again:
    """Makes images of a dataset again; the generator is set up. `early`: the look that stopped images, if one did."""

    def __init__(self, layout: Layout, build: Mapping[str, Any], generator: Generator) -> None:
        self._layout, self._build, self.generator = layout, build, generator
        recipe = read_recipe(layout)
        self._table: Table | Imported = table_of(layout, recipe, build.get("series", 0))
        self._early: EarlyLook | None = None
        if build.get("early_stop"):
            self._early = EarlyLook(build["early_stop"], rules_by_row(recipe, (), generator.info.domain))
            self._early.setup()
        self._chunks: tuple[int, list[list[dict[str, Any]]]] = (0, [])
        self._made: dict[str, Outcome[Image]] = {}

    def make(self, request: Request, number: int) -> Outcome[Image]:
        """What becomes of the request of a row of that round. Raises `OutOfMemoryError`, `DamagedError`."""
        if not isinstance(self.generator, Batched):
            return self._one(request)
        if request.id not in self._made:
            self._make_run(self.generator, self._run(request, number), request)
        return self._made[request.id]

    def _make_run(self, generator: Batched, run: Run, request: Request) -> None:
        self._made = {}
        generator.batch = run.batch
        try:
            made = outcomes(self.generator, run.requests, self._early)
            for one, outcome in zip(run.requests, made, strict=True):
                self._made[one.id] = outcome
                # The rest is wanted only if it comes at once.
                if one.id == request.id and len(run.requests) > run.batch:
                    return
        except OutOfMemoryError:
            # Here it is worth a try alone, within tolerance.
            generator.batch = 1
            self._made = {request.id: self._one(request)}

    def _one(self, request: Request) -> Outcome[Image]:
        return next(outcomes(self.generator, [request], self._early))

    def _run(self, request: Request, number: int) -> Run:
        """The run that an image was made in; the image alone where that is not known any more."""
        alone = Run((request,), 1)
        if number != self._chunks[0]:
            self._chunks = number, list(_chunks(self._layout, self._build, number))
        for chunk, rows in enumerate(self._chunks[1]):
            if any(row["id"] == request.id for row in rows):
                batch = recorded_batch(self._build, (number, chunk))
                requests = self._requests(rows)
                return _run_of(requests, rows, request, batch) if batch and requests else alone
        return alone

    def _requests(self, rows: Sequence[Mapping[str, Any]]) -> list[Request]:
        """The requests of a chunk's rows; none where the recipe does not give them any more."""
        requests = [self._table.request(row["row"], row["sex"], row["slot"], row["attempt"]) for row in rows]
        return requests if [one.id for one in requests] == [row["id"] for row in rows] else []

    def close(self) -> None:
        """Let go of what was loaded."""
        if self._early is not None:
            self._early.teardown()


def _run_of(requests: list[Request], rows: Sequence[Mapping[str, Any]], request: Request, batch: int) -> Run:
    reasons = [set(row["reasons"] or ()) for row in rows]
    healthy = [one for one, why in zip(requests, reasons, strict=True) if not why & _LEFT_OUT]
    place = next((place for place, one in enumerate(healthy) if one.id == request.id), None)
    if place is None:
        return Run((request,), 1)
    if any(why & _BROKEN_OFF for why in reasons):
        # Where runs begin hangs on what went wrong before: all of it is done again.
        return Run(tuple(healthy), batch)
    first = place // batch * batch
    return Run(tuple(healthy[first : first + batch]), batch)


def _chunks(layout: Layout, build: Mapping[str, Any], number: int) -> Iterator[list[dict[str, Any]]]:
    """The rows of each chunk of a round, none for a chunk that is not known."""
    if number not in layout.closed_rounds():
        there = [chunk for round_, chunk in layout.chunks("parquet") if round_ == number]
        for chunk in range(max(there, default=-1) + 1):
            yield _rows(layout, number, chunk) if chunk in there else []
        return
    rows = read_rows(layout.round_file(number), _COLUMNS).to_pylist()
    attempts = [Attempt(row["row"], row["sex"], row["slot"], row["attempt"]) for row in rows]
    tasks = chunked(number, attempts, build["chunk"], build.get(BATCH, 0))
    first = 0
    for task in tasks:
        part = rows[first : first + len(task.attempts)]
        first += len(part)
        yield part if _lie_in(layout, part, task.key, len(tasks)) else []


def _rows(layout: Layout, number: int, chunk: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read_rows(layout.chunk_rows(number, chunk), _COLUMNS).to_pylist()
    return rows


def _lie_in(layout: Layout, rows: Sequence[Mapping[str, Any]], key: tuple[int, int], chunks: int) -> bool:
    """Whether the images of these rows lie in that chunk's shard: a round that was ended before its time had others.

    Shards of later numbers hold images that were made again.
    """
    again = layout.chunk_tar(key[0], chunks).name
    names = {row["shard"] for row in rows if row["shard"] is not None}
    return all(name == layout.chunk_tar(*key).name or name >= again for name in names)
