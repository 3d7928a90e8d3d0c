"""The nouns that flow through agfd: frozen, slotted, without I/O and without conversions.

    Cell -> Request -> Image -> Measurements -> Verdict -> Sample

`Recipe`, what is wanted, lives in `agfd.recipe`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Value: TypeAlias = str | int | float
"""The value of one attribute: a word of the vocabulary, or a number in the attribute's unit."""

Attributes: TypeAlias = Mapping[str, Value]

Status: TypeAlias = Literal["accepted", "rejected", "failed"]
Source: TypeAlias = Literal["constructed", "measured", "reviewed", "asked"]
Opinion: TypeAlias = Literal["accept", "reject", "unsure"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """How an image is to be made, in the words of AUTOMATIC1111. Sizes in pixels."""

    width: int
    height: int
    sampler: str
    steps: int
    cfg_scale: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One row x sex x race of the table and the number of accepted images it wants."""

    row: str
    sex: str
    race: str
    quota: int


@dataclass(frozen=True, slots=True)
class Request:
    """One image to make.

    `attributes` (read by geometry-driven generators) and `prompt` (read by text-driven ones) come from the same draw
    and cannot disagree. `person` and `scene` are 64-bit seeds: `person` drives shape, skin, eyes and hair; `scene`
    drives camera, light, background and noise. `slot` counts within row x sex, `attempt` within the slot, both from 0.
    `truths`: what is wanted besides the picture, of `agfd.vocabulary.TRUTHS`; it never changes the picture.
    """

    id: str
    row: str
    sex: str
    race: str
    variant: str
    slot: int
    attempt: int
    person: int
    scene: int
    attributes: Attributes
    prompt: str
    negative_prompt: str
    settings: Settings
    twin_group: str | None = None
    truths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """What a generator knows for certain about its own image; None or empty is what it does not know.

    Pixels are counted from the top left corner, the middle of the first one is (0.5, 0.5). The camera's frame has x to
    the right, y down and z away from the camera. A point X of the scene (metres) is seen at `intrinsics @ (extrinsics
    @ [X, 1])`, divided by its third coordinate.

    `attributes`: every attribute that it decided, asked or not; `values`: numbers of `agfd.vocabulary.QUANTITIES`.
    `landmarks`: float32, (68, 2), pixels, in the order of the iBUG 68-point mark-up; `landmarks_3d`: float32, (68, 3),
    the same in the scene; `landmarks_visible`: bool, (68,), false where something hides the point from the camera or
    the picture's edge cuts it off. `dense`, `dense_3d`, `dense_visible`: the same of the 478 points of MediaPipe's face
    mesh. `box`: x0, y0, x1, y1 of the face in pixels. `intrinsics` (3, 3) and `extrinsics` (3, 4), float64.
    `looks`: float32, (2, 3), unit vectors of the gaze in the camera's frame, the eye on the viewer's left first.
    `main_light`: float32, (2, 3): the unit vector to where most of the light comes from, in the camera's frame, and its
    colour, linear RGB, the largest 1. `maps`: by name of `agfd.vocabulary.MAPS`, what was asked for: `segmentation`
    uint8 (height, width), `depth` float32 (height, width), `normals` float32 (height, width, 3).
    """

    attributes: Attributes
    landmarks: NDArray[np.float32] | None = None
    box: tuple[float, float, float, float] | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    landmarks_3d: NDArray[np.float32] | None = None
    landmarks_visible: NDArray[np.bool_] | None = None
    dense: NDArray[np.float32] | None = None
    dense_3d: NDArray[np.float32] | None = None
    dense_visible: NDArray[np.bool_] | None = None
    intrinsics: NDArray[np.float64] | None = None
    extrinsics: NDArray[np.float64] | None = None
    looks: NDArray[np.float32] | None = None
    main_light: NDArray[np.float32] | None = None
    maps: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether this is known: a name of `agfd.vocabulary.TRUTHS`."""
        return name in self.maps or (name == "dense" and self.dense is not None)


@dataclass(frozen=True, slots=True)
class Image:
    """Pixels: uint8, (height, width, 3), sRGB; and the truth, if the generator knows it.

    `made`: how the generator made it, besides what the request says, by the names that AUTOMATIC1111 gives its settings
    (`Seed`, `Model`, `Model hash`, ...); also what it did otherwise than the request says (`Sampler`, `Steps`, ...).
    """

    pixels: NDArray[np.uint8]
    truth: Truth | None = None
    made: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """An image that was not made: a reason code, a sentence, and whether another try could help."""

    code: str
    message: str
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What became of one request: a value or a failure, never both."""

    request_id: str
    value: T | None = None
    failure: Failure | None = None

    def __post_init__(self) -> None:
        if (self.value is None) == (self.failure is None):
            raise ValueError("an outcome holds either a value or a failure")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured number and the analyzer's confidence in it, 0 to 1.

    `second`: the opinion farthest from it among the other analyzers that are as competent; None where there is none.
    """

    value: float
    confidence: float = 1.0
    second: float | None = None


@dataclass(frozen=True, slots=True)
class Measurements:
    """What analyzers saw in one image, by the names of `agfd.vocabulary.MEASUREMENTS`: measured, not decided.

    `points`: named sets of points, float32, (n, 2), in pixels. `codes`: by the names of `agfd.vocabulary.CODES`,
    64 bits each as a number from 0 to 2**64 - 1. `vectors`: by the names of `agfd.vocabulary.VECTORS`, float16, (n,),
    of length 1: in the precision in which a row keeps them, so that what is compared is what is on record.
    """

    values: Mapping[str, Measurement] = field(default_factory=dict)
    points: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    vectors: Mapping[str, NDArray[np.float16]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of one image. `reasons` are codes, empty when accepted; `error` says in words why nobody looked
    at it: it failed, or was rejected without a look.

    `sources` tells for each asked attribute how its label is known. `review`: attributes on which analyzers disagree;
    their label stays `asked` until somebody looks. `overruled`: the reasons that people took back, who found the image
    to be as asked; without people it would be rejected for them.
    """

    status: Status
    reasons: tuple[str, ...] = ()
    error: str | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    review: tuple[str, ...] = ()
    overruled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MapFile:
    """A map of the truth in the tar of its image: its name, where it lies (bytes) and the hash of its file."""

    name: str
    offset: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an image lies in the store and what it must hash to.

    `shard` is the name of a tar file; offsets and sizes in bytes point at the image file and the thumbnail inside it.
    `size` is 0 where only the thumbnail was kept; `maps` came only with full pixels.
    """

    shard: str
    offset: int
    size: int
    thumb_offset: int
    thumb_size: int
    width: int
    height: int
    pixels_sha256: str
    file_sha256: str
    shard_sha256: str
    maps: tuple[MapFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Files:
    """What was kept of an image, as it lies in the store: the bytes of its file, none where only the thumbnail was
    kept, and of the maps of its truth, by name.
    """

    image: bytes
    maps: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of the store: a request and all that became of it; there is one also for rejected and failed ones.

    `made`: as in `Image`.
    """

    request: Request
    verdict: Verdict
    truth: Truth | None = None
    measurements: Measurements | None = None
    place: Place | None = None
    made: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Press:
    """One key that a reviewer pressed about one image.

    `key` is the press's own name, given where it was pressed: the same key again is the same press. `reason`: the code
    why it is rejected. `attribute`: the asked attribute whose label is wrong, with `not_as_asked`; `value`: what the
    reviewer sees instead, where they said so. `undoes`: the key of the press that this one takes back; then `opinion`
    is None. `at`: when, ISO 8601 with its zone.
    """

    key: str
    image: str
    opinion: Opinion | None = None
    reason: str | None = None
    attribute: str | None = None
    value: Value | None = None
    undoes: str | None = None
    at: str | None = None
