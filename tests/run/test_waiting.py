"""The waiting room between making and finishing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

import agfd
from agfd import testing
from agfd.run.waiting import WaitingRoom
from builders import tiny

if TYPE_CHECKING:
    from pathlib import Path

# Long enough for any machine: it is waited for only where something is broken.
BROKEN = 30.0


def test_first_in_first_out() -> None:
    room: WaitingRoom[int] = WaitingRoom(3)
    for number in (1, 2, 3):
        room.put(number)
    assert [room.get() for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(("places", "limit", "sizes"), [(2, 100, (1, 1, 1)), (9, 10, (6, 4, 1)), (9, 10, (11, 0, 1))])
def test_who_finds_no_room_waits_for_it(places: int, limit: int, sizes: tuple[int, int, int]) -> None:
    room: WaitingRoom[str] = WaitingRoom(places, limit)
    came = threading.Event()

    def bring() -> None:
        room.put("last", sizes[2])
        came.set()

    room.put("first", sizes[0])
    if sizes[1]:
        room.put("second", sizes[1])
    guest = threading.Thread(target=bring)
    guest.start()
    # It waits: it cannot have come while nothing was taken.
    assert not came.is_set()
    assert room.get() == "first"
    assert came.wait(BROKEN)
    guest.join()


def test_one_that_is_too_large_is_let_in_alone() -> None:
    room: WaitingRoom[str] = WaitingRoom(4, 10)
    room.put("huge", 1000)
    assert room.get() == "huge"


def test_a_batch_is_made_while_all_of_the_last_are_still_to_be_finished(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = str(tiny(tmp_path_factory))
    second, waited = threading.Event(), []

    class Slow(testing.FakeAnalyzer):
        def measure(self, images: Any) -> Any:
            # Nothing is finished before the second batch is being made.
            waited.append(second.wait(BROKEN))
            return super().measure(images)

    class Eight(testing.FakeBatches):
        batches = 0

        def generate(self, requests: Any, preview: Any = None) -> Any:
            for first in range(0, len(requests), self.batch):
                Eight.batches += 1
                if Eight.batches == 2:
                    second.set()
                yield from super().generate(requests[first : first + self.batch], preview)

    monkeypatch.setattr(testing, "FakeAnalyzer", Slow)
    agfd.build(
        recipe, tmp_path / "f", generator=Eight({"version": "1", "size": "16", "batch": "8"}), scale=16, max_images=32
    )
    assert Eight.batches >= 2
    assert all(waited)
