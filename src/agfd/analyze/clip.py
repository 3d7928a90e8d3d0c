"""The analyzer `clip`: how well each word of the vocabulary fits the picture, by CLIP without any training of ours.

CLIP (Radford et al., 2021) lays pictures and texts in one space; the words of an attribute are told apart by a softmax
over their texts (`clip.yaml`), each the mean of several phrases in several templates (there: prompt ensembling).
The network is OpenCLIP's ViT-B/32, trained on LAION-2B (MIT), one file of the Hugging Face Hub at a fixed revision.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image as Pillow

from agfd import ids
from agfd.analyze.mesh import around_face
from agfd.analyze.onlooker import Onlooker
from agfd.analyze.view import Look, View, weights
from agfd.errors import ModelError, ModelsMissingError
from agfd.models.cache import sha256_of
from agfd.ports import AnalyzerInfo
from agfd.records import Measurement, Measurements
from agfd.registry import register
from agfd.vocabulary import scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from agfd.ports import Analyzer

# Raised whenever a number for the same picture and the same weights can come out differently.
VERSION = "1"
_REPOSITORY = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
_REVISION = "1a25a446712ba5ee05982a381eed697ef9b435cf"
_FILE = "open_clip_model.safetensors"
_SHA256 = "ac4f8c4b88af6d963118cbf40ad93176d092abbedfcb752601ae1866352656e6"
# The detector's box ends at brows and chin: twice as much holds hair and hats.
_HEAD, _HEAD_SIDE = 2.2, 336


@cache
def prompts() -> Mapping[str, Any]:
    """The content of `clip.yaml`."""
    import yaml

    loaded: Mapping[str, Any] = yaml.safe_load(files(__package__).joinpath("clip.yaml").read_text("utf-8"))
    return loaded


class Networks(NamedTuple):
    """OpenCLIP's model, how it wants a picture, and by attribute the directions of its values (values, width)."""

    model: Any
    prepare: Any
    texts: Mapping[str, NDArray[np.float32]]


class Clip(Onlooker[Networks]):
    """Scores of the head's attributes on the largest face, of the whole picture's on the picture.

    It confirms no attribute until somebody measures it on photos with labels. One thread of the CPU.
    """

    def __init__(self, model: str = "ViT-B-32", file: Path | None = None, look: Look | None = None) -> None:
        if file is not None and file.suffix != ".safetensors":
            raise ModelError(f"{file} is refused: weights are .safetensors files; other formats can run code when read")
        self._model, self._file = model, file
        self._sha256 = _SHA256 if file is None else sha256_of(file)
        super().__init__(look)

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`, without weights."""
        return AnalyzerInfo(
            name="clip",
            version=f"{VERSION}:{self._look.version}:{self._model}:{ids.digest(dict(prompts()))[:8]}",
            gives=tuple(
                name for attribute, values in prompts()["values"].items() for name in scores(attribute, values)
            ),
            weights=weights() | {"clip": self._sha256},
            here=self._file is not None or _cached() is not None,
        )

    def _load(self) -> Networks:
        """After a download where they are not here; reads all texts once."""
        import open_clip
        import torch

        torch.set_num_threads(1)
        file = self._file or _fetched()
        try:
            model, _, prepare = open_clip.create_model_and_transforms(self._model, pretrained=str(file))
        except (RuntimeError, AssertionError, OSError) as error:
            raise ModelError(f"{file} cannot be read as the weights of {self._model}: {error}") from None
        model.eval()
        tokenizer = open_clip.get_tokenizer(self._model)
        texts = {
            attribute: np.stack([_embedded(model, tokenizer, phrases) for phrases in values.values()])
            for attribute, values in prompts()["values"].items()
        }
        return Networks(model, prepare, texts)

    def _measure(self, view: View, networks: Networks) -> Measurements:
        import torch

        pictures = [view.picture]
        if view.faces:
            pictures.append(Pillow.fromarray(view.crop(around_face(view.faces[0], _HEAD), _HEAD_SIDE)))
        with torch.inference_mode():
            batch = torch.stack([networks.prepare(picture) for picture in pictures])
            seen = networks.model.encode_image(batch, normalize=True).numpy()
            scale = float(networks.model.logit_scale.exp())
        values: dict[str, float] = {}
        for attribute, texts in networks.texts.items():
            whole = attribute in prompts()["whole"]
            if whole or view.faces:
                chances = contrast(texts @ seen[0 if whole else 1], scale)
                names = scores(attribute, tuple(prompts()["values"][attribute]))
                values |= dict(zip(names, chances, strict=True))
        return Measurements({name: Measurement(value) for name, value in values.items()})


def _embedded(model: Any, tokenizer: Any, phrases: Sequence[str]) -> NDArray[np.float32]:
    """The one direction that stands for all these phrases, length 1."""
    import torch

    texts = [template.format(phrase) for template in prompts()["templates"] for phrase in phrases]
    with torch.inference_mode():
        mean = model.encode_text(tokenizer(texts), normalize=True).mean(dim=0)
        found: NDArray[np.float32] = (mean / mean.norm()).numpy()
    return found


def contrast(cosines: NDArray[np.float32], scale: float) -> list[float]:
    """Probabilities of an attribute's values by the similarity of each to the picture; they sum up to 1."""
    from scipy.special import softmax

    chances: list[float] = softmax(scale * cosines.astype(np.float64)).tolist()
    return chances


def _cached() -> Path | None:
    """The weights in the Hub's own cache."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(_REPOSITORY, _FILE, revision=_REVISION)
    return Path(found) if isinstance(found, str) else None


def _fetched() -> Path:
    """The weights, from the Hub where they are not in its cache, their hash checked."""
    from huggingface_hub import hf_hub_download

    try:
        file = _cached() or Path(hf_hub_download(_REPOSITORY, _FILE, revision=_REVISION))
    except OSError:
        raise ModelsMissingError(
            f"the weights of clip are not on this machine and could not be downloaded; bring {_FILE} of "
            f"{_REPOSITORY} into the cache of the Hugging Face Hub"
        ) from None
    if sha256_of(file) != _SHA256:
        raise ModelError(f"{file} is not the file that was published: remove it, it is fetched again")
    return file


@register("the analyzer clip", needs=("open_clip_torch>=2.26", "huggingface-hub>=0.24"), install="agfd[clip]")
def make(*, model: str = "ViT-B-32", weights: str | None = None) -> Analyzer:
    """The analyzer; `weights`: a .safetensors file of one's own for OpenCLIP's architecture `model`."""
    return Clip(model, Path(weights) if weights is not None else None)
