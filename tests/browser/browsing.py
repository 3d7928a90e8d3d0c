"""Galleries for tests of browse.html, and how a page of them is opened."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

import builders
from agfd import images, report
from agfd.planning import Table
from agfd.records import MapFile, Measurement, Measurements, Place, Sample, Truth, Verdict
from agfd.store import Layout, Shard, close_round, commit_chunk
from report.synthetic import BUILD, TABLE, UNSUPPORTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from agfd.records import Request
    from browser.conftest import Watched

EVIL = "<script>alert('&')</script>"
SIZE = 64
FIVE = np.array([[20.5, 25], [44, 25], [32, 36], [24, 46], [40, 46]], np.float32)


def look_at(watch: Callable[..., Watched], gallery: Path, address: str = "", **options: object) -> Page:
    """A new page that shows browse.html, ready."""
    page = watch(**options).page
    page.goto(f"{(gallery / 'browse.html').as_uri()}{address}")
    page.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    return page


def shown(page: Page) -> int:
    """How many images match, as the page says it for programs."""
    return int(page.evaluate("document.documentElement.dataset.shown"))


def read_index(gallery: Path) -> dict[str, Any]:
    """The data in data/index.js."""
    text = (gallery / "data" / "index.js").read_text(encoding="utf-8")
    found = re.fullmatch(r"agfd\.load\(\"index\",JSON\.parse\('(.*)'\)\);\n", text)
    assert found is not None
    index: dict[str, Any] = json.loads(found[1].replace("\\'", "'").replace("\\\\", "\\"))
    return index


def repeat(gallery: Path, number: int, total: int | None = None) -> None:
    """Make the gallery one of `number` images, its own again and again, out of a dataset of `total`."""
    index = read_index(gallery)
    there = len(index["ids"])
    index["ids"] = [index["ids"][place % there] for place in range(number)]
    for name in ("missing", "small"):
        without = set(index[name])
        index[name] = [place for place in range(number) if place % there in without]
    index["total"] = total or number
    for facet in index["facets"]:
        facet["of"] = [facet["of"][place % there] for place in range(number)]
    (gallery / "data" / "index.js").write_text(f"agfd.load('index', {json.dumps(index)});", encoding="utf-8")


def faces(root: Path) -> list[Sample]:
    """The gallery in `root` of two twins with a truth and maps, of one image that was rejected and keeps its thumbnail,
    one of which nothing was kept, and one whose words are markup; its samples.
    """
    recipe = builders.recipe(TABLE.replace("feature: Closed", f'feature: "{EVIL}"'))
    table = Table(recipe)
    twin = table.request("eyes.glasses", "female", 0, 0)
    requests = [
        replace(twin, twin_group="pair"),
        replace(_other(table, twin), twin_group="pair"),
        table.request("eyes.glasses", "male", 0, 0),
        table.request("eyes.glasses", "male", 1, 0),
        replace(table.request("eyes.closed", "male", 0, 0), prompt=f"photo, ({EVIL}:1.2), film"),
    ]
    verdicts = [
        Verdict("accepted"),
        Verdict("accepted"),
        Verdict("rejected", ("blurred",), review=("sex",)),
        Verdict("failed", ("crash",), "the worker died twice"),
        Verdict("accepted"),
    ]
    layout = Layout(root)
    layout.shards.mkdir(parents=True)
    layout.rounds.mkdir()
    shard = Shard(layout.chunk_tar(1, 0).name)
    samples = [_sample(shard, request, verdict) for request, verdict in zip(requests, verdicts, strict=True)]
    commit_chunk(layout, 1, 0, shard, samples)
    close_round(layout, 1, 1, {})
    report.write_gallery(layout, recipe, BUILD, UNSUPPORTED)
    return samples


def _other(table: Table, twin: Request) -> Request:
    """Another request of the same row, sex, person and scene, with other words."""
    slots = (table.request(twin.row, twin.sex, slot, 0) for slot in range(1, 6))
    found = next(request for request in slots if request.variant != twin.variant)
    return replace(
        found, race=twin.race, person=twin.person, scene=twin.scene,
        attributes={**twin.attributes, "eyewear": found.attributes["eyewear"]},
    )  # fmt: skip


def _sample(shard: Shard, request: Request, verdict: Verdict) -> Sample:
    sources = {} if verdict.status == "failed" else dict.fromkeys(request.attributes, "constructed")
    verdict = replace(verdict, sources=sources)
    if verdict.status == "failed":
        return builders.sample(request=request, verdict=verdict, truth=None, measurements=None)
    whole = verdict.status == "accepted"
    wrong = "male" if request.sex == "female" else "female"
    seen = Measurements(
        {
            "faces": Measurement(1.0, 0.9),
            "sex": Measurement(1.0 if wrong == "male" else 0.0, 0.6, 0.5),
            "age": Measurement(31.5, 0.7),
            **{f"face_{name}": Measurement(0.25) for name in ("x", "y")},
            **{f"face_{name}": Measurement(0.5) for name in ("width", "height")},
        },
        {"five": FIVE},
    )
    truth = _truth(request) if whole else None
    return builders.sample(
        request=request, verdict=verdict, truth=truth, measurements=seen, place=_place(shard, request, truth),
        made={"Model": "tiles"},
    )  # fmt: skip


def _truth(request: Request) -> Truth:
    """A face that looks straight to the viewer's right, lit from above; one landmark is hidden."""
    around = np.linspace(0, 2 * np.pi, 68, endpoint=False)
    points = np.stack([32 + 20 * np.cos(around), 34 + 24 * np.sin(around)], axis=1).astype(np.float32)
    visible = np.ones(68, bool)
    visible[3] = False
    parts = np.zeros((SIZE, SIZE), np.uint8)
    parts[16:56, 16:48] = 1
    return Truth(
        {**request.attributes, "yaw": 90.0, "pitch": 0.0, "roll": 0.0},
        landmarks=points,
        landmarks_visible=visible,
        box=(12.0, 10.0, 52.0, 58.0),
        looks=np.array([[1, 0, 0], [1, 0, 0]], np.float32),
        main_light=np.array([[0, -1, 0], [1, 1, 1]], np.float32),
        maps={"segmentation": parts},
    )


def _place(shard: Shard, request: Request, truth: Truth | None) -> Place:
    """Files of the picture of one colour; without a truth only its thumbnail."""
    tile = np.full((SIZE, SIZE, 3), [request.slot * 40 % 256, request.scene % 256, 90], dtype=np.uint8)
    file, thumbnail = images.encode_png(tile), images.encode_thumbnail(tile)
    maps = truth.maps if truth else {}
    return Place(
        shard=shard.name,
        offset=shard.add(f"{request.id}.png", file) if truth else 0,
        size=len(file) if truth else 0,
        thumb_offset=shard.add(f"{request.id}.jpg", thumbnail),
        thumb_size=len(thumbnail),
        width=SIZE,
        height=SIZE,
        pixels_sha256=images.pixels_sha256(tile),
        file_sha256=hashlib.sha256(file).hexdigest(),
        shard_sha256="",
        maps=tuple(_map(shard, request, name, values) for name, values in maps.items()),
    )


def _map(shard: Shard, request: Request, name: str, values: Any) -> MapFile:
    data = images.encode_map(name, values)
    return MapFile(name, shard.add(f"{request.id}.{name}.png", data), len(data), hashlib.sha256(data).hexdigest())
