"""`agfd judge` and `agfd status --asked` as a user types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from agfd.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text("rules: {unsure: {about: quality, measure: face_confidence, min: 0.5}}", encoding="utf-8")
    return path


def test_the_same_rules_change_nothing(faces: Path) -> None:
    result = run("judge", faces)
    assert result.exit_code == 0
    assert "30 images judged, 0 would change; accepted 30 -> 30" in result.output


def test_what_would_change_is_shown_then_done(faces: Path, rules: Path) -> None:
    shown = run("judge", faces, "--rules", rules)
    assert shown.exit_code == 0
    assert "accepted -> rejected" in shown.output
    assert "unsure" in shown.output
    assert "--apply" in shown.output
    told = json.loads(run("judge", faces, "--rules", rules, "--json").stdout)
    assert told["applied"] is False
    assert all(change["what"] == "unsure" for change in told["changes"])
    done = run("judge", faces, "--rules", rules, "--apply")
    assert done.exit_code == 0
    assert f"accepted 30 -> {told['accepted_after']}" in done.output
    assert json.loads(run("status", faces, "--json").stdout)["accepted"] == told["accepted_after"] < 30
    assert run("verify", faces).exit_code == 0
    assert f"unsure {told['changed']}" in run("status", faces).output


def test_a_mistake_is_one_sentence_and_exit_code_2(faces: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("rules:\n  no_face: {mn: 2}", encoding="utf-8")
    for words, part in (
        (("--rules", tmp_path / "bad.yaml"), "bad.yaml:2: rules.no_face.mn: there is no such key; did you mean min"),
        (("--rules", tmp_path / "none.yaml"), "no such file"),
        (("--rules", "agfd-20k"), "another recipe than the dataset's"),
    ):
        result = run("judge", faces, *words)
        assert result.exit_code == 2
        assert part in result.stderr
    assert run("judge", tmp_path).exit_code == 2


def test_asked_against_measured_is_printed_and_data(faces: Path) -> None:
    result = run("status", faces, "--asked")
    assert result.exit_code == 0
    assert "seconds of a worker" in result.output
    told = json.loads(run("status", faces, "--asked", "--json").stdout)
    assert set(told) == {"words", "numbers", "seconds"}
    assert set(told["seconds"]) == {"emotion.smile", "hair.bald"}
