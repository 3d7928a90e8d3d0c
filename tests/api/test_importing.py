"""Folders of pictures that become datasets."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import PngImagePlugin

import agfd
from agfd import api, models, testing
from agfd.errors import BuildMismatchError, UsageError
from agfd.images import decode
from agfd.planning import Table
from agfd.recipe import load
from agfd.store import Layout, read_member
from builders import pixels, tiny
from planted import PLANTED
from trees import tree

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    models.installed("open_nsfw") is None, reason="the screen of pictures is not installed: agfd models install"
)
GOOD, BAD = (255, 0, 0), (0, 0, 0)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny(tmp_path_factory))


def draw(path: Path, seed: int, mark: tuple[int, int, int] = GOOD, **options: Any) -> None:
    picture = pixels(seed, (48, 40))
    picture[0, 0] = mark
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(picture).save(path, **options)


def brought(folder: Path, recipe: str, out: Path, **options: Any) -> api.ImportResult:
    return agfd.import_folder(folder, recipe, out, **{"workers": 1, **options})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six smiling men of which two have no face, a smiling woman, and everything that is ever wrong among the bald."""
    root = tmp_path_factory.mktemp("pictures") / "mine"
    for nth in range(6):
        draw(root / "Emotion" / "Smile" / "male" / f"{nth}.png", nth, BAD if nth > 3 else GOOD)
    draw(root / "Emotion" / "Smile" / "woman" / "a.png", 6)
    draw(root / "misc" / "b.png", 7)
    (root / "Bald" / "man").mkdir(parents=True)
    for name, (data, _, _) in PLANTED.items():
        (root / "Bald" / "man" / name).write_bytes(data)
    shutil.copy(root / "Emotion" / "Smile" / "male" / "0.png", root / "Emotion" / "Smile" / "male" / "copy.png")
    return root


@pytest.fixture(scope="module")
def result(folder: Path, recipe: str, tmp_path_factory: pytest.TempPathFactory) -> api.ImportResult:
    return brought(folder, recipe, tmp_path_factory.mktemp("out") / "faces", workers=2)


def rows(result: api.ImportResult) -> dict[str, Any]:
    """The samples by the file from which they came."""
    import pyarrow.parquet as pq

    index = {line["id"]: line["file"] for line in pq.read_table(Layout(result.dataset.root).imported).to_pylist()}
    samples = {index[sample.request.id]: sample for sample in result.dataset.filter(status=None)}
    assert len(samples) == len(index)
    return samples


def test_every_file_is_a_row_or_a_line_with_a_reason(folder: Path, result: api.ImportResult) -> None:
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == rows(result).keys() | result.unmatched.keys()
    assert not rows(result).keys() & result.unmatched.keys()
    with Layout(result.dataset.root).unmatched.open(newline="", encoding="utf-8") as file:
        assert {line["file"]: line["reason"] for line in csv.DictReader(file)} == result.unmatched
    assert result.unmatched == {
        "misc/b.png": "no folder of its path is called like a row of the recipe",
        "Bald/man/.hidden": "a hidden file",
    }


def test_pictures_are_judged_and_faults_are_named(result: api.ImportResult) -> None:
    found = {file: (sample.verdict.status, sample.verdict.reasons) for file, sample in rows(result).items()}
    smiles = {file.removeprefix("Emotion/Smile/male/"): verdict for file, verdict in found.items()}
    assert [smiles[f"{nth}.png"] for nth in (1, 2, 3)] == [("accepted", ())] * 3
    assert [smiles[f"{nth}.png"] for nth in (4, 5)] == [("rejected", ("no_face",))] * 2
    both = {smiles["0.png"], smiles["copy.png"]}
    assert both == {("accepted", ()), ("rejected", ("duplicate",))}
    for name, (_, error, _) in PLANTED.items():
        if name == ".hidden":
            continue
        status, reasons = found[f"Bald/man/{name}"]
        assert (status == "failed") == (error is not None), name
        assert error is None or reasons == (error,)


def test_a_row_says_what_the_labels_said_and_no_more(result: api.ImportResult) -> None:
    sample = rows(result)["Emotion/Smile/male/1.png"]
    request = sample.request
    assert (request.row, request.sex, request.race, request.variant) == ("emotion.smile", "male", "unknown", "unknown")
    assert dict(request.attributes) == {"sex": "male"}
    assert (request.prompt, request.settings.steps, request.settings.sampler) == ("", 0, "")
    assert dict(sample.verdict.sources) == {"sex": "asked"}
    assert dict(rows(result)["Bald/man/plain.png"].request.attributes) == {"sex": "male", "hair_style": "bald"}


def test_pixels_are_those_of_the_files(folder: Path, result: api.ImportResult) -> None:
    dataset = result.dataset
    for file, sample in rows(result).items():
        if file.startswith("Emotion") and sample.verdict.status == "accepted":
            assert np.array_equal(dataset.image(sample), decode((folder / file).read_bytes()))
    assert not dataset.verify()


def test_quotas_count_what_is_there(result: api.ImportResult) -> None:
    quotas = {(quota.row, quota.sex): quota for quota in result.quotas()}
    smiles = quotas["emotion.smile", "male"]
    assert (smiles.wanted, smiles.accepted, smiles.pictures) == (12, 4, 7)
    assert (quotas["emotion.smile", "female"].accepted, quotas["emotion.smile", "female"].wanted) == (1, 12)
    # More than the recipe asks for is no reason to turn a picture away.
    assert quotas["hair.bald", "male"].pictures == len(PLANTED) - 1 > quotas["hair.bald", "male"].wanted == 6
    status = result.dataset.status()
    assert status["asked"] == 30
    assert status["failed"] == sum(sample.verdict.status == "failed" for sample in rows(result).values())


def test_pages_and_export(result: api.ImportResult, tmp_path: Path) -> None:
    root = result.dataset.root
    card = (root / "README.md").read_text(encoding="utf-8")
    assert "from a folder of generated images" in card
    assert "| `emotion.smile` | Smile | 4 / 12 |" in card
    page = (root / "gallery" / "index.html").read_text(encoding="utf-8")
    assert "4 accepted of 12 asked" in re.sub("<[^>]+>", "", page)
    assert (root / "gallery" / "contact.png").is_file()
    number = api.export_dataset(result.dataset, "imagefolder", tmp_path / "out")
    assert number == len(result.dataset) == len(list((tmp_path / "out").rglob("*.png")))


class PowerCutError(Exception):
    """The power is cut."""


def test_an_interrupted_import_goes_on(folder: Path, recipe: str, result: api.ImportResult, tmp_path: Path) -> None:
    out = tmp_path / "faces"

    def cut(event: object) -> None:
        if isinstance(event, api.ChunkDone):
            raise PowerCutError

    with pytest.raises(PowerCutError):
        brought(folder, recipe, out, on_event=cut)
    assert not list(out.glob("rounds/*.parquet"))
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("shards/*.tar")}
    brought(folder, recipe, out)
    assert tree(out) == tree(result.dataset.root)
    assert before
    assert all((out / "shards" / name).stat().st_mtime_ns == at for name, at in before.items())
    # Nothing is left to do.
    brought(folder, recipe, out)
    assert tree(out) == tree(result.dataset.root)


def test_a_folder_that_was_moved_renamed_and_grew(recipe: str, tmp_path: Path) -> None:
    first, second, out = tmp_path / "first", tmp_path / "second", tmp_path / "faces"
    for nth in range(3):
        draw(first / "smile" / "man" / f"{nth}.png", nth)
    before = rows(brought(first, recipe, out))
    first.rename(second)
    (second / "smile" / "man" / "0.png").rename(second / "smile" / "man" / "z.png")
    draw(second / "smile" / "man" / "000.png", 9)
    result = brought(second, recipe, out)
    after = rows(result)
    assert len(result.dataset) == 4
    assert after["smile/man/z.png"].request == before["smile/man/0.png"].request
    assert after["smile/man/000.png"].request.slot == 3
    # The index knows the new place, also of what was imported before.
    identity = after["smile/man/z.png"].request.id
    assert result.dataset.reproduce(identity).verdict == "identical"
    draw(second / "smile" / "man" / "z.png", 77)
    changed = result.dataset.reproduce(identity)
    assert (changed.verdict, changed.image) == ("different", None)
    assert "is not the file any more that was imported" in changed.why
    (second / "smile" / "man" / "z.png").unlink()
    assert str(second / "smile" / "man" / "z.png") in result.dataset.reproduce(identity).why


def test_labels_in_a_table(recipe: str, tmp_path: Path) -> None:
    folder, table = tmp_path / "photos", tmp_path / "labels.csv"
    for nth in range(5):
        draw(folder / f"{nth}.png", nth)
    table.write_text(
        "file,row,gender,race,age,variant,camera\n"
        "0.png,Smile,woman,east asian,30,laughing,x\n1.png,emotion.smile,,,,,\n2.png,beard,man,,,,\n9.png,Smile,,,,,\n"
        "4.png,hair.bald,m,,,,\n"
    )
    result = brought(folder, recipe, tmp_path / "faces", labels=str(table), domain="photo")
    first, second = (rows(result)[name].request for name in ("0.png", "1.png"))
    assert dict(first.attributes) == {"age": 30, "sex": "female", "race": "East Asian", "expression": "laugh"}
    assert first.variant == "laughing"
    assert (second.sex, second.race, dict(second.attributes)) == ("unknown", "unknown", {})
    assert result.ignored_columns == ("camera",)
    assert set(result.unmatched) == {"2.png", "3.png", "9.png"}
    assert "no row 'beard'" in result.unmatched["2.png"]
    assert ("emotion.smile", "unknown", 0, 1) in {(q.row, q.sex, q.wanted, q.accepted) for q in result.quotas()}
    root = result.dataset.root
    card = (root / "README.md").read_text(encoding="utf-8")
    assert "photographs of people who exist" in card
    assert "unknown: accepted / asked" in card
    assert "synthetic" not in card.split("---")[1]
    # A photograph is not marked as generated.
    sample = next(iter(result.dataset))
    assert sample.place is not None
    with Pillow.open(io.BytesIO(read_member(Layout(root), sample.place))) as stored:
        assert "ai_generated" not in stored.info
    assert result.dataset.status()["rows"][0]["yield"]["unknown"]["accepted"] == 1


def test_texts_of_the_web_ui(recipe: str, tmp_path: Path) -> None:
    folder = tmp_path / "outputs"
    table = Table(load(recipe))
    asked = [
        table.request(row, sex, slot) for row, sex in table.parts() for slot in range(min(3, table.count(row, sex)))
    ]
    for nth, request in enumerate(asked):
        info = PngImagePlugin.PngInfo()
        settings = (
            f"Steps: 30, Sampler: Euler a, CFG scale: 6.5, Seed: {nth}, Size: 512x768, Model hash: 1f, Version: v1"
        )
        info.add_text("parameters", f"{request.prompt}\nNegative prompt: text, {nth}\n{settings}")
        draw(folder / f"{nth:05}-{nth}.png", nth, pnginfo=info)
    draw(folder / "none.png", 90)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    unsafe = PngImagePlugin.PngInfo()
    prompt = asked[0].prompt.replace("a photo of", "a nude photo of")
    unsafe.add_text("parameters", f"{prompt}\nNegative prompt: x\nSteps: 1, Sampler: a, Seed: 1")
    draw(folder / "unsafe.png", 91, pnginfo=unsafe)
    result = brought(folder, recipe, tmp_path / "faces", labels="infotext")
    found = rows(result)
    for nth, request in enumerate(asked):
        there = found[f"{nth:05}-{nth}.png"].request
        same = ("row", "sex", "race", "variant", "attributes", "prompt")
        assert {name: getattr(there, name) for name in same} == {name: getattr(request, name) for name in same}
        assert there.negative_prompt == f"text, {nth}"
        made = there.settings
        assert (made.width, made.height, made.sampler, made.steps, made.cfg_scale) == (512, 768, "Euler a", 30, 6.5)
    assert set(result.unmatched) == {"none.png", "broken.png", "unsafe.png"}
    assert result.unmatched["none.png"] == "it holds no text of AUTOMATIC1111"
    assert result.unmatched["broken.png"].startswith("damaged: ")
    assert "nude" in result.unmatched["unsafe.png"]


def test_unscreened_pictures_of_nobodys_age_are_not_taken(folder: Path, recipe: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="under 18"):
        brought(folder / "Emotion", recipe, tmp_path / "faces", screen=False)
    assert not (tmp_path / "faces").exists()


def test_who_switched_the_screen_off_for_adults_has_it_on_record(recipe: str, tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png", 1)
    draw(tmp_path / "in" / "b.png", 2)
    (tmp_path / "labels.csv").write_text("file,row,age\na.png,Smile,30\nb.png,Smile,12\n")
    result = brought(tmp_path / "in", recipe, tmp_path / "faces", labels=str(tmp_path / "labels.csv"), screen=False)
    assert [sample.request.attributes["age"] for sample in result.dataset] == [30]
    assert "under 18" in result.unmatched["b.png"]
    build = json.loads((tmp_path / "faces" / "build.json").read_text())
    assert build["screen"] is False
    assert "nsfw" not in build["analyzers"]


def test_a_hit_of_the_screen_leaves_no_pixels(recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agfd.safety.is_unsafe", lambda score, age: True)
    from agfd.api import importing
    from agfd.run.executors import Inline

    # In this process, where the screen can be told what to say.
    monkeypatch.setattr(importing, "Processes", lambda spec, workers, timeout: Inline(spec))
    draw(tmp_path / "in" / "smile" / "man" / "a.png", 1)
    result = brought(tmp_path / "in", recipe, tmp_path / "faces")
    (sample,) = result.dataset.filter(status=None)
    assert (sample.verdict.reasons, sample.place) == (("unsafe",), None)
    stored = [path.stat().st_size for path in (tmp_path / "faces" / "shards").iterdir()]
    # An empty tar: two blocks of zeros, filled up to a record.
    assert stored == [10240]


def test_a_folder_of_another_dataset_stays_as_it_is(folder: Path, recipe: str, tmp_path: Path) -> None:
    out = tmp_path / "faces"
    agfd.build(recipe, out, generator=testing.make_generator(), max_images=1)
    before = tree(out)
    with pytest.raises(BuildMismatchError, match="was built with"):
        brought(folder, recipe, out)
    assert tree(out) == before
    assert not Layout(out).imported.exists()


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"labels": "nowhere.csv"}, "name of a CSV file, not 'nowhere.csv'"),
        ({"labels": "infotext"}, "none of the"),
        ({"domain": "drawing"}, "domain"),
        ({"quality": "best"}, "no option 'quality'"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(
    folder: Path, recipe: str, tmp_path: Path, options: dict[str, str], part: str
) -> None:
    with pytest.raises(UsageError, match=part):
        brought(folder, recipe, tmp_path / "faces", **options)
    assert not (tmp_path / "faces").exists()


def test_what_is_no_folder(recipe: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        brought(tmp_path / "none", recipe, tmp_path / "faces")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no files"):
        brought(tmp_path / "empty", recipe, tmp_path / "faces")


def test_the_dataset_may_lie_within_the_folder(recipe: str, tmp_path: Path) -> None:
    draw(tmp_path / "smile" / "man" / "a.png", 1)
    out = tmp_path / "smile" / "faces"
    for _ in range(2):
        result = brought(tmp_path, recipe, out)
        assert (len(result.dataset), result.unmatched) == (1, {})
    assert json.loads((out / "build.json").read_text())["options"] == {"domain": "diffusion"}
