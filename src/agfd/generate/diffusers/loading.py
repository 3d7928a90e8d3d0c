"""Loads a model as a pipeline of the diffusers library: on the CPU, in one dtype, without screen, bars or warnings."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import diffusers
import safetensors
import transformers

from agfd.errors import AgfdError, UsageError
from agfd.generate.diffusers import families, header, layout
from agfd.generate.diffusers.adapters import find_lora, find_vae
from agfd.generate.diffusers.tokenizer import clip_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import torch

    from agfd.generate.diffusers.adapters import Lora, Vae
    from agfd.generate.diffusers.families import Family
    from agfd.generate.diffusers.source import Source

# What fills a text up to 77 tokens in each tokenizer; OpenCLIP's encoders take token 0.
_PADS = {
    "sd-1.5": {"tokenizer": "<|endoftext|>"},
    "sd-2.1": {"tokenizer": "!"},
    "sdxl": {"tokenizer": "<|endoftext|>", "tokenizer_2": "!"},
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A pipeline of diffusers on the CPU, and its family."""

    pipeline: Any
    family: Family


def load(
    source: Source,
    dtype: torch.dtype,
    *,
    vae: Vae | str | None = None,
    loras: Sequence[Lora | str] = (),
    fuse: bool = True,
) -> Loaded:
    """The model of `source`, downloaded where it is not on this machine.

    `vae`: another decoder; `loras`: additions with their weights, added into the weights of the networks (`fuse`, as
    fast as without any) or kept beside them. Raises `UsageError` for what cannot be loaded, `ModelsMissingError` for
    what is missing and cannot be fetched.
    """
    source = source.fetch()
    family = source.family
    assert family is not None
    other = find_vae(vae) if isinstance(vae, str) else vae
    added = [find_lora(lora) if isinstance(lora, str) else lora for lora in loras]
    if family is families.VISAGE:
        from agfd.generate.diffusers.visage import load_visage

        if other or added:
            raise UsageError(f"{family.title} takes no LoRA and no other VAE")
        with quiet():
            return Loaded(load_visage(source, dtype), family)
    with quiet(), _explained(f"{source.given} cannot be loaded as {family.title}"):
        pipeline = _single(source, dtype, other) if source.form == "file" else _folder(source, dtype)
        _require_words(source, pipeline)
        if source.prediction:
            _predict(pipeline, source.prediction)
    if other is not None:
        _replace_vae(pipeline, family, other, dtype)
    _add(pipeline, [lora.fetch() for lora in added], fuse)
    pipeline.set_progress_bar_config(disable=True)
    return Loaded(pipeline, family)


def _folder(source: Source, dtype: torch.dtype) -> Any:
    assert source.path is not None
    index = layout.read_index(source.path / layout.INDEX)
    name = index["_class_name"]
    made = getattr(diffusers, name, None)
    if made is None:
        raise UsageError(f"{source.given} wants the pipeline {name}, which diffusers {diffusers.__version__} has not")
    parts: dict[str, Any] = {part: None for part in layout.UNUSED if part in index}
    if "safety_checker" in index:
        parts["requires_safety_checker"] = False
    for part, variant in source.picked().variants.items():
        parts[part] = _network(source, part, index[part], variant, dtype)
    return made.from_pretrained(source.path, torch_dtype=dtype, local_files_only=True, **parts)


def _network(source: Source, part: str, entry: Sequence[str], variant: str | None, dtype: torch.dtype) -> Any:
    """One network of a folder; what its file does not hold would be random numbers, and the libraries only warn."""
    assert source.path is not None
    made = getattr({"diffusers": diffusers, "transformers": transformers}[entry[0]], entry[1], None)
    if made is None:
        raise UsageError(f"{source.given} wants {'.'.join(entry)} for its {part}, which is not to be had here")
    network, told = made.from_pretrained(
        source.path / part,
        torch_dtype=dtype,
        variant=variant,
        use_safetensors=True,
        local_files_only=True,
        output_loading_info=True,
    )
    if told["missing_keys"]:
        raise _lacks(source, part, min(told["missing_keys"]))
    return network


def _lacks(source: Source, part: str, name: str) -> UsageError:
    return UsageError(f"{source.given} is not complete: the weights of its {part} lack {name}")


def _single(source: Source, dtype: torch.dtype, other: Vae | None) -> Any:
    assert source.path is not None
    assert source.family is not None
    configs = source.config or source.family.folder
    if configs is None:
        raise UsageError(
            f"{source.given} is a single file of {source.family.title}, for which no configuration is shipped: name "
            "its hub id or a folder in diffusers' layout, or a folder of its configuration with config"
        )
    held = header.read(source.path)
    if not families.has_vae(held) and other is None:
        raise UsageError(f"{source.given} brings no VAE: name one with vae")
    given: dict[str, Any] = {
        name: clip_tokenizer(pad)
        for name, pad in _PADS.get(source.family.name, {}).items()
        if not (configs / name).is_dir()
    }
    if not families.has_vae(held):
        assert other is not None
        given["vae"] = _vae(other, source.family, dtype)
    if families.has_old_words(held):
        given["text_encoder"] = _old_words(source.path, configs, dtype)
    made = getattr(diffusers, layout.read_index(configs / layout.INDEX)["_class_name"])
    pipeline = made.from_single_file(
        str(source.path), config=str(configs), torch_dtype=dtype, local_files_only=True, safety_checker=None, **given
    )
    for part, network in pipeline.components.items():
        if hasattr(network, "named_parameters"):
            # What the file does not hold stays without numbers.
            for name, weight in network.named_parameters():
                if weight.is_meta:
                    raise _lacks(source, part, name)
    return pipeline


def _old_words(path: Path, configs: Path, dtype: torch.dtype) -> Any:
    """CLIP's text encoder out of a file with names that diffusers does not know and AUTOMATIC1111 renames."""
    model: Any = transformers.CLIPTextModel(transformers.CLIPTextConfig.from_pretrained(configs / "text_encoder"))
    with safetensors.safe_open(path, framework="pt") as file:
        # The same names, whether this version of transformers puts `text_model.` before them or not.
        state = {
            name: file.get_tensor(families.OLD_WORDS + name.removeprefix("text_model.")) for name in model.state_dict()
        }
    model.load_state_dict(state)
    return model.to(dtype).eval()


def _require_words(source: Source, pipeline: Any) -> None:
    """Refuses a tokenizer without a vocabulary, which the library makes of a folder without one and says nothing."""
    for name, part in pipeline.components.items():
        if isinstance(part, transformers.PreTrainedTokenizerBase) and len(part) <= len(part.all_special_tokens):
            raise UsageError(f"{source.given} is not complete: its {name} holds no words (vocab.json, tokenizer.json)")


def _predict(pipeline: Any, prediction: str) -> None:
    scheduler = pipeline.scheduler
    pipeline.scheduler = type(scheduler).from_config(scheduler.config, prediction_type=prediction)


def _replace_vae(pipeline: Any, family: Family, other: Vae, dtype: torch.dtype) -> None:
    own = getattr(pipeline, "vae", None)
    made = _vae(other, family, dtype)
    if own is None or type(own) is not type(made) or own.config.latent_channels != made.config.latent_channels:
        raise UsageError(f"the VAE {other.given} does not fit to {family.title}: it decodes latents of another kind")
    pipeline.register_modules(vae=made)


def _vae(other: Vae, family: Family, dtype: torch.dtype) -> Any:
    path = other.fetch().path
    assert path is not None
    with quiet(), _explained(f"the VAE {other.given} cannot be loaded"):
        if path.is_dir():
            name = diffusers.AutoencoderKL.load_config(path)["_class_name"]
            variant = layout.HALF if any(layout.HALF in file.name for file in other.fetch().files()) else None
            made = getattr(diffusers, name)
            return made.from_pretrained(
                path, torch_dtype=dtype, variant=variant, use_safetensors=True, local_files_only=True
            )
        if family.folder is None:
            raise UsageError(
                f"the VAE {other.given} is a single file, for which no configuration of {family.title} is shipped: "
                "name a folder of diffusers or owner/name of the hub"
            )
        return diffusers.AutoencoderKL.from_single_file(
            str(path), config=str(family.folder), subfolder="vae", torch_dtype=dtype, local_files_only=True
        )


def _add(pipeline: Any, loras: Sequence[Lora], fuse: bool) -> None:
    names = []
    for number, lora in enumerate(loras):
        assert lora.path is not None
        names.append(f"lora_{number}")
        with quiet(), _explained(f"the LoRA {lora.given} does not fit to this model"):
            pipeline.load_lora_weights(
                str(lora.path.parent), weight_name=lora.path.name, adapter_name=names[-1], local_files_only=True
            )
        if not any(names[-1] in found for found in pipeline.get_list_adapters().values()):
            raise UsageError(f"the LoRA {lora.given} does not fit to this model: it changes no part of it")
    if names:
        with quiet():
            pipeline.set_adapters(names, adapter_weights=[lora.weight for lora in loras])
            if fuse:
                pipeline.fuse_lora(adapter_names=names)
                pipeline.unload_lora_weights()


@contextmanager
def quiet() -> Iterator[None]:
    """No bars and no warnings of the libraries; what they were set to comes back."""
    logs = (diffusers.utils.logging, transformers.utils.logging)
    before = [(log, log.get_verbosity()) for log in logs]
    bars = [log for log in logs if log.is_progress_bar_enabled()]
    try:
        for log in logs:
            log.set_verbosity_error()
            log.disable_progress_bar()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for log, level in before:
            log.set_verbosity(level)
        for log in bars:
            log.enable_progress_bar()


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Whatever the libraries raise over a damaged or foreign file comes out as one sentence."""
    try:
        yield
    except (AgfdError, MemoryError):
        raise
    except Exception as error:
        raise UsageError(f"{what}: {_cause(error)}") from error


# What the libraries say where weights are missing or of another shape, which helps nobody: what it means.
_MEANT = {
    "meta tensor": "weights are missing in it",
    "ignore_mismatched_sizes` to `False": "a weight has another shape than the configuration says",
}


def _cause(error: Exception) -> str:
    """The first sentence of what a library says."""
    text = " ".join(str(error).split())
    for mark, meaning in _MEANT.items():
        if mark in text:
            return meaning
    return text.split(". ")[0].removesuffix(".")[:300] or type(error).__name__
