"""Which images are made together."""

from __future__ import annotations

from dataclasses import replace

from agfd.generate.diffusers.batches import Work, groups, runs
from agfd.generate.diffusers.how import How
from builders import request

HOW = How("Euler", 20, 7.0, 512, 512)


def test_requests_are_cut_in_their_order() -> None:
    requests = [request(id=str(number)) for number in range(7)]
    assert [[one.id for one in run] for run in runs(requests, 3)] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_groups_are_made_alike_and_say_as_much() -> None:
    hows = [HOW, replace(HOW, width=768), HOW, replace(HOW, steps=9), HOW]
    words = ["short", "short", "l o n g", "short", "short"]
    works = [Work(place, request(prompt=text), how) for place, (how, text) in enumerate(zip(hows, words, strict=True))]
    made = groups(works, lambda one: len(one.prompt.split()))
    assert [[work.place for work in group] for group in made] == [[0, 4], [1], [2], [3]]
