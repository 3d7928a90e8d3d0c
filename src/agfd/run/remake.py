"""Making images again whose pixels were not kept, because they are accepted now."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count, repeat
from typing import TYPE_CHECKING

from agfd import images
from agfd.ports import PHOTO
from agfd.run.again import making_again
from agfd.run.finish import put, wrong_outcome
from agfd.store import Layout, Shard, write_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from agfd.records import Image, Outcome, Place, Sample
    from agfd.run.again import Again

# Images in one shard: a few megabytes, as a chunk of a generator has.
_IN_SHARD = 64


@dataclass(slots=True)
class Remaker:
    """Makes images of a dataset again with the generator on record, set up when the first one is wanted.

    `target`: where the new shards go, under names that the dataset does not have yet; `tell` hears of each image
    whether it is the one on record.
    """

    layout: Layout
    target: Layout
    build: Mapping[str, Any]
    tell: Callable[[bool], None]
    _set_up: ExitStack = field(default_factory=ExitStack, init=False)
    _again: Again | None = field(default=None, init=False)

    def remake(self, number: int, samples: Sequence[Sample]) -> dict[str, Place]:
        """The places of the images of a round that came out as they are on record, by id; the others are lost.

        Raises `UsageError` where the generator is not installed, `WriteError`.
        """
        places: dict[str, Place] = {}
        for first in range(0, len(samples), _IN_SHARD):
            part = samples[first : first + _IN_SHARD]
            path = self._free_tar(number)
            shard = Shard(path.name)
            made = [
                self._same(sample, outcome, shard)
                for sample, outcome in zip(part, self._made(part, number), strict=True)
            ]
            if not any(made):
                continue
            data = shard.seal()
            write_bytes(path, data)
            sha256 = hashlib.sha256(data).hexdigest()
            for sample, place in zip(part, made, strict=True):
                if place is not None:
                    places[sample.request.id] = replace(place, shard_sha256=sha256)
        return places

    def close(self) -> None:
        """Release the generator."""
        self._set_up.close()

    def _made(self, samples: Sequence[Sample], number: int) -> Iterator[Outcome[Image]]:
        if self._again is None:
            self._again = self._set_up.enter_context(making_again(self.layout, self.build))
        return map(self._again.make, (sample.request for sample in samples), repeat(number))

    def _same(self, sample: Sample, outcome: Outcome[Image], shard: Shard) -> Place | None:
        image = outcome.value
        same = (
            image is not None
            and sample.place is not None
            and wrong_outcome(sample.request, outcome) is None
            and images.pixels_sha256(image.pixels) == sample.place.pixels_sha256
        )
        self.tell(same)
        if not same or image is None or self._again is None:
            return None
        return put(sample.request, image, shard, whole=True, generated=self._again.generator.info.domain != PHOTO)

    def _free_tar(self, number: int) -> Path:
        """The next name of a shard of this round that neither the dataset nor the new files have."""
        there = {*self.layout.chunks("tar"), *self.target.chunks("tar"), *self.layout.chunks("parquet")}
        return self.target.chunk_tar(number, next(nth for nth in count() if (number, nth) not in there))
