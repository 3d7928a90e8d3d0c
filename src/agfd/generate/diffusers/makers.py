"""The two ways to pictures, with one face: step by step with a U-Net, or a whole pipeline at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from agfd.generate.diffusers.conditioning import conditioner_of
from agfd.generate.diffusers.decode import Decoder
from agfd.generate.diffusers.denoise import Denoiser, Look, Shortcuts
from agfd.generate.diffusers.interval import GuidanceInterval
from agfd.generate.diffusers.whole import Whole
from agfd.ports import BLANK, EARLY_STOP
from agfd.records import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    import torch
    from numpy.typing import NDArray

    from agfd.generate.diffusers.batches import Work
    from agfd.generate.diffusers.how import Own
    from agfd.generate.diffusers.loading import Loaded
    from agfd.generate.diffusers.options import Options
    from agfd.ports import Preview
    from agfd.records import Request

    Made = tuple[Work, NDArray[np.uint8] | Failure]

_BLACK = Failure(
    BLANK,
    "the picture came out black, its values being no numbers: with half precision set generator.dtype=bfloat16 or "
    "float32, or take a VAE that does not overflow (generator.vae); else the weights are damaged",
)


class Maker(Protocol):
    """Makes the pictures of works that are made alike. `sampler` and `own`: those of the model's own pipeline, where
    that makes the pictures.
    """

    @property
    def sampler(self) -> str | None:
        """The name of its scheduler."""
        ...

    @property
    def own(self) -> Own | None:
        """Its steps and guidance where nobody says otherwise."""
        ...

    def chunks(self, request: Request) -> int:
        """What besides the settings has to be equal in a batch. Raises `UsageError` for a text that cannot be read."""
        ...

    def pictures(self, works: Sequence[Work], preview: Preview | None) -> Iterator[Made]:
        """A picture or a failure for each work."""
        ...


class Stepwise:
    """Noise, steps and decoding of our own: Stable Diffusion 1.5, 2.1 and XL."""

    sampler: str | None = None
    own: Own | None = None

    def __init__(self, loaded: Loaded, options: Options) -> None:
        pipeline = loaded.pipeline
        conditioner = conditioner_of(pipeline, loaded.family.name, options.clip_skip)
        self._decoder = Decoder(pipeline.vae, options.slices)
        self._denoiser = Denoiser(
            pipeline.unet,
            pipeline.scheduler.config,
            conditioner,
            self._decoder.factor,
            Shortcuts(GuidanceInterval(*options.guidance_interval), options.deepcache, options.tome),
            padding=options.pad_conds == "on",
        )
        self._early = options.preview

    def chunks(self, request: Request) -> int:
        """See `Maker`."""
        return self._denoiser.chunks(request.prompt, request.negative_prompt)

    def pictures(self, works: Sequence[Work], preview: Preview | None) -> Iterator[Made]:
        """See `Maker`; what `preview` drops comes first."""
        dropped: list[int] = []
        steps = self._early or works[0].how.steps // 2

        def early(rows: list[int], clean: torch.Tensor) -> list[int]:
            assert preview is not None
            small = self._decoder.early(clean)
            kept = [row for row, seen in zip(rows, small, strict=True) if preview(works[row].request, seen)]
            dropped.extend(row for row in rows if row not in kept)
            return kept

        rows, latents = self._denoiser.latents(works, Look(steps, early) if preview else None)
        for row in dropped:
            yield works[row], Failure(EARLY_STOP, f"after {steps} steps it was found not worth finishing")
        for row, picture in zip(rows, self._decoder.pictures(latents), strict=True):
            yield works[row], _BLACK if picture is None else picture


class AtOnce:
    """A pipeline of diffusers as it is; there are no early pictures."""

    def __init__(self, pipeline: Any, negative: bool) -> None:
        self._whole = Whole(pipeline, negative)
        self.sampler, self.own = self._whole.sampler, self._whole.own

    def chunks(self, request: Request) -> int:
        """See `Maker`: these pad texts on their own."""
        del request
        return 1

    def pictures(self, works: Sequence[Work], preview: Preview | None) -> Iterator[Made]:
        """See `Maker`."""
        del preview
        for work, picture in zip(works, self._whole.pictures(works), strict=True):
            yield work, _BLACK if picture is None else picture
