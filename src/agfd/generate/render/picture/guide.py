"""What the denoiser is told of the scene: albedo and normal of what each pixel sees, without noise.

Mitsuba could give both, but its `aov` integrator makes scalar rendering sixteen times slower; so the triangles and
strands are projected here, by sampling them densely.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.picture.trace import Curves, Mesh, Thing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agfd.generate.render.scene.camera import Camera

Floats: TypeAlias = NDArray[np.float32]

_STEPS = (2, 3, 5, 9, 17)
# Samples of a strand's segment: as many as by default, or as many as put them so many pixels apart.
_STRAND_STEPS, _STRAND_APART, _STRAND_MOST = 3, 1.2, 24
# Deviation in pixels by which the samples are spread, and how far behind the nearest strand of a pixel another one is
# seen a third as much, metres.
_STRAND_BLUR, _STRAND_LAYER = 0.6, 0.003


@dataclass(frozen=True, slots=True)
class Guide:
    """`albedo`, `normal` (h, w, 3), `seen` (h, w): where there is anything but background; `skin` and `hair` (h, w):
    their shares; `distance` (h, w): metres along the camera's axis to what is seen, infinite for the background;
    `scale`: pixels per metre at the skin.
    """

    albedo: Floats
    normal: Floats
    seen: NDArray[np.bool_]
    skin: Floats
    hair: Floats
    distance: Floats
    scale: float


class Buffer:
    """A depth buffer of samples; of samples in one pixel the nearest stays."""

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        width, height = camera.size
        self.depth = np.full(width * height, np.inf, dtype=np.float32)
        self.albedo = np.zeros((width * height, 3), dtype=np.float32)
        self.normal = np.zeros((width * height, 3), dtype=np.float32)
        self.skin = np.zeros(width * height, dtype=np.float32)

    def nearest(self, samples: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the samples (n, 3) that hide all so far, and their pixels; the last of a pixel counts.

        `samples`: x and y in pixels, depth in metres.
        """
        width, height = self.camera.size
        x, y, depth = samples.T
        kept = np.flatnonzero((x >= 0) & (y >= 0) & (x < width) & (y < height))
        pixel = y[kept].astype(np.int64) * width + x[kept].astype(np.int64)
        depth = depth[kept]
        np.minimum.at(self.depth, pixel, depth)
        won = depth == self.depth[pixel]
        return kept[won], pixel[won]


def guide(things: Sequence[Thing], camera: Camera) -> Guide:
    """The guide of a scene; about a quarter of a second at 512 x 512 pixels."""
    buffer = Buffer(camera)
    for thing in things:
        if isinstance(thing, Mesh):
            _mesh(buffer, thing)
    width, height = camera.size
    depth = buffer.depth.reshape(height, width)
    fields: Floats = np.concatenate([buffer.albedo, buffer.normal], axis=1).reshape(height, width, 6)
    for _ in range(2):
        depth, fields = _mended(depth, fields)
    buffer.depth = depth.ravel()
    fields = fields.reshape(-1, 6)
    cover = strands(buffer, [thing for thing in things if isinstance(thing, Curves) and len(thing.points)])
    # Strands hide what lies behind them as far as their widths add up, seen at random: 1 - exp(-cover).
    share = 1 - np.exp(-cover[:, 8:])
    mean = cover[:, :7] / np.maximum(cover[:, 7:8], 1e-9)
    fields = fields * (1 - share) + mean[:, :6] * share
    albedo, normal = fields[:, :3], fields[:, 3:]
    seen = np.isfinite(buffer.depth) | (share[:, 0] > 0.5)
    distance = np.where(share[:, 0] > 0.5, mean[:, 6], buffer.depth) - np.float32(camera.position[1])
    shape = (height, width, 3)
    skin = (buffer.skin * (1 - share[:, 0])).reshape(height, width)
    far = float(np.median(buffer.depth[buffer.skin > 0])) if buffer.skin.any() else 0.0
    scale = 1 / (camera.pixel * (far - camera.position[1]))
    flat = (height, width)
    return Guide(
        albedo.reshape(shape), normal.reshape(shape), seen.reshape(flat), skin, share.reshape(flat),
        distance.reshape(flat), scale,
    )  # fmt: skip


def _mended(depth: Floats, fields: Floats) -> tuple[Floats, Floats]:
    """Fill pixels that no sample hit, or only one far behind, from a neighbour when most of them lie in front."""
    tall, wide = depth.shape
    padded = np.pad(depth, 1, constant_values=np.inf)
    places = [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    around = np.stack([padded[i : i + tall, j : j + wide] for i, j in places])
    middle = np.partition(around, 4, axis=0)[4]
    hole = depth > middle + 0.012
    rows, columns = np.nonzero(hole)
    near = around[:, rows, columns]
    chosen = np.abs(near - middle[rows, columns]).argmin(axis=0)
    offset = np.array(places)[chosen] - 1
    source = (np.clip(rows + offset[:, 0], 0, tall - 1), np.clip(columns + offset[:, 1], 0, wide - 1))
    depth, fields = depth.copy(), fields.copy()
    depth[rows, columns] = middle[rows, columns]
    fields[rows, columns] = fields[source]
    return depth, fields


def _mesh(buffer: Buffer, mesh: Mesh) -> None:
    """Samples of the triangles that face the camera, as dense as their size in the picture demands."""
    placed = np.concatenate([buffer.camera.project(mesh.vertices), mesh.vertices[:, 1:2]], axis=1, dtype=np.float32)
    a, b, c = (placed[mesh.faces[:, i], :2] for i in range(3))
    low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    size = (high - low).max(axis=1)
    width, height = buffer.camera.size
    inside = (high > 0).all(axis=1) & (low[:, 0] < width) & (low[:, 1] < height)
    facing = mesh.normals[mesh.faces[:, 0]][:, 1] < 0.25
    bounds = (0.0, *(0.9 * s for s in _STEPS[:-1]), np.inf)
    for steps, small, large in zip(_STEPS, bounds[:-1], bounds[1:], strict=True):
        faces = mesh.faces[inside & facing & (size >= small) & (size < large)]
        if len(faces):
            _sample(buffer, mesh, placed, faces, steps)


def _sample(buffer: Buffer, mesh: Mesh, placed: Floats, faces: NDArray[np.integer], steps: int) -> None:
    """Samples of `faces`; `placed` (n, 3): pixel and depth of the mesh's vertices."""
    a, b = np.meshgrid(np.arange(steps), np.arange(steps), indexing="ij")
    inside = a + b < steps
    s = ((a[inside] + 1 / 3) / steps).astype(np.float32)
    t = ((b[inside] + 1 / 3) / steps).astype(np.float32)
    shares = np.stack([1 - s - t, s, t], axis=1)

    corners = placed[faces]
    samples = [corners[:, 0] * u + corners[:, 1] * v + corners[:, 2] * w for u, v, w in shares]
    kept, pixel = buffer.nearest(np.concatenate(samples))
    # Only what won its pixel is shaded.
    chosen, share = faces[kept % len(faces)], shares[kept // len(faces)]

    def blend(field: Floats) -> Floats:
        return np.asarray(sum(field[chosen[:, i]] * share[:, i : i + 1] for i in range(3)), dtype=np.float32)

    if mesh.albedo.ndim == 3 and mesh.uv is not None:
        rows, columns = mesh.albedo.shape[:2]
        uv = blend(mesh.uv)
        column = np.floor(uv[:, 0] * columns).astype(np.int64) % columns
        albedo = mesh.albedo[np.clip((uv[:, 1] * rows).astype(np.int64), 0, rows - 1), column]
    else:
        albedo = blend(mesh.albedo) if mesh.albedo.ndim == 2 else mesh.albedo
    buffer.skin[pixel] = mesh.part == "skin"
    buffer.albedo[pixel] = albedo
    buffer.normal[pixel] = blend(mesh.normals)


def strand_samples(
    buffer: Buffer, curves: Curves, steps: int = _STRAND_STEPS
) -> Iterator[tuple[NDArray[np.int64], Floats, NDArray[np.float64], NDArray[np.int64]]]:
    """Places along the strands that nothing in the buffer hides, in parts.

    Their pixels (n,), world points (n, 3), the areas in pixels that they stand for (n,), the numbers of their segments.
    """
    camera = buffer.camera
    width, height = camera.size
    a, b = curves.points[:, :-1], curves.points[:, 1:]
    length = np.maximum(np.linalg.norm(b - a, axis=2), 1e-9)
    wide = (length / steps * (curves.radii[:, :-1] + curves.radii[:, 1:])).ravel()
    # Steps of the golden ratio: the samples of neighbouring strands do not line up to dots.
    phase = (np.arange(a.shape[0] * a.shape[1]) * 0.6180339887 % 1).reshape(*a.shape[:2], 1)
    for step in range(steps):
        share = ((phase + step) / steps).astype(np.float32)
        points = (a * (1 - share) + b * share).reshape(-1, 3)
        place = np.floor(camera.project(points)).astype(np.int64)
        kept = np.flatnonzero((place >= 0).all(axis=1) & (place[:, 0] < width) & (place[:, 1] < height))
        pixel = place[kept, 1] * width + place[kept, 0]
        visible = points[kept, 1] < buffer.depth[pixel] + 0.002
        kept, pixel = kept[visible], pixel[visible]
        area = (wide[kept] / ((points[kept, 1] - camera.position[1]) * camera.pixel) ** 2).astype(np.float64)
        yield pixel, points[kept], area, kept


def strands(buffer: Buffer, hair: list[Curves]) -> Floats:
    """Cover of each pixel by the visible strands, (h * w, 9): colour, normal, y and 1, each times the cover by those in
    front, and the whole cover.
    """
    from scipy.ndimage import gaussian_filter

    width, height = buffer.camera.size
    samples = [(curves, list(strand_samples(buffer, curves, _dense(curves, buffer.camera)))) for curves in hair]
    near = np.full(width * height, np.inf, dtype=np.float32)
    for _, parts in samples:
        for pixel, points, _, _ in parts:
            np.minimum.at(near, pixel, points[:, 1])
    total = np.zeros((9, width * height))
    for curves, parts in samples:
        normal, color = _facing(curves), curves.albedo
        color = color if color.ndim == 2 else np.broadcast_to(color, (len(curves.points), 3))
        for pixel, points, area, segment in parts:
            y = points[:, 1]
            front = area * np.exp((near[pixel] - y) / _STRAND_LAYER)
            fields = (*color[segment // (curves.points.shape[1] - 1)].T, *normal[segment].T, y)
            for row, field in enumerate(fields):
                total[row] += np.bincount(pixel, front * field, width * height)
            total[7] += np.bincount(pixel, front, width * height)
            total[8] += np.bincount(pixel, area, width * height)
    blurred = gaussian_filter(total.reshape(9, height, width).astype(np.float32), (0, _STRAND_BLUR, _STRAND_BLUR))
    return np.asarray(blurred.reshape(9, -1).T)


def _dense(curves: Curves, camera: Camera) -> int:
    """Samples of each segment that make a line of a strand, and not a row of dots."""
    length = np.linalg.norm(np.diff(curves.points, axis=1), axis=2)
    pixel = camera.pixel * (float(np.median(curves.points[..., 1])) - camera.position[1])
    return int(np.clip(np.ceil(float(np.median(length)) / pixel / _STRAND_APART), 2, _STRAND_MOST))


def _facing(curves: Curves) -> Floats:
    """Normals (segments, 3) of the side of the strands that faces the camera, which looks along +y."""
    along = np.diff(curves.points, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-9)
    normal = along * along[..., 1:2]
    normal[..., 1] -= 1
    return np.asarray((normal / np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-6)).reshape(-1, 3))
