"""What a gallery of 21,100 images costs to write, to keep and to browse.

    python benchmarks/gallery.py --out gallery.json
    python benchmarks/gallery.py faces/ --images 2000 --no-browser

Claims: it is written in under 60 s on 2 cores and takes under 200 MB; in headless Chromium its first view is there in
under 1 s, a change of a facet takes under 200 ms, and the document never holds more than the pictures in sight.

The images are the rows of a small build (made here, or a dataset that is given) again and again, each time with
another id, other seeds, prompts, points and hashes, a part of them rejected or failed, so that they are no easier to
write short than as many rows of a real build. Their thumbnails are copied, never decoded; full pictures stay away, as
they do from any gallery of this size.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import agfd
from agfd import ids, report
from agfd.records import Verdict
from agfd.store import Layout, Shard, close_round, commit_chunk, iterate_rows, read_member, to_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agfd.records import Sample

LIMITS = {"seconds": 60.0, "megabytes": 200.0, "megabytes_in_blocks": 200.0, "first_view": 1.0, "facet_change": 0.2}
CHUNK = 64
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
# Facets that are changed, each on and off again: the largest, some of the others, one of many values.
CHANGED = ("verdict", "sex", "race", "age", "row", "reason", "pose")
# From the click to the second frame after: by then the browser has painted what the first one asked for.
CLICK = """([key, value]) => new Promise((resolve) => {
  const box = document.querySelector(`input[type=checkbox][data-facet="${key}"][data-value="${value}"]`);
  const begin = performance.now();
  box.click();
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begin)));
})"""
# What the browser itself says: when the page was asked for and when the mark of the first view was set.
READY = """() => new Promise((resolve) => {
  const root = document.documentElement;
  const look = () => root.dataset.ready === "yes" && resolve(performance.now());
  new MutationObserver(look).observe(root, { attributes: true });
  look();
})"""
SCROLL = """async () => {
  const counts = [];
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const end = () => document.documentElement.scrollHeight - innerHeight;
  for (let step = 0; step <= 200; step += 1) {
    scrollTo(0, (end() * step) / 200);
    await frame();
    counts.push(document.querySelectorAll("#grid img").length);
  }
  return counts;
}"""


def samples(layout: Layout, number: int) -> Iterator[tuple[Sample, bytes]]:
    """The samples of a dataset that have thumbnails, again and again, each time as another image."""
    found = [sample for sample in map(to_sample, iterate_rows(layout)) if sample.place and sample.place.thumb_size]
    thumbs = [read_member(layout, sample.place, thumbnail=True) for sample in found if sample.place]
    for place in range(number):
        again, which = divmod(place, len(found))
        yield other(found[which], again), thumbs[which]


def other(sample: Sample, again: int) -> Sample:
    """The sample as another image: nothing that differs between the images of a build is the same."""
    identity = ids.digest([sample.request.id, again])
    request = replace(
        sample.request,
        id=identity,
        slot=sample.request.slot + 1000 * again,
        person=ids.seed(identity, "person"),
        scene=ids.seed(identity, "scene"),
        prompt=f"{sample.request.prompt} {again}",
    )
    truth, place = sample.truth, sample.place
    assert place is not None
    if truth is not None and truth.landmarks is not None and truth.landmarks_visible is not None:
        visible = truth.landmarks_visible.copy()
        visible[again % len(visible)] ^= True
        truth = replace(truth, landmarks=truth.landmarks + again / 10, landmarks_visible=visible)
    hashes = {name: (ids.digest([identity, name]) * 2) for name in ("pixels_sha256", "file_sha256")}
    return replace(
        sample, request=request, truth=truth, place=replace(place, **hashes), verdict=verdict(sample, identity)
    )


def verdict(sample: Sample, identity: str) -> Verdict:
    """One in five rejected, by one or two reasons; the rest as it was."""
    dice = ids.fraction(identity, "verdict")
    reasons = ("blurred", "small_face", "surplus", "too_dark")
    if dice < 0.2:
        first = int(dice * 20)
        chosen = (reasons[first], *(reasons[:first][:1] if dice < 0.1 else ()))
        return Verdict("rejected", chosen, None, sample.verdict.sources, sample.verdict.review)
    return sample.verdict


def enlarge(source: Layout, target: Layout, number: int) -> None:
    """A dataset of `number` images in the folder `target`, written by the store as builds write theirs."""
    for folder in (target.shards, target.rounds):
        folder.mkdir(parents=True)
    shutil.copy(source.recipe, target.recipe)
    shutil.copy(source.build, target.build)
    waiting: list[tuple[Sample, bytes]] = []
    chunks = 0
    for pair in samples(source, number):
        waiting.append(pair)
        if len(waiting) == CHUNK:
            commit(target, chunks, waiting)
            chunks, waiting = chunks + 1, []
    if waiting:
        commit(target, chunks, waiting)
        chunks += 1
    close_round(target, 1, chunks, {})


def commit(layout: Layout, chunk: int, pairs: list[tuple[Sample, bytes]]) -> None:
    shard = Shard(layout.chunk_tar(1, chunk).name)
    placed = []
    for sample, thumb in pairs:
        assert sample.place is not None
        offset = shard.add(f"{sample.request.id}.thumb.jpg", thumb)
        # The sizes of pictures and maps stay: the gallery must find out that there are too many bytes of them.
        place = replace(sample.place, shard=shard.name, thumb_offset=offset, thumb_size=len(thumb))
        placed.append(replace(sample, place=place))
    commit_chunk(layout, 1, chunk, shard, placed)


def write(layout: Layout, repeats: int) -> dict[str, Any]:
    """Seconds and bytes of the gallery."""
    dataset = agfd.open(layout.root)
    walls, processors = [], []
    for _ in range(repeats):
        shutil.rmtree(layout.gallery, ignore_errors=True)
        begin, busy = time.perf_counter(), time.process_time()
        report.write_gallery(layout, dataset.recipe, dataset.build, {})
        walls.append(time.perf_counter() - begin)
        processors.append(time.process_time() - busy)
    files = [path for path in layout.gallery.rglob("*") if path.is_file()]
    sizes = [path.stat() for path in files]
    parts = {
        folder.name: sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        for folder in layout.gallery.iterdir()
        if folder.is_dir()
    }
    return {
        "seconds": round(statistics.median(walls), 2),
        "seconds_of_processor": round(statistics.median(processors), 2),
        "megabytes": round(sum(size.st_size for size in sizes) / 1e6, 1),
        "megabytes_in_blocks": round(sum(size.st_blocks for size in sizes) * 512 / 1e6, 1),
        "megabytes_of": {name: round(size, 1) for name, size in sorted(parts.items())},
        "files": len(files),
    }


def browse(page_file: Path, repeats: int) -> dict[str, Any]:
    """Times in headless Chromium, each first view in a new profile."""
    from playwright.sync_api import sync_playwright

    path = next(found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name)))
    views = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        for _ in range(repeats):
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            page = context.new_page()
            page.goto(page_file.as_uri(), wait_until="commit")
            views.append(page.evaluate(READY) / 1000)
            if len(views) < repeats:
                context.close()
        changes = {}
        for key in CHANGED:
            boxes = page.locator(f'input[type=checkbox][data-facet="{key}"]')
            values = [box.get_attribute("data-value") for box in boxes.all()[:2]]
            changes[key] = [page.evaluate(CLICK, [key, value]) / 1000 for value in values + values]
        held = page.evaluate(SCROLL)
        shown = page.evaluate("document.documentElement.dataset.shown")
        browser.close()
    every = [seconds for found in changes.values() for seconds in found]
    return {
        "first_view": round(statistics.median(views), 3),
        "first_views": [round(view, 3) for view in views],
        "facet_change": round(statistics.median(every), 3),
        "facet_change_worst": round(max(every), 3),
        "facet_changes": {key: [round(one, 3) for one in found] for key, found in changes.items()},
        "shown": int(shown),
        "pictures_held": {"median": statistics.median(held), "most": max(held)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="a small dataset; built where left out, some minutes")
    parser.add_argument("--images", type=int, default=21_100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--keep", type=Path, help="where the large dataset stays, to look at it")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        small = options.folder or Path(name) / "small"
        if options.folder is None:
            agfd.build("agfd-20k", small, scale=0.002, quality="draft")
        layout = Layout(options.keep or Path(name) / "large")
        enlarge(Layout(small), layout, options.images)
        result = {"images": options.images, **write(layout, options.repeats)}
        if not options.no_browser:
            result |= browse((layout.gallery / "browse.html").resolve(), options.repeats)
    result["load"] = os.getloadavg()
    result["ratios_to_limits"] = {key: round(result[key] / limit, 3) for key, limit in LIMITS.items() if key in result}
    if "facet_change_worst" in result:
        result["ratios_to_limits"]["facet_change_worst"] = round(
            result["facet_change_worst"] / LIMITS["facet_change"], 3
        )
    text = json.dumps(result, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    sys.exit(any(ratio > 1 for ratio in result["ratios_to_limits"].values()))


if __name__ == "__main__":
    main()
