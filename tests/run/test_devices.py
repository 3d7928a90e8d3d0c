"""Workers of a generator that has devices, or that wants many cores."""

from __future__ import annotations

import io
import json
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import agfd
from agfd import testing
from agfd.api import building
from agfd.ports import Resources
from agfd.run.executors import threads, worker_count
from agfd.run.executors.child import Child
from agfd.run.executors.processes import seated
from agfd.run.messages import WorkerSpec
from builders import recipe as small
from builders import tiny
from trees import tree

if TYPE_CHECKING:
    from pathlib import Path

SET = ("generator.size=16", "generator.devices=a:0,a:1", "generator.chunk=4")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny(tmp_path_factory))


def chunks(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "log" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == "chunk"]


def shards(folder: Path) -> dict[str, str]:
    return {name: sha for name, sha in tree(folder).items() if name.startswith(("rounds/", "shards/"))}


def test_each_device_has_one_worker_and_the_dataset_does_not_know(recipe: str, tmp_path: Path) -> None:
    dataset = agfd.build(recipe, tmp_path / "f", generator="fake", set=SET, scale=2)
    used = {(event["worker"], event["device"]) for event in chunks(tmp_path / "f")}
    assert len(dataset) == 60
    assert len({worker for worker, _ in used}) == len(used)
    assert {device for _, device in used} == {"a:0", "a:1"}
    agfd.build(recipe, tmp_path / "g", generator=testing.make_generator(size="16", chunk="4"), scale=2)
    assert shards(tmp_path / "f") == shards(tmp_path / "g")
    assert "a:0" not in (tmp_path / "f" / "build.json").read_text().replace("a:0,a:1", "")


def test_a_worker_that_dies_is_replaced_on_its_device(recipe: str, tmp_path: Path) -> None:
    """With both devices always taken, the new one can only be where the dead one was."""
    killed: list[int] = []

    def hear(event: object) -> None:
        worker, device = getattr(event, "worker", ""), getattr(event, "device", "")
        if device == "a:0" and not killed:
            killed.append(int(worker))
            os.kill(killed[0], signal.SIGKILL)

    dataset = agfd.build(recipe, tmp_path / "f", generator="fake", set=SET, scale=4, on_event=hear)
    assert killed
    assert len(dataset) == 120
    on_first = {event["worker"] for event in chunks(tmp_path / "f") if event["device"] == "a:0"}
    on_second = {event["worker"] for event in chunks(tmp_path / "f") if event["device"] == "a:1"}
    assert str(killed[0]) in on_first
    assert len(on_first) == 2
    assert len(on_second) == 1


def test_more_workers_than_devices_take_them_in_turn() -> None:
    spec = WorkerSpec("f", small(), 0, "fake", {"size": "16"}, (), "accepted", devices=("a:0", "a:1"))
    assert [seated(spec, seat).options["device"] for seat in range(3)] == ["a:0", "a:1", "a:0"]
    assert seated(replace(spec, devices=()), 1).options == {"size": "16"}


def test_as_many_workers_as_have_what_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert worker_count(Resources()) == 8
    assert worker_count(Resources(cpus=3.0)) == 2
    assert worker_count(Resources(cpus=16.0)) == 1
    assert worker_count(Resources(cpus=4.0, devices=("a", "b", "c"))) == 3
    assert [threads(Resources(cpus=cpus)) for cpus in (0.5, 1.0, 6.0)] == [1, 1, 6]


def test_a_worker_computes_with_the_threads_its_generator_needs(
    recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    told: list[tuple[WorkerSpec, int]] = []

    class StopError(Exception):
        """The build need not go on."""

    def processes(spec: WorkerSpec, workers: int, timeout: float) -> None:
        told.append((spec, workers))
        raise StopError

    class Wide(testing.FakeGenerator):
        def __init__(self, options: dict[str, str]) -> None:
            super().__init__(options)
            self.info = replace(self.info, resources=Resources(cpus=2.0))

    monkeypatch.setattr(building, "Processes", processes)
    monkeypatch.setattr(testing, "FakeGenerator", Wide)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    for workers in (None, 3):
        with pytest.raises(StopError):
            agfd.build(recipe, tmp_path / "f", generator="fake", workers=workers)
    assert [(spec.threads, number) for spec, number in told] == [(2, 4), (2, 3)]


def test_a_process_computes_with_its_threads_unless_the_user_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def popen(command: list[str], **options: Any) -> None:
        told.append(options["env"]["OMP_NUM_THREADS"])
        raise FileNotFoundError

    monkeypatch.setattr("agfd.run.executors.child.subprocess.Popen", popen)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    for threads_ in (1, 3):
        with pytest.raises(FileNotFoundError):
            Child("agfd.run.executors.worker", io.BytesIO(), lambda child, message: None, threads_)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    with pytest.raises(FileNotFoundError):
        Child("agfd.run.executors.worker", io.BytesIO(), lambda child, message: None, 3)
    assert told == ["1", "3", "7"]
