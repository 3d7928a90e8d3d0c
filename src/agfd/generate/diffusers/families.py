"""The families of diffusion models: what tells one from the other, and what we ship to load a single file of it.

A file is told by the names and shapes of its tensors, which stand in its header; nothing is loaded for it. The names
are those of the original trainers' code ("LDM layout"), which civitai and AUTOMATIC1111 use.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from agfd.errors import UsageError

if TYPE_CHECKING:
    from agfd.generate.diffusers.header import Header

Kind: TypeAlias = Literal["unet", "whole"]
"""How images are made: step by step by us, with prompts as in AUTOMATIC1111 (`unet`), or by its pipeline (`whole`)."""

_UNET = "model.diffusion_model."
OLD_WORDS = "cond_stage_model.transformer."
_CROSS = f"{_UNET}input_blocks.{{}}.1.transformer_blocks.0.attn2.to_k.weight"


@dataclass(frozen=True, slots=True)
class Family:
    """A family of models.

    `pipelines`: diffusers' classes for text to image; `size`: the side in pixels that it was trained at; `multiple`:
    sides have to be multiples of this; `configs`: the name of the folder of configurations that we ship, so that a
    single file can be loaded without a network; `prediction`: what the network predicts where nothing says otherwise.
    """

    name: str
    title: str
    kind: Kind
    size: int
    pipelines: tuple[str, ...]
    multiple: int = 8
    configs: str | None = None
    prediction: str | None = None

    @property
    def folder(self) -> Path | None:
        """The folder of configurations for a single file, or None where we ship none."""
        return Path(str(files(__package__).joinpath("configs", self.configs))) if self.configs else None


SD15 = Family(
    "sd-1.5", "Stable Diffusion 1.5", "unet", 512, ("StableDiffusionPipeline",), configs="sd-1.5", prediction="epsilon"
)
SD21 = Family(
    "sd-2.1",
    "Stable Diffusion 2.1",
    "unet",
    768,
    ("StableDiffusionPipeline",),
    configs="sd-2.1",
    prediction="v_prediction",
)
SDXL = Family(
    "sdxl",
    "Stable Diffusion XL",
    "unet",
    1024,
    ("StableDiffusionXLPipeline",),
    configs="sdxl",
    prediction="epsilon",
)
SD3 = Family("sd-3", "Stable Diffusion 3", "whole", 1024, ("StableDiffusion3Pipeline",), 16)
FLUX1 = Family("flux.1", "FLUX.1", "whole", 1024, ("FluxPipeline",), 16)
FLUX2 = Family("flux.2", "FLUX.2", "whole", 1024, ("Flux2KleinPipeline", "Flux2Pipeline"), 16)
Z_IMAGE = Family("z-image", "Z-Image", "whole", 1024, ("ZImagePipeline",), 16)
SANA = Family("sana", "Sana", "whole", 1024, ("SanaPipeline", "SanaSprintPipeline"), 32)
VISAGE = Family("visage", "Visage-Image", "whole", 256, (), 256)
OTHER = Family("other", "another family", "whole", 1024, (), 16)

FAMILIES = {family.name: family for family in (SD15, SD21, SDXL, SD3, FLUX1, FLUX2, Z_IMAGE, SANA, VISAGE, OTHER)}

# Names of tensors that only one thing has: a phrase of what it is.
_FOREIGN = (
    (("lora", "hada_w1", "lokr_w1"), "a LoRA"),
    (("control_model.", "controlnet_cond_embedding."), "a ControlNet"),
    (("emb_params", "string_to_param"), "a textual inversion"),
)
_PARTS = (
    (("encoder.conv_in.weight", "first_stage_model.", "vae.encoder.", "encoder.down_blocks."), "a VAE"),
    (
        ("text_model.", "transformer.text_model.", "cond_stage_model.", "encoder.block.", "conditioner."),
        "a text encoder",
    ),
    (("down_blocks.", "conv_in.weight", "time_embedding."), "a U-Net in diffusers' layout"),
)
# The first that fits; names without a prefix are files that hold the network without its text encoders.
_TRANSFORMERS = (
    ("single_stream_modulation.lin.weight", FLUX2),
    ("double_blocks.0.img_attn.norm.key_norm.scale", FLUX1),
    ("double_blocks.0.img_attn.norm.key_norm.weight", FLUX1),
    ("joint_blocks.0.context_block.adaLN_modulation.1.bias", SD3),
    ("blocks.0.cross_attn.q_linear.weight", SANA),
    ("cap_embedder.0.weight", Z_IMAGE),
)


def of_pipeline(name: str) -> Family:
    """The family of diffusers' pipeline class `name`; SD 1.5 for `StableDiffusionPipeline`, which has two."""
    for family in FAMILIES.values():
        if name in family.pipelines:
            return family
    return OTHER


def of_file(path: Path, header: Header, otherwise: Family | None = None) -> Family:
    """The family of a single file, by its header; `otherwise` where that tells nothing.

    Raises `UsageError` where it is not a whole text-to-image model.
    """
    foreign = told_foreign(header)
    if foreign:
        raise UsageError(f"{path} is {foreign} and not a whole model: name the model it goes with, and it besides")
    if header.has(_UNET) and f"{_UNET}input_blocks.0.0.weight" in header.shapes:
        family = _of_unet(path, header)
        _require_parts(path, header)
        return family
    for name, family in _TRANSFORMERS:
        if name in header.shapes or _UNET + name in header.shapes:
            return family
    part = next((what for names, what in _PARTS if any(header.has(name) for name in names)), None)
    if part:
        raise UsageError(f"{path} is {part} alone and not a whole model")
    if otherwise is not None:
        return otherwise
    raise UsageError(
        f"{path} is of no family that is known here: single files can be of {SD15.title}, {SD21.title} and {SDXL.title}"
    )


def told_foreign(header: Header) -> str | None:
    """What a file is that is an addition to a model (`a LoRA`, ...), or None."""
    for marks, what in _FOREIGN:
        if any(mark in name for name in header.shapes for mark in marks):
            return what
    return None


def _of_unet(path: Path, header: Header) -> Family:
    channels = header.shapes[f"{_UNET}input_blocks.0.0.weight"][1]
    if channels != 4:
        kind = "an inpainting model" if channels == 9 else "no text-to-image model"
        raise UsageError(f"{path} is {kind}: it takes {channels} channels and not the 4 of a latent")
    # SDXL's base has two text encoders, its refiner the second alone.
    if header.has("conditioner.embedders.1."):
        return SDXL
    if header.has("conditioner.embedders.0.model.") or header.width(_CROSS.format(4)) == 1280:
        raise UsageError(f"{path} is the refiner of {SDXL.title}, which cannot start from noise: take the base model")
    if header.has("cond_stage_model.model."):
        return SD21
    if header.has("cond_stage_model.transformer."):
        return SD15
    # No text encoder inside: the width of the text that the network looks at.
    width = header.width(_CROSS.format(1)) or header.width(_CROSS.format(4))
    by_width = {768: SD15, 1024: SD21, 2048: SDXL}
    if width not in by_width:
        raise UsageError(f"{path} is of no family that is known here: it looks at texts of width {width}")
    return by_width[width]


def _require_parts(path: Path, header: Header) -> None:
    if not (header.has("cond_stage_model.") or header.has("conditioner.")):
        raise UsageError(f"{path} holds no text encoder: take the full file of the model")


def has_old_words(header: Header) -> bool:
    """Whether CLIP's text encoder has the names of older libraries, without `text_model`."""
    return header.has(OLD_WORDS + "embeddings.")


def has_vae(header: Header) -> bool:
    """Whether a single file brings its own VAE."""
    return header.has("first_stage_model.")
