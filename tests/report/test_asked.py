"""Measured against asked or true values, and what images cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agfd.report.asked import compare
from agfd.report.costs import seconds_per_accepted
from agfd.stats import wilson
from agfd.store import Layout
from report.rows import row, stored

if TYPE_CHECKING:
    from pathlib import Path

BUILD: dict[str, Any] = {"generator": {"domain": "diffusion"}, "analyzers": {"people": {}, "basic": {}}}


def faces(smile: float, angry: float, neutral: float) -> dict[str, float]:
    return {"expression_smile": smile, "expression_angry": angry, "expression_neutral": neutral}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def test_the_largest_score_is_the_measured_word(layout: Layout) -> None:
    stored(layout, [
        row("accepted", {"expression": "smile"}, {}, **faces(0.5, 0.3, 0.2)),
        row("accepted", {"expression": "smile"}, {}, **faces(0.1, 0.3, 0.6)),
        row("accepted", {"expression": "smile"}, {}, **faces(0.2, 0.3, 0.5)),
        # Turned down, or nothing that one score could be compared with.
        row("rejected", {"expression": "smile"}, {}, expression_smile=0.1, expression_angry=0.9),
        row("accepted", {"expression": "smile"}, {}, expression_angry=0.9),
    ])  # fmt: skip
    (found,) = compare(layout, BUILD).words
    assert (found.attribute, found.against, found.images, found.differing) == ("expression", "asked", 3, 2)
    assert found.pairs == {("smile", "smile"): 1, ("smile", "neutral"): 2}
    assert found.worst() == [("smile", "neutral", 2)]
    assert found.interval == wilson(2, 3)


def test_the_truth_counts_before_what_was_asked_and_needs_no_competence(layout: Layout) -> None:
    stored(layout, [
        row("accepted", {"sex": "male", "yaw": 10.0}, {"sex": "female", "yaw": 30.0}, sex=0.9, yaw=33),
        row("accepted", {"sex": "male", "yaw": 10.0}, {}, sex=0.9, yaw=6),
        row("accepted", {"sex": "male", "yaw": 10.0}, {}, sex=0.4, yaw=12),
    ])  # fmt: skip
    found = compare(layout, BUILD)
    assert {(entry.against, *pair): n for entry in found.words for pair, n in entry.pairs.items()} == {
        ("true", "female", "male"): 1, ("asked", "male", "male"): 1, ("asked", "male", "female"): 1,
    }  # fmt: skip
    assert [(entry.against, entry.bias, entry.error) for entry in found.numbers] == [("asked", -1, 3), ("true", 3, 3)]
    found = compare(layout, {**BUILD, "generator": {"domain": "render"}})
    assert {entry.against for entry in (*found.words, *found.numbers)} == {"true"}


def test_costs_are_shared_among_the_images_of_a_chunk(layout: Layout) -> None:
    for chunk, rows in enumerate([("a", "a", "b", "b"), ("b", "c")]):
        stored(layout, [
            row("rejected" if (chunk, place) in {(0, 1), (1, 1)} else "accepted", {"row": name}, {}, faces=1)
            for place, name in enumerate(rows)
        ], chunk)  # fmt: skip
    events = [{"event": "chunk", "round": 1, "chunk": 0, "seconds": 8.0}, {"event": "run"},
              {"event": "chunk", "round": 1, "chunk": 1, "seconds": 99}, {"event": "chunk", "round": 1, "chunk": 1,
              "seconds": 3}]  # fmt: skip
    lines = [json.dumps(event) for event in events]
    (layout.log / "events.jsonl").write_text("\n".join([*lines, '{"event": "chu']), encoding="utf-8")
    # a: 4 of 8 seconds for one accepted; b: 4 of 8 and 1.5 of 3 for three; c has none.
    assert seconds_per_accepted(layout) == {"a": 4.0, "b": pytest.approx(5.5 / 3)}


def test_without_a_log_there_are_no_costs(layout: Layout) -> None:
    stored(layout, [row("accepted", {}, {}, faces=1)])
    assert seconds_per_accepted(layout) == {}


def test_an_analyzer_that_is_not_installed_confirms_nothing(layout: Layout) -> None:
    stored(layout, [row("accepted", {"sex": "male", "yaw": 10.0}, {}, sex=0.9, yaw=6)])
    found = compare(layout, {**BUILD, "analyzers": {"gone": {}, "basic": {}}})
    assert (found.words, [entry.attribute for entry in found.numbers]) == ((), ["yaw"])
