"""Colours: linear light from encoded values, and its luminance."""

from __future__ import annotations

# Of linear RGB with the primaries of sRGB (ITU-R BT.709).
LUMINANCE = (0.2126, 0.7152, 0.0722)


def linear(encoded: float) -> float:
    """Linear light, 0 to 1, of an sRGB value, 0 to 1 (IEC 61966-2-1)."""
    return float(encoded / 12.92 if encoded <= 0.04045 else ((encoded + 0.055) / 1.055) ** 2.4)
