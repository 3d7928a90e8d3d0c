"""Mitsuba 3 (`scalar_rgb`, one thread) and Open Image Denoise: shapes in, linear pictures out.

Only here are the two imported. Everything is bit-identical between runs: box filter, multijitter sampler with a given
seed, no scene optimisation (which reorders lights at random), one thread for each.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.detail import pieces

Floats: TypeAlias = NDArray[np.float32]
Plugin: TypeAlias = Mapping[str, Any]

# What a thing can be a part of, for the truth about each pixel.
PARTS = (
    "skin", "brows", "lashes", "eyes", "mouth", "hair", "facial hair", "clothes", "eyewear", "mask", "headwear",
    "earrings", "hand",
)  # fmt: skip


@lru_cache(maxsize=1)
def mitsuba() -> Any:
    """The module with the variant set and the thread count at one."""
    import drjit
    import mitsuba as mi

    mi.set_variant("scalar_rgb")
    drjit.set_thread_count(1)
    mi.set_log_level(mi.LogLevel.Error)
    return mi


def load(plugin: Plugin) -> Any:
    """A Mitsuba object from its dictionary."""
    return mitsuba().load_dict(dict(plugin), optimize=False)


def bitmap(pixels: NDArray[np.floating], *, raw: bool = True) -> dict[str, Any]:
    """A texture from linear values, float, (h, w) or (h, w, 3); row 0 is v = 0."""
    picture = mitsuba().Bitmap(np.ascontiguousarray(np.atleast_3d(pixels), dtype=np.float32))
    return {"type": "bitmap", "bitmap": picture, "raw": raw, "filter_type": "bilinear", "wrap_mode": "clamp"}


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles. `vertices`, `normals` (n, 3), `faces` (m, 3), `uv` (n, 2) or None; `albedo`: linear RGB of the whole
    (3,), of each vertex (n, 3) or of a texture (h, w, 3), as the denoiser is told; `bsdf`: a Mitsuba dictionary, in
    which `mesh_attribute` `vertex_color` stands for the albedo of the vertices; `part`: one of `PARTS`.
    """

    vertices: Floats
    faces: NDArray[np.integer]
    normals: Floats
    bsdf: Plugin
    albedo: Floats
    part: str
    uv: Floats | None = None


@dataclass(frozen=True, slots=True)
class Curves:
    """Strands. `points` (n, k, 3), `radii` (n, k), metres; `albedo` (3,) or (n, 3); `part`: one of `PARTS`. They are
    the ends of straight segments, or when `smooth` (k at least 4) the control points of a uniform cubic B-spline.
    """

    points: Floats
    radii: Floats
    bsdf: Plugin
    albedo: Floats
    part: str
    smooth: bool = True


@dataclass(frozen=True, slots=True)
class Glass:
    """A clear pane, which the tracer leaves out: see `glass`. `vertices`, `normals` (n, 3), `faces` (m, 3)."""

    vertices: Floats
    faces: NDArray[np.integer]
    normals: Floats
    part: str


Thing: TypeAlias = Mesh | Curves | Glass


def _mesh(thing: Mesh) -> Any:
    mi = mitsuba()
    properties = mi.Properties()
    properties["mesh_bsdf"] = load(thing.bsdf)
    built = mi.Mesh(
        "mesh",
        len(thing.vertices),
        len(thing.faces),
        has_vertex_normals=True,
        has_vertex_texcoords=thing.uv is not None,
        props=properties,
    )
    fields = mi.traverse(built)
    fields["vertex_positions"] = np.ascontiguousarray(thing.vertices, dtype=np.float32).ravel()
    fields["faces"] = np.ascontiguousarray(thing.faces, dtype=np.uint32).ravel()
    fields["vertex_normals"] = np.ascontiguousarray(thing.normals, dtype=np.float32).ravel()
    if thing.uv is not None:
        fields["vertex_texcoords"] = np.ascontiguousarray(thing.uv, dtype=np.float32).ravel()
    fields.update()
    if thing.albedo.ndim == 2:
        built.add_attribute("vertex_color", 3, np.ascontiguousarray(thing.albedo, dtype=np.float32).ravel())
    return built


def _drawn(curves: Curves) -> Floats:
    """The segments' ends and radii (n, k, 4), none too long. Splines are cut to segments at their knots and halfway
    between: Mitsuba 3.9's own kills the process at rare rays (one picture of 175; with hair alone in the scene, too).
    """
    table = np.concatenate([curves.points, curves.radii[..., None]], axis=2)
    if not curves.smooth:
        return pieces(table)
    a, b, c = table[:, :-2], table[:, 1:-1], table[:, 2:]
    knots = (a + 4 * b + c) / 6
    between = (a[:, :-1] + 23 * (b[:, :-1] + c[:, :-1]) + c[:, 1:]) / 48
    ends = np.empty((len(table), 2 * knots.shape[1] - 1, 4), dtype=np.float32)
    ends[:, ::2], ends[:, 1::2] = knots, between
    return ends


def _curves(thing: Curves) -> Any:
    table = _drawn(thing)
    count, length = table.shape[:2]
    # The plug-ins take the number of strands and of their points from a file only; the places are put in afterwards.
    strand = "".join(f"{i} 0 0 1\n" for i in range(length)) + "\n"
    with tempfile.TemporaryDirectory(prefix="agfd-") as folder:
        path = Path(folder) / "strands.txt"
        path.write_text(strand * count, encoding="ascii")
        built = load({"type": "linearcurve", "filename": str(path), "bsdf": load(thing.bsdf)})
    fields = mitsuba().traverse(built)
    fields["control_points"] = np.ascontiguousarray(table, dtype=np.float32).ravel()
    fields.update()
    return built


def trace(things: Sequence[Thing], emitters: Mapping[str, Any], sensor: Plugin, *, seed: int, depth: int) -> Floats:
    """The picture, linear, premultiplied RGBA, float32, (h, w, 4)."""
    scene: dict[str, Any] = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": depth, "rr_depth": 64, "hide_emitters": True},
        "sensor": load(sensor),
    }
    # Lights are loaded one by one because a nested load may reorder them.
    for name, emitter in emitters.items():
        scene[f"light_{name}"] = load(emitter) if isinstance(emitter, Mapping) else emitter
    for i, thing in enumerate(things):
        if not isinstance(thing, Glass):
            scene[f"shape_{i:03d}"] = _mesh(thing) if isinstance(thing, Mesh) else _curves(thing)
    picture = mitsuba().render(load(scene), seed=seed & 0xFFFFFFFF)
    return np.array(picture, dtype=np.float32)


def sensor(camera: Plugin, size: tuple[int, int], spp: int) -> dict[str, Any]:
    """The film around a camera's dictionary. `size` is (width, height) in pixels."""
    return dict(camera) | {
        "film": {
            "type": "hdrfilm",
            "width": size[0],
            "height": size[1],
            "pixel_format": "rgba",
            "component_format": "float32",
            "rfilter": {"type": "box"},
        },
        "sampler": {"type": "multijitter", "sample_count": spp},
    }


@lru_cache(maxsize=1)
def _device() -> Any:
    import pyoidn

    device = pyoidn.Device()
    device.set_bool("setAffinity", False)
    device.set_int("numThreads", 1)
    device.commit()
    return device


def denoise(picture: Floats, albedo: Floats, normal: Floats) -> Floats:
    """Open Image Denoise. All float32, (h, w, 3): linear HDR colours; albedo 0 to 1 and normals, both free of noise."""
    import pyoidn

    images = {"color": picture, "albedo": albedo, "normal": normal}
    images = {name: np.ascontiguousarray(image, dtype=np.float32) for name, image in images.items()}
    result = np.empty_like(images["color"])
    with pyoidn.Filter(_device(), pyoidn.OIDN_FILTER_TYPE_RT) as network:
        for name, image in images.items():
            network.set_image(name, image, pyoidn.OIDN_FORMAT_FLOAT3)
        network.set_image("output", result, pyoidn.OIDN_FORMAT_FLOAT3)
        network.set_bool("hdr", True)
        network.set_bool("cleanAux", False)
        network.commit()
        network.execute()
    error = _device().get_error()
    if error:
        raise RuntimeError(f"Open Image Denoise failed: {error}")
    return result
