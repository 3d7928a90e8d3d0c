"""The commands as a user types them: output, exit codes, one sentence for a mistake."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from agfd.cli.main import main
from agfd.images import decode
from builders import tiny

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory)


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def faces(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "faces"
    result = run("build", recipe, "--out", folder, "--generator", "fake", "--workers", 1, "--keep", "all")
    assert result.exit_code == 0, result.output
    return folder


def test_help_names_every_command() -> None:
    text = run("--help").output
    commands = "analyze build judge plan status verify reproduce gallery export make models recipe"
    for command in commands.split():
        assert f"\n  {command}" in text


def test_build_has_the_promised_options() -> None:
    text = run("build", "--help").output
    promised = "out scale generator model set quality series rows workers max-images max-time keep no-analyze json"
    for option in promised.split():
        assert f"--{option}" in text


def test_build_says_where_the_pages_are(recipe: Path, faces: Path) -> None:
    result = run("build", recipe, "--out", faces, "--generator", "fake", "--keep", "all")
    assert result.exit_code == 0
    assert (faces / "gallery" / "index.html").as_uri() in result.output


def test_build_json_is_the_status(recipe: Path, faces: Path) -> None:
    built = run("build", recipe, "--out", faces, "--generator", "fake", "--keep", "all", "--json")
    status = run("status", faces, "--json")
    assert json.loads(built.stdout) == json.loads(status.stdout)
    numbers = json.loads(status.stdout)
    names = ("asked", "made", "accepted", "rejected", "failed", "unsupported")
    assert [numbers[name] for name in names] == [30, 30, 30, 0, 0, 0]
    assert [row["id"] for row in numbers["rows"]] == ["emotion.smile", "hair.bald"]


def test_a_short_build_exits_1(recipe: Path, tmp_path: Path) -> None:
    result = run("build", recipe, "--out", tmp_path / "f", "--generator", "fake", "--workers", 1, "--max-images", 3)
    assert result.exit_code == 1


def test_rejects_are_counted_with_their_reason(recipe: Path, tmp_path: Path) -> None:
    words = ("--generator", "fake", "--set", "generator.rates=bald:0", "--max-tries", 2, "--workers", 1, "--json")
    result = run("build", recipe, "--out", tmp_path / "f", *words)
    assert result.exit_code == 1
    status = json.loads(result.stdout)
    bald = next(row for row in status["rows"] if row["id"] == "hair.bald")
    assert (bald["accepted"], bald["rejected"]) == (0, 12)
    assert bald["reasons"] == {"no_face": 12}


def test_plan_json_has_the_promised_keys() -> None:
    result = run("plan", "agfd-20k", "--scale", "0.01", "--generator", "fake", "--format", "json")
    assert result.exit_code == 0
    planned = json.loads(result.stdout)
    assert planned["total"] == 211
    assert sum(cell["quota"] for cell in planned["cells"]) == 211
    first = planned["rows"][0]
    assert {"id", "group", "feature", "male", "female", "unsupported"} <= first.keys()
    assert (first["id"], first["male"], first["female"]) == ("age.child", 3, 3)


def test_plan_table_names_what_cannot_be_made(recipe: Path) -> None:
    words = ("--generator", "fake", "--set", "generator.refuses=hair_style:bald")
    text = run("plan", recipe, *words).output
    assert "6 unsupported: the fake refuses hair_style 'bald'" in text
    assert "30 images" in text


def test_verify_finds_a_flipped_byte(recipe: Path, tmp_path: Path) -> None:
    folder = tmp_path / "faces"
    assert run("build", recipe, "--out", folder, "--generator", "fake", "--workers", 1).exit_code == 0
    assert run("verify", folder).exit_code == 0
    shard = sorted((folder / "shards").glob("*.tar"))[0]
    data = bytearray(shard.read_bytes())
    data[700] ^= 1
    shard.write_bytes(data)
    result = run("verify", folder)
    assert result.exit_code == 1
    assert shard.name in result.output


def test_reproduce_says_identical(faces: Path, tmp_path: Path) -> None:
    from agfd import api

    image = next(iter(api.open_dataset(faces))).request.id
    result = run("reproduce", faces, image, "-o", tmp_path / "again.png")
    assert result.exit_code == 0
    assert "identical" in result.output
    assert (tmp_path / "again.png").read_bytes().startswith(b"\x89PNG")


def test_export_writes_the_accepted_images(faces: Path, tmp_path: Path) -> None:
    result = run("export", faces, "--to", "imagefolder", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "30 images" in result.output
    assert len(list((tmp_path / "out").rglob("*.png"))) == 30


def test_gallery_prints_its_address(faces: Path) -> None:
    assert run("gallery", faces).output.strip() == (faces / "gallery" / "index.html").as_uri()


@pytest.mark.parametrize(("options", "copied"), [(("--no-full",), False), ((), True), (("--full",), True)])
def test_gallery_has_full_pictures_where_they_are_few_and_wanted(
    faces: Path, options: tuple[str, ...], copied: bool
) -> None:
    assert run("gallery", faces, *options).exit_code == 0
    assert (faces / "gallery" / "full").is_dir() == copied


def test_make_writes_one_face(tmp_path: Path) -> None:
    asked = ("--generator", "fake", "--set", "age=70", "eyewear=none", "generator.size=32")
    result = run("make", *asked, "-o", tmp_path / "x.png")
    assert result.exit_code == 0, result.output
    assert decode((tmp_path / "x.png").read_bytes()).shape == (32, 32, 3)


def test_recipe_commands(recipe: Path) -> None:
    assert "agfd-20k" in run("recipe", "list").output
    assert "30 images" in run("recipe", "check", recipe).output
    assert "emotion.smile" in run("recipe", "show", recipe).output
    assert json.loads(run("recipe", "schema").output)["properties"]["rows"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("status", "nowhere"), "holds no dataset"),
        (("plan", "agfd-20"), "did you mean 'agfd-20k'"),
        (("plan", "agfd-20k", "--generator", "fak"), "did you mean 'fake'"),
        (("plan", "agfd-20k", "--generator", "fake", "--scale", "0"), "scale"),
        (("plan", "agfd-20k", "--generator", "fake", "--rows", "age.chld"), "did you mean 'age.child'"),
        (("plan", "agfd-20k", "--generator", "fake", "--set", "steps=3"), "no such key"),
        (("make", "--generator", "fake", "--set", "eyeware=none", "-o", "x.png"), "did you mean 'eyewear'"),
        (("make", "--generator", "fake", "--set", "age=old", "-o", "x.png"), "age is a number"),
        (("make", "--generator", "fake", "age", "-o", "x.png"), "write KEY=VALUE"),
        (("build", "agfd-20k", "--out", "f", "--generator", "fake", "--max-time", "soon"), "15m"),
        (("build", "agfd-20k", "--out", "f", "--generator", "fake", "--workers", "0"), "workers"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(words: tuple[str, ...], part: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert part in result.stderr
    assert "Traceback" not in result.output


def test_another_generator_in_the_same_folder_is_refused(recipe: Path, faces: Path) -> None:
    words = ("--generator", "fake", "--keep", "all", "--set", "generator.size=32")
    result = run("build", recipe, "--out", faces, *words)
    assert result.exit_code == 2
    assert "generator.model_hash" in result.stderr


def test_other_words_in_the_same_folder_are_refused(recipe: Path, faces: Path) -> None:
    words = ("--generator", "fake", "--keep", "all", "--set", "settings.steps=30")
    result = run("build", recipe, "--out", faces, *words)
    assert result.exit_code == 2
    assert "emotion.smile" in result.stderr


def test_what_an_early_look_costs_is_said(recipe: Path, tmp_path: Path) -> None:
    chosen = ("--generator", "fake", "--set", "generator.rates=smiling:0.5", "--workers", 1)
    built = run("build", recipe, "--out", tmp_path / "f", *chosen, "--early-stop")
    assert built.exit_code == 0, built.output
    told = run("status", tmp_path / "f").output
    assert "early_stop" in told
    assert "good images among those that early_stop stops, from a sample:" in told
    refused = run("build", recipe, "--out", tmp_path / "f", *chosen)
    assert refused.exit_code == 2
    assert "early_stop" in refused.output


def test_memory_that_runs_short_is_said_and_costs_nothing(recipe: Path, tmp_path: Path) -> None:
    chosen = ("--set", "generator.fits=4", "--set", "generator.short=2", "--workers", 1)
    built = run("build", recipe, "--out", tmp_path / "f", "--generator", "fake", *chosen)
    assert built.exit_code == 0, built.output
    assert "memory ran short: 2 at once from now on" in built.output


def test_one_image_that_does_not_fit_is_one_sentence(recipe: Path, tmp_path: Path) -> None:
    chosen = ("--set", "generator.batch=2", "--set", "generator.short=0", "--workers", 1)
    built = run("build", recipe, "--out", tmp_path / "f", "--generator", "fake", *chosen)
    assert built.exit_code == 1
    assert "not even one image at a time fits" in built.output
    assert "Traceback" not in built.output
