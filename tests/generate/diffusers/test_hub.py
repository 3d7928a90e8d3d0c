"""Models of the hub: what is downloaded, that a second run needs no network, and what is said when it fails."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from huggingface_hub.errors import HfHubHTTPError

from agfd.errors import ModelsMissingError, UsageError
from agfd.generate.diffusers import families
from agfd.generate.diffusers.adapters import find_lora, find_vae
from agfd.generate.diffusers.source import find
from generate.diffusers import headers
from generate.diffusers.hub_server import COMMIT, HubServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INDEX = {
    "_class_name": "StableDiffusionXLPipeline",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "image_encoder": [None, None],
}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub of one's own with an empty cache."""
    with HubServer() as server:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
        template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        # Below version 1 the module has a name of its own for it.
        monkeypatch.setattr("huggingface_hub.file_download.HUGGINGFACE_CO_URL_TEMPLATE", template, raising=False)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_PROGRESS_BARS", True)
        monkeypatch.setenv("AGFD_MODELS", str(tmp_path / "agfd"))
        yield server


@pytest.fixture
def weights(tmp_path: Path) -> bytes:
    """A small safetensors file."""
    return headers.write(tmp_path / "some.safetensors", {"weight": (2,)}).read_bytes()


def model(weights: bytes) -> dict[str, bytes]:
    """The files of a repository with everything in it that is not needed."""
    small = [
        "unet/config.json",
        "text_encoder/config.json",
        "tokenizer/vocab.json",
        "tokenizer/merges.txt",
        "tokenizer/chat_template.jinja",
        "README.md",
        "preview.png",
    ]
    large = [
        "unet/diffusion_pytorch_model.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "unet/diffusion_pytorch_model.bin",
        "text_encoder/model.safetensors",
        "text_encoder/pytorch_model.fp16.bin",
        "safety_checker/model.safetensors",
        "model.ckpt",
        "model.safetensors",
    ]
    # Each has other content, because the hub downloads what is equal once.
    return {
        "model_index.json": json.dumps(INDEX).encode(),
        **{name: f'"{name}"'.encode() for name in small},
        **{name: weights + name.encode() for name in large},
    }


NEEDED = [
    "model_index.json",
    "text_encoder/config.json",
    "text_encoder/model.safetensors",
    "tokenizer/chat_template.jinja",
    "tokenizer/merges.txt",
    "tokenizer/vocab.json",
    "unet/config.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
]


def said(kind: type[UsageError], model: str, **options: str) -> str:
    with pytest.raises(kind) as caught:
        find(model, **options).fetch()
    told = str(caught.value)
    assert "\n" not in told
    return told


def test_only_what_is_needed_is_downloaded_and_only_once(hub: HubServer, weights: bytes) -> None:
    hub.repos["owner/name"] = model(weights)
    asked = find("owner/name")
    assert not asked.here
    found = asked.fetch()
    assert found.here
    assert found.family is families.SDXL
    assert sorted(hub.asked) == NEEDED
    assert sorted(found.files()) == NEEDED
    # As on the next day without a network: every request would fail.
    hub.trouble["owner/name"] = (500, "")
    again = find("owner/name")
    assert again.here
    assert again.fetch().hash() == found.hash()
    assert sorted(hub.asked) == NEEDED


def test_what_an_interrupted_download_left_is_completed(hub: HubServer, weights: bytes) -> None:
    hub.repos["owner/name"] = model(weights)
    found = find("owner/name").fetch()
    assert found.path is not None
    lost = found.path / "text_encoder" / "model.safetensors"
    lost.resolve().unlink()
    lost.unlink(missing_ok=True)
    again = find("owner/name")
    assert not again.here
    assert again.fetch().hash() == found.hash()
    assert sorted(hub.asked) == sorted([*NEEDED, "text_encoder/model.safetensors"])


def test_a_variant_and_a_revision(hub: HubServer, weights: bytes) -> None:
    hub.repos["owner/name"] = model(weights)
    found = find(f"owner/name@{COMMIT}", variant="full").fetch()
    assert "unet/diffusion_pytorch_model.safetensors" in found.files()
    assert "unet/diffusion_pytorch_model.fp16.safetensors" not in hub.asked
    assert "has no variant 'fp8'; there is fp16, full" in said(UsageError, "owner/name", variant="fp8")
    assert "owner/name has no revision 'v9'" in said(UsageError, "owner/name@v9")


def test_a_single_file_of_a_repository(hub: HubServer, tmp_path: Path) -> None:
    data = headers.write(
        tmp_path / "model.safetensors",
        {"model.diffusion_model.joint_blocks.0.context_block.adaLN_modulation.1.bias": (9,)},
    ).read_bytes()
    hub.repos["owner/name"] = {"folder/model.safetensors": data, "README.md": b""}
    found = find("owner/name/folder/model.safetensors").fetch()
    assert (found.form, found.family, found.name) == ("file", families.SD3, "model")
    assert hub.asked == ["folder/model.safetensors"]
    assert find("owner/name/folder/model.safetensors").auto_v2() == found.auto_v2()
    assert "owner/name has no file other.safetensors" in said(UsageError, "owner/name/other.safetensors")
    told = said(UsageError, "owner/name")
    assert "owner/name is not a model in diffusers' layout" in told
    assert "it holds a single file: owner/name/folder/model.safetensors" in told


def test_pickles_are_refused_before_they_are_downloaded(hub: HubServer, weights: bytes) -> None:
    files = model(weights)
    for name in [name for name in files if name.startswith("unet/") and name.endswith(".safetensors")]:
        del files[name]
    del files["model.safetensors"]
    hub.repos["owner/name"] = files
    told = said(UsageError, "owner/name")
    assert "the weights of unet are a pickle (unet/diffusion_pytorch_model.bin)" in told
    assert "single file" not in told
    assert hub.asked == ["model_index.json"]
    # As the repository of Realistic Vision 2.0 is.
    hub.repos["owner/name"] = files | {"a-inpainting.safetensors": weights, "name.safetensors": weights}
    assert said(UsageError, "owner/name").endswith("it holds a single file: owner/name/name.safetensors")


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (404, "RepoNotFound", "there is no model owner/name on the hub, or it is not public"),
        (401, "RepoNotFound", "there is no model owner/name on the hub, or it is not public"),
        (401, "GatedRepo", "owner/name is given only to who accepts its terms"),
        (403, "GatedRepo", "owner/name is given only to who accepts its terms"),
    ],
)
@pytest.mark.parametrize("name", ["owner/name", "owner/name/model.safetensors"])
def test_why_the_hub_gives_nothing(status: int, code: str, told: str, name: str, hub: HubServer) -> None:
    hub.trouble["owner/name"] = (status, code)
    assert told in said(UsageError, name)


@pytest.mark.parametrize("name", ["owner/name", "owner/name/model.safetensors", "realistic-vision"])
def test_without_a_network_it_says_what_to_do(name: str, hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    told = said(ModelsMissingError, name)
    assert "is not on this machine and the hub cannot be reached" in told
    assert "name a folder or a .safetensors file" in told


def test_a_broken_connection_is_told_like_no_network(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    library = logging.getLogger("huggingface_hub")
    monkeypatch.setattr(library, "handlers", [caplog.handler])
    # The real thing takes the library half a minute of trying.
    for broken in (ConnectionError("broken"), HfHubHTTPError.__bases__[0]("broken")):

        def ask(*_args: object, broken: Exception = broken, **_options: object) -> None:
            # As the library does at each try.
            logging.getLogger("huggingface_hub.utils._http").warning("thrown while requesting")
            raise broken

        monkeypatch.setattr("huggingface_hub.HfApi.list_repo_files", ask)
        assert "the hub cannot be reached" in said(ModelsMissingError, "owner/name")
    assert "thrown" not in caplog.text
    library.warning("heard again")
    assert "heard again" in caplog.text


def test_a_lora_and_a_vae_of_the_hub(hub: HubServer, tmp_path: Path, weights: bytes) -> None:
    lora = headers.write(tmp_path / "lora.safetensors", headers.LORA).read_bytes()
    hub.repos["owner/lora"] = {"pytorch_lora_weights.safetensors": lora, "README.md": b""}
    hub.repos["owner/vae"] = {
        "config.json": b"{  }",
        "diffusion_pytorch_model.safetensors": weights + b"1",
        "diffusion_pytorch_model.bin": weights,
    }
    hub.repos["owner/model"] = {
        "model_index.json": b"{}",
        "vae/config.json": b"{ }",
        "vae/diffusion_pytorch_model.fp16.safetensors": weights,
        "unet/diffusion_pytorch_model.safetensors": weights,
    }
    found = find_lora("owner/lora:0.8")
    assert (found.path, found.weight, found.name) == (None, 0.8, "pytorch_lora_weights")
    assert found.fetch().path is not None
    assert find_lora("owner/lora").path is not None
    assert find_lora("owner/lora").hash() != find_lora("owner/lora:0.8").hash()
    assert find_vae("owner/vae").path is None
    assert [path.name for path in find_vae("owner/vae").files()] == [
        "config.json",
        "diffusion_pytorch_model.safetensors",
    ]
    assert find_vae("owner/vae").path is not None
    inside = find_vae("owner/model").files()
    assert [path.name for path in inside] == ["config.json", "diffusion_pytorch_model.fp16.safetensors"]
    assert sorted(hub.asked) == [
        "config.json",
        "diffusion_pytorch_model.safetensors",
        "pytorch_lora_weights.safetensors",
        "vae/config.json",
        "vae/diffusion_pytorch_model.fp16.safetensors",
    ]
    with pytest.raises(UsageError, match="holds no VAE"):
        find_vae("owner/lora").fetch()
