"""How many faces of a built dataset a detector finds that no rule of agfd uses: libfacedetection, PyPI `yuface`.

    agfd build agfd-20k --scale 0.05 --out DIR --keep all
    pip install yuface
    python benchmarks/detection.py DIR --out detection.json

All images that were made count, also rejected ones. A face is found when a box of at least `--confidence`
overlaps the true one (intersection over union of at least 0.3, for the detectors' ideas of a face's edge differ).
Limits: 0.99 of the uncovered faces within 60 degrees of yaw; 0.95 of all rows, gas masks left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import agfd
from agfd.stats import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from agfd.records import Sample, Value

LIMITS = {"uncovered, yaw within 60": 0.99, "all but gas masks": 0.95}
_OVERLAP = 0.3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path, help="a dataset that was built with --keep all")
    parser.add_argument("--confidence", type=float, default=0.5, help="lowest confidence of a box, 0 to 1")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    arguments = parser.parse_args()
    try:
        import yuface
    except ImportError:
        print("the detector is missing: pip install yuface", file=sys.stderr)
        return 2
    found: dict[str, list[bool]] = defaultdict(list)
    missed: list[dict[str, Any]] = []
    dataset = agfd.open(arguments.dataset).filter(status=None)
    for sample in dataset:
        if sample.truth is None or sample.truth.box is None or sample.place is None:
            continue
        # The detector wants blue first.
        picture = dataset.image(sample)[..., ::-1].copy()
        _, boxes, _ = yuface.detect(picture, conf=arguments.confidence)
        hit = any(overlap(box, sample.truth.box) >= _OVERLAP for box in boxes)
        for group in groups(sample):
            found[group].append(hit)
        if not hit:
            missed.append({"id": sample.request.id, "row": sample.request.row, "variant": sample.request.variant})
    report = {name: share(hits) for name, hits in sorted(found.items())}
    show(report)
    if arguments.out:
        text = json.dumps({"found": report, "missed": missed}, indent=1)
        arguments.out.write_text(text + "\n", encoding="utf-8")
    return 0


def groups(sample: Sample) -> Iterable[str]:
    """The lines of the report that an image counts for."""
    assert sample.truth is not None
    words = sample.truth.attributes
    yield f"row {sample.request.row}"
    if words.get("mask") != "gas":
        yield "all but gas masks"
    if uncovered(words) and abs(float(words["yaw"])) <= 60:
        yield "uncovered, yaw within 60"
        if words["makeup"] not in ("joker", "halloween"):
            yield "the same, face not painted over"


def uncovered(words: Mapping[str, Value]) -> bool:
    """Whether nothing hides a part of the face; clear glasses hide nothing."""
    return words["mask"] == "none" and words["hand"] != "over face" and words["eyewear"] in ("none", "glasses")


def overlap(seen: NDArray[np.integer], true: Sequence[float]) -> float:
    """Intersection over union of a box (x, y, width, height) and another one (x0, y0, x1, y1), pixels."""
    x, y, wide, tall = (float(v) for v in seen)
    left, top, right, bottom = true
    across, down = min(x + wide, right) - max(x, left), min(y + tall, bottom) - max(y, top)
    if across <= 0 or down <= 0:
        return 0.0
    both = across * down
    return both / (wide * tall + (right - left) * (bottom - top) - both)


def share(hits: Sequence[bool]) -> dict[str, float]:
    """Share found with its 95 % Wilson interval, and of how many."""
    low, high = wilson(sum(hits), len(hits))
    return {"found": sum(hits) / len(hits), "low": low, "high": high, "images": len(hits)}


def show(report: Mapping[str, Mapping[str, float]]) -> None:
    """Print the table."""
    print(f"{'':32}{'found':>8}  95 % interval   images  limit")
    for name, line in report.items():
        limit = f"{LIMITS[name]:.2f}" if name in LIMITS else ""
        interval = f"{line['low']:.3f} to {line['high']:.3f}"
        print(f"{name:32}{line['found']:8.3f}  {interval}  {line['images']:6.0f}  {limit}")


if __name__ == "__main__":
    raise SystemExit(main())
