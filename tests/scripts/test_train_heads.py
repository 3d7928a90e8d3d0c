"""Heads are trained on renders: the loading, the copies, the fits, and that no photo is ever opened."""

from __future__ import annotations

import ast
import importlib
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pillow

from agfd.analyze.regions import LENGTH
from agfd.analyze.warps import Square
from agfd.records import Image
from agfd.vocabulary import ATTRIBUTES, Choice
from views import laid

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPTS = Path(__file__).parents[2] / "scripts"
# So that no face is hidden by anything but a mask.
SEEN = {"eyewear": "none", "makeup": "none", "hand": "none", "light": "soft", "scene": "indoor"}
OPENING = {"open", "os.listdir", "os.scandir", "glob.glob"}


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The modules of the scripts, whatever the working directory."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    names = ("heads_examples", "train_heads", "render_heads_set")
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def opened() -> list[str]:
    """Every path that is opened or listed from here on. Python has no way to take such a hook away again."""
    paths: list[str] = []

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event in OPENING and arguments and isinstance(arguments[0], str | bytes | os.PathLike):
            paths.append(str(Path(os.fsdecode(arguments[0])).absolute()))

    sys.addaudithook(hear)
    return paths


def made_set(folder: Path, number: int = 120) -> Path:
    """Tiny pictures without faces, on which every value of every attribute occurs."""
    folder.mkdir()
    lines = []
    choices = [choice for choice in ATTRIBUTES.values() if isinstance(choice, Choice)]
    for place in range(number):
        Pillow.new("RGB", (8, 8), (place, 90, 90)).save(folder / f"{place}.png")
        label = {choice.name: choice.values[place % len(choice.values)] for choice in choices}
        lines.append(json.dumps({"file": f"{place}.png", **label, **SEEN}))
    (folder / "labels.jsonl").write_text("\n".join(lines) + "\n")
    return folder


class Guessing:
    """Numbers by the name of a picture, as if it had a face, so that no weights are needed."""

    def look(self, name: str, pixels: np.ndarray, copies: int) -> list[tuple[Any, Any]]:
        rng = np.random.default_rng(int(pixels[0, 0, 0]))
        return [(rng.random(LENGTH), rng.random(128)) for _ in range(copies + 1)]


def test_training_never_opens_the_sample_photos(
    scripts: SimpleNamespace, opened: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = tmp_path / "faces"
    photos.mkdir()
    (photos / "labels.csv").write_text("file\n")
    monkeypatch.setenv("AGFD_FACES", str(photos))
    monkeypatch.setattr(scripts.heads_examples, "Looker", Guessing)
    monkeypatch.setattr(scripts.heads_examples, "COPIES", 1)
    monkeypatch.setattr(scripts.train_heads, "SEES", {"mask": ("identity",), "race": ("identity",)})
    folder, out = made_set(tmp_path / "set"), tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["train_heads.py", "--set", str(folder), "--out", str(out)])
    opened.clear()
    scripts.train_heads.main()
    seen = list(opened)
    assert str(folder / "0.png") in seen, "the hook hears what is read"
    assert str(out / "heads.npz") in seen, "and what is written"
    assert not [path for path in seen if path.startswith(str(photos))]
    (photos / "labels.csv").read_text()
    assert str(photos / "labels.csv") in opened, "and would have heard a photo"


def test_the_scripts_do_not_know_where_the_photos_are() -> None:
    for name in ("heads_examples", "train_heads", "render_heads_set"):
        tree = ast.parse((SCRIPTS / f"{name}.py").read_text(encoding="utf-8"))
        words = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not [word for word in words if "AGFD_FACES" in word]
        assert not called & {"environ", "getenv"}


def test_what_is_written_can_be_read_without_pickle(
    scripts: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts.heads_examples, "Looker", Guessing)
    monkeypatch.setattr(scripts.train_heads, "SEES", {"mask": ("regions",)})
    folder, out = made_set(tmp_path / "set"), tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["train_heads.py", "--set", str(folder), "--out", str(out)])
    scripts.train_heads.main()
    with np.load(out / "heads.npz", allow_pickle=False) as arrays:
        assert arrays["mask"].shape == (LENGTH // 2 + 1, 3)
        assert arrays["mask"].dtype == np.float16
    card = json.loads((out / "heads.json").read_text())
    assert card["trained"]["pictures"] == {"set": 120}
    assert card["competent"] == {"photo": [], "diffusion": [], "render": []}
    mask = card["heads"]["mask"]
    # A fifth is held out, and only the picture itself is measured there, not its copies.
    assert 10 <= mask["renders"]["n"] <= 40
    assert sum(mask["shown"].values()) == (120 - mask["renders"]["n"]) * (scripts.heads_examples.COPIES + 1)


def test_a_picture_is_looked_at_once(scripts: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts.heads_examples, "Looker", Guessing)
    folder, kept = made_set(tmp_path / "set", 12), tmp_path / "kept.npz"
    first = scripts.heads_examples.gathered(scripts.heads_examples.of_set(folder), kept)
    monkeypatch.setattr(Guessing, "look", lambda *_: pytest.fail("it was looked at again"))
    again = scripts.heads_examples.gathered(scripts.heads_examples.of_set(folder), kept)
    assert again.names == first.names
    assert again.labels == first.labels
    assert np.array_equal(again.regions, first.regions)


@pytest.mark.parametrize("method", ["fit", "fit_means"])
def test_a_fit_tells_classes_apart_that_differ_and_gives_each_the_same_weight(
    scripts: SimpleNamespace, method: str
) -> None:
    rng = np.random.default_rng(4)
    labels = np.array([0] * 300 + [1] * 60 + [2] * 40)
    centres = np.array([[0, 0, 0, 5], [3, 0, 0, 5], [0, 3, 0, 5]])
    numbers = (centres[labels] + rng.normal(0, 0.5, (400, 4))).astype(np.float32)
    weights, offsets = getattr(scripts.train_heads, method)(numbers, labels, 3)
    said = (numbers @ weights + offsets).argmax(axis=1)
    assert all((said[labels == one] == one).mean() > 0.95 for one in range(3))
    half_way = centres[[0, 1]].mean(axis=0).astype(np.float32) @ weights + offsets
    assert abs(half_way[0] - half_way[1]) < 0.35 * abs((centres[0] @ weights + offsets)[[0, 1]] @ [1, -1])


def test_a_head_wants_every_value(scripts: SimpleNamespace) -> None:
    labels = [{"mask": "none"}, {"mask": "medical"}]
    examples = scripts.heads_examples.Examples(["a", "b"], np.zeros((2, LENGTH)), np.zeros((2, 128)), labels)
    with pytest.raises(ValueError, match="no picture shows mask 'gas'"):
        scripts.train_heads.trained("mask", examples)


def test_a_worse_copy_keeps_the_face_in_its_square(scripts: SimpleNamespace) -> None:
    pixels = np.full((400, 500, 3), 90, np.uint8)
    pixels[140:160, 290:310] = 250
    view = laid(0.9, image=Image(pixels))
    squares = Square(300, 150, 120), Square(300, 150, 60)
    for seed in range(12):
        picture, (wide, chip) = scripts.heads_examples.worse(view, squares, np.random.default_rng(seed))
        grey = np.asarray(picture.convert("L"), np.float32)
        rows, columns = np.nonzero(grey > (grey.max() + np.median(grey)) / 2)
        for square, side in ((wide, 120), (chip, 60)):
            assert np.hypot(columns.mean() - square.x, rows.mean() - square.y) < 0.15 * square.side
            assert 0.2 * picture.width / 500 < square.side / side
        assert wide.side == pytest.approx(2 * chip.side)


def test_copies_are_the_same_in_every_run(scripts: SimpleNamespace) -> None:
    view = laid(0.9, image=Image(np.random.default_rng(1).integers(0, 256, (400, 500, 3), dtype=np.uint8)))
    squares = Square(300, 150, 120), Square(300, 150, 60)
    one, two = (scripts.heads_examples.worse(view, squares, np.random.default_rng(5)) for _ in range(2))
    assert one[1] == two[1]
    assert one[0].tobytes() == two[0].tobytes()


def test_every_value_is_drawn_and_what_cannot_be_made_is_drawn_again(scripts: SimpleNamespace) -> None:
    seen: dict[str, set[str]] = {}
    generator = SimpleNamespace(can_make=lambda asked: "no" if asked.attributes.get("mask") == "gas" else None)
    for number in range(600):
        asked = scripts.render_heads_set.wanted(generator, 1, number)
        for name, value in asked.attributes.items():
            seen.setdefault(name, set()).add(str(value))
    assert seen["mask"] == {"medical"}
    for name in ("eyewear", "headwear", "makeup", "hand", "race", "sex"):
        choice = ATTRIBUTES[name]
        assert isinstance(choice, Choice)
        assert seen[name] == set(choice.values) - {"none"}
    one, two = (scripts.render_heads_set.wanted(generator, 1, 7) for _ in range(2))
    assert one == two
