"""Diffusion models as a generator of agfd."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agfd import ids
from agfd.errors import UsageError
from agfd.generate.diffusers import hardware, samplers, source
from agfd.generate.diffusers.adapters import find_lora, find_vae
from agfd.generate.diffusers.batches import Work, groups, runs
from agfd.generate.diffusers.how import How, Manner
from agfd.generate.diffusers.interval import GuidanceInterval
from agfd.generate.diffusers.prompt import without_weights
from agfd.ports import GeneratorInfo, Preview, Resources
from agfd.records import Failure, Image, Outcome, Request, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agfd.generate.diffusers.adapters import Lora, Vae
    from agfd.generate.diffusers.makers import Maker
    from agfd.generate.diffusers.options import Options

VERSION = "1"
# Where nobody said how many at once and nothing was tried, as when one picture is made by hand.
_BATCH = 4
# Seconds of a picture of 512 x 512 pixels in 20 steps, as a hint for planning.
_SECONDS = {"cpu": 90.0, "cuda": 1.0, "mps": 10.0}
_UNKNOWN_MEMORY = 6_000_000_000
# What is made in the trial of the batch: a text of two chunks, as the negative prompt of agfd-20k has them.
_TRIED = "a photo of a face, " * 20


class Diffusers:
    """Makes images with a diffusion model. Raises `UsageError` for a model or an option that cannot be."""

    def __init__(self, options: Options) -> None:
        self.batch = options.batch
        self._options = options
        self._source = source.find(
            options.model, variant=options.variant, prediction=options.prediction, config=options.config
        )
        self._loras = list(options.lora) or list(self._source.preset.loras if self._source.preset else ())
        self._adapters: list[Lora | Vae] = [find_lora(lora) for lora in self._loras]
        if options.vae:
            self._adapters.append(find_vae(options.vae))
        if options.sampler:
            samplers.parse(options.sampler)
        GuidanceInterval(*options.guidance_interval)
        self._maker: Maker | None = None
        self._threads: int | None = None

    @property
    def info(self) -> GeneratorInfo:
        """What it is. The hash covers the files, once they are here, and the options that shape pixels."""
        where = hardware.device(self._options.device)
        cores = self._options.threads or hardware.cores()
        preset = self._source.preset
        return GeneratorInfo(
            name="diffusers",
            version=VERSION,
            model_hash=ids.digest(self._identity()),
            resources=Resources(
                cpus=float(cores) if where == "cpu" else 1.0,
                gpus=0.0 if where == "cpu" else 1.0,
                memory=int(preset.memory * 1e9) if preset else _UNKNOWN_MEMORY,
                devices=hardware.gpus() if self._options.device == "auto" else (where,) if where != "cpu" else (),
            ),
            seconds=_SECONDS[where.partition(":")[0]],
            bytes=350_000,
            domain="diffusion",
        )

    def can_make(self, request: Request) -> str | None:
        """None, or why no such image can be made."""
        return self._manner.refusal(request)

    def setup_on_node(self) -> None:
        """Download what is not here. Raises `UsageError` or `ModelsMissingError`."""
        self._source = self._source.fetch()
        self._adapters = [one.fetch() for one in self._adapters]

    def setup(self) -> None:
        """Load the model onto its device: seconds to a minute. Raises `UsageError`, `ModelsMissingError`."""
        if self._maker is None:
            self.setup_on_node()
            self._maker = self._loaded()

    def generate(self, requests: Sequence[Request], preview: Preview | None = None) -> Iterator[Outcome[Image]]:
        """One outcome per request, in order. Raises `OutOfMemoryError` where a batch does not fit."""
        self.setup()
        for run in runs(requests, self.batch or _BATCH):
            made: dict[int, Outcome[Image]] = {}
            shown = 0
            for place, outcome in self._outcomes(run, preview):
                made[place] = outcome
                while shown in made:
                    yield made.pop(shown)
                    shown += 1

    def largest_batch(self) -> int:
        """The user's batch, or the largest that fits and pays, by a step and the decoding of images of the usual size.

        Raises `OutOfMemoryError` where not even one image fits.
        """
        if self._options.batch:
            return self._options.batch
        self.setup()
        from agfd.generate.diffusers import trial

        where = self._where
        return trial.largest(self._seconds, lambda: trial.memory(where))

    def teardown(self) -> None:
        """Forget the model and give its memory back."""
        self._maker = None
        hardware.free(self._where)
        if self._threads is not None:
            hardware.use_threads(self._threads)
            self._threads = None

    @property
    def _where(self) -> str:
        return hardware.device(self._options.device)

    @property
    def _manner(self) -> Manner:
        own = self._maker.own if self._maker else None
        return Manner(self._options, self._source.family, self._source.preset, own)

    def _identity(self) -> Mapping[str, Any]:
        """All that shapes pixels besides the request; a model that is not here yet is known by its name only."""
        told = self._source
        return {
            "model": told.hash() if told.here else [told.given, told.name],
            "adapters": [one.hash() if one.path else one.given for one in self._adapters],
            "preset": told.preset.name if told.preset else None,
            **self._options.shaping(),
        }

    def _loaded(self) -> Maker:
        from agfd.generate.diffusers import making

        if self._where == "cpu":
            self._threads = hardware.use_threads(self._options.threads or hardware.cores())
        with hardware.memory_for(1, "this model", self._where):
            return making.maker(self._source, self._options, self._loras, self._where)

    def _outcomes(self, run: Sequence[Request], preview: Preview | None) -> Iterator[tuple[int, Outcome[Image]]]:
        """The outcomes of a run with their places, first those that cost nothing."""
        assert self._maker is not None
        manner = self._manner
        works: list[Work] = []
        for place, request in enumerate(run):
            reason = manner.refusal(request) or self._too_long(request)
            if reason is not None:
                yield place, Outcome(request.id, failure=Failure("unsupported", reason))
            else:
                works.append(Work(place, request, manner.how(request.settings)))
        for group in groups(works, self._maker.chunks):
            how = group[0].how
            with hardware.memory_for(len(group), f"{how.width} x {how.height} pixels", self._where):
                for work, made in self._maker.pictures(group, preview):
                    request = work.request
                    if isinstance(made, Failure):
                        yield work.place, Outcome(request.id, failure=made)
                    else:
                        yield work.place, Outcome(request.id, Image(made, made=self._made(request, work.how)))

    def _too_long(self, request: Request) -> str | None:
        """Why the model cannot read the texts, or None: only the tokenizer knows all of it."""
        assert self._maker is not None
        try:
            self._maker.chunks(request)
        except UsageError as error:
            return str(error)
        return None

    def _made(self, request: Request, how: How) -> dict[str, str]:
        """How an image was made, by AUTOMATIC1111's names."""
        assert self._maker is not None
        texts = (request.prompt, request.negative_prompt)
        weighted = not self._manner.stepwise and any(without_weights(text) != text for text in texts)
        told = {
            "Steps": how.steps,
            "Sampler": how.sampler or self._maker.sampler,
            "CFG scale": f"{how.cfg_scale:g}",
            "Seed": ids.noise_seed(request.person, request.scene),
            "Size": f"{how.width}x{how.height}",
            "Model hash": self._source.auto_v2(),
            "Model": self._source.name,
            "VAE": self._options.vae,
            "Clip skip": self._options.clip_skip,
            "Lora": ", ".join(self._loras),
            "RNG": "CPU",
            "Pad conds": "True" if self._options.pad_conds == "on" else None,
            "Prompt weights": "taken out" if weighted else None,
            "Version": f"agfd diffusers {VERSION}",
        }
        return {name: str(value) for name, value in told.items() if value not in {None, ""}}

    def _seconds(self, batch: int) -> float:
        """What a batch takes: one step of it and its decoding, at the size that the model or the user has."""
        import time

        size = self._source.family.size if self._source.family else 512
        usual = Settings(size, size, "Euler", 1, 7.0)
        request = Request(
            id="", row="", sex="", race="", variant="", slot=0, attempt=0, person=0, scene=0, attributes={},
            prompt=_TRIED, negative_prompt=_TRIED, settings=usual,
        )  # fmt: skip
        how = replace(self._manner.how(usual), steps=1)
        works = [Work(place, request, how) for place in range(batch)]
        taken = []
        for _ in range(2):
            # The first time a shape is seen it costs more.
            started = time.perf_counter()
            with hardware.memory_for(batch, f"{how.width} x {how.height} pixels", self._where):
                assert self._maker is not None
                for _made in self._maker.pictures(works, None):
                    pass
            taken.append(time.perf_counter() - started)
        return min(taken)
