"""How an image is made: what the user says, else what the model brings, else what the request says. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agfd.errors import UsageError
from agfd.generate.diffusers import families, prompt, samplers
from agfd.generate.diffusers.options import SHARES

if TYPE_CHECKING:
    from agfd.generate.diffusers.families import Family
    from agfd.generate.diffusers.options import Options
    from agfd.generate.diffusers.presets import Preset
    from agfd.records import Request, Settings

# With fewer steps a model is distilled for just so many, and no quality changes them.
_FEW = 10
_LEAST_SIDE = 64
# Of the side that a model was trained at. Beyond it repeats what is in the picture, if the memory suffices at all.
_MOST_SIDES = 4


@dataclass(frozen=True, slots=True)
class How:
    """How an image is made, sizes in pixels; `sampler`: None for the one that the model's own pipeline has; `schedule`:
    its noise levels by AUTOMATIC1111's name, None for those that belong to the sampler's name.
    """

    sampler: str | None
    steps: int
    cfg_scale: float
    width: int
    height: int
    schedule: str | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """Steps and guidance that a model's own pipeline takes where nobody says otherwise."""

    steps: int
    cfg_scale: float


@dataclass(frozen=True, slots=True)
class Manner:
    """How a model makes images, whatever is asked. `family`: None before it is known."""

    options: Options
    family: Family | None
    preset: Preset | None = None
    own: Own | None = None

    @property
    def stepwise(self) -> bool:
        """Whether we take the steps, with a sampler by its name, and read prompts as AUTOMATIC1111 does."""
        return self.family is None or self.family.kind == "unet"

    def check(self) -> None:
        """Raises `UsageError` for an option that the model would not heed."""
        ignored = [] if self.stepwise else self.options.stepwise()
        if ignored and self.family:
            raise UsageError(
                f"generator.{ignored[0]}: {self.family.title} makes its images in its own way; leave it out"
            )

    def how(self, settings: Settings) -> How:
        """How an image with these settings is made."""
        given, brought = self.options, self._brought()
        steps, cfg_scale = (brought.steps, brought.cfg_scale) if brought else (settings.steps, settings.cfg_scale)
        if steps >= _FEW:
            steps = max(1, round(steps * SHARES[given.quality]))
        sampler, schedule = given.sampler, given.schedule
        if sampler is None and brought and self.preset:
            sampler, schedule = self.preset.sampler, schedule or self.preset.schedule
        width, height = self._size(settings)
        return How(
            sampler or (settings.sampler if self.stepwise else None),
            given.steps or steps,
            cfg_scale if given.cfg_scale is None else given.cfg_scale,
            given.width or width,
            given.height or height,
            schedule,
        )

    def refusal(self, request: Request) -> str | None:
        """Why this image cannot be made, in one sentence, or None."""
        how = self.how(request.settings)
        texts = [request.prompt, request.negative_prompt]
        reasons = (self._wrong_size(how), *(prompt.too_long(text) for text in texts))
        found = next((reason for reason in reasons if reason), None)
        if found or not self.stepwise:
            return found
        return _wrong_sampler(how) or next((reason for reason in map(prompt.unsupported, texts) if reason), None)

    def _brought(self) -> Own | None:
        """What the model brings that counts more than the request, whose settings are meant for models like SD 1.5."""
        if self.preset and (self.preset.steps < _FEW or self.family is not families.SD15):
            return Own(self.preset.steps, self.preset.guidance)
        return None if self.stepwise else self.own

    def _size(self, settings: Settings) -> tuple[int, int]:
        """A preset is for good pictures: it never makes smaller ones than it was trained for."""
        if self.family and self.family.size == self.family.multiple:
            return self.family.size, self.family.size
        longer = max(settings.width, settings.height)
        if self.preset is None or longer >= self.preset.size:
            return settings.width, settings.height
        multiple = self.family.multiple if self.family else 8

        def grown(side: int) -> int:
            return max(1, round(side * self.preset.size / longer / multiple)) * multiple if self.preset else side

        return grown(settings.width), grown(settings.height)

    def _wrong_size(self, how: How) -> str | None:
        if self.family is None:
            return None
        name, size, multiple = self.family.title, self.family.size, self.family.multiple
        least, most = (size, size) if size == multiple else (_LEAST_SIDE, _MOST_SIDES * size)
        for side in (how.width, how.height):
            if side % multiple or not least <= side <= most:
                sides = f"{size} a side" if least == most else f"multiples of {multiple} from {least} to {most} a side"
                return f"{name} cannot make pictures of {how.width} x {how.height} pixels, only {sides}"
        return None


def _wrong_sampler(how: How) -> str | None:
    try:
        method, _ = samplers.parse(how.sampler or "", how.schedule)
        samplers.check_steps(method, how.steps, samplers.METHODS[method].most)
    except UsageError as error:
        return str(error)
    return None
