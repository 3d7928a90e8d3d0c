"""Where identity and randomness are born, and nowhere else: every id and every seed is a hash.

No uuid, no position in a list, no clock and no global generator: the same words give the same faces, in any process.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def canonical(value: object) -> bytes:
    """One byte string for equal plain data: JSON with sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(value: object) -> str:
    """The identity of plain data: 32 hexadecimal digits (BLAKE2b, 128 bit)."""
    return hashlib.blake2b(canonical(value), digest_size=16).hexdigest()


def seed(*key: object) -> int:
    """A seed of 63 bits (it fits a signed 64-bit column) for one named stream of one identity."""
    return int.from_bytes(hashlib.blake2b(canonical(key), digest_size=8).digest(), "big") >> 1


def noise_seed(person: int, scene: int) -> int:
    """The seed of the noise from which a diffusion model starts, 32 bits as in AUTOMATIC1111: it cannot be told apart
    what of it is the person and what the scene, so twins share it.
    """
    return seed("noise", person, scene) >> 31


def fraction(*key: object) -> float:
    """A number in [0, 1), evenly spread over keys."""
    return seed(*key) / 2.0**63


@lru_cache(maxsize=4096)
def shuffled(size: int, *key: str | int) -> tuple[int, ...]:
    """A permutation of 0..size-1 that belongs to `key` (Fisher and Yates, driven by hashes)."""
    order = list(range(size))
    for last in range(size - 1, 0, -1):
        other = seed(*key, last) % (last + 1)
        order[last], order[other] = order[other], order[last]
    return tuple(order)


def from_bag(items: Sequence[T], index: int, *key: str | int) -> T:
    """The item at `index` of an endless sequence of shuffled bags of `items`.

    Any prefix of the sequence holds each item equally often within one.
    """
    bag, position = divmod(index, len(items))
    return items[shuffled(len(items), *key, bag)[position]]
