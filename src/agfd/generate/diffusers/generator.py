"""Diffusion models as a generator of agfd."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agfd import ids
from agfd.errors import UsageError
from agfd.generate.diffusers import hardware, samplers, source
from agfd.generate.diffusers.adapters import find_lora, find_vae
from agfd.generate.diffusers.batches import Work, groups, named, runs
from agfd.generate.diffusers.how import How, Manner
from agfd.generate.diffusers.interval import GuidanceInterval
from agfd.generate.diffusers.prompt import without_weights
from agfd.ports import GeneratorInfo, Preview, Resources
from agfd.records import Failure, Image, Outcome, Request, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agfd.generate.diffusers.makers import Maker
    from agfd.generate.diffusers.options import Options

VERSION = "1"
# Where nobody said how many at once and nothing was tried, as when one picture is made by hand.
_BATCH = 4
# Seconds of a picture of 512 x 512 pixels in 20 steps, as a hint for planning.
_SECONDS = {"cpu": 180.0, "cuda": 1.0, "mps": 10.0}
_UNKNOWN_MEMORY = 6_000_000_000
# What is made in the trial of the batch: a text of two chunks, as the negative prompt of agfd-20k has them.
_TRIED = "a photo of a face, " * 20
_TIMES, _LONG = 5, 2.0


class Diffusers:
    """Makes images with a diffusion model. Raises `UsageError` for a model or an option that cannot be."""

    def __init__(self, options: Options) -> None:
        self.batch = options.batch
        self._options = options
        self._source = source.find(
            options.model, variant=options.variant, prediction=options.prediction, config=options.config
        )
        brought = self._source.preset.loras if self._source.preset else ()
        self._loras = [find_lora(lora) for lora in (*brought, *options.lora)]
        self._vae = find_vae(options.vae) if options.vae else None
        if options.sampler:
            samplers.parse(options.sampler, options.schedule)
        GuidanceInterval(*options.guidance_interval)
        self._maker: Maker | None = None
        self._manner.check()
        self._told: Mapping[str, str] = {}
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
            anywhere=self._anywhere(),
        )

    def can_make(self, request: Request) -> str | None:
        """None, or why no such image can be made."""
        return self._manner.refusal(request)

    def setup_on_node(self) -> None:
        """Download what is not here. Raises `UsageError` or `ModelsMissingError`."""
        self._source = self._source.fetch()
        self._manner.check()
        self._loras = [lora.fetch() for lora in self._loras]
        self._vae = self._vae.fetch() if self._vae else None

    def setup(self) -> None:
        """Load the model onto its device: seconds to a minute. Raises `UsageError`, `ModelsMissingError`."""
        if self._maker is None:
            self.setup_on_node()
            self._maker = self._loaded()
            self._told = self._always()

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

    def _anywhere(self) -> dict[str, str]:
        told = self._options.anywhere()
        if self._source.place is not None:
            # A preset or a hub id, whatever lies here by that name.
            told.pop("model", None)
        return told

    def _identity(self) -> Mapping[str, Any]:
        """All that shapes pixels besides the request; a model that is not here yet is known by its name only."""
        told = self._source
        return {
            "model": told.hash() if told.here else [told.given, told.name],
            "loras": [lora.hash() if lora.path else [lora.given, lora.weight] for lora in self._loras],
            "vae": self._vae and (self._vae.hash() if self._vae.path else self._vae.given),
            "preset": told.preset.name if told.preset else None,
            **self._options.shaping(),
        }

    def _loaded(self) -> Maker:
        from agfd.generate.diffusers import making

        if self._where == "cpu":
            self._threads = hardware.use_threads(self._options.threads or hardware.cores())
        with hardware.memory_for(1, f"the model {self._source.name}", self._where):
            return making.maker(self._source, self._options, self._vae, self._loras, self._where)

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
            with hardware.memory_for(len(group), named(group), self._where):
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
            "Steps": str(how.steps),
            "Sampler": str(how.sampler or self._maker.sampler),
            **({"Schedule type": how.schedule} if how.schedule else {}),
            "CFG scale": f"{how.cfg_scale:g}",
            "Seed": str(ids.noise_seed(request.person, request.scene)),
            "Size": f"{how.width}x{how.height}",
            **self._told,
        }
        return {**told, "Prompt weights": "taken out"} if weighted else told

    def _always(self) -> dict[str, str]:
        """What is said of every image."""
        options = self._options
        told = {
            "Model hash": self._source.auto_v2(),
            "Model": self._source.name,
            "VAE": options.vae,
            "Clip skip": options.clip_skip,
            "Lora": ", ".join(f"{lora.name}:{lora.weight:g}" for lora in self._loras),
            "Lora hashes": ", ".join(lora.auto_v3() for lora in self._loras),
            "RNG": "CPU",
            "Pad conds": options.pad_conds == "on",
            "Guidance interval": options.guided and "-".join(f"{share:g}" for share in options.guidance_interval),
            "DeepCache": options.deepcache > 1 and options.deepcache,
            "Token merging ratio": options.tome,
            "Version": f"agfd diffusers {VERSION}",
        }
        return {name: str(value) for name, value in told.items() if value}

    def _seconds(self, batch: int) -> float:
        """What a batch takes: one step of it and its decoding, at the size that the model or the user has."""
        import time

        size = self._source.family.size if self._source.family else 512
        usual = Settings(size, size, "Euler", 1, 7.0)
        request = Request(
            id="", row="", sex="", race="", variant="", slot=0, attempt=0, person=0, scene=0, attributes={},
            prompt=_TRIED, negative_prompt=_TRIED, settings=usual,
        )  # fmt: skip
        how = self._manner.how(usual)
        # One that takes a single step, whatever the user's.
        how = replace(how, steps=1, sampler=how.sampler and usual.sampler, schedule=None)
        works = [Work(place, request, how) for place in range(batch)]
        taken: list[float] = []
        # The first time a shape is seen costs more; and what is short is told wrong by whatever runs besides.
        while len(taken) < 2 or (len(taken) < _TIMES and sum(taken) < _LONG):
            started = time.perf_counter()
            with hardware.memory_for(batch, named(works), self._where):
                assert self._maker is not None
                for _made in self._maker.pictures(works, None):
                    pass
            taken.append(time.perf_counter() - started)
        return min(taken)
