"""Models come back from folders and single files with the numbers that were written."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import torch

from agfd.generate.diffusers import families
from agfd.generate.diffusers.loading import load
from agfd.generate.diffusers.source import find
from generate.diffusers import ldm, small

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(not small.WORDS_HERE, reason="clip_words is not installed: agfd models install")

MAKERS = {
    "sd-1.5": small.sd,
    "sd-2.1": lambda: small.sd(second=True),
    "sdxl": small.sdxl,
}
NETWORKS = ("unet", "vae", "text_encoder", "text_encoder_2")


def same(one: Any, other: Any) -> None:
    for name in NETWORKS:
        mine, its = getattr(one, name, None), getattr(other, name, None)
        assert (mine is None) == (its is None)
        if mine is not None:
            states = mine.state_dict(), its.state_dict()
            assert states[0].keys() == states[1].keys()
            for key, value in states[0].items():
                torch.testing.assert_close(states[1][key], value, rtol=0, atol=0)


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Any, Path]]:
    made: dict[str, tuple[Any, Path]] = {}

    def of(name: str) -> tuple[Any, Path]:
        if name not in made:
            folder = tmp_path_factory.mktemp("models") / name
            pipeline = MAKERS[name]()
            pipeline.save_pretrained(folder)
            made[name] = pipeline, folder
        return made[name]

    return of


@pytest.mark.parametrize("name", MAKERS)
def test_a_folder_comes_back(name: str, saved: Any) -> None:
    pipeline, folder = saved(name)
    found = load(find(str(folder)), torch.float32)
    same(pipeline, found.pipeline)
    assert found.size == 64
    assert found.pipeline.tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]


@pytest.mark.parametrize("name", MAKERS)
def test_a_single_file_comes_back(name: str, saved: Any, tmp_path: Path) -> None:
    pipeline, folder = saved(name)
    path = ldm.save(pipeline, tmp_path / "model.safetensors")
    assert find(str(path)).family is families.FAMILIES[name]
    # The tokenizer comes from the words that are installed, as for a file of the true size.
    configs = shutil.copytree(
        folder, tmp_path / "configs", ignore=shutil.ignore_patterns("*.safetensors", "tokenizer*")
    )
    found = load(find(str(path), config=configs), torch.float32)
    same(pipeline, found.pipeline)
    for part in ("tokenizer", "tokenizer_2"):
        if hasattr(pipeline, part):
            texts = ["a photo of a cat", ""]
            asked = [getattr(one, part)(texts, padding="max_length").input_ids for one in (pipeline, found.pipeline)]
            assert asked[0] == asked[1]
