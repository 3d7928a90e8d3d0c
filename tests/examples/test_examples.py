"""Every example does what its first lines promise."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import agfd
from agfd import testing

if TYPE_CHECKING:
    import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_every_recipe_plans() -> None:
    recipes = sorted(EXAMPLES.glob("*.yaml"))
    assert recipes
    for path in recipes:
        assert agfd.plan(str(path), generator="fake", scale=0.01).summary.total > 0


def test_the_row_that_was_added_and_the_one_taken_out() -> None:
    rows = agfd.load_recipe(str(EXAMPLES / "smiles-at-night.yaml")).rows
    assert "night.smile" in rows
    assert "pose.side" not in rows
    assert rows["others.closed-eyes"].turn == agfd.load_recipe("agfd-20k").rows["others.closed-eyes"].turn


def test_accuracy_by_row_prints_every_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(testing.TINY, encoding="utf-8")
    agfd.build(str(recipe), tmp_path / "faces", generator=testing.make_generator(size="16"), scale=0.3)
    monkeypatch.setattr(sys, "argv", ["accuracy_by_row.py", str(tmp_path / "faces")])
    runpy.run_path(str(EXAMPLES / "accuracy_by_row.py"), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["emotion.smile", "hair.bald"]
    assert all("95 %" in line for line in lines)
