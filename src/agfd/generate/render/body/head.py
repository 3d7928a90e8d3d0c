"""The head model: MakeHuman's base mesh with its shapes, a skeleton of the neck, and smooth subdivision.

Data: `data/head.npz`, made by `scripts/extract_head.py` from CC0 data (`data/LICENSE.md`). Metres, z up, the face
looks to -y, the person's left is +x, which is the viewer's right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body import landmarks, lids
from agfd.generate.render.body.subdivision import refine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scipy.sparse import csr_array

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]

DENSE = Path(__file__).parents[1] / "data" / "dense.npz"
DATA = Path(__file__).parents[1] / "data" / "head.npz"
PARTS = ("eye_l", "eye_r", "lashes_l", "lashes_r", "teeth_low", "teeth_up", "tongue", "tights")
# Ages in years of MakeHuman's four age shapes; the first is its one-year-old.
_AGES = (1.0, 13.0, 20.0, 88.0)
_AGE_NAMES = ("baby", "child", "young", "old")
_BUILD = {"muscle": ("minmuscle", "averagemuscle", "maxmuscle"), "weight": ("minweight", "averageweight", "maxweight")}
# Share of the head's turn that each bone takes, from a relaxed turn of the neck.
_SHARES = {"neck01": 0.12, "neck02": 0.14, "neck03": 0.14, "head": 0.60}
# Landmarks of the upper and the lower lid above each other, and how far those of a shut eye pass each other, metres.
_LID_PAIRS = {"Left": ((43, 47), (44, 46)), "Right": ((37, 41), (38, 40))}
_LID_OVERLAP = 0.0015
# Corners of the eyes. Blinks below `_AWAKE` are open eyes; what their opening lacks of this share of the width is given
# back by `_LIFT`.
_CORNERS = {"Left": (42, 45), "Right": (36, 39)}
_AWAKE, _OPENING, _LIFT = 0.2, 0.29, 0.65
# Half the width and the height of the lips on the template, and within which distance of them the mouth's actions stay
# as they are, metres; how often they are averaged with their neighbours beyond, and how much more often on the smallest
# head, whose share of a small adult's size is `_BABY`.
_LIPS, _HELD, _ROUNDS, _MORE_ROUNDS, _BABY = (0.024, 0.661), 0.008, 4, 10, 0.68
# Scale of a small adult's head. The facial actions are lengths of adults: smaller heads move by less, but for blinks,
# which are fitted to the eyes.
_GROWN = 0.84
# The middle of an eye, |x| and z on the template, and how far from it the mouth moves nothing, metres.
_EYE, _CALM = (0.0310, 0.7285), 0.012
# The base mesh holds its arms out by 45 degrees; hanging arms need the rest.
_ARMS_DOWN = 33.0


@dataclass(frozen=True, slots=True)
class Shape:
    """What a person's head looks like at rest.

    `age` in years; `male`, `muscle`, `weight` 0 to 1; `races`: shares of MakeHuman's african, asian and caucasian
    shapes, summing to 1; `local`: weights of local shapes (`nose/nose-hump-incr`), 0 to 1.
    """

    age: float
    male: float
    races: tuple[float, float, float]
    muscle: float = 0.5
    weight: float = 0.5
    local: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pose:
    """Degrees, with the signs of `agfd.vocabulary`: yaw to the viewer's right, pitch up, roll clockwise."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0

    def matrix(self) -> NDArray[np.float64]:
        """The rotation (3, 3): first roll, then pitch, then yaw."""
        return _about("z", self.yaw) @ _about("x", -self.pitch) @ _about("y", self.roll)


@dataclass(frozen=True, slots=True)
class Head:
    """One person in one pose. All vertices float32, (n, 3), metres.

    `vertices` posed skin; `rest_vertices` the same without pose and expression; `template_vertices` the same places on
    the template, which serve as coordinates for masks; `faces` (m, 3) triangles and `normals` (n, 3) of `vertices`;
    `parts` posed coarse vertices of eyes, lashes, teeth, tongue, clothes helper, `rest_parts` the same without the pose
    but with the expression; `head_transform` (4, 4) from un-posed to posed for what the skull carries; `scale`: height
    of the head by the adult template's, by which all lengths (a strand's radius, a pore's depth) are multiplied;
    `landmarks` (68, 3): posed points of the iBUG mark-up.
    """

    vertices: Floats
    rest_vertices: Floats
    template_vertices: Floats
    faces: Ints
    normals: Floats
    parts: Mapping[str, Floats]
    rest_parts: Mapping[str, Floats]
    head_transform: NDArray[np.float64]
    scale: float
    landmarks: Floats

    def carried(self, points: NDArray[np.floating]) -> Floats:
        """Un-posed points (..., 3) moved along with the skull."""
        turned = points @ self.head_transform[:3, :3].T + self.head_transform[:3, 3]
        return turned.astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class HeadModel:
    """The loaded data. `shape` is pure and takes about a tenth of a second."""

    template: Floats
    joints: tuple[str, ...]
    bones: tuple[str, ...]
    weights: Floats
    macro_names: tuple[str, ...]
    macro: Floats
    local_names: Mapping[str, int]
    local: tuple[Ints, Ints, NDArray[np.int16], Floats]
    quads: Mapping[str, Ints]
    body: Ints
    masks: Mapping[str, Floats]
    matrix: csr_array
    fine_quads: Ints
    faces: Ints
    fine_template: Floats
    fine_weights: Floats
    fine_masks: Mapping[str, Floats]
    normal_matrix: csr_array
    landmarks: Ints
    dense: Ints
    mean: csr_array

    @classmethod
    def load(cls, path: Path = DATA) -> HeadModel:
        """Read the data file and prepare the subdivision; about a second."""
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
        macro = np.cumsum(arrays["macro"], axis=1, dtype=np.int16).astype(np.float32)
        macro *= arrays["macro_step"][:, None, None]
        quads = {part: arrays[f"quads_{part}"].astype(np.int64) for part in ("body", *PARTS)}
        body = np.unique(quads["body"])
        number = np.full(len(arrays["template"]), -1)
        number[body] = np.arange(len(body))
        matrix, fine_quads = refine(number[quads["body"]], len(body), levels=2)
        faces = np.concatenate([fine_quads[:, [0, 1, 2]], fine_quads[:, [0, 2, 3]]])
        masks = {str(n): arrays["masks"][:, i].astype(np.float32) / 255 for i, n in enumerate(arrays["mask_names"])}
        weights = arrays["weights"].astype(np.float32)
        fine_template = (matrix @ arrays["template"][body]).astype(np.float32)
        fine_masks = {name: (matrix @ mask[body]).astype(np.float32) for name, mask in masks.items()}
        return cls(
            template=arrays["template"],
            joints=tuple(map(str, arrays["joints"])),
            bones=tuple(map(str, arrays["bones"])),
            weights=weights,
            macro_names=tuple(map(str, arrays["macro_names"])),
            macro=macro,
            local_names={str(n): i for i, n in enumerate(arrays["local_names"])},
            local=(
                arrays["local_starts"].astype(np.int64),
                arrays["local_rows"].astype(np.int64),
                arrays["local_values"],
                arrays["local_step"],
            ),
            quads=quads,
            body=body,
            masks=masks,
            matrix=matrix,
            fine_quads=fine_quads,
            faces=faces,
            fine_template=fine_template,
            fine_weights=(matrix @ weights[body]).astype(np.float32),
            fine_masks=fine_masks,
            normal_matrix=_corner_sums(faces, matrix.shape[0]),
            landmarks=landmarks.indices(fine_template, fine_masks["inside-mouth"]),
            dense=landmarks.indices(fine_template, fine_masks["inside-mouth"], _dense_places()),
            mean=_neighbours(number[quads["body"]], len(body)),
        )

    def shape(self, person: Shape, expression: Mapping[str, float] | None = None, pose: Pose | None = None) -> Head:
        """The head of `person` with an expression (weights of facial actions, `jawOpen` and so on) in a pose."""
        still = self._morphed(person)
        crown, chin = self.template[self.body][:, 2].argmax(), self._chin()
        height = float(still[self.body[crown], 2] - still[chin, 2])
        adult = float(self.template[self.body[crown], 2] - self.template[chin, 2])
        small = min(height / adult / _GROWN, 1.0)
        moved = still + self._acted(self._lids(still, expression or {}), small)
        places = dict(zip(self.joints, still[len(self.weights) :], strict=True))
        bones = self._transforms(places, pose or Pose())
        rest = (self.matrix @ still[self.body]).astype(np.float32)
        eyes = [moved[np.unique(self.quads[part])] for part in ("eye_l", "eye_r")]
        expressed = lids.laid((self.matrix @ moved[self.body]).astype(np.float32), self.faces, eyes)
        vertices = _skinned(expressed, self.fine_weights, bones)
        coarse = _skinned(moved[: len(self.weights)], self.weights, bones)
        numbers = {part: np.unique(self.quads[part]) for part in PARTS}
        return Head(
            vertices=vertices,
            rest_vertices=rest,
            template_vertices=self.fine_template,
            faces=self.faces,
            normals=self.normals(vertices),
            parts={part: coarse[n] for part, n in numbers.items()},
            rest_parts={part: moved[n].astype(np.float32) for part, n in numbers.items()},
            head_transform=bones[self.bones.index("head")],
            scale=height / adult,
            landmarks=vertices[self.landmarks],
        )

    def part_quads(self, part: str) -> Ints:
        """Quads (n, 4) of a part in the numbering of `Head.parts`."""
        return np.searchsorted(np.unique(self.quads[part]), self.quads[part])

    def normals(self, vertices: Floats) -> Floats:
        """Smooth normals (n, 3), weighted by area."""
        a, b, c = (vertices[self.faces[:, i]] for i in range(3))
        normals = self.normal_matrix @ np.cross(b - a, c - a)
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        return np.asarray(normals / np.maximum(length, 1e-12), dtype=np.float32)

    def _acted(self, actions: Mapping[str, float], small: float) -> NDArray[np.float64]:
        """Offsets of facial actions on a head of this share of an adult's size, (coarse vertices and joints, 3).

        Those of the mouth leave the lids alone: a smile would draw the lower ones into the eyeballs.
        """
        own = {f"action/{n}": w * (1.0 if n.startswith("eyeBlink") else small) for n, w in actions.items()}
        mouth = self._offsets({n: w for n, w in own.items() if n.startswith("action/mouth")})
        ax, _, z = np.abs(self.template.astype(np.float64)).T
        mouth *= np.clip((np.hypot(ax - _EYE[0], z - _EYE[1]) - _CALM) / _CALM, 0, 1)[:, None]
        mouth = self._eased(mouth, small)
        return mouth + self._offsets({n: w for n, w in own.items() if not n.startswith("action/mouth")})

    def _eased(self, offsets: NDArray[np.float64], small: float) -> NDArray[np.float64]:
        """Offsets of the mouth's actions, (coarse vertices and joints, 3), spread over the cheeks beside the lips.

        They end on a ridge along a line of the mesh, which cuts the full cheeks of a child in two.
        """
        ax, _, z = np.abs(self.template[self.body].astype(np.float64)).T
        beside = np.hypot(np.maximum(ax - _LIPS[0], 0), z - _LIPS[1])
        share = np.clip((beside - _HELD) / _HELD, 0, 1)[:, None]
        skin = offsets[self.body]
        for _ in range(_ROUNDS + round(_MORE_ROUNDS * (1 - small) / (1 - _BABY))):
            skin = skin * (1 - share) + (self.mean @ skin) * share
        out = offsets.copy()
        out[self.body] = skin
        return out

    def _lids(self, still: NDArray[np.float64], expression: Mapping[str, float]) -> dict[str, float]:
        """The facial actions with blinks for these eyes: a blink of 1 makes the lids just meet, however far they open.

        MakeHuman's action moves every lid equally far: narrow eyes would turn inside out, wide ones stay ajar. Open
        lids of narrow eyes are lifted, so that nobody looks sleepy who is not asked to.
        """
        actions = dict(expression)
        for side, pairs in _LID_PAIRS.items():
            blink = f"eyeBlink{side}"
            if blink not in actions:
                continue
            upper, lower = (self.matrix[self.landmarks[[pair[i] for pair in pairs]]] for i in range(2))
            across = upper - lower
            gap = float((across @ still[self.body, 2]).mean())
            travel = -float((across @ self._offsets({f"action/{blink}": 1.0})[self.body, 2]).mean())
            actions[blink] *= float(np.clip((gap + _LID_OVERLAP) / travel, 0.3, 1.4))
            if expression[blink] < _AWAKE:
                corners = self.matrix[self.landmarks[list(_CORNERS[side])]] @ still[self.body]
                narrow = _OPENING * float(np.linalg.norm(corners[1] - corners[0])) - gap
                actions[blink] -= _LIFT * max(narrow, 0.0) / travel
        return actions

    def _chin(self) -> int:
        """The coarse vertex at the tip of the chin."""
        points = self.template[self.body]
        return int(self.body[np.linalg.norm(points - (0.0, -0.156, 0.628), axis=1).argmin()])

    def _morphed(self, person: Shape) -> NDArray[np.float64]:
        """Coarse vertices and joints of the un-posed person; the joint of the skull stays where the template has it."""
        offsets = self._offsets(person.local)
        # A plain sum, not a product of matrices, whose rounding may depend on the number of threads.
        for weight, shape in zip(self._macro_weights(person), self.macro, strict=True):
            if weight != 0:
                offsets += weight * shape
        vertices = self.template + offsets
        skull = len(self.weights) + self.joints.index("head")
        return np.asarray(vertices - (vertices[skull] - self.template[skull]))

    def _macro_weights(self, person: Shape) -> Floats:
        """The product rule of MakeHuman: a shape counts by the product of the shares of all words in its name."""
        share = {"male": person.male, "female": 1 - person.male}
        share |= dict(zip(_AGE_NAMES, _hats(_age_axis(person.age), 4), strict=True))
        share |= dict(zip(("african", "asian", "caucasian"), person.races, strict=True))
        for axis, names in _BUILD.items():
            share |= dict(zip(names, _hats(2 * getattr(person, axis), 3), strict=True))
        words = [name.removeprefix("universal-").split("-") for name in self.macro_names]
        return np.array([np.prod([share[word] for word in name]) for name in words], dtype=np.float32)

    def _offsets(self, weights: Mapping[str, float]) -> NDArray[np.float64]:
        """Sum of local shapes, (coarse vertices and joints, 3)."""
        starts, rows, values, steps = self.local
        total = np.zeros_like(self.template, dtype=np.float64)
        for name, weight in weights.items():
            shape = self.local_names[name]
            part = slice(starts[shape], starts[shape + 1])
            total[rows[part]] += (weight * float(steps[shape])) * values[part]
        return total

    def _transforms(self, places: Mapping[str, NDArray[np.float64]], pose: Pose) -> NDArray[np.float64]:
        """Rigid transform (4, 4) of every bone."""
        from scipy.spatial.transform import Rotation

        turn = Rotation.from_matrix(pose.matrix()).as_rotvec()
        bones = np.tile(np.eye(4), (len(self.bones), 1, 1))
        chain = np.eye(4)
        for name, share in _SHARES.items():
            chain = chain @ _around(places[name], Rotation.from_rotvec(share * turn).as_matrix())
            bones[self.bones.index(name)] = chain
        for side, sign in (("L", 1.0), ("R", -1.0)):
            name = f"upperarm01.{side}"
            bones[self.bones.index(name)] = _around(places[name], _about("y", sign * _ARMS_DOWN))
        return bones


def _dense_places() -> Floats:
    """Template places (468, 3) of the points of MediaPipe's face mesh, by `scripts/measure_dense.py`."""
    with np.load(DENSE, allow_pickle=False) as data:
        return np.asarray(data["places"], dtype=np.float32)


def normals(vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> Floats:
    """Smooth normals (n, 3) of any triangles, weighted by area."""
    a, b, c = (vertices[faces[:, i]].astype(np.float64) for i in range(3))
    flat = np.cross(b - a, c - a)
    sums = [sum(np.bincount(faces[:, i], flat[:, k], len(vertices)) for i in range(3)) for k in range(3)]
    total = np.stack(sums, axis=1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.maximum(length, 1e-15), dtype=np.float32)


def _about(axis: str, degrees: float) -> NDArray[np.float64]:
    """Right-handed rotation (3, 3) about a coordinate axis."""
    s, c = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    rows = {
        "x": [[1, 0, 0], [0, c, -s], [0, s, c]],
        "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
        "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }
    return np.array(rows[axis], dtype=np.float64)


def _around(centre: NDArray[np.float64], rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """The transform (4, 4) that rotates about a point."""
    transform = np.eye(4)
    transform[:3, :3] = rotation
    transform[:3, 3] = centre - rotation @ centre
    return transform


def _skinned(points: NDArray[np.floating], weights: Floats, bones: NDArray[np.float64]) -> Floats:
    """Linear blend skinning of points (n, 3)."""
    blend = weights @ bones[:, :3, :].reshape(len(bones), 12).astype(np.float32)
    blend = blend.reshape(-1, 3, 4)
    moved = np.einsum("nij,nj->ni", blend[:, :, :3], points.astype(np.float32)) + blend[:, :, 3]
    return np.asarray(moved, dtype=np.float32)


def _corner_sums(faces: Ints, count: int) -> csr_array:
    """Sparse matrix (count, faces) that adds what belongs to a face to its corners."""
    from scipy.sparse import csr_array

    columns = np.tile(np.arange(len(faces)), 3)
    return csr_array((np.ones(len(columns), dtype=np.float32), (faces.T.ravel(), columns)), shape=(count, len(faces)))


def _neighbours(quads: Ints, count: int) -> csr_array:
    """Sparse matrix (count, count) that takes the mean of each vertex and those it shares an edge with."""
    from scipy.sparse import csr_array

    ends = np.concatenate([quads[:, [i, (i + 1) % 4]] for i in range(4)])
    ends = np.concatenate([ends, ends[:, ::-1], np.repeat(np.arange(count), 2).reshape(-1, 2)])
    ends = np.unique(ends, axis=0)
    share = 1 / np.bincount(ends[:, 0], minlength=count)
    return csr_array((share[ends[:, 0]], (ends[:, 0], ends[:, 1])), shape=(count, count))


def _age_axis(age: float) -> float:
    """Years on the axis of the age shapes, 0 (baby) to 3 (old).

    Fitted to what one network takes a few faces for (benchmarks/ages.py): children look older than
    MakeHuman's, so they stay near the baby for longer, and what ages a face begins at once after youth.
    """
    baby, child, young, old = _AGES
    if age < child:
        return float((max(age, baby) - baby) / (child - baby))
    if age < young:
        return float(1 + (age - child) / (young - child))
    return float(2 + min((age - young) / (old - young), 1.12) ** 0.8)


def _hats(position: float, count: int) -> list[float]:
    """Linear interpolation weights of `count` anchors at 0, 1, ...; beyond the last one it goes on."""
    low = min(int(max(position, 0.0)), count - 2)
    share = position - low
    return [1 - share if i == low else share if i == low + 1 else 0.0 for i in range(count)]
