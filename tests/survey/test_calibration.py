"""Analyzers held against labels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image as Pillow

import agfd
from agfd import api, vocabulary
from agfd.cli.calibration import print_calibration
from agfd.cli.main import main
from agfd.errors import UsageError
from agfd.labels import Label
from agfd.survey.calibration import AttributeFigures, Calibration, calibrate
from agfd.survey.looking import Seen
from agfd.survey.table import Rows
from builders import pixels

if TYPE_CHECKING:
    from pathlib import Path


def held(said: list[dict[str, Any]], seen: list[dict[str, float]]) -> Calibration:
    """Pictures 0, 1, ...: what was said and what was seen of each."""
    names = [str(nth) for nth in range(len(seen))]
    rows = Rows(names, list(dict.fromkeys(name for values in seen for name in values)))
    for nth, values in enumerate(seen):
        rows.put(nth, Seen(width=9, height=9, pixels_sha256=str(nth), values=values))
    return calibrate(
        rows.frame(), {name: Label(name, f"labels.csv:{name}", of) for name, of in zip(names, said, strict=False)}
    )


def of(result: Calibration, name: str) -> AttributeFigures:
    return next(attribute for attribute in result.attributes if attribute.name == name)


def test_the_error_of_a_number() -> None:
    result = held(
        [{"age": 20}, {"age": 30}, {"age": 40}, {"age": 50}], [{"age": 22.0}, {"age": 28.0}, {"age": 44.0}, {}]
    )
    age = of(result, "age")
    assert (age.pictures, age.unseen) == (3, 1)
    error, bias = age.figures
    assert error.value == pytest.approx(8 / 3, abs=1e-5)
    assert bias.value == pytest.approx(4 / 3, abs=1e-5)
    assert error.low is not None
    assert error.high is not None
    assert 2 <= error.low <= error.value <= error.high <= 4


def test_sexes() -> None:
    said = [{"sex": "male"}] * 4 + [{"sex": "female"}] * 2
    result = held(said, [{"sex": p} for p in (0.9, 0.8, 0.7, 0.2, 0.1, 0.3)])
    sex = of(result, "sex")
    assert sex.confusion == {"female": {"female": 2, "male": 0}, "male": {"female": 1, "male": 3}}
    assert sex.figures[0].value == pytest.approx((3 / 4 + 1) / 2)
    male, female = sex.values
    assert (male.value, male.side, male.having, male.without) == ("male", "min", 4, 2)
    # Women score up to 0.3: from 0.7 on none is taken for a man, and one man of four is missed.
    assert male.bound == pytest.approx(0.7)
    assert (male.false_accepts, male.false_rejects) == (0.0, 0.25)
    # Below 0.2 there is one woman of two.
    assert (female.side, female.bound, female.false_rejects) == ("max", pytest.approx(0.1), 0.5)
    assert male.auc.value == pytest.approx(7 / 8)
    assert female.auc.value == pytest.approx(7 / 8)


def test_scores_of_the_values() -> None:
    def seen(**scores: float) -> dict[str, float]:
        return {f"expression_{name}": score for name, score in scores.items()}

    said = [
        {"expression": "smile"},
        {"expression": "smile"},
        {"expression": "neutral"},
        {"expression": "laugh"},
        {"expression": "angry"},
    ]
    result = held(
        said,
        [
            seen(smile=0.8, neutral=0.1, angry=0.1), seen(smile=0.3, neutral=0.6, angry=0.1),
            seen(smile=0.2, neutral=0.7, angry=0.1), seen(smile=0.9, neutral=0.05, angry=0.05), {},
        ],
    )  # fmt: skip
    expression = of(result, "expression")
    assert (expression.pictures, expression.unseen) == (4, 1)
    assert expression.confusion["laugh"] == {"neutral": 0, "smile": 1}
    # Nobody could have told the laugh: it has no score.
    assert expression.figures[0].value == pytest.approx((1 / 2 + 1) / 2)
    assert [value.value for value in expression.values] == ["neutral", "smile"]


def test_openings_are_told_by_one_number() -> None:
    said = [{"eyes": word} for word in ("open", "open", "closed", "half-closed")]
    eyes = of(held(said, [{"eye_opening": n} for n in (0.3, 0.2, 0.05, 0.1)]), "eyes")
    wide, narrow = eyes.values
    assert (wide.value, wide.measure, wide.side, wide.bound) == ("open", "eye_opening", "min", pytest.approx(0.2))
    assert (narrow.value, narrow.side, narrow.bound) == ("not open", "max", pytest.approx(0.1))
    assert wide.auc.value == narrow.auc.value == 1.0


def test_what_nobody_measures_is_said() -> None:
    result = held([{"race": "Indian", "mask": "gas", "age": 30, "jewellery": "earrings"}], [{"age": 31.0}])
    assert result.not_measured == ("race", "mask", "jewellery")
    assert [attribute.name for attribute in result.attributes] == ["age"]


def test_one_kind_alone_has_no_threshold() -> None:
    sex = of(held([{"sex": "male"}] * 3, [{"sex": 0.9}] * 3), "sex")
    (male,) = sex.values
    assert (male.bound, male.auc.value, male.auc.low) == (None, None, None)


def test_every_attribute_that_has_scores_or_an_opening_is_calibrated() -> None:
    rng = np.random.default_rng(1)
    for name, entry in vocabulary.ATTRIBUTES.items():
        if not isinstance(entry, vocabulary.Choice) or name == "sex" or not entry.checked_by:
            continue
        said = [{name: value} for value in entry.values for _ in range(3)]
        seen = [{measure: float(rng.random()) for measure in entry.checked_by} for _ in said]
        result = held(said, seen)
        if name == "light":
            # Told by rules on several measurements, none of which is a score.
            assert result.not_measured == ("light",)
        else:
            assert {value.measure for value in of(result, name).values} == set(entry.checked_by)


def marked(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(pixels(seed)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for nth in range(3):
        marked(tmp_path / "photos" / f"{nth}.png", nth)
    (tmp_path / "photos" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return tmp_path / "photos"


def table(folder: Path, text: str) -> Path:
    path = folder.parent / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


LOOK = {"analyzers": "fake", "workers": 1}


def test_only_labelled_files_are_looked_at(folder: Path) -> None:
    labels = table(folder, "file,sex\n0.png,man\nbroken.png,woman\nnone.png,woman\n")
    events: list[object] = []
    result = agfd.calibrate_folder(folder, labels, out=folder.parent / "c.json", on_event=events.append, **LOOK)
    began = events[0]
    assert isinstance(began, api.SurveyBegan)
    assert began.files == 2
    assert (result.files, result.missing, dict(result.errors)) == (2, ("none.png",), {"damaged": 1})
    assert result.not_measured == ("sex",)
    written = json.loads((folder.parent / "c.json").read_text())
    assert written["missing"] == ["none.png"]


@pytest.mark.parametrize(
    ("text", "options", "part"),
    [
        ("file,sex\n0.png,mael\n", {}, "labels.csv:2: sex: there is no value of sex named 'mael'; did you mean 'male'"),
        ("file,sex\n7.png,male\n", {}, "none of the files"),
        ("file,camera\n0.png,x\n", {}, "no column of an attribute"),
        ("file,sex\n0.png,male\n", {"format": "csv"}, "format"),
    ],
)
def test_mistakes_are_told_before_anything_is_looked_at(
    folder: Path, text: str, options: dict[str, str], part: str
) -> None:
    with pytest.raises(UsageError) as error:
        agfd.calibrate_folder(folder, table(folder, text), **LOOK, **options)
    assert part in str(error.value)


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_the_command(folder: Path) -> None:
    labels = table(folder, "file,sex\n0.png,man\nnone.png,woman\n")
    out = folder.parent / "figures.json"
    result = run("analyze", "--calibrate", labels, folder, "--out", out, "--analyzers", "fake", "--workers", 1)
    assert result.exit_code == 0, result.output
    assert "1 labelled images" in result.stdout
    assert "1 labelled files are not there: none.png" in result.stdout
    assert "no analyzer here measures it: sex" in result.stdout
    assert json.loads(out.read_text())["files"] == 1
    wrong = run("analyze", "--calibrate", table(folder, "file,sex\n0.png,mna\n"), folder)
    assert wrong.exit_code == 2
    assert "labels.csv:2: sex" in wrong.stderr


def test_figures_as_they_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    said = [{"sex": "male", "age": 30}] * 4 + [{"sex": "female", "age": 30}] * 2
    print_calibration(held(said, [{"sex": p, "age": 33.0} for p in (0.9, 0.8, 0.7, 0.2, 0.1, 0.3)]))
    out = capsys.readouterr().out
    assert "age: 6 images; MAE 3 (3 to 3); mean error 3 (3 to 3)" in out
    assert "sex: 6 images; balanced accuracy 0.875" in out
    lines = [line.split() for line in out.splitlines()]
    assert ["male", "1", "3"] in lines
    assert any(line[:3] == ["male", "4", "2"] and line[-5:] == ["sex", ">=", "0.7", "0.0%", "25.0%"] for line in lines)
    assert any(
        line[:3] == ["female", "2", "4"] and line[-5:] == ["sex", "<=", "0.1", "0.0%", "50.0%"] for line in lines
    )
