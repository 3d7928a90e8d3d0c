"""Which pictures look like one that is kept: an exact search by Hamming distance. Pure.

Multi-index hashing (Norouzi, Punjani and Fleet, CVPR 2012): of 128 bits in six bands, codes that differ in at most r
bits differ in at most r // 6 bits in one band at least; only what is filed there needs to be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Codes: TypeAlias = NDArray[np.uint64]
    Places: TypeAlias = NDArray[np.int64]

# What `Near.found` says of a picture, by its number; nothing at 0.
REASONS = ("", "duplicate_near", "duplicate_mirrored")
WORDS = 2
# Farther apart than this, six bands have to be searched too widely.
MOST = 17

_BANDS = 6
# Three bands of 21 bits to a word of 64; the last bit of a word counts for the distance only.
_PER_WORD, _WIDTH = 3, 21
# Pairs that are compared at once: a few dozen megabytes, however many codes a band holds in one place.
_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Looks:
    """How n pictures look: codes uint64 (n, 2); cell and twins int64 (n,), hashes of the picture's cell and of its
    group of twins, 0 where it has none.
    """

    codes: Codes
    cell: Places
    twins: Places

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, which: Sequence[int] | Places) -> Looks:
        """Those at the places `which`."""
        at = np.asarray(which, dtype=np.int64)
        return Looks(self.codes[at], self.cell[at], self.twins[at])


def pack(codes: Sequence[int]) -> bytes:
    """Two codes of a picture and the same two of its mirror image, 32 bytes."""
    return b"".join(code.to_bytes(8, "little") for code in codes)


def unpack(packed: Sequence[bytes]) -> tuple[Codes, Codes]:
    """The codes (n, 2) of pictures and of their mirror images, from what `pack` made of each."""
    words = np.frombuffer(b"".join(packed), dtype="<u8").reshape(-1, 2 * WORDS).astype(np.uint64)
    return words[:, :WORDS], words[:, WORDS:]


def distance(one: Codes, other: Codes) -> NDArray[np.int64]:
    """How many of the 128 bits differ: (n,) for codes (n, 2), and as numpy broadcasts."""
    differing = np.bitwise_xor(one, other)
    if hasattr(np, "bitwise_count"):
        return np.asarray(np.bitwise_count(differing).sum(axis=-1, dtype=np.int64))
    # numpy before 2.0
    return np.asarray(_ONES[np.ascontiguousarray(differing).view(np.uint16)].sum(axis=-1, dtype=np.int64))


_ONES = np.array([number.bit_count() for number in range(1 << 16)], dtype=np.uint8)


class Near:
    """The pictures that are kept, numbered in the order in which they came, and which others look like one of them.

    `bound`: the most bits of 128 in which such codes differ, up to `MOST`; with `within_cell` only pictures of one cell
    are compared. Pictures of one group of twins are meant to be alike and never found. Memory: about 60 bytes a
    picture, 100 while parts are joined.
    """

    def __init__(self, bound: int, *, within_cell: bool = False) -> None:
        if not 0 <= bound <= MOST:
            raise ValueError(f"the bound is 0 to {MOST} bits, not {bound}")
        self._bound, self._within_cell = bound, within_cell
        # Each at least twice as large as the next, so that each picture is filed log n times (Bentley and Saxe, 1980).
        self._parts: list[_Part] = []

    def __len__(self) -> int:
        return sum(len(part.looks) for part in self._parts)

    def copy(self) -> Near:
        """One that grows apart from this one; what is filed is shared, for it never changes."""
        twin = Near(self._bound, within_cell=self._within_cell)
        twin._parts = list(self._parts)
        return twin

    def add(self, looks: Looks) -> None:
        """Keep these pictures too."""
        if not len(looks):
            return
        joined = [looks]
        size = len(looks)
        while self._parts and len(self._parts[-1].looks) < 2 * size:
            joined.insert(0, self._parts.pop().looks)
            size += len(joined[0])
        self._parts.append(_Part(_joined(joined)))

    def found(self, looks: Looks, mirrored: Codes) -> NDArray[np.uint8]:
        """For each picture whether it, or else its mirror image, looks like a kept one: places in `REASONS`, (n,)."""
        return self.first(looks, mirrored)[0]

    def first(self, looks: Looks, mirrored: Codes) -> tuple[NDArray[np.uint8], Places]:
        """The same, and the number of the first kept one that it looks like so, (n,); -1 where there is none."""
        reasons = np.zeros(len(looks), dtype=np.uint8)
        numbers = np.full(len(looks), -1, dtype=np.int64)
        for reason, codes in ((1, looks.codes), (2, mirrored)):
            rest = np.flatnonzero(reasons == 0)
            numbers[rest] = self._hits(codes[rest], looks.take(rest))
            reasons[rest[numbers[rest] >= 0]] = reason
        return reasons, numbers

    def _hits(self, codes: Codes, looks: Looks) -> Places:
        nobody, before = len(self), 0
        numbers = np.full(len(codes), nobody, dtype=np.int64)
        for part in self._parts:
            for asked, kept in part.candidates(codes, self._bound // _BANDS):
                there = part.looks.take(kept)
                alike = distance(codes[asked], there.codes) <= self._bound
                alike &= self._counts(looks.take(asked), there)
                np.minimum.at(numbers, asked[alike], before + kept[alike].astype(np.int64))
            before += len(part.looks)
        return np.where(numbers < nobody, numbers, -1)

    def among(self, looks: Looks, mirrored: Codes) -> NDArray[np.uint8]:
        """The same of n pictures and each of them, as if it were kept: (n, n), asked by kept."""
        reasons = np.zeros((len(looks), len(looks)), dtype=np.uint8)
        for row, reason_of in enumerate(reasons):
            counts = self._counts(looks.take([row]), looks)
            reason_of[counts & (distance(mirrored[row], looks.codes) <= self._bound)] = 2
            reason_of[counts & (distance(looks.codes[row], looks.codes) <= self._bound)] = 1
        return reasons

    def _counts(self, one: Looks, other: Looks) -> NDArray[np.bool_]:
        """Which pairs may be duplicates of each other."""
        counts = np.asarray((one.twins == 0) | (one.twins != other.twins))
        return counts & (one.cell == other.cell) if self._within_cell else counts


def _joined(parts: Sequence[Looks]) -> Looks:
    return Looks(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("codes", "cell", "twins")))


class _Part:
    """Pictures filed by each band: for every content of its first bits, where those with it stand in the order."""

    def __init__(self, looks: Looks) -> None:
        self.looks = looks
        # About one picture for each content; more bits would only cost memory.
        self._bits = min(_WIDTH, max(1, len(looks).bit_length()))
        self._files = [self._file(_band(looks.codes, band, self._bits)) for band in range(_BANDS)]

    def _file(self, band: NDArray[np.int64]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        order = np.argsort(band, kind="stable").astype(np.uint32)
        starts = np.zeros((1 << self._bits) + 1, dtype=np.uint32)
        np.cumsum(np.bincount(band, minlength=1 << self._bits), out=starts[1:])
        return order, starts

    def candidates(self, codes: Codes, radius: int) -> Iterator[tuple[Places, Places]]:
        """Pairs of places, among those asked and here, whose codes differ in at most `radius` bits of a band."""
        for band, (order, starts) in enumerate(self._files):
            content = _band(codes, band, self._bits)
            for mask in _ball(self._bits, radius):
                first = starts[content ^ mask].astype(np.int64)
                count = starts[(content ^ mask) + 1] - first
                for asked, place in _spread(first, count):
                    yield asked, order[place].astype(np.int64)


def _band(codes: Codes, band: int, bits: int) -> NDArray[np.int64]:
    word, nth = divmod(band, _PER_WORD)
    shifted = codes[:, word] >> np.uint64(nth * _WIDTH)
    return np.asarray(shifted & np.uint64((1 << bits) - 1), dtype=np.int64)


def _ball(bits: int, radius: int) -> Iterator[int]:
    """Every number of `bits` bits of which at most `radius` are set."""
    for size in range(min(radius, bits) + 1):
        for places in combinations(range(bits), size):
            yield sum(1 << place for place in places)


def _spread(first: Places, count: Places) -> Iterator[tuple[Places, Places]]:
    """Each asked one with every place of its run of `count` from `first`, at most `_AT_ONCE` pairs at a time."""
    asked = np.flatnonzero(count)
    ends = np.cumsum(count[asked])
    total = int(ends[-1]) if len(ends) else 0
    for start in range(0, total, _AT_ONCE):
        pair = np.arange(start, min(start + _AT_ONCE, total))
        at = np.searchsorted(ends, pair, side="right")
        yield asked[at], first[asked[at]] + pair - (ends[at] - count[asked[at]])
