"""Where a model comes from: a preset, an address of the hub, a folder, or a single file; told without loading it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from agfd import ids
from agfd.errors import ModelsMissingError, UnknownNameError, UsageError
from agfd.generate.diffusers import families, hashes, header, hub, layout
from agfd.generate.diffusers.presets import DEFAULT, Preset, presets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.generate.diffusers.families import Family
    from agfd.generate.diffusers.hub import Address

Form: TypeAlias = Literal["folder", "file", "visage"]
"""diffusers' layout; one .safetensors file as on civitai; the folders of visage-image."""

PREDICTIONS = ("epsilon", "v_prediction", "sample")
_VISAGE_WEIGHTS = ("transformer/model.safetensors", "vae/model.safetensors")


@dataclass(frozen=True, slots=True)
class Source:
    """A model to be loaded.

    `given`: as the user named it; `path`: the folder or file on this machine, None while it is on the hub only;
    `family`: None where that cannot be told before the download. `variant`: the weights that are asked for (`fp16`,
    `full`; None: fp16 where there is such). `prediction`: what the network predicts where the user says so. `config`:
    a folder of configurations in diffusers' layout to read a single file with, instead of ours.
    """

    given: str
    form: Form
    family: Family | None
    path: Path | None = None
    place: Address | None = None
    preset: Preset | None = None
    variant: str | None = None
    prediction: str | None = None
    config: Path | None = None

    @property
    def here(self) -> bool:
        """Whether all of it is on this machine."""
        return self.path is not None

    @property
    def name(self) -> str:
        """A short name, as AUTOMATIC1111 shows it: that of the file, of the folder, or of the repository."""
        if self.place is not None:
            return Path(self.place.file).stem if self.place.file else self.place.repo.partition("/")[2]
        assert self.path is not None
        return self.path.stem if self.form == "file" else self.path.resolve().name

    def fetch(self) -> Source:
        """The same with all of it on this machine; what is missing is downloaded.

        Raises `UsageError`, `ModelsMissingError`.
        """
        if self.path is not None:
            return self
        assert self.place is not None
        if self.form == "visage":
            return replace(self, path=_visage(self.place))
        path = hub.file(self.place) if self.form == "file" else hub.model(self.place, self.variant)
        return _told(replace(self, path=path))

    def files(self) -> Mapping[str, Path]:
        """The files that shape pixels, by their name inside the model. Raises `ModelsMissingError` if not here."""
        if self.path is None:
            raise ModelsMissingError(f"{self.given} is not on this machine yet: it is fetched when a build starts")
        if self.form == "file":
            configs = self.config or (self.family.folder if self.family else None)
            named = {f"config/{name}": configs / name for name in layout.listing(configs)} if configs else {}
            return {"model": self.path, **named}
        if self.form == "visage":
            names = [name for name in layout.listing(self.path) if name.endswith(("config.json", "model.safetensors"))]
        else:
            names = list(self.picked().files)
        return {name: self.path / name for name in names}

    def picked(self) -> layout.Picked:
        """The files of a folder that are loaded, and their variant."""
        assert self.path is not None
        index = layout.read_index(self.path / layout.INDEX)
        return layout.pick(self.given, index, layout.listing(self.path), self.variant)

    def hash(self) -> str:
        """What names the model in an identity: 32 digits over all files that shape pixels.

        Raises `ModelsMissingError`.
        """
        told = {name: hashes.sha256(path) for name, path in self.files().items()}
        return ids.digest([told, self.prediction])

    def auto_v2(self) -> str | None:
        """The hash that civitai shows; it exists for single files only."""
        return hashes.auto_v2(self.path) if self.form == "file" and self.path is not None else None


def find(
    model: str | None = None,
    *,
    variant: str | None = None,
    prediction: str | None = None,
    config: str | Path | None = None,
) -> Source:
    """The source of the model: a preset's name, a hub id, a folder in diffusers' layout, or a .safetensors file.

    A hub id is `owner/name`, for one file of it `owner/name/file.safetensors`, both with `@revision` if wanted. Needs
    no network and loads nothing. Raises `UsageError` for what is none of these or cannot be a model.
    """
    if prediction is not None and prediction not in PREDICTIONS:
        raise UnknownNameError("prediction", prediction, PREDICTIONS)
    name = model or DEFAULT
    configs = Path(config) if config is not None else None
    asked = Source(name, "folder", None, variant=variant, prediction=prediction, config=configs)
    preset = presets().get(name)
    path = Path(name).expanduser()
    if preset is None and path.exists():
        return _told(replace(asked, form="folder" if path.is_dir() else "file", path=path))
    return _of_hub(replace(asked, preset=preset))


def _of_hub(asked: Source) -> Source:
    text = asked.preset.model if asked.preset else asked.given
    place = _address(text)
    preset = asked.preset or next((one for one in presets().values() if one.model == text and not one.loras), None)
    family = families.FAMILIES[preset.family] if preset else None
    told = replace(asked, place=place, preset=preset, family=family)
    if family is families.VISAGE:
        return replace(told, form="visage", path=_cached_visage(place))
    if place.file:
        found = replace(told, form="file", path=hub.cached_file(place))
    else:
        found = replace(told, path=hub.cached_model(place, asked.variant))
    return _told(found) if found.here else found


def _address(text: str) -> Address:
    """The address on the hub that the text gives. Raises `UsageError` where it is none."""
    header.refuse_pickle(text)
    place = hub.address(text)
    if place is None:
        if "/" in text or "\\" in text or text.endswith(".safetensors"):
            raise UsageError(f"there is no file or folder {text}, and it is not a hub id (owner/name) either")
        what = "model (a preset, a hub id owner/name, a folder or a .safetensors file)"
        raise UnknownNameError(what, text, presets())
    if place.file and not place.file.endswith(".safetensors"):
        raise UsageError(f"{text} is not a .safetensors file, and no other kind is read")
    return place


def _told(source: Source) -> Source:
    """The same with its family; checks what can be checked without loading."""
    assert source.path is not None
    if source.form == "file":
        return replace(source, family=_of_file(source.path, source.config))
    index = source.path / layout.INDEX
    if not index.is_file():
        if _is_visage(source.path):
            return replace(source, form="visage", family=families.VISAGE)
        single = sorted(source.path.glob("*.safetensors"))
        hint = f"; name the file that is meant, such as {single[0]}" if single else ""
        raise UsageError(f"{source.path} is not a model in diffusers' layout: it holds no {layout.INDEX}{hint}")
    told = replace(source, family=_of_folder(source.path))
    for name in told.picked().files:
        if name.endswith(".safetensors"):
            header.read(source.path / name)
    return told


def _of_file(path: Path, config: Path | None) -> Family:
    header.refuse_pickle(str(path))
    if path.suffix != ".safetensors":
        raise UsageError(f"{path} is not a .safetensors file, and no other kind is read")
    if config is None:
        return families.of_file(path, header.read(path))
    meant = _of_folder(config)
    found = families.of_file(path, header.read(path), meant)
    if found is not meant and not set(found.pipelines) & set(meant.pipelines):
        raise UsageError(f"{path} is of {found.title} and the configuration {config} of {meant.title}")
    return found


def _of_folder(folder: Path) -> Family:
    family = families.of_pipeline(layout.read_index(folder / layout.INDEX)["_class_name"])
    if family is families.SD15 and _text_width(folder) == 1024:
        return families.SD21
    return family


def _text_width(folder: Path) -> int | None:
    """The width of the texts that the U-Net looks at, by which Stable Diffusion 1.5 and 2.1 are told apart."""
    try:
        found = json.loads((folder / "unet" / "config.json").read_text(encoding="utf-8")).get("cross_attention_dim")
    except (OSError, ValueError):
        return None
    return found if isinstance(found, int) else None


def _is_visage(folder: Path) -> bool:
    return all((folder / part / "config.json").is_file() for part in ("transformer", "vae", "text_encoder"))


def _cached_visage(place: Address) -> Path | None:
    """The folder of visage-image in the cache, if its text encoder is there too."""
    folder = hub.cached_folder(place, "config.json")
    if folder is None or not all((folder / name).is_file() for name in _VISAGE_WEIGHTS) or not _is_visage(folder):
        return None
    words = _words(folder)
    return folder if words is None or hub.cached_folder(words, "model.safetensors") else None


def _visage(place: Address) -> Path:
    """The same, with what is missing downloaded."""
    folder = hub.snapshot(place, ("config.json", "*/config.json", *_VISAGE_WEIGHTS))
    words = _words(folder)
    if words is not None:
        hub.snapshot(words, ("*.json", "*.txt", "*.safetensors"))
    return folder


def _words(folder: Path) -> Address | None:
    """Where visage-image's text encoder is: a repository of its own, or None where it lies on this machine."""
    told = json.loads((folder / "text_encoder" / "config.json").read_text(encoding="utf-8"))
    return None if Path(told["name"]).is_dir() else hub.Address(told["name"], told.get("revision"))
