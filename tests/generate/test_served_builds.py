"""Whole builds through servers that make the images."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

import agfd
from agfd import api, ids, images, models, testing
from agfd.errors import BuildMismatchError, WorkerError
from agfd.images import infotext
from agfd.store import Layout, read_member
from servers import OTHER, ComfyUI, WebUI, as_json
from trees import tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[WebUI]:
    with WebUI() as running:
        yield running


def built(server: WebUI, recipe: Path, out: Path, **options: Any) -> agfd.Dataset:
    # Adults only: nobody needs a screen.
    defaults = {"workers": 2, "screen": False, "model": "c35782bad8", "set": (f"generator.url={server.url}",)}
    return agfd.build(str(recipe), out, generator="webui", **{**defaults, **options})


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.yaml"
    file.write_text(testing.TINY, encoding="utf-8")
    return file


def test_through_the_web_ui(server: WebUI, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.account = "me:0pen-sesame"
    monkeypatch.setenv("AGFD_WEBUI_AUTH", server.account)
    dataset = built(server, recipe, tmp_path / "faces")
    assert len(dataset) == dataset.status()["asked"] == 30
    seeds = {str(ids.noise_seed(sample.request.person, sample.request.scene)) for sample in dataset}
    assert {sample.made["Seed"] for sample in dataset} == seeds
    sample = next(iter(dataset))
    assert sample.place is not None
    text = infotext.written_in(read_member(Layout(dataset.root), sample.place))
    assert text is not None
    assert infotext.parse(text).settings["Model hash"] == "c35782bad8"
    assert not dataset.verify()
    assert "`rv_realisticVision_v20`, hash (AutoV2) `c35782bad8`: 30 acc" in (dataset.root / "README.md").read_text()
    assert dataset.reproduce(sample.request.id).verdict == "identical"
    stored = [path.read_bytes() for path in dataset.root.rglob("*") if path.is_file()]
    secrets = (b"0pen-sesame", base64.b64encode(server.account.encode()))
    assert not any(secret in data for data in stored for secret in secrets)


def test_a_build_goes_on_when_the_server_is_back(server: WebUI, recipe: Path, tmp_path: Path) -> None:
    limits = ("generator.retries=0", f"generator.url={server.url}")
    server.faults.extend([as_json({"detail": "going down"}, 503)] * 99)
    with pytest.raises(WorkerError, match="says 503: going down"):
        built(server, recipe, tmp_path / "faces", set=limits)
    server.faults.clear()
    dataset = built(server, recipe, tmp_path / "faces", set=limits)
    assert len(dataset) == 30
    assert not dataset.status()["failed"]
    # Another model is another dataset.
    server.models[0]["sha256"] = "c35782bad8" + OTHER[10:]
    with pytest.raises(BuildMismatchError, match="model_hash"):
        built(server, recipe, tmp_path / "faces")


def test_two_servers_share_a_build_and_its_bytes_are_the_same(server: WebUI, recipe: Path, tmp_path: Path) -> None:
    alone = built(server, recipe, tmp_path / "alone", workers=None)
    asked = server.paths().count("/sdapi/v1/txt2img")
    with WebUI() as second:
        urls = (f"generator.url={server.url},{second.url}",)
        both = built(server, recipe, tmp_path / "both", workers=None, set=urls)
        shares = [server.paths().count("/sdapi/v1/txt2img") - asked, second.paths().count("/sdapi/v1/txt2img")]
    assert sum(shares) == asked
    assert min(shares) > 0
    # What the user said of where the servers are is on record; the images do not hang on it.
    different = {name for name, data in tree(alone.root).items() if tree(both.root)[name] != data}
    assert different <= {"build.json"}


@pytest.mark.skipif(models.installed("open_nsfw") is None, reason="the screen of pictures is not installed")
def test_what_is_there_can_be_shown_while_the_server_is_away(recipe: Path, tmp_path: Path) -> None:
    with WebUI() as server:
        dataset = built(server, recipe, tmp_path / "faces", screen=True)
        images_ = len(dataset)
    (dataset.root / "README.md").unlink()
    api.show(dataset.root)
    assert f"{images_} accepted image" in (dataset.root / "README.md").read_text()
    assert images.decode(read_member(Layout(dataset.root), next(iter(dataset)).place)).shape == (64, 64, 3)  # type: ignore[arg-type]


def test_through_comfyui(recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ComfyUI() as server:
        server.account = "me:0pen-sesame"
        monkeypatch.setenv("AGFD_COMFYUI_AUTH", server.account)
        server.waits = 0
        options: dict[str, Any] = {"workers": 1, "screen": False, "model": "sd15", "rows": ("hair.bald",)}
        url = (f"generator.url={server.url}",)
        dataset = agfd.build(str(recipe), tmp_path / "faces", generator="comfyui", set=url, **options)
    assert len(dataset) == 6
    assert {sample.made["Model"] for sample in dataset} == {"sd15"}
    assert "Model: `sd15`: 6 accepted images." in (dataset.root / "README.md").read_text(encoding="utf-8")
