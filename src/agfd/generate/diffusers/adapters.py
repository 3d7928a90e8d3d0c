"""What is put on top of a model: LoRAs and another VAE. Found and checked here without loading."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agfd import ids
from agfd.errors import UsageError
from agfd.generate.diffusers import families, hashes, header, hub, layout

if TYPE_CHECKING:
    from agfd.generate.diffusers.hub import Address

# The name that diffusers gives a LoRA's file.
_LORA_FILE = "pytorch_lora_weights.safetensors"
_WEIGHT = re.compile(r"(?P<rest>.+):(?P<weight>[-+]?(?:\d+\.?\d*|\.\d+))")
_CONFIG = "config.json"
# Between names and hashes.
_NO_MARKS = str.maketrans("", "", ":,")


@dataclass(frozen=True, slots=True)
class Lora:
    """A low-rank addition to a model (Hu et al., 2021) and its weight; `path`: None while it is on the hub only."""

    given: str
    weight: float
    path: Path | None
    place: Address | None = None

    @property
    def name(self) -> str:
        """The name of its file without the ending, as AUTOMATIC1111 shows it."""
        return Path(self.place.file if self.place and self.place.file else str(self.path)).stem

    def fetch(self) -> Lora:
        """The same with its file on this machine. Raises `UsageError`, `ModelsMissingError`."""
        if self.path is not None or self.place is None:
            return self
        path = hub.file(self.place)
        _require_lora(path)
        return replace(self, path=path)

    def hash(self) -> str:
        """What names it in an identity: its SHA-256 and its weight."""
        path = self.fetch().path
        assert path is not None
        return ids.digest([hashes.sha256(path), self.weight])

    def auto_v3(self) -> str:
        """What AUTOMATIC1111 writes of it under `Lora hashes`: its name, which holds no mark there, and its AutoV3."""
        path = self.fetch().path
        assert path is not None
        return f"{self.name.translate(_NO_MARKS)}: {hashes.auto_v3(path)}"


@dataclass(frozen=True, slots=True)
class Vae:
    """A decoder to use instead of the model's own: a file, or a folder of diffusers; `path` None: on the hub only."""

    given: str
    path: Path | None
    place: Address | None = None

    def fetch(self) -> Vae:
        """The same with its files on this machine. Raises `UsageError`, `ModelsMissingError`."""
        if self.path is not None or self.place is None:
            return self
        path = hub.file(self.place) if self.place.file else _vae_of_hub(self.place)
        _require_vae(path)
        return replace(self, path=path)

    def files(self) -> tuple[Path, ...]:
        """The files that shape pixels."""
        path = self.fetch().path
        assert path is not None
        if path.is_file():
            return (path,)
        weights = layout.weights(item.name for item in path.iterdir())
        chosen = weights.get(layout.HALF) or weights[""]
        return (path / _CONFIG, *(path / name for name in sorted(chosen)))

    def hash(self) -> str:
        """What names it in an identity."""
        return ids.digest([hashes.sha256(path) for path in self.files()])


def find_lora(text: str) -> Lora:
    """The LoRA `FILE`, `FILE:0.8`, `owner/name:0.8` or `owner/name/file.safetensors:0.8`; without a weight it is 1.

    Raises `UsageError`.
    """
    told = _WEIGHT.fullmatch(text)
    name, weight = (told["rest"], float(told["weight"])) if told else (text, 1.0)
    if not math.isfinite(weight):
        raise UsageError(f"the weight of the LoRA {text!r} is not a number")
    header.refuse_pickle(name)
    path = Path(name).expanduser()
    if path.is_dir():
        path /= _LORA_FILE
    if path.is_file():
        _require_lora(path)
        return Lora(name, weight, path)
    place = hub.address(name)
    if place is None:
        raise UsageError(
            f"there is no LoRA {name}: name a .safetensors file, or owner/name of the hub; with :0.8 its weight"
        )
    if place.file is None:
        place = replace(place, file=_LORA_FILE)
    return Lora(name, weight, hub.cached_file(place), place)


def find_vae(text: str) -> Vae:
    """The VAE in a .safetensors file, a folder of diffusers (its own or a model's), or on the hub.

    Raises `UsageError`.
    """
    header.refuse_pickle(text)
    path = Path(text).expanduser()
    if path.is_dir() and (path / "vae" / _CONFIG).is_file():
        path /= "vae"
    if path.exists():
        _require_vae(path)
        return Vae(text, path)
    place = hub.address(text)
    if place is None:
        raise UsageError(f"there is no VAE {text}: name a .safetensors file, a folder, or owner/name of the hub")
    return Vae(text, hub.cached_file(place) if place.file else _cached_vae(place), place)


def _require_lora(path: Path) -> None:
    if families.told_foreign(header.read(path)) != "a LoRA":
        raise UsageError(f"{path} is not a LoRA")


def _require_vae(path: Path) -> None:
    if path.is_dir():
        if not _is_vae(path):
            raise UsageError(f"{path} holds no VAE in diffusers' layout ({_CONFIG} and .safetensors)")
        return
    held = header.read(path)
    if families.told_foreign(held) or not (held.has("decoder.conv_in.") or families.has_vae(held)):
        raise UsageError(f"{path} is not a VAE")


def _is_vae(folder: Path) -> bool:
    weights = layout.weights(item.name for item in folder.iterdir())
    return (folder / _CONFIG).is_file() and bool({"", layout.HALF} & set(weights))


def _cached_vae(place: Address) -> Path | None:
    for mark in (_CONFIG, f"vae/{_CONFIG}"):
        folder = hub.cached_folder(place, mark)
        if folder is not None and _is_vae(folder):
            return folder
    return None


def _vae_of_hub(place: Address) -> Path:
    names = hub.names_of(place)
    start = "" if _CONFIG in names else "vae/"
    inside = [name.removeprefix(start) for name in names if name.startswith(start)]
    weights = layout.weights(name for name in inside if "/" not in name)
    chosen = weights.get(layout.HALF) or weights.get("")
    if _CONFIG not in inside or not chosen:
        raise UsageError(f"{place} holds no VAE in diffusers' layout ({_CONFIG} and .safetensors)")
    return hub.snapshot(place, [start + name for name in (_CONFIG, *chosen)]) / start
