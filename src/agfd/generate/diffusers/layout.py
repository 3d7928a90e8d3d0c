"""A model in diffusers' layout: a folder with `model_index.json` and one folder per component; which files of it count.

The same choice is made for a folder on this machine and for a listing of the hub, before anything is downloaded.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from agfd.errors import UsageError
from agfd.generate.diffusers.header import PICKLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

INDEX = "model_index.json"
# The variant of half the size, taken where there is one; FULL asks for the other.
HALF, FULL = "fp16", "full"
_BF16 = "bf16"

# The screen and what only other tasks need: our own screen looks at every picture.
UNUSED = ("safety_checker", "feature_extractor", "image_encoder")
# Whose classes a component may be of; other code comes with the folder and is not run.
_LIBRARIES = ("diffusers", "transformers")
# Components without weights of their own, by what their class is called.
_LIGHT = ("Tokenizer", "Scheduler", "Processor", "FeatureExtractor")
_WEIGHTS = re.compile(
    r"(?:model|diffusion_pytorch_model)(?:\.(?P<variant>[A-Za-z]\w*))?(?:-\d+-of-(?P<of>\d+))?"
    r"(?:\.(?P<late>[A-Za-z]\w*))?\.safetensors"
)
# The last: how a language model is asked (chat_template.jinja).
_SMALL = (".json", ".txt", ".model", ".jinja")
_NOT_FROM_TEXT = ("Inpaint", "Img2Img", "Upscale", "Video", "Audio", "ControlNet", "Pix2Pix", "Edit", "Kontext", "Fill")


@dataclass(frozen=True, slots=True)
class Picked:
    """The files to take, relative to the model's folder, and by network the variant that loading has to ask for."""

    files: tuple[str, ...]
    variants: Mapping[str, str | None]


def read_index(path: Path) -> dict[str, Any]:
    """The content of a folder's `model_index.json`. Raises `UsageError`."""
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    if not isinstance(index, dict) or not isinstance(index.get("_class_name"), str):
        raise UsageError(f"{path} names no pipeline of diffusers (_class_name)")
    if any(word in index["_class_name"] for word in _NOT_FROM_TEXT):
        raise UsageError(
            f"{path.parent} is a model of {index['_class_name']}, which does not make images from text alone"
        )
    return index


def listing(folder: Path) -> list[str]:
    """All files below the folder, with slashes, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def pick(what: str, index: Mapping[str, Any], names: Sequence[str], variant: str | None = None) -> Picked:
    """The files of `names` that a pipeline needs; by default the half-size weights where there are such.

    Raises `UsageError` where a component has no weights, has pickles only, or not in the variant that is asked for.
    """
    taken, variants = [INDEX], {}
    seen: set[str] = set()
    for component, entry in index.items():
        if component in UNUSED or not _is_component(entry):
            continue
        if entry[0] not in _LIBRARIES:
            raise UsageError(f"{what} is refused: its {component} is code of its own ({entry[0]}), which is not run")
        inside = [name for name in names if PurePosixPath(name).parts[0] == component]
        if not inside:
            raise UsageError(f"{what} is not complete: it holds no folder {component}")
        taken += [name for name in inside if name.endswith(_SMALL)]
        if any(word in entry[1] for word in _LIGHT):
            continue
        by_variant = weights(inside)
        seen |= set(by_variant)
        chosen = _chosen(by_variant, variant)
        if chosen is None:
            raise UsageError(_lack(what, component, inside, by_variant))
        taken += by_variant[chosen]
        variants[component] = chosen or None
    if variant not in (None, FULL) and variant not in variants.values():
        there = ", ".join(sorted(name or FULL for name in seen))
        raise UsageError(f"{what} has no variant {variant!r}; there is {there}")
    return Picked(tuple(taken), variants)


def _is_component(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], str)


def weights(names: Iterable[str]) -> dict[str, list[str]]:
    """The safetensors files of one component by variant ("" is the one without a name), complete ones only."""
    found: dict[str, list[str]] = {}
    wanted: dict[str, int] = {}
    for name in names:
        told = _WEIGHTS.fullmatch(PurePosixPath(name).name)
        if told:
            variant = told["variant"] or told["late"] or ""
            found.setdefault(variant, []).append(name)
            wanted[variant] = int(told["of"] or 1)
    return {variant: files for variant, files in found.items() if len(files) >= wanted[variant]}


def _chosen(by_variant: Mapping[str, object], variant: str | None) -> str | None:
    orders: dict[str | None, tuple[str, ...]] = {None: (HALF, "", _BF16), FULL: ("",)}
    order = orders.get(variant, (variant or "", ""))
    return next((name for name in order if name in by_variant), None)


def _lack(what: str, component: str, inside: Sequence[str], by_variant: Mapping[str, object]) -> str:
    if by_variant:
        there = ", ".join(sorted(name or FULL for name in by_variant))
        return f"{what} has weights of {component} in the variants {there} only: name one with variant"
    pickles = [name for name in inside if name.endswith(PICKLES)]
    if pickles:
        return (
            f"{what} is refused: the weights of {component} are a pickle ({pickles[0]}), and opening one can run any "
            "program; take a model with .safetensors files, or convert it on a machine that you can spare"
        )
    return f"{what} is not complete: there are no weights of {component} (.safetensors)"
