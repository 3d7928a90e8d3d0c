"""Image files: our own decoded and encoded, anybody's read with a word for what is wrong, and the texts in them."""

from agfd.images.codec import (
    DEPTH_STEP,
    DIGITAL_SOURCE_TYPE,
    FORMATS,
    MAX_PIXELS,
    PARAMETERS,
    THUMBNAIL,
    decode,
    decode_map,
    encode_map,
    encode_png,
    encode_thumbnail,
    is_blank,
    opened,
    part_colours,
    pixels_sha256,
    upright,
)

__all__ = [
    "DEPTH_STEP",
    "DIGITAL_SOURCE_TYPE",
    "FORMATS",
    "MAX_PIXELS",
    "PARAMETERS",
    "THUMBNAIL",
    "decode",
    "decode_map",
    "encode_map",
    "encode_png",
    "encode_thumbnail",
    "is_blank",
    "opened",
    "part_colours",
    "pixels_sha256",
    "upright",
]
