"""How many images are made at once: tried, on record, halved where memory runs short."""

from __future__ import annotations

import json
import os
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import agfd
from agfd import testing
from agfd.errors import BuildMismatchError, DamagedError, OutOfMemoryError, WorkerError
from agfd.fill import Attempt
from agfd.run.batches import Epochs, recorded_batch
from agfd.run.chunks import chunked
from agfd.run.executors import trial
from agfd.run.identity import write_build
from agfd.run.loop import BatchHalved
from agfd.run.messages import ChunkTask, Short
from agfd.store import Layout
from builders import tiny
from run.killing import CUT, NEVER, builds
from trees import tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny(tmp_path_factory))


def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "build.json").read_text(encoding="utf-8"))
    return found


def traced(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def fake(**options: str) -> testing.FakeGenerator:
    return testing.make_generator(**{"size": "16", "fits": "4", **options})


def test_a_new_dataset_is_made_with_the_batch_that_fits_and_goes_on_with_it(recipe: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    agfd.build(recipe, tmp_path / "f", generator=fake(trace=str(trace)), max_images=4)
    assert record(tmp_path / "f")["batch"] == 4
    assert traced(trace).count("trial") == 1
    # On record is what was found then, whatever fits now.
    generator = fake(fits="2", trace=str(trace))
    assert len(agfd.build(recipe, tmp_path / "f", generator=generator)) == 30
    assert traced(trace).count("trial") == 1
    sizes = Counter(traced(trace))
    assert set(sizes) <= {"trial", *(f"batch {number}" for number in range(1, 5))}
    assert sizes["batch 4"] >= 5
    # It is the caller's: what the loop set is taken back.
    assert generator.batch == 0


def test_a_named_generator_is_tried_in_a_process_of_its_own(recipe: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    chosen = ("generator.size=16", "generator.fits=4", f"generator.trace={trace}")
    agfd.build(recipe, tmp_path / "f", generator="fake", set=chosen, workers=1, max_images=4)
    assert traced(trace)[0] == "trial"
    assert record(tmp_path / "f")["batch"] == 4
    agfd.build(recipe, tmp_path / "f", generator="fake", set=chosen, workers=1)
    assert traced(trace).count("trial") == 1


@pytest.mark.parametrize("inline", [True, False])
def test_a_batch_that_the_user_says_is_not_tried(recipe: str, tmp_path: Path, inline: bool) -> None:
    trace = tmp_path / "trace"
    options = {"size": "16", "batch": "2", "trace": str(trace)}
    if inline:
        agfd.build(recipe, tmp_path / "f", generator=testing.make_generator(**options), scale=0.2)
    else:
        chosen = tuple(f"generator.{name}={value}" for name, value in options.items())
        agfd.build(recipe, tmp_path / "f", generator="fake", set=chosen, scale=0.2, workers=1)
    assert "trial" not in traced(trace)
    assert record(tmp_path / "f")["batch"] == 2


def test_another_batch_is_another_dataset(recipe: str, tmp_path: Path) -> None:
    agfd.build(recipe, tmp_path / "f", generator=fake(), max_images=4)
    with pytest.raises(BuildMismatchError, match="with batch 4, this build has 2"):
        agfd.build(recipe, tmp_path / "f", generator=fake(batch="2"))
    # The same number, said: nothing else.
    assert len(agfd.build(recipe, tmp_path / "f", generator=fake(batch="4"))) == 30


def test_a_trial_that_fails_leaves_nothing(recipe: str, tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="not even one image at a time"):
        agfd.build(recipe, tmp_path / "f", generator="fake", set=("generator.fits=0",))
    with pytest.raises(OutOfMemoryError, match="not even one image at a time"):
        agfd.build(recipe, tmp_path / "f", generator=fake(fits="0"))
    assert not (tmp_path / "f").exists()


def test_a_trial_that_dies_says_what_it_said_last(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dead:
        process = SimpleNamespace(wait=lambda: -9, returncode=-9)

        def __init__(self, module: str, noise: Any, heard: Any, threads: int) -> None:
            noise.write(b"loading\nout of host memory\n")
            heard(self, None)

        def tell(self, message: object) -> None: ...

        def kill(self) -> None: ...

    monkeypatch.setattr(trial, "Child", Dead)
    with pytest.raises(WorkerError, match=r"exit code -9, out of host memory.*--set generator\.batch=1"):
        trial.largest_batch("fake", {"fits": "4"})


def test_without_batches_nothing_is_on_record(recipe: str, tmp_path: Path) -> None:
    agfd.build(recipe, tmp_path / "f", generator=testing.make_generator(size="16"), scale=0.2)
    assert "batch" not in record(tmp_path / "f")


def test_chunks_hold_whole_batches() -> None:
    attempts = [Attempt("r", "male", slot, 0) for slot in range(201)]
    tasks = chunked(1, attempts, 64, batch=8)
    assert [attempt for task in tasks for attempt in task.attempts] == attempts
    assert {len(task.attempts) % 8 for task in tasks[:-1]} == {0}
    assert len(tasks[-1].attempts) == 1
    assert max(len(task.attempts) for task in tasks) == 8
    assert max(len(task.attempts) for task in chunked(1, attempts * 10, 64, batch=8)) == 64


def test_where_memory_runs_short_the_batch_is_halved_for_good(recipe: str, tmp_path: Path) -> None:
    halved: list[BatchHalved] = []
    trace = tmp_path / "trace"
    dataset = agfd.build(
        recipe,
        tmp_path / "f",
        generator=fake(fits="8", short="2", trace=str(trace)),
        on_event=lambda event: halved.append(event) if isinstance(event, BatchHalved) else None,
    )
    assert [(event.key, event.batch) for event in halved] == [((1, 0), 4), ((1, 0), 2)]
    assert record(tmp_path / "f")["batch"] == 8
    assert record(tmp_path / "f")["epochs"] == [{"round": 1, "chunk": 0, "batch": 2}]
    rows = [(s.request.row, s.request.sex, s.request.slot, s.request.attempt) for s in dataset.filter(status=None)]
    assert len(rows) == len(set(rows))
    assert len(dataset) == 30
    assert dataset.verify() == []
    assert dataset.status()["failed"] == 0
    # It was not tried again and again.
    assert Counter(traced(trace))["batch 4"] == 1
    # What happened is no reason to refuse the folder.
    assert len(agfd.build(recipe, tmp_path / "f", generator=fake(fits="8"), scale=2)) == 60


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_that_run_short_at_once_halve_once(recipe: str, tmp_path: Path, workers: int) -> None:
    halved: list[BatchHalved] = []
    dataset = agfd.build(
        recipe,
        tmp_path / "f",
        generator="fake",
        set=("generator.size=16", "generator.fits=4", "generator.short=2", "generator.chunk=4"),
        workers=workers,
        scale=4,
        on_event=lambda event: halved.append(event) if isinstance(event, BatchHalved) else None,
    )
    assert {event.batch for event in halved} == {2}
    # Each worker has two chunks at most when the first one runs short.
    assert 1 <= len(halved) <= 2 * workers
    assert len(dataset) == 120
    assert dataset.verify() == []
    build = record(tmp_path / "f")
    assert all(recorded_batch(build, event.key) == 2 for event in halved)
    log = (tmp_path / "f" / "log" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    chunks = [event for event in map(json.loads, log) if event["event"] == "chunk"]
    # The record tells of every chunk how it was made.
    assert all(recorded_batch(build, (chunk["round"], chunk["chunk"])) == chunk["batch"] for chunk in chunks)


def test_a_batch_may_take_as_long_as_its_images(recipe: str, tmp_path: Path) -> None:
    """Three images of 0.4 s come at once, and each may take 0.6 s: silence for longer than that is no hanging."""
    chosen = ("generator.size=16", "generator.batch=8", "generator.wait=0.4")
    dataset = agfd.build(
        recipe, tmp_path / "f", generator="fake", set=chosen, workers=1, rows="hair.bald", item_timeout=0.6
    )
    assert len(dataset) == 6
    lines = (tmp_path / "f" / "log" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    chunks = [event for event in map(json.loads, lines) if event["event"] == "chunk"]
    assert max(chunk["images"] for chunk in chunks) >= 3
    assert len({chunk["worker"] for chunk in chunks}) == 1


def test_one_image_that_does_not_fit_stops_the_build_and_what_was_made_stays(recipe: str, tmp_path: Path) -> None:
    agfd.build(recipe, tmp_path / "f", generator=fake(), max_images=4)
    before = tree(tmp_path / "f")

    class Full(testing.FakeBatches):
        def generate(self, requests, preview=None):  # type: ignore[no-untyped-def]
            raise OutOfMemoryError("CUDA out of memory", len(requests))

    with pytest.raises(OutOfMemoryError, match=r"CUDA out of memory.*smaller images.*generator\.slices"):
        agfd.build(recipe, tmp_path / "f", generator=Full({"version": "standard", "size": "16", "fits": "4"}))
    after = tree(tmp_path / "f")
    assert {name: after[name] for name in before if name.startswith(("rounds", "shards"))} == {
        name: sha for name, sha in before.items() if name.startswith(("rounds", "shards"))
    }
    assert record(tmp_path / "f")["epochs"][-1]["batch"] == 1
    assert len(agfd.build(recipe, tmp_path / "f", generator=fake())) == 30


def test_a_worker_that_cannot_make_one_image_says_so(recipe: str, tmp_path: Path) -> None:
    chosen = ("generator.size=16", "generator.batch=2", "generator.short=0")
    with pytest.raises(OutOfMemoryError, match="not even one image at a time"):
        agfd.build(recipe, tmp_path / "f", generator="fake", set=chosen, workers=1)


class TestEpochs:
    """The record of which chunk was made with how many at once."""

    @pytest.fixture
    def layout(self, tmp_path: Path) -> Layout:
        layout = Layout(tmp_path)
        write_build(layout, {"batch": 8})
        return layout

    def task(self, chunk: int, number: int = 1) -> ChunkTask:
        return ChunkTask(number, chunk, ())

    def test_what_is_begun_keeps_its_batch(self, layout: Layout) -> None:
        epochs = Epochs(layout)
        epochs.open(1, 6, {3})
        begun = [epochs.begin(self.task(chunk)) for chunk in (0, 1)]
        assert {task.batch for task in begun} == {8}
        assert epochs.halve(Short(begun[0], "")).batch == 4
        build = record(layout.root)
        assert [recorded_batch(build, (1, chunk)) for chunk in range(6)] == [4, 8, 4, 8, 4, 4]
        assert recorded_batch(build, (2, 0)) == 4
        # The other one runs short too: the same halving, not another one.
        assert epochs.halve(Short(begun[1], "")).batch == 4
        build = record(layout.root)
        assert [recorded_batch(build, (1, chunk)) for chunk in range(6)] == [4, 4, 4, 8, 4, 4]
        assert epochs.begin(self.task(2)).batch == 4

    def test_a_last_chunk_that_was_there_does_not_hide_what_later_rounds_get(self, layout: Layout) -> None:
        epochs = Epochs(layout)
        epochs.open(1, 2, {1})
        epochs.halve(Short(epochs.begin(self.task(0)), ""))
        build = record(layout.root)
        assert [recorded_batch(build, key) for key in ((1, 0), (1, 1), (2, 0), (3, 5))] == [4, 8, 4, 4]
        assert build["epochs"][-1] == {"round": 2, "chunk": 0, "batch": 4}

    def test_it_is_read_again_as_it_was_written(self, layout: Layout) -> None:
        epochs = Epochs(layout)
        epochs.open(1, 4, ())
        epochs.halve(Short(epochs.begin(self.task(2)), ""))
        again = Epochs(layout)
        again.open(1, 4, {0, 1})
        # Nothing was made of it yet: killed between the record and the chunk it is made as recorded.
        assert again.begin(self.task(2)).batch == 4
        again.open(2, 4, ())
        short = again.begin(self.task(0, 2))
        assert short.batch == 4
        assert again.halve(Short(short, "")).batch == 2
        build = record(layout.root)
        assert [recorded_batch(build, key) for key in ((1, 1), (1, 2), (1, 3), (2, 0))] == [4, 4, 4, 2]

    def test_a_damaged_record_is_said(self, layout: Layout) -> None:
        write_build(layout, {"batch": 8, "epochs": [{"round": 1}]})
        with pytest.raises(DamagedError, match="epochs"):
            Epochs(layout)


OPTIONS = {"generator_options": {"rates": "smiling:0.5", "fits": "4", "short": "2", "together": "1", "size": "16"}}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are copies of this one")
def test_a_kill_at_the_record_of_an_epoch_resumes_rightly(recipe: str, tmp_path: Path) -> None:
    options = OPTIONS | {"rows": "hair.bald"}
    builds(recipe, [(tmp_path / "whole", NEVER)], options)
    expected = tree(tmp_path / "whole")
    # Recipe, build.json, the open round; then the epoch, and the chunk made again.
    places = range(1, 15)
    ended = builds(recipe, [(tmp_path / str(place), step) for place in places for step in (place, NEVER)], options)
    assert ended[::2] == [CUT] * len(places)
    assert {one.code for one in ended[1::2]} == {0}
    for place in places:
        assert tree(tmp_path / str(place)) == expected, place
