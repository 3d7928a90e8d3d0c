"""The options of the generator, each declared once; values may be text, as `--set generator.KEY=VALUE` gives them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from agfd.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

Quality: TypeAlias = Literal["draft", "standard", "best"]
Precision: TypeAlias = Literal["auto", "float16", "bfloat16", "float32"]
Switch: TypeAlias = Literal["auto", "on", "off"]

# How many of the steps a quality takes; the first half of the steps of a good sampler makes most of the picture.
SHARES: Mapping[str, float] = {"draft": 0.6, "standard": 1.0, "best": 1.5}

_FILES = frozenset({"model", "variant", "config", "vae", "lora"})
_STEPWISE = ("sampler", "schedule", "clip_skip", "guidance_interval", "deepcache", "tome", "pad_conds")
# What changes no more than the last bits.
_PACE = frozenset({"device", "threads", "batch", "slices", "compile"})


def _listed(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _interval(value: object) -> object:
    """`0.1-0.8` as two numbers."""
    if isinstance(value, str):
        first, dash, last = value.partition("-")
        if not dash:
            raise ValueError("write two shares of the steps, as in 0.1-0.8")
        return first.strip(), last.strip()
    return value


class Options(BaseModel):
    """What a user may ask of the generator besides the request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str | None = Field(
        None, description="A preset, a hub id, a folder in diffusers' layout or one .safetensors file"
    )
    quality: Quality = Field("standard", description="Steps: draft takes 0.6 of them, best 1.5")
    variant: Literal["fp16", "full"] | None = Field(None, description="Which weights of a hub id or folder to load")
    prediction: Literal["epsilon", "v_prediction", "sample"] | None = Field(
        None, description="What a single file predicts, where it is not what its family does"
    )
    config: str | None = Field(
        None, description="A folder with the configuration of a single file, in diffusers' layout"
    )
    vae: str | None = Field(None, description="Another VAE: a hub id, a folder or a .safetensors file")
    lora: Annotated[tuple[str, ...], BeforeValidator(_listed)] = Field(
        (), description="LoRA files, each FILE or FILE:WEIGHT, separated by commas"
    )
    clip_skip: int | None = Field(None, ge=1, le=12, description="How many layers from CLIP's end, 1 is the last")
    sampler: str | None = Field(None, description="A sampler instead of the request's, as AUTOMATIC1111 names it")
    schedule: str | None = Field(None, description="AUTOMATIC1111's schedule type, where the sampler's name has none")
    steps: int | None = Field(None, ge=1, le=500, description="Steps instead of the request's")
    cfg_scale: float | None = Field(None, ge=0, le=50, description="Guidance instead of the request's")
    width: int | None = Field(None, ge=8, le=8192, description="Width in pixels instead of the request's")
    height: int | None = Field(None, ge=8, le=8192, description="Height in pixels instead of the request's")
    dtype: Precision = Field("auto", description="auto: float16 on a GPU, bfloat16 on a processor that has it")
    device: str = Field("auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="auto, cpu, mps, cuda, cuda:N")
    threads: int = Field(0, ge=0, le=1024, description="Threads on the processor; 0: one for each core")
    batch: int = Field(0, ge=0, le=1024, description="Images at once; 0: found by trial")
    slices: int = Field(0, ge=0, le=1024, description="Images that the VAE decodes at once; 0: by their size")
    guidance_interval: Annotated[tuple[float, float], BeforeValidator(_interval)] = Field(
        (0.0, 1.0), description="Between which shares of the steps there is guidance, as in 0.2-0.8"
    )
    deepcache: int = Field(1, ge=1, le=100, description="The deep part of the network is computed every so many steps")
    tome: float = Field(0.0, ge=0, le=0.75, description="The share of tokens that are merged in self-attention")
    pad_conds: Literal["on", "off"] = Field(
        "off", description="AUTOMATIC1111's 'Pad prompt/negative prompt': what fills up the shorter text is seen"
    )
    compile: Switch = Field("auto", description="torch.compile: auto is on for CUDA")
    preview: int = Field(0, ge=0, le=500, description="Steps before the early picture; 0: half of them")

    @property
    def guided(self) -> bool:
        """Whether guidance is limited to a part of the steps."""
        return self.guidance_interval != (0.0, 1.0)

    def stepwise(self) -> list[str]:
        """The options that only a model heeds whose steps we take, as far as they are not as they were."""
        return [name for name in _STEPWISE if getattr(self, name) != Options.model_fields[name].default]

    def shaping(self) -> dict[str, Any]:
        """The options that pixels depend on, without the files, which are known by their hashes."""
        return self.model_dump(mode="json", exclude=set(_FILES | _PACE))

    def anywhere(self) -> dict[str, str]:
        """The options that name files which are here, with their whole paths."""
        told = {name: _whole(text) for name in ("model", "config", "vae") if (text := getattr(self, name))}
        if self.lora:
            told["lora"] = ",".join(_whole(text) for text in self.lora)
        return told


def _whole(text: str) -> str:
    """The path in whole, a weight behind it left as it is; anything else as it is."""
    path = Path(text).expanduser()
    if path.exists():
        return str(path.absolute())
    head, colon, weight = text.rpartition(":")
    path = Path(head).expanduser()
    return f"{path.absolute()}{colon}{weight}" if head and path.exists() else text


def parse(given: Mapping[str, object]) -> Options:
    """Checked options. Raises `UnknownNameError` and `UsageError` with one sentence that names the option."""
    for name in given:
        if name not in Options.model_fields:
            raise UnknownNameError("option of the diffusers generator", name, Options.model_fields)
    try:
        return Options.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name, problem = str(first["loc"][0]), str(first["msg"])
        wanted = Options.model_fields[name].description
        raise UsageError(
            f"generator.{name}: {problem[0].lower()}{problem[1:]}, not {first['input']!r} ({wanted})"
        ) from None
