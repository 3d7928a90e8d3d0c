"""What is worn on the head: hats, caps and headscarves, and what they do to the hair below.

Built in the hair frame of `render.hair.hair` (metres on an adult, the face looks to -y) around the smoothed
skull, then moved with the head.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agfd.generate.render.body.head import normals
from agfd.generate.render.hair.hair import Frame
from agfd.generate.render.picture import trace
from agfd.generate.render.streams import stream
from agfd.generate.render.worn.hats import Cloth, Skull, baseball_cap, beanie, felt_hat, straw_hat
from agfd.generate.render.worn.scarves import headscarf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agfd.generate.render.body.head import Floats, Head
    from agfd.generate.render.person import Person

# How thick the hair under a hat is, metres, by its cut.
_THICK = {"bald": 0.0, "crop": 0.001, "afro": 0.010, "curls": 0.007, "short": 0.003}
_PRESSED = 0.93
# Over how many metres below its edge a hat still holds the hair in.
_FREE = 0.028


@dataclass(frozen=True, slots=True)
class Covering:
    """What hides hair: everything, or what lies above the edge of a hat on a `skull`."""

    skull: Skull | None

    def hides(self, strands: Floats) -> NDArray[np.bool_]:
        """Which strands (n, k, 3) of the hair frame nobody can see, (n,)."""
        if self.skull is None:
            return np.ones(len(strands), bool)
        return np.asarray((self.skull.level(strands) > 0.012).all(axis=1))

    def press(self, strands: Floats) -> Floats:
        """`strands` held in below the hat; they come free under its edge."""
        if self.skull is None:
            return strands
        return self.skull.held(strands, _PRESSED, _FREE)


@dataclass(frozen=True, slots=True)
class Worn:
    """What a sitter has on the head: pieces of cloth in the hair frame, and what they cover."""

    pieces: tuple[Cloth, ...]
    covering: Covering | None

    def points(self, head: Head) -> Floats | None:
        """Where the pieces are on a posed head, (n, 3), or None without any."""
        if not self.pieces:
            return None
        return Frame.of(head).outward(head, np.concatenate([p.points for p in self.pieces]).astype(np.float32))

    def things(self, head: Head) -> list[trace.Thing]:
        """The pieces on a posed head."""
        frame = Frame.of(head)
        return [_mesh(frame.outward(head, piece.points.astype(np.float32)), piece) for piece in self.pieces]


def worn_by(head: Head, sitter: Person, word: str) -> Worn:
    """What the attribute `headwear` asks for. Kind, colour and fit belong to the person."""
    rng = stream(sitter.seed, "headwear")
    kind, own = rng.random(), np.random.Generator(np.random.PCG64(int(rng.integers(2**63))))
    if word == "none":
        return Worn((), None)
    frame = Frame.of(head)
    points = frame.inward(head.vertices)
    if word == "headscarf":
        dressed = np.concatenate([points, frame.inward(head.parts["tights"])])
        return Worn(headscarf(dressed, frame.inward(head.landmarks), own), Covering(None))
    thick = _THICK.get(str(sitter.attributes["hair_style"]), 0.005)
    make = baseball_cap
    if word == "hat":
        make = felt_hat if kind < 0.4 else beanie if kind < 0.75 else straw_hat
    upper = points[head.template_vertices[:, 2] > 0.74]
    pieces, skull = make(upper, thick, own)
    return Worn(pieces, Covering(skull))


def _mesh(points: Floats, cloth: Cloth) -> trace.Mesh:
    """One piece for the ray tracer."""
    color = {"type": "mesh_attribute", "name": "vertex_color"}
    bsdf = {"type": "principled", "base_color": color, "roughness": cloth.rough, "specular": 0.25,
            "sheen": cloth.sheen, "sheen_tint": 0.5}  # fmt: skip
    both = {"type": "twosided", "bsdf": bsdf}
    shaded = normals(points, cloth.faces)
    return trace.Mesh(points, cloth.faces, shaded, both, cloth.colors.astype(np.float32), "headwear")
