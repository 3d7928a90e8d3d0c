"""`agfd agreement` and `agfd judge --reviews` as a user types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

import agfd
from agfd.cli.main import main
from agfd.records import Press
from agfd.store import Layout, append_presses

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def reviewed(faces: Path) -> Path:
    """Two people looked: ann turned 5 of 20 down, bob 3 of them and one more."""
    ids = [sample.request.id for sample in agfd.open(faces)][:20]
    for reviewer, rejected in (("ann", ids[:5]), ("bob", ids[2:6])):
        presses = [
            Press(f"{reviewer}{name}", name, "reject", "not_as_asked", "sex")
            if name in rejected
            else Press(f"{reviewer}{name}", name, "accept")
            for name in ids
        ]
        append_presses(Layout(faces), reviewer, presses)
    return faces


@pytest.mark.parametrize("words", [("agreement",), ("judge", "--reviews")])
def test_without_reviewers_it_says_what_to_do(faces: Path, words: tuple[str, ...]) -> None:
    result = run(*words, faces)
    assert result.exit_code == 2
    assert f"nobody has reviewed {faces} yet: agfd review {faces}" in result.stderr


def test_agreement_is_printed_and_data(reviewed: Path) -> None:
    result = run("agreement", reviewed)
    assert result.exit_code == 0
    for part in ("20 images looked at, 17 decided", "ann, bob", "0.57", "3 of 17: 17.6 %", "sex", "docs/review.md"):
        assert part in result.output
    told = json.loads(run("agreement", reviewed, "--json").stdout)
    assert [one["name"] for one in told["reviewers"]] == ["ann", "bob"]
    assert told["verdicts"]["false_accepts"]["wrong"] == 3


def test_people_have_the_last_word_until_it_is_taken_off(reviewed: Path) -> None:
    assert "accepted 30 -> 27" in run("judge", reviewed, "--reviews").output
    assert "the verdicts are the machine's alone" in run("status", reviewed).output
    assert run("judge", reviewed, "--reviews", "--apply").exit_code == 0
    assert "review 3" in run("status", reviewed).output
    assert "people: 2 looked at 20 images: 3 images rejected and 0 accepted" in run("status", reviewed).output
    assert json.loads(run("status", reviewed, "--json").stdout)["people"]["rejected"] == 3
    # The figures are the machine's own, whatever lies over them.
    assert "3 of 17: 17.6 %" in run("agreement", reviewed).output
    assert run("judge", reviewed, "--apply").exit_code == 0
    assert json.loads(run("status", reviewed, "--json").stdout)["accepted"] == 30


def test_nobody_looked_and_status_says_nothing(faces: Path) -> None:
    assert "people" not in json.loads(run("status", faces, "--json").stdout)
