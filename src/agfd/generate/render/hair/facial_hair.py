"""Hair on a sitter's face: whiskers rooted on the expressed skin, that leave the mouth free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agfd.generate.render.hair.beards import STYLES, Whiskers
from agfd.generate.render.hair.hair import TEXELS, Frame, Strands, pigments
from agfd.generate.render.hair.hair_color import hair_colors, silvered
from agfd.generate.render.hair.hairdo import curl_of
from agfd.generate.render.hair.scalp import Roots, sample_roots
from agfd.generate.render.hair.strands import Growth, Surface, clump, first_below, grow, smooth, trim, unit, wander
from agfd.generate.render.streams import stream

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Floats, Head, HeadModel, Ints
    from agfd.generate.render.person import Person

_SKIN_GAP = 0.0004
# In the folds of nose and lips the nearest vertex may be a wrong one, and a great push a great mistake.
_PUSH = 0.0015
# Cells of the table of the skin, by those of the scalp's: lips are small.
_FINE = 0.45
# Whiskers are darker and redder than the hair of the head.
_TINT = np.array((0.66, 0.58, 0.52), np.float32)


@dataclass(frozen=True, slots=True)
class _Region:
    """Where whiskers grow: their own places, but for the lips, and for what a mask covers."""

    whiskers: Whiskers
    masked: bool

    def density(self, template: Floats) -> Floats:
        """Share of full density (n,) at places (n, 3) of the template."""
        share = self.whiskers.density(template)
        if self.masked:
            # A mask lies on mouth, chin and cheeks; what is behind it comes out at its edge.
            share = share * smooth(-0.095, -0.085, template[:, 1]) * smooth(0.635, 0.650, template[:, 2])
        return np.asarray(share, np.float32)


def whiskers(head: Head, model: HeadModel, sitter: Person, strands: int, masked: bool) -> tuple[Strands, Floats]:
    """The whiskers of a sitter in its pose, and how dark their roots make each vertex of the skin (n,), 0 to 1.

    `strands`: hairs on a full head; `masked`: a mask is worn. No strands where none were asked for.
    """
    shape, spots, tints = (stream(sitter.seed, f"whiskers {name}") for name in ("shape", "roots", "tint"))
    style = STYLES.get(str(sitter.attributes["facial_hair"]))
    if style is None:
        return Strands.none(), np.zeros(len(head.vertices), np.float32)
    frame = Frame.of(head)
    down = unit(np.asarray(np.array([0.0, 0, -1]) @ frame.skull[:3, :3]) / frame.stretch)
    plan = style(shape, down)
    region = _Region(plan, masked)
    shade = region.density(head.template_vertices) * (model.fine_masks["lips"] < 0.3)
    if not (shade > 0.05).any():
        return Strands.none(), plan.shade * shade
    roots = sample_roots(head, region, int(plan.share * strands), spots)
    roots = Roots(frame.inward(roots.points), frame.normals(roots.normals), roots.template, roots.density)
    lines, lock = _strands(_face(head, model, frame), roots, plan, curl_of(sitter), spots)
    radii = 0.000105 * np.sqrt(12000 / strands) * np.exp(spots.normal(0, 0.15, len(lines)))
    taper = np.linspace(1.0, 0.4, lines.shape[1])
    colors = _colors(sitter, lock, tints)
    return (
        Strands(frame.outward(head, lines), (radii[:, None] * taper * head.scale).astype(np.float32), colors, 0.4),
        np.asarray(plan.shade * shade, np.float32),
    )


def _face(head: Head, model: HeadModel, frame: Frame) -> tuple[Surface, Floats]:
    """The expressed skin in the hair frame without the inside of the mouth, and how much each vertex is lip."""
    near = (model.fine_masks["inside-mouth"] < 0.5) & (head.template_vertices[:, 2] > 0.50)
    near &= head.template_vertices[:, 1] < 0.0
    skin = Surface.of(frame.inward(head.vertices[near]), frame.normals(head.normals[near]), _FINE)
    return skin, model.fine_masks["lips"][near]


def _strands(
    face: tuple[Surface, Floats], roots: Roots, plan: Whiskers, coil: float, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """Strands (n, k, 3) in the hair frame and the number of each one's wisp."""
    from scipy.spatial import cKDTree

    skin, lips = face
    count = len(roots.points)
    low, high = plan.layer
    layer = (low + (high - low) * rng.random(count)).astype(np.float32)
    lengths = plan.lengths(roots) * np.clip(1 - np.abs(rng.normal(0, 0.22, count)), 0.3, 1)
    lengths = lengths * (0.5 + 0.5 * smooth(0.0, 0.9, roots.density))
    field = plan.comb(roots)
    start = plan.lift * roots.normals + (1 - plan.lift) * field(
        roots.points, roots.normals, np.zeros(count, np.float32)
    )
    growth = Growth(np.asarray(start, np.float32), field, plan.bend, layer, 0.005, 0.0)
    strands = grow(roots.points, lengths.astype(np.float32), plan.steps, growth, skin)
    leaders = rng.choice(count, max(count // plan.lock, 2), replace=False)
    middle = np.concatenate([roots.points, 0.6 * strands[:, -1]], axis=1)
    lock = cKDTree(middle[leaders]).query(middle)[1]
    along = smooth(0.1, 1.0, np.linspace(0, 1, strands.shape[1], dtype=np.float32))
    amount = np.clip(plan.gather * np.exp(rng.normal(0, 0.4, count)), 0, 0.9)
    strands = clump(strands, leaders, lock, (amount[:, None] * along).astype(np.float32))
    wobble = plan.wander * (1 + coil) * np.exp(rng.normal(-0.3, 0.5, count))
    strands = wander(strands, rng, wobble.astype(np.float32), 0.9 + 1.2 * coil)
    for _ in range(2):
        strands = skin.keep_out(strands, _SKIN_GAP, _PUSH)
    lip = lips[skin.vertex(strands)]
    lip[:, 0] = 0
    depth, _ = skin.signed(strands)
    depth[:, :2] = 0
    return trim(strands, np.minimum(first_below(0.55 - lip), first_below(depth + 0.003))), lock


def _colors(sitter: Person, lock: Ints, rng: np.random.Generator) -> Floats:
    """Colours (n, TEXELS, 3): the shade of the scalp's hair, darker and redder, and grey sooner."""
    word = str(sitter.attributes["hair_color"])
    late = float(np.clip((sitter.age - rng.uniform(36, 52)) / 40, 0, 0.75))
    natural = ("brown", "black")[int(rng.integers(2))]
    base = hair_colors(
        natural if word == "dyed" else word, sitter.age, lock, TEXELS, pigments(stream(sitter.seed, "strands"))
    )
    if word == "white":
        return base
    grey = rng.random(len(lock)) < (late if word != "grey" else max(late, 0.3))
    tinted = base * (_TINT if word != "grey" else 0.8)
    return np.where(grey[:, None, None], silvered(len(lock), rng)[:, None], tinted).astype(np.float32)
