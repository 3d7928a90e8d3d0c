"""The seams of agfd: what a generator, an analyzer and an exporter must offer.

All are found by name through `agfd.registry`; a third party's package adds its own through entry points.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from agfd.records import Files, Image, Measurements, Outcome, Request, Sample

# The domain of pictures that a camera took.
PHOTO = "photo"
# The code of an image that was not finished because an early look at it was bad.
EARLY_STOP = "early_stop"
# The code of a picture of one colour, or of values that are no numbers, which become black.
BLANK = "blank_image"

Preview: TypeAlias = "Callable[[Request, NDArray[np.uint8]], bool]"
"""Looks at a small early picture (height, width, 3) and says whether the image is worth finishing."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What one worker needs, as plain data: processor cores, GPUs, bytes of memory.

    `devices`: the devices of this machine, one worker each (`cuda:0`, `cuda:1`); a worker's own is handed to the
    factory as the option `device`. Empty where workers share the processor's cores.
    """

    cpus: float = 1.0
    gpus: float = 0.0
    memory: int = 1 << 30
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GeneratorInfo:
    """What a generator says of itself before it is set up.

    `model_hash` names everything that shapes its pixels besides the request (weights, data files, options);
    `safe_by_construction`: it cannot make an unsafe picture whatever it is asked; `chunk`: the number of requests it
    likes to get at once; `seconds` and `bytes`: what one image costs on one worker, for estimates only; `domain`: what
    its pictures are to an analyzer, `render`, `diffusion` or `photo`; `truths`: what it can give besides the picture
    when a request asks for it, of `agfd.vocabulary.TRUTHS`; `anywhere`: options as they have to be given to ask it
    again out of another working folder, where that differs: whole paths.
    """

    name: str
    version: str
    model_hash: str
    safe_by_construction: bool = False
    resources: Resources = field(default_factory=Resources)
    chunk: int = 64
    seconds: float = 1.0
    bytes: int = 350_000
    domain: str = "diffusion"
    truths: tuple[str, ...] = ()
    anywhere: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Generator(Protocol):
    """Makes images.

    Life cycle: `setup_on_node()` once on each machine (downloads, caches), `setup()` once in each worker process
    (weights, scenes), `generate()` any number of times, `teardown()`. `info` and `can_make` work before any set-up
    and are cheap.

    `generate(requests)` yields exactly one `Outcome[Image]` per request, in the order of the requests, as soon as each
    is ready. An item that fails is an outcome with a `Failure`; an exception means that the generator itself is
    broken. The truth of an image holds whatever the request's `truths` name. The pixels depend on the request
    (but not on its `truths`) and on `info` alone, never on the other requests of the call, on order,
    process or time (but for the last bits where a generator is `Batched`). It is called from one thread at a time and
    must not start processes of its own. An image that `preview` does not find worth finishing is a failure with the
    code `early_stop`; it counts as rejected.
    """

    @property
    def info(self) -> GeneratorInfo:
        """What it says of itself; works before any set-up."""
        ...

    def can_make(self, request: Request) -> str | None:
        """None, or one sentence that says why no such image can be made. Asked while planning."""
        ...

    def setup_on_node(self) -> None:
        """Once on each machine: downloads and caches."""
        ...

    def setup(self) -> None:
        """Once in each worker process: weights and scenes."""
        ...

    def generate(self, requests: Sequence[Request], preview: Preview | None = None) -> Iterator[Outcome[Image]]:
        """One outcome per request, in order, each as soon as it is ready."""
        ...

    def teardown(self) -> None:
        """Let go of what `setup` took."""
        ...


@runtime_checkable
class Batched(Protocol):
    """What a generator offers besides, if it makes several images at once and the last bits of pixels hang on how many.

    `batch`: how many, 0 until somebody said; the requests of one `generate` are cut into runs of so many. The loop sets
    it before the first `generate`, for a new dataset to what `largest_batch()` found, and puts it on record.
    `generate` raises `OutOfMemoryError` where a batch does not fit, and works on with a smaller `batch`.
    """

    batch: int

    def largest_batch(self) -> int:
        """The largest batch that fits and pays, found by trial; after `setup`."""
        ...


@dataclass(frozen=True, slots=True)
class AnalyzerInfo:
    """What an analyzer says of itself.

    `gives`: the names of its measurements (`agfd.vocabulary.MEASUREMENTS`), codes (`CODES`) and vectors (`VECTORS`);
    `weights`: sha256 by file; `competent`: for each domain (`photo`, `diffusion`, `render`) what it may confirm there,
    because it was measured: attributes, or single values of them by the names of their scores (`expression_smile`).
    `here`: whether all that `setup` needs besides our own weights is on this machine, so that nothing is downloaded;
    `commercial`: whether the terms of its weights allow commercial use. One that is not here or not commercial looks
    only where it was asked for by name.
    """

    name: str
    version: str
    gives: tuple[str, ...]
    weights: Mapping[str, str] = field(default_factory=dict)
    competent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    here: bool = True
    commercial: bool = True


@runtime_checkable
class Analyzer(Protocol):
    """Measures images; never decides.

    `measure(images)` returns one `Measurements` per image, in order, holding only names of `info.gives`; a name that
    does not apply (the pose of no face) is left out. Deterministic; one thread. `setup()` loads weights, once per
    process, and raises `ModelsMissingError` when they are not installed.
    """

    @property
    def info(self) -> AnalyzerInfo:
        """What it says of itself; works before any set-up."""
        ...

    def setup(self) -> None:
        """Once in each process: weights."""
        ...

    def measure(self, images: Sequence[Image]) -> list[Measurements]:
        """One entry per image, in order."""
        ...

    def teardown(self) -> None:
        """Let go of what `setup` took."""
        ...


@runtime_checkable
class Exporter(Protocol):
    """Writes a clean set in a format that other tools read.

    `write(samples, out)` gets pairs of a sample and its files, in the order of the dataset, writes into the empty or
    new folder `out`, and returns the number of images written. Either all samples have the same maps or none has any.
    """

    def write(self, samples: Iterator[tuple[Sample, Files]], out: Path) -> int:
        """Write all of them; the number of images written."""
        ...
