"""Images that show no face early are not paid for; a sample of them is, and tells how often that was wrong."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

import agfd
from agfd import testing
from agfd.errors import BuildMismatchError, UsageError
from agfd.judge import ItemRules, Rule
from agfd.ports import EARLY_STOP
from agfd.run.preview import SPARED, EarlyLook, is_spared, looker
from builders import request, tiny
from trees import tree

if TYPE_CHECKING:
    from pathlib import Path

GOOD = np.full((8, 8, 3), testing.GOOD, np.uint8)
BAD = np.full((8, 8, 3), testing.BAD, np.uint8)
NO_FACE = ItemRules((Rule("no_face", "faces", "face", min=1), Rule("dark", "luminance", min=0.5)))
# A request that is let through whatever it looks like, and one that is not.
SPARE = next(one for one in (request(id=f"{n:032x}") for n in range(1000)) if is_spared(one))
PLAIN = next(one for one in (request(id=f"{n:032x}") for n in range(1000)) if not is_spared(one))


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny(tmp_path_factory))


def look(rules: ItemRules = NO_FACE) -> EarlyLook:
    early = EarlyLook("fake", {PLAIN.row: rules})
    early.setup()
    return early


def test_only_the_rules_about_faces_are_held_against_it() -> None:
    early = look()
    dark = BAD.copy()
    dark[0, 0] = testing.GOOD
    assert early(PLAIN, dark)
    assert early(PLAIN, GOOD)
    assert not early(PLAIN, BAD)
    assert not early.spared


def test_a_row_without_such_rules_is_never_stopped() -> None:
    assert look(ItemRules(NO_FACE.rules[1:]))(PLAIN, BAD)


def test_two_faces_are_stopped_where_the_row_does_not_want_them() -> None:
    assert not look(ItemRules((Rule("more_faces", "faces", "face", max=0),)))(PLAIN, GOOD)


def test_a_sample_is_let_through_and_known() -> None:
    early = look()
    assert early(SPARE, GOOD)
    assert not early.spared
    assert early(SPARE, BAD)
    assert early.spared == {SPARE.id}


def test_the_sample_is_one_in_twenty() -> None:
    hits = sum(is_spared(request(id=f"{n:032x}")) for n in range(20_000))
    # Four standard deviations of a binomial distribution.
    assert abs(hits - 20_000 / SPARED) < 4 * (20_000 / SPARED) ** 0.5


def test_somebody_must_count_faces() -> None:
    assert looker(("hashes", "fake", "basic")) == "fake"
    with pytest.raises(UsageError, match="hashes"):
        looker(("hashes",))
    with pytest.raises(UsageError, match="nobody measures"):
        looker(())


def test_what_is_stopped_is_rejected_and_counts_in_the_yield(recipe: str, tmp_path: Path) -> None:
    generator = testing.make_generator(rates="smiling:0.4", size="16")
    dataset = agfd.build(recipe, tmp_path / "f", generator=generator, early_stop=True, rows=("emotion.smile",))
    rows = list(dataset.filter(status=None))
    stopped = [s for s in rows if s.verdict.reasons == (EARLY_STOP,)]
    assert len(stopped) >= 5
    assert all(s.verdict.status == "rejected" and s.place is None and s.verdict.error for s in stopped)
    assert len(dataset) == 24
    status = dataset.status()
    assert status["reasons"][EARLY_STOP] == len(stopped)
    smiles = [s for s in rows if s.request.sex == "male"]
    assert status["rows"][0]["yield"]["male"]["of"] == len(smiles)
    assert dataset.verify() == []
    # No rule made it and no rule takes it back.
    assert agfd.judge_dataset(tmp_path / "f").changed == 0


def test_it_is_part_of_the_identity(recipe: str, tmp_path: Path) -> None:
    agfd.build(recipe, tmp_path / "f", generator=testing.make_generator(size="16"), early_stop=True, max_images=2)
    assert json.loads((tmp_path / "f" / "build.json").read_text())["early_stop"] == "fake"
    with pytest.raises(BuildMismatchError, match="early_stop"):
        agfd.build(recipe, tmp_path / "f", generator=testing.make_generator(size="16"))


def test_how_often_it_is_wrong_is_counted(recipe: str, tmp_path: Path) -> None:
    """Half of the good ones look bad early: some of the sample pass after all."""
    generator = testing.make_generator(size="16", early="0.5", rates="smiling:0.5")
    dataset = agfd.build(
        recipe, tmp_path / "f", generator=generator, early_stop=True, rows=("emotion.smile",), scale=10, max_tries=100
    )
    found = dataset.status()["early_stop"]
    rows = [s for s in dataset.filter(status=None) if is_spared(s.request)]
    # What was let through passes or not by its own merits; nothing of the sample is stopped.
    assert not [s for s in rows if EARLY_STOP in s.verdict.reasons]
    bad = sum("no_face" in s.verdict.reasons for s in rows)
    assert found["of"] - found["accepted"] == bad
    assert 0 < found["accepted"] < found["of"] < len(rows)
    assert 0 < found["low"] < found["accepted"] / found["of"] < found["high"] < 1
    lines = (tmp_path / "f" / "log" / "events.jsonl").read_text().splitlines()
    assert sum(event.get("spared", 0) for event in map(json.loads, lines)) == found["of"]


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_stop_the_same_images(recipe: str, tmp_path: Path, workers: int) -> None:
    chosen = {"rates": "smiling:0.5", "size": "16", "early": "0.1"}
    agfd.build(
        recipe, tmp_path / "one", generator=testing.make_generator(**chosen), early_stop=True, rows="emotion.smile"
    )
    agfd.build(
        recipe,
        tmp_path / "many",
        generator="fake",
        set=tuple(f"generator.{name}={value}" for name, value in chosen.items()),
        workers=workers,
        early_stop=True,
        rows="emotion.smile",
    )
    # How the options were given is all that differs.
    one, many = ({n: s for n, s in tree(tmp_path / f).items() if n.startswith(("rounds/", "shards/"))}
                 for f in ("one", "many"))  # fmt: skip
    assert one == many


def test_without_the_option_nobody_looks(recipe: str, tmp_path: Path) -> None:
    generator = testing.make_generator(rates="smiling:0.4", size="16")
    dataset = agfd.build(recipe, tmp_path / "f", generator=generator, scale=0.5)
    reasons = Counter(reason for s in dataset.filter(status=None) for reason in s.verdict.reasons)
    assert EARLY_STOP not in reasons
    assert reasons["no_face"]
    assert "early_stop" not in dataset.status()
