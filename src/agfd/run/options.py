"""The options of building and surveying, declared once: command line, Python API and docs are made from here."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_DURATION = re.compile(r"^(\d+(?:\.\d+)?)\s*([smh]?)$")
_UNIT = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def _seconds(value: object) -> object:
    """`90`, `90s`, `15m` and `2h` as seconds."""
    if isinstance(value, str):
        match = _DURATION.match(value.strip())
        if not match:
            raise ValueError("write seconds, or a number with s, m or h, such as 15m")
        return float(match[1]) * _UNIT[match[2]]
    return value


def _list(value: object) -> object:
    """`a,b` as ["a", "b"]."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
Names = Annotated[tuple[str, ...], BeforeValidator(_list)]
Scale = Annotated[float, Field(gt=0, le=1000, description="share of the recipe's counts; each stays at least 1")]
Screen = Annotated[
    bool,
    Field(description="look for nudity in what a generator makes that could make it; without, nobody under 18"),
]
TableFormat: TypeAlias = Literal["csv", "parquet", "json"]


class PlanOptions(BaseModel):
    """What a plan depends on besides the recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: Scale = 1.0
    generator: str = Field("render", description="who makes the images")
    model: str | None = Field(None, description="weights of the generator: a hub id, folder or file")
    set: tuple[str, ...] = Field((), description="KEY=VALUE over the recipe, or generator.KEY=VALUE for the generator")
    quality: Literal["draft", "standard", "best"] | None = Field(None, description="preset of the generator")
    series: int = Field(0, ge=0, le=1_000_000, description="another number gives other people for the same table")
    rows: Names = Field((), description="only these rows, by id, separated by commas")
    screen: Screen = True


class LoopOptions(BaseModel):
    """How the images of a dataset come to be measured, judged and stored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workers: int | None = Field(None, ge=1, le=1024, description="worker processes; one per core where left out")
    max_images: int | None = Field(None, ge=1, description="stop after about so many images; a chunk is not cut")
    max_time: Seconds | None = Field(None, description="stop after this time: seconds, or 15m, 2h")
    item_timeout: Seconds = Field(600.0, description="an image that takes longer is given up, with its worker")
    keep: Literal["accepted", "all"] = Field(
        "accepted", description="whose full pixels are kept; thumbnails always are"
    )
    analyze: bool = Field(True, description="measure the images; without, labels are only constructed or asked")


class BuildOptions(LoopOptions, PlanOptions):
    """What a build depends on besides the recipe and the folder."""

    max_tries: int = Field(20, ge=1, le=1000, description="attempts at one slot before it is left empty")
    early_stop: bool = Field(
        False, description="stop images in which no face, or two, can be seen after a few steps (generators that can)"
    )


class ImportOptions(LoopOptions):
    """How the pictures of a folder become a dataset of a recipe."""

    labels: str = Field(
        "from-folders", description="who says what is in them: from-folders, infotext (AUTOMATIC1111's), or a CSV file"
    )
    scale: Scale = 1.0
    set: tuple[str, ...] = Field((), description="KEY=VALUE over the recipe")
    domain: Literal["diffusion", "photo", "render"] = Field("diffusion", description="what the pictures are")
    screen: Screen = True


class SurveyOptions(BaseModel):
    """How a folder of anybody's images is looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: TableFormat | None = Field(None, description="of the table; by the file's ending where left out, else csv")
    analyzers: Names = Field((), description="who looks, separated by commas; all that are installed where left out")
    workers: int | None = Field(None, ge=1, le=1024, description="worker processes; one per core where left out")
    item_timeout: Seconds = Field(300.0, description="a file that takes longer is given up, with its worker")
