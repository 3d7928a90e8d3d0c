"""The largest batch that fits and pays."""

from __future__ import annotations

import pytest

from agfd.errors import OutOfMemoryError
from agfd.generate.diffusers import trial

GB = 1 << 30


class Machine:
    """Takes a second for each batch and `each` for each image; has room for `room` images of a GB beside `base`."""

    def __init__(self, room: float, each: float = 0.01, base: float = 0.0, says: bool = True) -> None:
        self.room, self.each, self.base, self.says = room, each, base, says
        self.peak = 0.0
        self.tried: list[int] = []

    def seconds(self, batch: int) -> float:
        self.tried.append(batch)
        if batch > self.room:
            raise OutOfMemoryError("too much", batch)
        self.peak = max(self.peak, batch)
        return 1 + self.each * batch

    def memory(self) -> tuple[int, int]:
        there = self.base + self.room if self.says else 1e6
        return int((self.base + self.peak) * GB), int(there * GB)


def test_it_doubles_up_to_the_most() -> None:
    machine = Machine(room=1000)
    assert trial.largest(machine.seconds, machine.memory) == trial.MOST
    assert machine.tried == [1, 2, 4, 8, 16, 32, 64]


def test_it_stops_where_more_is_no_faster() -> None:
    # From four images on a doubled batch makes less than 5 % more a second.
    machine = Machine(room=1000, each=4.0)
    assert trial.largest(machine.seconds, machine.memory) == 4
    assert machine.tried == [1, 2, 4, 8, 16]


def test_one_slow_try_does_not_end_it() -> None:
    class Disturbed(Machine):
        def seconds(self, batch: int) -> float:
            return super().seconds(batch) * (3 if batch == 2 else 1)

    machine = Disturbed(room=1000)
    assert trial.largest(machine.seconds, machine.memory) == trial.MOST


def test_it_does_not_try_what_will_not_fit() -> None:
    machine = Machine(room=20)
    assert trial.largest(machine.seconds, machine.memory) == 16
    assert machine.tried == [1, 2, 4, 8, 16]


def test_it_keeps_a_margin() -> None:
    # 16 would fit, but take more than its share of the memory.
    machine = Machine(room=17)
    assert trial.largest(machine.seconds, machine.memory) == 8
    assert machine.tried == [1, 2, 4, 8]


def test_memory_that_ends_without_notice() -> None:
    machine = Machine(room=5, says=False)
    assert trial.largest(machine.seconds, machine.memory) == 4
    assert machine.tried == [1, 2, 4, 8]


def test_not_even_one() -> None:
    machine = Machine(room=0.5)
    with pytest.raises(OutOfMemoryError):
        trial.largest(machine.seconds, machine.memory)


def test_memory_of_this_machine() -> None:
    used, there = trial.memory("cpu")
    assert 0 <= used < there
