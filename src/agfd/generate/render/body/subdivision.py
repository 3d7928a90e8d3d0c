"""Catmull-Clark subdivision of a fixed quad mesh as one sparse matrix.

Catmull and Clark, "Recursively generated B-spline surfaces on arbitrary topological meshes", 1978. The mesh's
connections never change, so the rule is a linear map from coarse to fine vertices that is computed once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Ints: TypeAlias = NDArray[np.int64]


def refine(quads: Ints, count: int, levels: int) -> tuple[csr_array, Ints]:
    """The matrix (fine, `count`) and the fine quads (n, 4) after `levels` steps."""
    from scipy.sparse import csr_array, eye_array

    matrix = csr_array(eye_array(count))
    for _ in range(levels):
        step, quads = _once(quads, matrix.shape[0])
        matrix = csr_array(step @ matrix)
    return matrix, quads


def _once(quads: Ints, count: int) -> tuple[csr_array, Ints]:
    """One step: old vertices keep their numbers, edge points follow, then face points."""
    from scipy.sparse import csr_array, diags_array, vstack

    faces = len(quads)
    pairs = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2)
    edges, edge_of = np.unique(np.sort(pairs, axis=1), axis=0, return_inverse=True)
    edge_of = edge_of.reshape(faces, 4)
    uses = np.bincount(edge_of.ravel(), minlength=len(edges))

    face_points = _rows(np.repeat(np.arange(faces), 4), quads.ravel(), 0.25, (faces, count))
    middles = _rows(np.repeat(np.arange(len(edges)), 2), edges.ravel(), 0.5, (len(edges), count))
    touching = _rows(edge_of.ravel(), np.repeat(np.arange(faces), 4), 0.5, (len(edges), faces)) @ face_points
    inner = (uses == 2).astype(float)
    edge_points = diags_array(1 - inner / 2) @ middles + diags_array(inner / 2) @ touching

    border = np.zeros(count, dtype=bool)
    border[edges[uses == 1].ravel()] = True
    vertex_points = _vertex_rule(quads, edges, uses, border, face_points, middles)
    matrix = csr_array(vstack([vertex_points, edge_points, face_points]))
    e, f = count + edge_of, count + len(edges) + np.arange(faces)
    corners = [np.stack([quads[:, i], e[:, i], f, e[:, i - 1]], axis=1) for i in range(4)]
    return matrix, np.stack(corners, axis=1).reshape(-1, 4)


def _vertex_rule(
    quads: Ints, edges: Ints, uses: Ints, border: NDArray[np.bool_], face_points: csr_array, middles: csr_array
) -> csr_array:
    """(Q + 2 R + (n - 3) v) / n inside; on a border 1/4, 1/2, 1/4 along it; a loose vertex stays."""
    from scipy.sparse import csr_array, diags_array, eye_array

    count = len(border)
    valence = np.bincount(quads.ravel(), minlength=count)
    edge_valence = np.maximum(np.bincount(edges.ravel(), minlength=count), 1)
    inside = (~border & (valence > 0)).astype(float)
    n = np.maximum(valence, 1)
    around = _rows(quads.ravel(), np.repeat(np.arange(len(quads)), 4), 1.0, (count, len(quads))) @ face_points
    along = _rows(edges.ravel(), np.repeat(np.arange(len(edges)), 2), 1.0, (count, len(edges))) @ middles
    rim = edges[uses == 1]
    rim_rows = _rows(rim.ravel(), rim[:, ::-1].ravel(), 0.125, (count, count))
    own = np.where(border, 0.75, np.where(valence > 0, (n - 3) / n, 1.0))
    total = diags_array(inside / n**2) @ around + diags_array(2 * inside / (n * edge_valence)) @ along
    return csr_array(total + diags_array(own) @ eye_array(count) + rim_rows)


def _rows(row: Ints, column: Ints, value: float, shape: tuple[int, int]) -> csr_array:
    from scipy.sparse import csr_array

    return csr_array((np.full(len(row), value), (row, column)), shape=shape)
