"""The generator `webui`: images that a running AUTOMATIC1111 or Forge makes, over its `/sdapi/v1`.

The recipe's words mean there what they mean in its page: prompt with weights, sampler by name, seed with noise from the
processor. What else shapes a picture and may stand in its settings is sent along, so that their state does not matter.
Each request is one image: a batch of the web UI has one prompt and seeds in a row.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from pydantic import Field

from agfd import ids
from agfd.errors import ServerError, UnknownNameError, UsageError, WorkerError
from agfd.generate.client import Client
from agfd.generate.served import Drawn, Served, ServerOptions, UnmadeError, options_from, text_of
from agfd.images import infotext
from agfd.ports import GeneratorInfo, Resources
from agfd.records import Failure
from agfd.registry import register

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agfd.ports import Generator
    from agfd.records import Request

URL = "http://127.0.0.1:7860"
SECRET = "AGFD_WEBUI_AUTH"  # noqa: S105  # the name of a variable
_HINT = "start the web UI with --api, and name it with --set generator.url=http://HOST:PORT"
# Another number where the same words come to be another picture.
_SPEAKING = 1
# The web UI's name of the error that it raises instead of a black picture.
_NAN = "NansException"
# Statuses with which it refuses a request for what is in it.
_REFUSED = frozenset({400, 422})
# Settings of its page that shape pictures, at what they are after an installation.
_PAGE = {
    "comma_padding_backtrack": 20,
    "emphasis": "Original",
    "eta_noise_seed_delta": 0,
    "randn_source": "CPU",
    "token_merging_ratio": 0.0,
}
# Since 1.9 a sampler brings its usual schedule where none is named; before, one without a schedule in its name had
# even steps, but for this one.
_EVEN = "Uniform"
_OWN_SCHEDULE = frozenset({"Restart"})


class Options(ServerOptions):
    """Options of `webui`."""

    model: str = ""
    """The checkpoint, by its name, title or hash."""
    vae: str = "Automatic"
    clip_skip: int = Field(1, ge=1, le=12)


@dataclass(frozen=True, slots=True)
class _Server:
    """What a server said of itself. `samplers`: by name, with the schedule that it brings along, if any; `schedules`:
    by the endings that samplers' names may have; empty before 1.9. `page`: settings to send along.
    """

    title: str
    sha256: str
    samplers: Mapping[str, str | None]
    schedules: Mapping[str, str]
    page: Mapping[str, Any]

    @property
    def auto_v2(self) -> str:
        """The hash as civitai shows it: 10 digits."""
        return self.sha256[:10]

    def sampler(self, name: str) -> dict[str, str]:
        """The sampler of that name as it is asked for here. Raises `UnknownNameError`."""
        # The longest ending first: "SGM Uniform" before "Uniform".
        for ending in sorted(self.schedules, key=len, reverse=True):
            bare = name[: -len(ending) - 1]
            if name.casefold().endswith(f" {ending.casefold()}") and bare in self.samplers:
                return {"sampler_name": bare, "scheduler": self.schedules[ending]}
        if name not in self.samplers:
            raise UnknownNameError("sampler of the web UI", name, self.samplers)
        if _EVEN in self.schedules and self.samplers[name] and name not in _OWN_SCHEDULE:
            return {"sampler_name": name, "scheduler": self.schedules[_EVEN]}
        return {"sampler_name": name}


class WebUI:
    """One server; see `agfd.generate.served.Backend`."""

    hint = _HINT

    def __init__(self, client: Client, options: Options) -> None:
        self.client, self._options = client, options
        self._server: _Server | None = None

    def describe(self) -> GeneratorInfo:
        """The model behind it, by its hash. Raises `UsageError`, `ServerError`."""
        server = self._ask()
        shaping = [_SPEAKING, server.sha256, self._options.vae, self._options.clip_skip, dict(server.page)]
        return GeneratorInfo(
            name="webui",
            version="1",
            model_hash=ids.digest(shaping),
            resources=Resources(devices=self._options.servers),
            chunk=16,
            seconds=3.0,
            domain="diffusion",
        )

    def refusal(self, request: Request) -> str | None:
        """Sizes that its latents cannot have, and samplers that it does not know, once it was asked."""
        settings = request.settings
        if any(side % 8 or not 64 <= side <= 2048 for side in (settings.width, settings.height)):
            return "the web UI makes sizes from 64 to 2048 pixels in steps of 8"
        try:
            if self._server is not None:
                self._server.sampler(settings.sampler)
        except UnknownNameError as error:
            return str(error)
        return None

    def draw(self, request: Request) -> Drawn:
        """One image. Raises `ServerError`, `UnmadeError`."""
        server = self._server or self._ask()
        try:
            answer = self.client.post("/sdapi/v1/txt2img", self._payload(server, request))
        except ServerError as error:
            if _NAN in error.words:
                raise UnmadeError(Failure("blank_image", str(error))) from None
            if error.status in _REFUSED:
                raise UnmadeError(Failure("refused", str(error))) from None
            raise
        images, said = _parts(self.client.url, answer)
        first = said.get("index_of_first_image") or 0
        if len(images) <= first:
            raise UnmadeError(Failure("bad_image", f"{self.client.url} sent no image ({len(images)} instead of one)"))
        made = _made(said, first)
        self._check(server, request, made)
        return Drawn(_file(images[first]), made)

    def _payload(self, server: _Server, request: Request) -> dict[str, Any]:
        settings = request.settings
        return {
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "steps": settings.steps,
            "cfg_scale": settings.cfg_scale,
            **server.sampler(settings.sampler),
            "width": settings.width,
            "height": settings.height,
            "seed": ids.noise_seed(request.person, request.scene),
            "subseed_strength": 0,
            "batch_size": 1,
            "n_iter": 1,
            "restore_faces": False,
            "tiling": False,
            "enable_hr": False,
            "styles": [],
            "override_settings": {
                "sd_model_checkpoint": server.title,
                "sd_vae": self._options.vae,
                "CLIP_stop_at_last_layers": self._options.clip_skip,
                **server.page,
            },
            "override_settings_restore_afterwards": True,
            "do_not_save_samples": True,
            "do_not_save_grid": True,
            "send_images": True,
            "save_images": False,
        }

    def _check(self, server: _Server, request: Request, made: Mapping[str, str]) -> None:
        """A server that makes something else than was asked would fill the dataset with it."""
        wanted = {"Seed": str(ids.noise_seed(request.person, request.scene)), "Model hash": server.auto_v2}
        for name, value in wanted.items():
            if made.get(name, value) != value:
                raise WorkerError(
                    f"{self.client.url} made an image with {name} {made[name]}, not {value} as asked; some versions "
                    "change the model only in their page"
                )

    def _ask(self) -> _Server:
        client = self.client.brief()
        models, page = client.get("/sdapi/v1/sd-models"), client.get("/sdapi/v1/options")
        samplers = client.get("/sdapi/v1/samplers")
        try:
            schedules = client.get("/sdapi/v1/schedulers")
        except ServerError as error:
            if error.status != 404:
                raise
            schedules = []
        try:
            self._server = self._understood(models, page, samplers, schedules)
        except (KeyError, TypeError, AttributeError):
            raise ServerError(f"{self.client.url} does not answer as AUTOMATIC1111's web UI does") from None
        return self._server

    def _understood(
        self, models: Sequence[Any], page: Mapping[str, Any], samplers: Sequence[Any], schedules: Sequence[Any]
    ) -> _Server:
        form = str(page.get("samples_format", "png")).lower()
        if form != "png":
            raise UsageError(f"{self.client.url} sends {form} files, which lose detail: set its file format to png")
        model = _chosen(self.client.url, self._options.model, models, page.get("sd_model_checkpoint"))
        loaded = page.get("sd_checkpoint_hash") if page.get("sd_model_checkpoint") == model["title"] else None
        sha256 = model.get("sha256") or loaded or model.get("hash")
        if not sha256:
            raise UsageError(
                f"{self.client.url} does not know the hash of {model['title']!r} yet, which belongs into the dataset: "
                "load the model there once (without --no-hashing)"
            )
        known = {name: entry.get("options", {}).get("scheduler") for entry in samplers for name in _names(entry)}
        endings = {name: entry["label"] for entry in schedules for name in (entry["label"], *_names(entry))}
        return _Server(
            title=model["title"],
            sha256=str(sha256),
            samplers=known,
            schedules=endings,
            page={name: value for name, value in _PAGE.items() if name in page},
        )


def _names(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return (entry["name"], *(entry.get("aliases") or ()))


def _chosen(url: str, wanted: str, models: Sequence[Any], loaded: object) -> Mapping[str, Any]:
    """The entry of the wanted model. Raises `UsageError`."""
    titles = [model["title"] for model in models]
    if not wanted:
        # Whatever is loaded just now would be another model as soon as somebody clicks.
        there = ", ".join(repr(title) for title in titles[:6]) or "none"
        raise UsageError(f"say with --model which model {url} is to use; it has {there} and has loaded {loaded!r}")
    found = [model for model in models if _is(model, wanted.casefold())]
    if not found:
        raise UnknownNameError(f"model at {url}", wanted, titles)
    if len({model["title"] for model in found}) > 1:
        raise UsageError(f"{wanted!r} is more than one model at {url}: {', '.join(repr(m['title']) for m in found)}")
    found_model: Mapping[str, Any] = found[0]
    return found_model


def _is(model: Mapping[str, Any], wanted: str) -> bool:
    file = PurePath(str(model.get("filename", "")).replace("\\", "/"))
    title = str(model["title"])
    names = {title, re.sub(r" \[\w+\]$", "", title), str(model.get("model_name")), file.name, file.stem}
    digits = str(model.get("sha256") or model.get("hash") or "").casefold()
    return wanted in {name.casefold() for name in names} or (len(wanted) >= 8 and digits.startswith(wanted))


def _parts(url: str, answer: Any) -> tuple[list[Any], Mapping[str, Any]]:
    """The images of an answer and what it says of them. Raises `ServerError`."""
    try:
        images, said = answer["images"] or [], json.loads(answer["info"])
    except (KeyError, TypeError, ValueError):
        images, said = None, None
    if not isinstance(images, list) or not isinstance(said, dict):
        raise ServerError(f"{url} does not answer as AUTOMATIC1111's web UI does: no images with their info")
    return images, said


def _made(said: Mapping[str, Any], nth: int) -> dict[str, str]:
    """How an image was made in the server's words: its fields, and over them its text, which settings may shorten."""
    fields = {"Seed": "seed", "Model hash": "sd_model_hash", "Model": "sd_model_name", "Clip skip": "clip_skip"}
    made = {name: text_of(said[key]) for name, key in fields.items() if said.get(key) not in (None, "")}
    texts = said.get("infotexts")
    text = texts[nth] if isinstance(texts, list) and nth < len(texts) else ""
    settings = infotext.parse(text_of(text)).settings
    return made if infotext.unwritable(settings) else {**made, **settings}


def _file(image: Any) -> bytes:
    """The bytes of an image as the server sends it. Raises `UnmadeError`."""
    try:
        return base64.b64decode(str(image).rpartition(",")[2], validate=True)
    except binascii.Error as error:
        raise UnmadeError(Failure("bad_image", f"the server's image is no base64: {error}")) from None


@register("the generator webui")
def make(*, url: str = URL, **options: str) -> Generator:
    """The generator of an AUTOMATIC1111 or Forge server. Raises `UsageError`.

    Options: `model`, `vae`, `clip_skip`, `timeout`, `retries`, as in `Options`. A user and a password come from the
    environment variable `AGFD_WEBUI_AUTH`.
    """
    chosen = options_from(Options, "webui", {"url": url, **options})
    client = partial(Client, secret=SECRET, timeout=chosen.timeout, retries=chosen.retries, final=(_NAN,))
    return Served([WebUI(client(server), chosen) for server in chosen.servers])
