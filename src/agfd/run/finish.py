"""From an outcome to a stored sample: measure, judge, encode. Pure but for the shard it fills."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agfd import images, safety
from agfd.images import infotext
from agfd.judge import ItemRules, judge_item
from agfd.ports import EARLY_STOP
from agfd.records import Failure, Image, MapFile, Outcome, Place, Request, Sample, Status, Verdict
from agfd.run.screen import is_refused, must_pass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from agfd.run.measuring import Measurer
    from agfd.run.messages import Keep
    from agfd.run.screen import Screened
    from agfd.store import Shard


BLANK = "blank_image"
# What is rejected without a look: the generator made it, or would have; so it counts in its yield.
UNSEEN = frozenset({EARLY_STOP, BLANK})
# Reasons that no rule of a recipe gives and none takes back.
UNRULED = UNSEEN | {safety.REASON}


@dataclass(frozen=True, slots=True)
class Finisher:
    """Knows who measures, the rules of each row, what is kept, whose pictures must pass the safety screen, and whether
    pictures are marked as generated.
    """

    measurer: Measurer
    rules: Mapping[str, ItemRules]
    keep: Keep
    screened: Screened = "none"
    generated: bool = True

    def finish(self, request: Request, outcome: Outcome[Image], shard: Shard) -> Sample:
        """Measure and judge one outcome and put what is kept of its picture into the shard."""
        image = outcome.value
        failure = outcome.failure or wrong_outcome(request, outcome)
        if failure is not None or image is None:
            failure = failure or Failure("bad_image", "the generator returned nothing")
            status: Status = "rejected" if failure.code in UNSEEN else "failed"
            return Sample(request, Verdict(status, (failure.code,), failure.message))
        try:
            seen = self.measurer.measure(image)
        except Exception as error:  # whatever an analyzer does costs this image, never the build
            message = f"{type(error).__name__}: {error}"
            return Sample(request, Verdict("failed", ("analyzer_error",), message), image.truth, made=image.made)
        if must_pass(request, self.screened) and is_refused(request, seen):
            return Sample(request, Verdict("rejected", (safety.REASON,)), measurements=seen, made=image.made)
        verdict = judge_item(request.attributes, image.truth, seen, self.rules[request.row])
        whole = verdict.status == "accepted" or self.keep == "all"
        place = put(request, image, shard, whole=whole, generated=self.generated)
        return Sample(request, verdict, image.truth, seen, place, image.made)


def put(request: Request, image: Image, shard: Shard, *, whole: bool, generated: bool) -> Place:
    """Add what is kept of a picture to a shard: its thumbnail, and with `whole` its maps and its file, marked as
    `generated` where it is.
    """
    height, width, _ = image.pixels.shape
    file = images.encode_png(image.pixels, texts(request, image), generated=generated) if whole else b""
    maps = image.truth.maps if whole and image.truth else {}
    thumb = images.encode_thumbnail(image.pixels)
    return Place(
        shard=shard.name,
        offset=shard.add(f"{request.id}.png", file) if whole else 0,
        size=len(file),
        thumb_offset=shard.add(f"{request.id}.thumb.jpg", thumb),
        thumb_size=len(thumb),
        width=width,
        height=height,
        pixels_sha256=images.pixels_sha256(image.pixels),
        file_sha256=hashlib.sha256(file).hexdigest(),
        shard_sha256="",
        maps=tuple(_put_map(request, name, values, shard) for name, values in maps.items()),
    )


def texts(request: Request, image: Image) -> dict[str, str]:
    """What the file of an image says of it, by key."""
    told = {"agfd_id": request.id, "agfd_row": request.row, "prompt": request.prompt}
    if image.made:
        told[images.PARAMETERS] = infotext.write(infotext.of_request(request, image.made))
    return told


def _put_map(request: Request, name: str, values: NDArray[Any], shard: Shard) -> MapFile:
    data = images.encode_map(name, values)
    return MapFile(name, shard.add(f"{request.id}.{name}.png", data), len(data), hashlib.sha256(data).hexdigest())


def wrong_outcome(request: Request, outcome: Outcome[Image]) -> Failure | None:
    """What is wrong with a generator's answer, if anything."""
    if outcome.request_id != request.id:
        return Failure("bad_image", f"the generator answered for {outcome.request_id} instead of {request.id}")
    if outcome.value is None:
        return None
    pixels = outcome.value.pixels
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        return Failure("bad_image", "the generator must return uint8 pixels (height, width, 3)")
    if min(pixels.shape) < 1:
        return Failure("bad_image", "the generator returned an empty picture")
    wrong = _wrong_made(outcome.value) or _wrong_truth(request, outcome.value)
    return wrong or _blank(outcome.value)


def _blank(image: Image) -> Failure | None:
    """What a model makes of numbers that are none (NaN in half precision) is black, whoever looks at it or not."""
    if not images.is_blank(image.pixels):
        return None
    colour = ", ".join(str(value) for value in image.pixels[0, 0].tolist())
    return Failure(BLANK, f"all pixels have the one colour ({colour})")


def _wrong_made(image: Image) -> Failure | None:
    name = infotext.unwritable(image.made)
    if name is None:
        name = next((name for name, value in image.made.items() if not isinstance(value, str)), None)
    if name is None:
        return None
    return Failure(
        "bad_image", f"the setting {name!r} of the generator cannot be written: names of letters, text as value"
    )


def _wrong_truth(request: Request, image: Image) -> Failure | None:
    truth = image.truth
    for name in request.truths:
        if truth is None or not truth.has(name):
            return Failure("bad_image", f"the generator did not give the truth {name!r}")
    wrong = [
        name for name, values in (truth.maps if truth else {}).items() if values.shape[:2] != image.pixels.shape[:2]
    ]
    return Failure("bad_image", f"the map {wrong[0]!r} is not of the picture's size") if wrong else None
