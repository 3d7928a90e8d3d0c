"""The closed vocabulary: every attribute of a face that agfd can name, its values, and how each can be checked.

Signs of the pose, as the viewer sees the picture: yaw > 0 turns the face to the viewer's right, pitch > 0 looks up,
roll > 0 tilts the head clockwise. All in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from agfd.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.records import Value


@dataclass(frozen=True, slots=True)
class Choice:
    """An attribute with a closed list of words. `plain` is what a face has when nobody asked."""

    name: str
    values: tuple[str, ...]
    plain: str | None
    doc: str
    checked_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    """An attribute with a unit and inclusive bounds. `plain` is what a face has when nobody asked."""

    name: str
    low: float
    high: float
    unit: str
    plain: float | None
    doc: str
    checked_by: tuple[str, ...] = ()
    integer: bool = False


Attribute: TypeAlias = Choice | Number


def score_name(name: str, value: str) -> str:
    """The measurement that says how likely the attribute `name` has this value, 0 to 1: `expression_smile`."""
    return f"{name}_{value}".lower().replace(" ", "_")


def scores(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """The measurements of all these values of an attribute: probabilities that sum up to 1."""
    return tuple(score_name(name, value) for value in values)


def _scored(name: str, values: tuple[str, ...], plain: str | None, doc: str) -> Choice:
    """A choice whose every value has a score of its own."""
    return Choice(name, values, plain, doc, scores(name, values))


SEXES = ("male", "female")
# The expressions that can be told in a picture; the others are asked for and cannot be checked.
SEEN_EXPRESSIONS = ("neutral", "smile", "angry")
# The seven groups and their spelling are FairFace's (Karkkainen and Joo, WACV 2021).
RACES = ("White", "Black", "Latino_Hispanic", "East Asian", "Southeast Asian", "Indian", "Middle Eastern")

_ATTRIBUTES: tuple[Attribute, ...] = (
    Number("age", 1, 100, "years", None, "age of the person", ("age",), integer=True),
    Choice("sex", SEXES, None, "apparent sex", ("sex",)),
    _scored("race", RACES, None, "apparent race, FairFace's seven groups"),
    Number("skin_tone", 1, 10, "Monk scale", None, "skin tone, 1 lightest to 10 darkest", ("skin_tone",), integer=True),
    Choice(
        "expression",
        ("neutral", "smile", "laugh", "angry", "annoyed", "yell"),
        "neutral",
        "facial expression",
        scores("expression", SEEN_EXPRESSIONS),
    ),
    Choice("eyes", ("open", "half-closed", "closed"), "open", "eyelids", ("eye_opening",)),
    Choice("gaze", ("front", "left", "right", "up", "down"), "front", "direction of the look in the head"),
    Choice("mouth", ("closed", "open", "talking"), "closed", "opening of the mouth", ("mouth_opening",)),
    Number("yaw", -90, 90, "degrees", 0, "head turned to the viewer's right", ("yaw",)),
    Number("pitch", -45, 45, "degrees", 0, "head raised", ("pitch",)),
    Number("roll", -45, 45, "degrees", 0, "head tilted clockwise", ("roll",)),
    _scored(
        "eyewear",
        ("none", "glasses", "sunglasses", "swimming goggles", "skiing goggles"),
        "none",
        "what is worn over the eyes",
    ),
    _scored("mask", ("none", "medical", "gas"), "none", "what is worn over mouth and nose"),
    _scored("headwear", ("none", "hat", "cap", "headscarf"), "none", "what is worn on the head"),
    _scored("makeup", ("none", "heavy", "eyeshadow", "eyeliner", "joker", "halloween"), "none", "make-up"),
    _scored("hand", ("none", "over face", "over hair"), "none", "a hand in the picture"),
    Choice(
        "light",
        ("studio", "soft", "strong sun", "sun behind", "night", "dim", "very dark"),
        "studio",
        "light on the face",
        ("luminance", "dark_share", "bright_share", "backlight"),
    ),
    _scored("scene", ("studio", "indoor", "outdoor", "under water", "night"), "studio", "place of the picture"),
    _scored("hair_color", ("black", "brown", "blond", "red", "grey", "white", "dyed"), None, "colour of the hair"),
    _scored(
        "hair_style",
        ("bald", "crop", "short", "bob", "long", "afro", "curls", "braids", "ponytail", "bun"),
        None,
        "cut of the hair",
    ),
    _scored("hair_bangs", ("no", "yes"), "no", "hair over the forehead"),
    _scored(
        "facial_hair",
        ("none", "stubble", "moustache", "sideburns", "goatee", "beard"),
        "none",
        "hair on the face",
    ),
    Choice("jewellery", ("none", "earrings"), "none", "jewellery"),
    Choice("marks", ("none", "freckles", "scar", "vitiligo"), "none", "marks of the skin"),
)

ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType({a.name: a for a in _ATTRIBUTES})

# Every attribute whose values have scores: `score_name` of each is a measurement.
SCORED: Mapping[str, tuple[str, ...]] = {
    "expression": SEEN_EXPRESSIONS,
    **{a.name: a.values for a in _ATTRIBUTES if isinstance(a, Choice) and a.checked_by == scores(a.name, a.values)},
}

MEASUREMENTS: Mapping[str, str] = MappingProxyType(
    {
        "faces": "number of faces that count: the largest, and each over 10 % of its area or 0.3 % of the image",
        "face_confidence": "confidence of the detector in the largest face, 0 to 1",
        "face_x": "left edge of the largest face, share of the width",
        "face_y": "top edge of the largest face, share of the height",
        "face_width": "width of the largest face, share of the width",
        "face_height": "height of the largest face, share of the height",
        "landmark_confidence": "confidence that the landmarks lie on a face, 0 to 1",
        "yaw": "degrees, > 0 to the viewer's right",
        "pitch": "degrees, > 0 looks up",
        "roll": "degrees, > 0 clockwise",
        "eye_opening": "eye aspect ratio: height of the opening by its width in space, mean of both eyes",
        "gaze_x": "how far the irises lie to the viewer's right of the middle of the eyes, by the width of an eye",
        "gaze_y": "the same upwards",
        "mouth_opening": "mouth aspect ratio: height of the opening between the lips by its width in space",
        "sharpness": "variance of the Laplacian on the eye-aligned face of 224 px, grey values 0 to 255",
        "luminance": "mean relative luminance of the face, 0 to 1, gamma-encoded",
        "dark_share": "share of the face's pixels under 30 of 255",
        "bright_share": "share of the face's pixels over 235 of 255",
        "contrast": "95th minus 5th percentile of the face's luminance, 0 to 1",
        "asymmetry": "luminance of the viewer's right half of the face minus the left one's, by their mean, -2 to 2",
        "image_luminance": "mean relative luminance of the whole image, 0 to 1, gamma-encoded",
        "image_contrast": "95th minus 5th percentile of the whole image's luminance, 0 to 1",
        "nsfw": "probability that the picture shows nudity or sex, 0 to 1",
        "age": "years",
        "sex": "probability of male, 0 to 1",
        "skin_tone": "Monk scale, 1 lightest to 10 darkest, by the colour of the skin",
        "ita": "individual typology angle of the skin, degrees: atan2(L* - 50, b*) (Chardon et al., 1991)",
        "noise": "standard deviation of the noise, grey values 0 to 255 (Immerkaer, 1996)",
        "backlight": "luminance of the brightest tenth beside the head minus the face's, gamma-encoded, -1 to 1",
        "red_loss": "1 minus red by the mean of green and blue in linear light, whole picture: water takes the red",
        "words": "number of words of four letters and more written in the picture",
        **{
            score: f"probability that {name} is {value}, 0 to 1"
            for name, values in SCORED.items()
            for value, score in zip(values, scores(name, values), strict=True)
        },
    }
)

# What tells people apart: vectors of length 1, whose dot product is the similarity of two faces, -1 to 1.
VECTORS: Mapping[str, str] = MappingProxyType({"identity": "embedding of the main face by a network of recognition"})

# What tells pictures that look alike: 64 bits each, of which few differ between a picture and its copy.
CODES: Mapping[str, str] = MappingProxyType(
    {
        "dhash": "difference hash of the picture: which of two neighbours in a row of 9 x 8 grey values is brighter",
        "phash": "perceptual hash of the picture: which of its 64 lowest frequencies are above their median",
        "dhash_mirrored": "difference hash of the picture seen in a mirror",
        "phash_mirrored": "perceptual hash of the picture seen in a mirror",
    }
)

# What else than the picture a recipe may ask for, because it costs time or room.
TRUTHS: Mapping[str, str] = MappingProxyType(
    {
        "segmentation": "part of the face at the middle of each pixel, by the numbers of `FACE_PARTS`",
        "depth": "distance of what each pixel sees along the camera's axis, metres; 0 where there is only background",
        "normals": "unit normal of what each pixel sees, in the camera's frame; 0 where there is only background",
        "dense": "478 landmarks in the order of MediaPipe's face mesh with irises",
    }
)
MAPS = ("segmentation", "depth", "normals")

# Numbers that a generator may know besides the attributes. What has the name of a measurement means the same.
QUANTITIES: Mapping[str, str] = MappingProxyType(
    {
        "eye_opening": MEASUREMENTS["eye_opening"],
        "mouth_opening": MEASUREMENTS["mouth_opening"],
        "gaze_x": MEASUREMENTS["gaze_x"],
        "gaze_y": MEASUREMENTS["gaze_y"],
        "gaze_yaw": "mean direction of both looks, degrees to the viewer's right of the camera's axis",
        "gaze_pitch": "the same upwards",
    }
)

# The classes of CelebAMask-HQ (Lee et al., "MaskGAN", CVPR 2020) in the order in which face parsers number them, then
# ours: what is worn over mouth and nose, and hands. l_ and r_ are the person's own left and right. Lids, lashes, beards
# and a bald scalp are skin; everything over the eyes is eye_g; what lies within the lips (teeth, tongue) is mouth.
FACE_PARTS = (
    "background", "skin", "l_brow", "r_brow", "l_eye", "r_eye", "eye_g", "l_ear", "r_ear", "ear_r", "nose", "mouth",
    "u_lip", "l_lip", "neck", "neck_l", "cloth", "hair", "hat", "mask", "hand",
)  # fmt: skip


def attribute(name: str) -> Attribute:
    """The attribute of that name. Raises `UnknownNameError` that names the nearest."""
    try:
        return ATTRIBUTES[name]
    except KeyError:
        raise UnknownNameError("attribute", name, ATTRIBUTES) from None


def check(name: str, value: object) -> Value:
    """`value` as the attribute `name` stores it.

    Raises `UnknownNameError` for a name or word that does not exist and `UsageError` for a number that is out of
    bounds or of the wrong kind.
    """
    entry = attribute(name)
    if isinstance(entry, Choice):
        # YAML 1.1 and some command lines turn the words yes and no into booleans.
        word = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        if not isinstance(word, str) or word not in entry.values:
            raise UnknownNameError(f"value of {name}", str(word), entry.values)
        return word
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{name} is a number of {entry.unit}, not {value!r}")
    if not entry.low <= value <= entry.high:
        raise UsageError(f"{name} lies between {entry.low:g} and {entry.high:g} {entry.unit}, not at {value:g}")
    if entry.integer and value != int(value):
        raise UsageError(f"{name} is a whole number of {entry.unit}, not {value!r}")
    return int(value) if entry.integer else float(value)
