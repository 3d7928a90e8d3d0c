"""The embedded renderer beside Blender's Cycles: processor seconds for pictures of equal error.

    pip install bpy        (a gigabyte; only for this measurement)
    python benchmarks/beside_cycles.py [--scenes bald,short,long] [--size 512] [--reference 256] [--out cycles.json]

The same meshes, strands, textures, environment, camera and number of bounces, like materials (Principled BSDF), both
with Open Image Denoise and albedo and normal, both with one thread, whole pictures from request to PNG; everything but
tracing and denoising is the same code. Each renderer's error is the PSNR to its own picture of `--reference` paths per
pixel, denoised, in 8 bits of sRGB without grain. Cycles' cost at our PSNR is interpolated between its numbers of paths.
Ratio = CPU-s of Cycles / ours; target: 1.0 or more.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from agfd.generate.render import studio
from agfd.generate.render.generator import QUALITIES
from agfd.generate.render.picture import compose, trace
from agfd.generate.render.picture.film import Film
from agfd.generate.render.picture.guide import Guide

SCENES: dict[str, dict[str, Any]] = {
    "bald": {"age": 35, "sex": "male", "race": "White", "hair_style": "bald", "light": "soft", "scene": "indoor"},
    "short": {"age": 30, "sex": "male", "race": "East Asian", "hair_style": "short", "light": "strong sun"},
    "long": {"age": 28, "sex": "female", "race": "White", "hair_style": "long", "light": "studio"},
}
PATHS = (1, 2, 4, 8, 16)
TRACE, LIGHT = trace.trace, compose.light


@dataclass
class Result:
    pixels: np.ndarray
    total: float
    tracing: float


class Stage:
    """The blender scene that takes the place of `trace.trace`; its `light` that of `compose.light`."""

    def __init__(self) -> None:
        try:
            import bpy
        except ImportError:
            sys.exit("benchmarks/beside_cycles.py compares with Blender, which is not installed: pip install bpy")
        self.bpy = bpy
        self.spp = 8

    def trace(self, things: Any, emitters: Any, sensor: Any, *, seed: int, depth: int) -> np.ndarray:
        bpy = self.bpy
        bpy.ops.wm.read_factory_settings(use_empty=True)
        scene = bpy.context.scene
        self._settings(scene, sensor, seed, depth)
        self._world(scene, emitters["rig"].environment)
        self._camera(scene, sensor)
        for nth, thing in enumerate(things):
            make = self._mesh if isinstance(thing, trace.Mesh) else self._curves
            scene.collection.objects.link(bpy.data.objects.new(f"thing {nth}", make(thing)))
        with tempfile.TemporaryDirectory(prefix="agfd-bench-") as folder:
            scene.render.filepath = str(Path(folder) / "picture.exr")
            bpy.ops.render.render(write_still=True)
            image = bpy.data.images.load(scene.render.filepath)
            values = np.empty(image.size[0] * image.size[1] * 4, dtype=np.float32)
            image.pixels.foreach_get(values)
        return values.reshape(image.size[1], image.size[0], 4)[::-1]

    @staticmethod
    def light(traced: Any, gain: Any, behind: Any, _guide: Any) -> Any:
        """Cycles' picture is already denoised."""
        alpha = np.clip(traced[..., 3:], 0, 1)
        return traced[..., :3].clip(0, 8.0) * gain + behind * (1 - alpha)

    @staticmethod
    def guide(_things: Any, camera: Any) -> Guide:
        """Cycles makes its own."""
        none = np.zeros(camera.size[::-1], dtype=np.float32)
        return Guide(none[..., None], none[..., None], none > 0, none, none, none, 1.0)

    def _settings(self, scene: Any, sensor: Any, seed: int, depth: int) -> None:
        render, cycles = scene.render, scene.cycles
        render.engine = "CYCLES"
        render.resolution_x, render.resolution_y = sensor["film"]["width"], sensor["film"]["height"]
        render.resolution_percentage = 100
        render.film_transparent = True
        render.threads_mode, render.threads = "FIXED", 1
        render.image_settings.file_format = "OPEN_EXR"
        render.image_settings.color_mode, render.image_settings.color_depth = "RGBA", "32"
        cycles.device, cycles.samples, cycles.seed = "CPU", self.spp, seed & 0x7FFFFFFF
        cycles.use_adaptive_sampling = False
        cycles.pixel_filter_type = "BOX"
        cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
        cycles.denoising_input_passes, cycles.denoising_prefilter = "RGB_ALBEDO_NORMAL", "FAST"
        # Mitsuba's depth counts the camera's path and the one to the light.
        bounces = depth - 2
        cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = bounces
        cycles.transparent_max_bounces = cycles.transmission_bounces = bounces
        scene.cycles_curves.shape = "THICK"

    def _image(self, pixels: np.ndarray, name: str) -> Any:
        """A linear image of (h, w) or (h, w, 3), row 0 at v = 0."""
        rows, columns = pixels.shape[:2]
        image = self.bpy.data.images.new(name, columns, rows, float_buffer=True, is_data=True)
        full = np.ones((rows, columns, 4), dtype=np.float32)
        full[..., :3] = pixels if pixels.ndim == 3 and pixels.shape[2] == 3 else pixels.reshape(rows, columns, 1)
        image.pixels.foreach_set(full.ravel())
        return image

    def _world(self, scene: Any, environment: np.ndarray) -> None:
        """Blender's row 0 is the nadir, its columns turn the other way, from three quarters of the circle."""
        world = self.bpy.data.worlds.new("world")
        scene.world = world
        world.use_nodes = True
        nodes = world.node_tree.nodes
        columns = environment.shape[1]
        turned = environment[::-1, (3 * columns // 4 - 1 - np.arange(columns)) % columns]
        texture = nodes.new("ShaderNodeTexEnvironment")
        texture.image = self._image(turned, "environment")
        background = next((n for n in nodes if n.type == "BACKGROUND"), None) or nodes.new("ShaderNodeBackground")
        output = next((n for n in nodes if n.type == "OUTPUT_WORLD"), None) or nodes.new("ShaderNodeOutputWorld")
        world.node_tree.links.new(texture.outputs["Color"], background.inputs["Color"])
        world.node_tree.links.new(background.outputs[0], output.inputs["Surface"])

    def _camera(self, scene: Any, sensor: Any) -> None:
        data = self.bpy.data.cameras.new("camera")
        data.angle, data.clip_start = float(np.radians(sensor["fov"])), sensor["near_clip"]
        camera = self.bpy.data.objects.new("camera", data)
        camera.location = np.array(sensor["to_world"].matrix)[:3, 3]
        camera.rotation_euler = (np.pi / 2, 0, 0)
        scene.collection.objects.link(camera)
        scene.camera = camera

    def _mesh(self, thing: trace.Mesh) -> Any:
        mesh = self.bpy.data.meshes.new("mesh")
        faces = np.ascontiguousarray(thing.faces, dtype=np.int32)
        mesh.vertices.add(len(thing.vertices))
        mesh.vertices.foreach_set("co", np.ascontiguousarray(thing.vertices, dtype=np.float32).ravel())
        mesh.loops.add(faces.size)
        mesh.loops.foreach_set("vertex_index", faces.ravel())
        mesh.polygons.add(len(faces))
        mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, 3, dtype=np.int32))
        mesh.update()
        mesh.shade_smooth()
        if thing.uv is not None:
            layer = mesh.uv_layers.new(name="uv")
            layer.uv.foreach_set("vector", np.ascontiguousarray(thing.uv[faces.ravel()], dtype=np.float32).ravel())
        if thing.albedo.ndim == 2:
            self._tint(mesh, thing.albedo, "POINT")
        mesh.materials.append(self._material(thing))
        return mesh

    def _curves(self, thing: trace.Curves) -> Any:
        table = trace._drawn(thing)
        curves = self.bpy.data.hair_curves.new("curves")
        curves.add_curves([table.shape[1]] * len(table))
        curves.points.foreach_set("position", np.ascontiguousarray(table[..., :3], dtype=np.float32).ravel())
        curves.points.foreach_set("radius", np.ascontiguousarray(table[..., 3], dtype=np.float32).ravel())
        self._tint(curves, np.broadcast_to(thing.albedo, (len(table), 3)), "CURVE")
        curves.materials.append(self._material(replace(thing, albedo=np.zeros((1, 3), np.float32))))
        return curves

    @staticmethod
    def _tint(owner: Any, colors: np.ndarray, domain: str) -> None:
        full = np.ones((len(colors), 4), dtype=np.float32)
        full[:, :3] = colors
        owner.attributes.new("tint", "FLOAT_COLOR", domain).data.foreach_set("color", full.ravel())

    def _material(self, thing: Any) -> Any:
        """Principled BSDF with the values of Mitsuba's dictionary; colours as the denoiser is told."""
        material = self.bpy.data.materials.new("material")
        material.use_nodes = True
        nodes, links = material.node_tree.nodes, material.node_tree.links
        shader = next(n for n in nodes if n.type == "BSDF_PRINCIPLED")
        bsdf = thing.bsdf
        while bsdf["type"] in ("twosided", "bumpmap"):
            if bsdf["type"] == "bumpmap":
                bump = nodes.new("ShaderNodeBump")
                bump.inputs["Distance"].default_value = bsdf["scale"]
                links.new(self._texture(nodes, bsdf["arbitrary"]).outputs["Color"], bump.inputs["Height"])
                links.new(bump.outputs["Normal"], shader.inputs["Normal"])
            bsdf = bsdf["bsdf"]
        color = shader.inputs["Base Color"]
        if thing.albedo.ndim == 3:
            links.new(self._texture(nodes, bsdf["base_color"]).outputs["Color"], color)
        elif thing.albedo.ndim == 2:
            attribute = nodes.new("ShaderNodeAttribute")
            attribute.attribute_name = "tint"
            links.new(attribute.outputs["Color"], color)
        else:
            color.default_value = (*(float(c) for c in thing.albedo), 1.0)
        rough = bsdf.get("roughness", 1.0)
        if isinstance(rough, dict):
            links.new(self._texture(nodes, rough).outputs["Color"], shader.inputs["Roughness"])
        else:
            shader.inputs["Roughness"].default_value = rough
        plain = 0.0 if bsdf["type"] == "diffuse" else 0.5
        shader.inputs["Specular IOR Level"].default_value = bsdf.get("specular", plain)
        shader.inputs["Coat Weight"].default_value = bsdf.get("clearcoat", 0.0)
        shader.inputs["Metallic"].default_value = bsdf.get("metallic", 0.0)
        return material

    def _texture(self, nodes: Any, bitmap: Any) -> Any:
        node = nodes.new("ShaderNodeTexImage")
        node.image = self._image(np.array(bitmap["bitmap"]), "texture")
        return node


def shot(room: studio.Studio, asked: dict[str, Any], size: int, spp: int, stage: Stage | None) -> Result:
    """A picture from request to PNG, by Cycles if there is a `stage`."""
    from PIL import Image

    tracing = 0.0

    def clocked(*args: Any, **kwargs: Any) -> Any:
        nonlocal tracing
        before = time.process_time()
        traced = (stage.trace if stage else TRACE)(*args, **kwargs)
        tracing += time.process_time() - before
        return traced

    own = (studio.guide, studio.emitters)
    trace.trace = clocked
    if stage:
        stage.spp = spp
        compose.light, studio.guide = stage.light, stage.guide
        studio.emitters = lambda rig: (("rig", rig),)
    # Each picture is made from nothing. Grain would count as error, and only our guide knows distances.
    room.kept.clear()
    quality = replace(QUALITIES["standard"], spp=spp, film=Film(grain=0, depth_of_field=0))
    before = time.process_time()
    try:
        made = room.shoot(7, 8, asked, (size, size), quality)
    finally:
        trace.trace, compose.light = TRACE, LIGHT
        studio.guide, studio.emitters = own
    Image.fromarray(made.pixels).save(io.BytesIO(), "PNG", compress_level=3)
    return Result(made.pixels, time.process_time() - before, tracing)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((one.astype(float) - other.astype(float)) ** 2)))


def compare(room: studio.Studio, stage: Stage, name: str, options: argparse.Namespace) -> dict[str, Any]:
    asked = {"yaw": 0, "pitch": 0, "roll": 0} | SCENES[name]
    ours_at = QUALITIES["standard"].spp
    truth = shot(room, asked, options.size, options.reference, None).pixels
    ours = shot(room, asked, options.size, ours_at, None)
    reached = psnr(ours.pixels, truth)
    theirs_truth = shot(room, asked, options.size, options.reference, stage).pixels
    costs, errors, tracings = [], [], []
    for spp in PATHS:
        theirs = shot(room, asked, options.size, spp, stage)
        costs.append(theirs.total)
        tracings.append(theirs.tracing)
        errors.append(psnr(theirs.pixels, theirs_truth))
    equal = float(np.interp(reached, np.maximum.accumulate(errors), costs))
    print(f"{name}: ours {ours_at} spp {reached:.1f} dB {ours.total:.2f} CPU-s, tracing {ours.tracing:.2f}; Cycles")
    for paths, error, cost, tracing in zip(PATHS, errors, costs, tracings, strict=True):
        print(f"  {paths} spp {error:.1f} dB {cost:.2f} CPU-s, tracing {tracing:.2f}")
    print(f"  at equal PSNR {equal:.2f}: ratio {equal / ours.total:.2f}; load {os.getloadavg()[0]:.1f}", flush=True)
    if options.pictures:
        from PIL import Image

        options.pictures.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.hstack([truth, theirs_truth])).save(options.pictures / f"{name}.png")
    within = min(errors) - 0.5 <= reached <= max(errors) + 0.5
    return {"psnr": reached, "ours": ours.total, "cycles": equal, "ratio": equal / ours.total, "equal": within,
            "cycles_psnr": errors, "cycles_seconds": costs}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", default="bald,short,long")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--reference", type=int, default=256, help="paths per pixel of the pictures compared with")
    parser.add_argument("--pictures", type=Path, help="folder for both references side by side")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    stage = Stage()
    room = studio.Studio.open(QUALITIES["standard"].texels)
    result = {name: compare(room, stage, name, options) for name in options.scenes.split(",")}
    print(f"median ratio {statistics.median(r['ratio'] for r in result.values()):.2f} (target 1.0)")
    if options.out:
        options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
