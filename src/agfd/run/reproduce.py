"""Making one image of a dataset again, from its row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agfd import images, safety
from agfd.errors import DamagedError, UnknownNameError, UsageError
from agfd.run.again import making_again
from agfd.run.finish import wrong_outcome
from agfd.run.identity import read_build
from agfd.run.screen import is_refused, look, must_pass, screened, screens
from agfd.store import Layout, iterate_rows, read_map, read_member, row_files, rows_of, to_sample

if TYPE_CHECKING:
    from agfd.records import Image, Sample

# Grade B: on other hardware the last bits of floating-point sums differ; two grey levels are not seen.
TOLERANCE = 2.0


@dataclass(frozen=True, slots=True)
class Reproduction:
    """How an image made again compares with the one on record.

    `difference`: mean absolute difference in grey levels (0 to 255), None where the full pixels were not kept.
    """

    sample: Sample
    image: Image | None
    verdict: Literal["identical", "within tolerance", "different"]
    why: str
    difference: float | None = None


def find(layout: Layout, image_id: str) -> Sample:
    """The sample with that id, or with the only id that starts so. Raises `UnknownNameError`, `UsageError`."""
    return _find(layout, image_id)[0]


def _find(layout: Layout, image_id: str) -> tuple[Sample, int]:
    """As `find`, with the number of its round."""
    ids = [row["id"] for row in iterate_rows(layout, ["id"]) if row["id"].startswith(image_id)]
    if not ids:
        raise UnknownNameError("image", image_id, [])
    if len(ids) > 1:
        raise UsageError(f"{len(ids)} images have an id that starts with {image_id}; write more of it")
    return next(
        (to_sample(row), int(path.name[:6]))
        for path in row_files(layout)
        for row in rows_of(path)
        if row["id"] == ids[0]
    )


def reproduce(layout: Layout, image_id: str) -> Reproduction:
    """Make an image again with the generator on record and compare."""
    sample, number = _find(layout, image_id)
    if safety.REASON in sample.verdict.reasons:
        raise UsageError(f"{sample.request.id} was refused by the safety screen: it is not made again")
    build = read_build(layout)
    there = build["generator"]
    with making_again(layout, build) as again:
        generator, outcome = again.generator, again.make(sample.request, number)
    here = generator.info
    changed = [
        f"{name} was {there[name]} and is {now}"
        for name, now in (("version", here.version), ("model_hash", here.model_hash))
        if there[name] != now
    ]
    failure = outcome.failure or wrong_outcome(sample.request, outcome)
    if failure is not None or outcome.value is None:
        assert failure is not None
        same = sample.verdict.reasons == (failure.code,)
        return Reproduction(sample, None, "identical" if same else "different", f"failed: {failure.message}")
    if must_pass(sample.request, screened(generator, build.get("screen", True))):
        # The picture need not be the one that passed: on other hardware its pixels differ.
        names = tuple(name for name in build["analyzers"] if screens(name))
        if is_refused(sample.request, look(names, outcome.value)):
            raise UsageError(f"the safety screen refuses what became of {sample.request.id}")
    return _compared(layout, sample, outcome.value, changed)


def _compared(layout: Layout, sample: Sample, image: Image, changed: list[str]) -> Reproduction:
    import numpy as np

    place = sample.place
    if place is None:
        return Reproduction(sample, image, "different", "it failed when the dataset was built and was made now")
    if images.pixels_sha256(image.pixels) == place.pixels_sha256:
        return _maps_compared(layout, sample, image)
    why = "; ".join(changed) or "same generator; the processor or a library computes otherwise"
    if not place.size:
        return Reproduction(sample, image, "different", f"{why}; the full pixels were not kept, so how much is unknown")
    try:
        before = images.decode(read_member(layout, place))
    except DamagedError as error:
        return Reproduction(sample, image, "different", f"{why}; {error}")
    if before.shape != image.pixels.shape:
        return Reproduction(sample, image, "different", f"{why}; the size differs")
    difference = float(np.abs(before.astype(np.int16) - image.pixels.astype(np.int16)).mean())
    verdict: Literal["within tolerance", "different"] = "within tolerance" if difference <= TOLERANCE else "different"
    return Reproduction(sample, image, verdict, why, difference)


def _maps_compared(layout: Layout, sample: Sample, image: Image) -> Reproduction:
    """The same picture; are its maps the same too?"""
    import numpy as np

    assert sample.place is not None
    for file in sample.place.maps:
        made = image.truth.maps.get(file.name) if image.truth else None
        try:
            before = images.decode_map(file.name, read_map(layout, sample.place, file.name))
        except DamagedError as error:
            return Reproduction(sample, image, "different", str(error), 0.0)
        if made is None or not np.array_equal(before, images.decode_map(file.name, images.encode_map(file.name, made))):
            return Reproduction(sample, image, "different", f"the picture is the same, its map {file.name} is not", 0.0)
    return Reproduction(sample, image, "identical", "every pixel has the value on record", 0.0)
