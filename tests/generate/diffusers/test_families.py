"""The configurations that we ship are those of the true models, and their files are told apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import diffusers
import pytest
import torch
import transformers

from agfd.generate.diffusers import families, layout
from agfd.generate.diffusers.source import find
from generate.diffusers import headers, ldm

if TYPE_CHECKING:
    from pathlib import Path

# The numbers of weights that the networks are known to have.
COUNTS = {
    "sd-1.5": {"unet": 859_520_964, "vae": 83_653_863, "text_encoder": 123_060_480},
    "sd-2.1": {"unet": 865_910_724, "vae": 83_653_863, "text_encoder": 340_387_840},
    "sdxl": {
        "unet": 2_567_463_684,
        "vae": 83_653_863,
        "text_encoder": 123_060_480,
        "text_encoder_2": 694_659_840,
    },
}


class Networks:
    """The networks of a family in full size, as names and shapes only."""

    def __init__(self, folder: Path) -> None:
        with torch.device("meta"):
            for part, (library, name) in networks(folder).items():
                made = getattr({"diffusers": diffusers, "transformers": transformers}[library], name)
                if library == "diffusers":
                    network = made.from_config(json.loads((folder / part / "config.json").read_text()))
                else:
                    network = made(transformers.CLIPTextConfig.from_pretrained(folder / part))
                setattr(self, part, network)


def networks(folder: Path) -> dict[str, Any]:
    index = layout.read_index(folder / layout.INDEX)
    light = ("tokenizer", "scheduler")
    return {
        part: entry
        for part, entry in index.items()
        if isinstance(entry, list) and entry[0] and not part.startswith(light)
    }


def shipped(name: str) -> Path:
    folder = families.FAMILIES[name].folder
    assert folder is not None
    return folder


@pytest.mark.parametrize("name", COUNTS)
def test_the_shipped_configurations_are_those_of_the_true_models(name: str) -> None:
    made = Networks(shipped(name))
    for part, count in COUNTS[name].items():
        assert sum(weight.numel() for weight in getattr(made, part).parameters()) == count
    assert set(networks(shipped(name))) == set(COUNTS[name])
    index = layout.read_index(shipped(name) / layout.INDEX)
    scheduler = getattr(diffusers, index["scheduler"][1]).from_pretrained(shipped(name) / "scheduler")
    assert scheduler.config.prediction_type == families.FAMILIES[name].prediction
    side = made.unet.config.sample_size * 2 ** (len(made.vae.config.block_out_channels) - 1)
    assert side == families.FAMILIES[name].size
    assert index["_class_name"] in families.FAMILIES[name].pipelines


@pytest.mark.parametrize("name", COUNTS)
def test_a_file_of_the_true_size_is_told(name: str, tmp_path: Path) -> None:
    shapes = {key: tuple(value.shape) for key, value in ldm.state_of(Networks(shipped(name))).items()}
    # A shape of each that is known from the published files.
    assert shapes["model.diffusion_model.time_embed.0.weight"] == (1280, 320)
    assert shapes["first_stage_model.decoder.conv_in.weight"] == (512, 4, 3, 3)
    assert find(str(headers.write(tmp_path / "model.safetensors", shapes))).family is families.FAMILIES[name]


def test_a_pipelines_class_tells_its_family() -> None:
    assert families.of_pipeline("StableDiffusionXLPipeline") is families.SDXL
    assert families.of_pipeline("FluxPipeline") is families.FLUX1
    assert families.of_pipeline("PixArtSigmaPipeline") is families.OTHER
    for family in families.FAMILIES.values():
        for pipeline in family.pipelines:
            assert hasattr(diffusers, pipeline)
