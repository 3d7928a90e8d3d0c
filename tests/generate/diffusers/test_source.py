"""Where a model comes from is told from its name and its header, without torch; what cannot be one is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from agfd.errors import UnknownNameError, UsageError
from agfd.generate.diffusers import families
from agfd.generate.diffusers.presets import presets
from agfd.generate.diffusers.source import find
from generate.diffusers import headers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache of the hub, and one of hashes."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path / "agfd"))


def diffusers_folder(folder: Path, files: dict[str, str], index: dict[str, Any] | None = None) -> Path:
    """A folder in diffusers' layout with weights of one number; `files`: their names by component."""
    index = index or {
        "_class_name": "StableDiffusionPipeline",
        "unet": ["diffusers", "UNet2DConditionModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
    }
    folder.mkdir()
    (folder / "model_index.json").write_text(json.dumps(index))
    for part, names in {"tokenizer": "vocab.json", **files}.items():
        (folder / part).mkdir()
        (folder / part / "config.json").write_text('{"cross_attention_dim": 768}')
        for name in names.split():
            if name.endswith(".safetensors"):
                headers.write(folder / part / name, {"weight": (1,)})
            else:
                (folder / part / name).write_text("{}")
    return folder


def refused(model: str | Path, **options: Any) -> str:
    with pytest.raises(UsageError) as caught:
        find(str(model), **options)
    told = str(caught.value)
    assert "\n" not in told
    return told


@pytest.mark.parametrize(
    ("shapes", "family"),
    [
        (headers.SD15, families.SD15),
        (headers.SD21, families.SD21),
        (headers.SDXL, families.SDXL),
        (headers.FLUX, families.FLUX1),
        (headers.SD3, families.SD3),
    ],
)
def test_a_file_tells_its_family(shapes: Any, family: families.Family, tmp_path: Path) -> None:
    found = find(str(headers.write(tmp_path / "model.safetensors", shapes)))
    assert (found.form, found.family, found.here, found.name) == ("file", family, True, "model")


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        (headers.INPAINTING, "is an inpainting model: it takes 9 channels and not the 4 of a latent"),
        (headers.REFINER, "is the refiner of Stable Diffusion XL, which cannot start from noise: take the base model"),
        (headers.LORA, "is a LoRA and not a whole model"),
        (headers.VAE_ALONE, "is a VAE alone and not a whole model"),
        (headers.TEXT, "is a text encoder alone and not a whole model"),
        ({"down_blocks.0.resnets.0.conv1.weight": (1,)}, "is a U-Net in diffusers' layout alone"),
        ({"something": (1,)}, "is of no family that is known here"),
        ({**headers.SD15, "control_model.input_hint_block.0.weight": (1,)}, "is a ControlNet"),
        (
            {name: shape for name, shape in headers.SD15.items() if not name.startswith("cond")},
            "holds no text encoder",
        ),
    ],
)
def test_what_is_no_whole_model_is_refused_by_name(shapes: Any, said: str, tmp_path: Path) -> None:
    assert said in refused(headers.write(tmp_path / "model.safetensors", shapes))


@pytest.mark.parametrize("suffix", ["ckpt", "pt", "pth", "bin", "pkl", "CKPT"])
@pytest.mark.parametrize("there", [True, False])
def test_a_pickle_is_refused_with_the_way_out(suffix: str, there: bool, tmp_path: Path) -> None:
    path = tmp_path / f"model.{suffix}"
    if there:
        path.write_bytes(b"\x80\x04.")
    told = refused(path)
    assert "it is a pickle" in told
    assert "take the .safetensors file" in told
    assert "it is a pickle" in refused(f"owner/name/model.{suffix}@main")


def test_a_file_that_is_cut_off_is_told(tmp_path: Path) -> None:
    whole = headers.write(tmp_path / "whole.safetensors", headers.SD15)
    short = headers.write(tmp_path / "short.safetensors", headers.SD15, short=1)
    assert find(str(whole)).family is families.SD15
    assert "is cut off" in refused(short)
    start = tmp_path / "start.safetensors"
    start.write_bytes(whole.read_bytes()[:100])
    assert "is cut off" in refused(start)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"abc", "is not a safetensors file"),
        (b"\n<!DOCTYPE html><html></html>" + b" " * 99, "is a web page"),
        (b"PK\x03\x04" + b"\xff" * 99, "is not a safetensors file"),
        (b"\x08" + bytes(7) + b"no json!", "its header cannot be read"),
        (b"\x0c" + bytes(7) + b'{"a": {"b":1', "its header cannot be read"),
        (b"\x08" + bytes(7) + b'{"a": 1}', "an entry of its header is not complete"),
    ],
)
def test_what_is_no_safetensors_file_is_told(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    assert said in refused(path)


def test_a_folder_takes_half_size_weights_where_there_are_such(tmp_path: Path) -> None:
    both = "diffusion_pytorch_model.safetensors diffusion_pytorch_model.fp16.safetensors diffusion_pytorch_model.bin"
    folder = diffusers_folder(tmp_path / "model", {"unet": both})
    found = find(str(folder))
    assert (found.form, found.family, found.picked().variants) == ("folder", families.SD15, {"unet": "fp16"})
    assert sorted(found.files()) == [
        "model_index.json",
        "tokenizer/config.json",
        "tokenizer/vocab.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.fp16.safetensors",
    ]
    full = find(str(folder), variant="full")
    assert full.picked().variants == {"unet": None}
    assert "unet/diffusion_pytorch_model.safetensors" in full.files()
    assert "has no variant 'fp8'; there is fp16, full" in refused(folder, variant="fp8")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("diffusion_pytorch_model.bin", "the weights of unet are a pickle (unet/diffusion_pytorch_model.bin)"),
        ("", "there are no weights of unet"),
        ("diffusion_pytorch_model-00001-of-00002.safetensors", "there are no weights of unet"),
        ("diffusion_pytorch_model.fp8.safetensors", "in the variants fp8 only"),
    ],
)
def test_a_folder_without_weights_that_can_be_read_is_refused(names: str, said: str, tmp_path: Path) -> None:
    assert said in refused(diffusers_folder(tmp_path / "model", {"unet": names}))


def test_a_folder_of_another_kind_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path).endswith("holds no model_index.json")
    path = headers.write(tmp_path / "a.safetensors", headers.SD15)
    assert refused(tmp_path).endswith(f"name the file that is meant, such as {path}")
    index = {"_class_name": "StableDiffusionInpaintPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}
    folder = diffusers_folder(tmp_path / "model", {"unet": "diffusion_pytorch_model.safetensors"}, index)
    assert "StableDiffusionInpaintPipeline, which does not make images from text alone" in refused(folder)
    (folder / "model_index.json").write_text("{")
    assert "cannot be read" in refused(folder)
    (folder / "model_index.json").write_text(
        json.dumps(index | {"_class_name": "StableDiffusionPipeline", "vae": ["diffusers", "A"]})
    )
    assert "is not complete: it holds no folder vae" in refused(folder)


def test_a_damaged_file_of_a_folder_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    folder = diffusers_folder(tmp_path / "model", {"unet": "diffusion_pytorch_model.safetensors"})
    headers.write(folder / "unet" / "diffusion_pytorch_model.safetensors", {"weight": (9,)}, short=3)
    assert "diffusion_pytorch_model.safetensors is cut off" in refused(folder)


def test_a_name_that_is_nothing_is_told() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'realistic-vision'"):
        find("realistic-visoin")
    assert "there is no file or folder ./model.safetensors" in refused("./model.safetensors")
    assert "is not a .safetensors file" in refused("owner/name/model.onnx")
    with pytest.raises(UnknownNameError, match="prediction"):
        find(prediction="velocity")


def test_the_default_is_the_model_of_agfd_20k() -> None:
    found = find()
    assert (found.given, found.here, found.family) == ("realistic-vision", False, families.SD15)
    assert str(found.place) == presets()["realistic-vision"].model
    assert found.preset is presets()["realistic-vision"]
    assert find(presets()["realistic-vision"].model).preset is found.preset
    assert find("owner/name@v1").place == find("owner/name@v1").place
    assert str(find("owner/name@v1").place) == "owner/name@v1"
    assert find("owner/name").family is None


def test_the_hash_follows_every_file_that_shapes_pixels(tmp_path: Path) -> None:
    folder = diffusers_folder(tmp_path / "model", {"unet": "diffusion_pytorch_model.safetensors"})
    first = find(str(folder)).hash()
    assert find(str(folder)).hash() == first
    assert find(str(folder), prediction="epsilon").hash() != first
    (folder / "unet" / "config.json").write_text('{"cross_attention_dim": 1024}')
    assert find(str(folder)).hash() != first
    path = headers.write(tmp_path / "model.safetensors", headers.VAE | headers.SD15)
    single = find(str(path))
    assert single.auto_v2() == __import__("hashlib").sha256(path.read_bytes()).hexdigest()[:10]
    assert find(str(folder)).auto_v2() is None
    with pytest.raises(UsageError, match="is not on this machine yet"):
        find().hash()


def test_no_torch_is_loaded_for_it(tmp_path: Path) -> None:
    folder = diffusers_folder(tmp_path / "model", {"unet": "diffusion_pytorch_model.safetensors"})
    code = (
        "import sys\nfrom agfd.generate.diffusers.source import find\nfrom agfd.generate.diffusers import adapters\n"
        f"find(); find('owner/name'); find({str(folder)!r}).hash()\n"
        "print(*sorted({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
