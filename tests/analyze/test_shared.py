"""Networks that several analyzers share."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from agfd.analyze.reader import Reader
from agfd.analyze.shared import shared
from agfd.analyze.view import View
from agfd.records import Image
from views import laid

if TYPE_CHECKING:
    import pytest


class Thing:
    """Counts how often it was made."""

    made = 0

    def __init__(self, name: str = "") -> None:
        type(self).made += 1
        self.name = name


class Counter(Reader[int]):
    """Counts how often it looks."""

    looks = 0

    def _look(self, view: View) -> int:
        self.looks += 1
        return self.looks


def test_a_thread_has_one_for_each_kind_and_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Thing, "made", 0)
    one, other = shared(Thing), shared(Thing, "other")
    assert shared(Thing) is one
    assert shared(Thing, "other") is other
    assert (one.name, other.name) == ("", "other")
    with ThreadPoolExecutor(1) as elsewhere:
        assert elsewhere.submit(shared, Thing).result() is not one
    assert Thing.made == 3


def test_it_is_let_go_when_nobody_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Thing, "made", 0)
    one = shared(Thing, "held")
    del one
    gc.collect()
    shared(Thing, "held")
    assert Thing.made == 2


def test_a_view_is_read_once_and_the_next_one_again() -> None:
    reader, view = Counter(), laid(0.9)
    assert [reader.read(view), reader.read(view), reader.read(laid(0.9)), reader.read(view)] == [1, 1, 2, 3]


def test_nothing_is_read_where_there_is_no_face() -> None:
    reader = Counter()
    nobody = View(Image(np.zeros((50, 50, 3), np.uint8)), SimpleNamespace(find=lambda _: []), None)  # type: ignore[arg-type]
    assert reader.read(nobody) is None
    assert reader.read(nobody) is None
    assert reader.looks == 0
