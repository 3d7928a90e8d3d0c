"""The renderer as a generator of agfd."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agfd.errors import UnknownNameError, UsageError
from agfd.generate.render.body import expression
from agfd.generate.render.hair.beards import STYLES
from agfd.generate.render.hair.hair import BANGS_STYLES, HAIR_STYLES
from agfd.generate.render.person import OVER_LOBES
from agfd.generate.render.picture.film import Film
from agfd.ports import GeneratorInfo, Preview, Resources
from agfd.records import Failure, Image, Outcome, Request, Value
from agfd.vocabulary import ATTRIBUTES, TRUTHS, Choice, check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agfd.generate.render.studio import Studio

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Quality:
    """`size`: None is the request's own, else width and height in pixels; `spp`: paths per pixel; `hair_spp`: the same
    where light hair fills the picture; `depth`: bounces; `texels`: width of the skin's texture; `strands`: number of
    hairs; `seconds` and `bytes` of a picture (512 x 512 pixels where the request decides), as a hint for planning;
    `film`: the camera's faults.
    """

    size: tuple[int, int] | None
    spp: int
    hair_spp: int
    depth: int
    texels: int
    strands: int
    seconds: float
    bytes: int
    film: Film = field(default_factory=Film)


QUALITIES: Mapping[str, Quality] = {
    "draft": Quality((256, 256), 4, 4, 3, 768, 7000, 1.9, 100_000),
    "standard": Quality(None, 8, 24, 3, 1280, 12000, 7.0, 330_000),
    "best": Quality(None, 24, 48, 4, 2048, 24000, 25.0, 330_000),
}
_SIDE = (64, 2048)
# The options besides the quality, and the most that may be asked of them.
_OPTIONS, _MOST = tuple(option.name for option in fields(Film)), 4.0

# What the renderer can show of each attribute; everything else is refused.
_CAN: Mapping[str, tuple[str, ...]] = {
    "expression": ("neutral", "smile", "laugh", "angry", "annoyed", "yell"),
    "eyes": ("open", "half-closed", "closed"),
    "gaze": ("front", "left", "right", "up", "down"),
    "mouth": ("closed", "open", "talking"),
    "eyewear": ("none", "glasses", "sunglasses", "swimming goggles", "skiing goggles"),
    "mask": ("none", "medical", "gas"),
    "headwear": ("none", "hat", "cap", "headscarf"),
    "makeup": ("none", "heavy", "eyeshadow", "eyeliner", "joker", "halloween"),
    "hand": ("none", "over face", "over hair"),
    "light": ("studio", "soft", "strong sun", "sun behind", "night", "dim", "very dark"),
    "scene": ("studio", "indoor", "outdoor", "under water", "night"),
    "hair_color": ("black", "brown", "blond", "red", "grey", "white", "dyed"),
    "hair_style": HAIR_STYLES,
    "hair_bangs": ("no", "yes"),
    "facial_hair": ("none", "stubble", *STYLES),
    "jewellery": ("none", "earrings"),
    "marks": ("none", "freckles", "scar", "vitiligo"),
}


class Renderer:
    """Draws faces of people who do not exist, on the processor, without weights. `quality`: a name of `QUALITIES`;
    `options`: the fields of `Film`, each 0 to 4. Raises `UnknownNameError` and `UsageError`.
    """

    def __init__(self, quality: str = "standard", options: Mapping[str, object] | None = None) -> None:
        if quality not in QUALITIES:
            raise UnknownNameError("quality of the renderer", quality, QUALITIES)
        for name in options or {}:
            if name not in _OPTIONS:
                raise UnknownNameError("option of the renderer", name, ("quality", *_OPTIONS))
        film = Film(**{name: _strength(name, value) for name, value in (options or {}).items()})
        self._name, self._quality = quality, replace(QUALITIES[quality], film=film)
        self._studio: Studio | None = None

    @property
    def info(self) -> GeneratorInfo:
        """What the renderer is; the hash covers its data, its code, the quality and the options."""
        return GeneratorInfo(
            name="render",
            version=VERSION,
            model_hash=_model_hash(f"{VERSION} {self._name} {self._quality}"),
            safe_by_construction=True,
            resources=Resources(cpus=1.0, gpus=0.0, memory=1_300_000_000),
            chunk=8,
            seconds=self._quality.seconds,
            bytes=self._quality.bytes,
            domain="render",
            truths=tuple(TRUTHS),
        )

    def can_make(self, request: Request) -> str | None:
        """None, or why the renderer cannot show what the request asks for."""
        width, height = self._quality.size or (request.settings.width, request.settings.height)
        if not (_SIDE[0] <= width <= _SIDE[1] and _SIDE[0] <= height <= _SIDE[1]):
            return (
                f"the renderer cannot make pictures of {width} x {height} pixels, only {_SIDE[0]} to {_SIDE[1]} a side"
            )
        for name, value in request.attributes.items():
            try:
                check(name, value)
            except UsageError as error:
                return f"the renderer cannot make this: {error}"
            if name in _CAN and value not in _CAN[name]:
                return f"the renderer cannot make {name} {value!r} yet"
        asked = request.attributes
        hidden = _unseen(asked)
        if hidden is not None:
            return hidden
        mood = str(asked.get("expression", "neutral"))
        return expression.contradiction(mood, str(asked.get("mouth", expression.natural_mouth(mood))))

    def setup_on_node(self) -> None:
        """Nothing to do: the data are part of the package."""

    def setup(self) -> None:
        """Load the head model and build the skin's texture space; a few seconds."""
        if self._studio is None:
            from agfd.generate.render.studio import Studio

            self._studio = Studio.open(self._quality.texels)

    def generate(self, requests: Sequence[Request], preview: Preview | None = None) -> Iterator[Outcome[Image]]:
        """One outcome per request, in order. `preview` is not asked: a face costs too little to look at it twice."""
        self.setup()
        for request in requests:
            reason = self.can_make(request)
            if reason is not None:
                yield Outcome(request.id, failure=Failure("unsupported", reason))
                continue
            yield Outcome(request.id, value=self._image(request))

    def teardown(self) -> None:
        """Forget the head model."""
        self._studio = None

    def _image(self, request: Request) -> Image:
        if self._studio is None:
            raise UsageError("the renderer is not set up")
        quality = self._quality
        size = quality.size or (request.settings.width, request.settings.height)
        shot = self._studio.shoot(request.person, request.scene, request.attributes, size, quality, request.truths)
        return Image(shot.pixels, shot.truth)


def _strength(name: str, value: object) -> float:
    """The value of an option as a number, also when it is written as a word of the command line."""
    try:
        number = float(str(value))
    except ValueError:
        number = -1.0
    if not 0 <= number <= _MOST:
        raise UsageError(f"{name} of the renderer is a number from 0 (none) over 1 (usual) to {_MOST:g}, not {value!r}")
    return number


def _unseen(asked: Mapping[str, Value]) -> str | None:
    """Why something that was asked for could not be seen beside the rest, or None."""
    cut, top = str(asked.get("hair_style", BANGS_STYLES[0])), asked.get("headwear", "none")
    if asked.get("hair_bangs") == "yes":
        if cut not in BANGS_STYLES:
            return f"the renderer cannot make hair_bangs 'yes' with hair_style {cut!r}"
        if top == "headscarf":
            return "the renderer cannot make hair_bangs 'yes' with headwear 'headscarf', which covers all hair"
    if asked.get("hand") == "over hair" and top != "none":
        return f"the renderer cannot make hand 'over hair' with headwear {top!r}, which covers the hair there"
    if asked.get("jewellery") == "earrings" and (top == "headscarf" or asked.get("hair_style") in OVER_LOBES):
        over = "headwear 'headscarf'" if top == "headscarf" else f"hair_style {cut!r}"
        return f"the renderer cannot make jewellery 'earrings' with {over}, which covers the ears"
    if asked.get("mask") == "gas" and asked.get("eyewear", "none") != "none":
        return f"the renderer cannot make eyewear {asked['eyewear']!r} with mask 'gas', which covers the eyes"
    return None


def plain(asked: Mapping[str, Value]) -> dict[str, Value]:
    """The asked attributes, and the plain value of each word that nobody asked for."""
    values: dict[str, Value] = {}
    for name, entry in ATTRIBUTES.items():
        if name in asked:
            values[name] = asked[name]
        elif isinstance(entry, Choice) and entry.plain is not None:
            values[name] = entry.plain
    if "mouth" not in asked:
        values["mouth"] = expression.natural_mouth(str(values["expression"]))
    return values


@cache
def _model_hash(options: str) -> str:
    """Of the options, the data and the code: a picture may change with any line of it."""
    digest = hashlib.sha256(options.encode())
    here = Path(__file__).parent
    for path in sorted([*here.rglob("*.py"), *here.glob("data/*.npz")]):
        digest.update(path.relative_to(here).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
