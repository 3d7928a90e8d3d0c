"""The generator `comfyui`: images that a running ComfyUI makes with a workflow, over its HTTP API.

A workflow is queued, asked for until it is done, and its first image fetched. ComfyUI weighs words of a prompt in a way
of its own: the same recipe gives other pictures there than in AUTOMATIC1111.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import Field

from agfd import ids
from agfd.errors import ServerError, UnknownNameError, UsageError
from agfd.generate import workflow
from agfd.generate.client import Client, words
from agfd.generate.served import Drawn, Served, ServerOptions, UnmadeError, options_from, text_of
from agfd.ports import GeneratorInfo, Resources
from agfd.records import Failure
from agfd.registry import register

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.generate.workflow import Workflow
    from agfd.ports import Generator
    from agfd.records import Request

URL = "http://127.0.0.1:8188"
SECRET = "AGFD_COMFYUI_AUTH"  # noqa: S105  # the name of a variable
_HINT = "start ComfyUI, and name it with --set generator.url=http://HOST:PORT"
# Another number where the same words come to be another picture.
_SPEAKING = 1
# Pauses between two questions whether an image is done, in seconds: short for small models, then longer.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_CHECKPOINTS = "CheckpointLoaderSimple"


class Options(ServerOptions):
    """Options of `comfyui`."""

    model: str = ""
    """The checkpoint, by the name of its file."""
    model_hash: str = Field("", pattern=r"^([0-9a-fA-F]{10}|[0-9a-fA-F]{64})?$")
    """The first 10 digits of its sha256, or all: ComfyUI does not tell them."""
    workflow: str = ""
    """A file with a workflow in API format; ours where left out."""


class ComfyUI:
    """One server; see `agfd.generate.served.Backend`."""

    hint = _HINT

    def __init__(self, client: Client, options: Options, graph: Workflow) -> None:
        self.client, self._options, self._graph = client, options, graph
        self._model, self._version = options.model, ""

    def describe(self) -> GeneratorInfo:
        """Version, model and workflow. Raises `UsageError`, `ServerError`."""
        client = self.client.brief()
        try:
            self._version = text_of(client.get("/system_stats")["system"].get("comfyui_version", ""))
            if workflow.needs(self._graph, "model"):
                node = client.get(f"/object_info/{_CHECKPOINTS}")[_CHECKPOINTS]
                self._model = self._chosen(_choices(node["input"]["required"]["ckpt_name"]))
        except (KeyError, TypeError, AttributeError, IndexError):
            raise ServerError(f"{self.client.url} does not answer as ComfyUI does") from None
        shaping = [_SPEAKING, dict(self._graph), self._model, self._options.model_hash.lower()]
        return GeneratorInfo(
            name="comfyui",
            version=f"1 ({self._version})" if self._version else "1",
            model_hash=ids.digest(shaping),
            resources=Resources(devices=self._options.servers),
            chunk=16,
            seconds=3.0,
            domain="diffusion",
        )

    def _chosen(self, there: list[str]) -> str:
        wanted = self._options.model
        if not wanted:
            some = ", ".join(repr(name) for name in there[:6]) or "none"
            raise UsageError(f"say with --model which model {self.client.url} is to use; it has {some}")
        found = [name for name in there if wanted in {name, _stem(name)}]
        if not found:
            raise UnknownNameError(f"model at {self.client.url}", wanted, there)
        if len(found) > 1:
            raise UsageError(f"{wanted!r} is more than one model at {self.client.url}: {', '.join(found)}")
        return found[0]

    def refusal(self, request: Request) -> str | None:
        """Sizes that latents cannot have, and samplers without a name in ComfyUI."""
        settings = request.settings
        if any(side % 8 or side < 64 for side in (settings.width, settings.height)):
            return "ComfyUI makes sizes from 64 pixels in steps of 8"
        if workflow.needs(self._graph, "sampler") and workflow.sampler(settings.sampler) is None:
            return f"ComfyUI has no sampler for {settings.sampler!r}; its own are written as sampler/schedule"
        return None

    def draw(self, request: Request) -> Drawn:
        """One image. Raises `ServerError`, `UnmadeError`."""
        seed = ids.noise_seed(request.person, request.scene)
        done = self._done(self._queue(workflow.filled(self._graph, self._values(request, seed))))
        image = self._image(done)
        query = {name: str(image.get(name, "")) for name in ("filename", "subfolder", "type")}
        return Drawn(self.client.download("/view", **query), self._made(seed))

    def _values(self, request: Request, seed: int) -> dict[str, str | int | float]:
        settings = request.settings
        sampler, scheduler = workflow.sampler(settings.sampler) or ("", "")
        return {
            "prompt": request.prompt,
            "negative": request.negative_prompt,
            "seed": seed,
            "steps": settings.steps,
            "cfg": settings.cfg_scale,
            "sampler": sampler,
            "scheduler": scheduler,
            "width": settings.width,
            "height": settings.height,
            "model": self._model,
        }

    def _made(self, seed: int) -> Mapping[str, str]:
        said = {
            "Seed": str(seed),
            "Model hash": self._options.model_hash.lower()[:10],
            "Model": _stem(self._model),
            "RNG": "CPU",
            "Version": f"ComfyUI {self._version}".strip(),
        }
        return {name: value for name, value in said.items() if value}

    def _queue(self, graph: Any) -> str:
        """The number of the job."""
        try:
            answer = self.client.post("/prompt", {"prompt": graph})
        except ServerError as error:
            if error.status == 400:
                raise UnmadeError(Failure("refused", str(error))) from None
            raise
        job = answer.get("prompt_id") if isinstance(answer, dict) else None
        if not isinstance(job, str):
            raise ServerError(f"{self.client.url} does not answer as ComfyUI does: no prompt_id")
        return job

    def _done(self, job: str) -> Mapping[str, Any]:
        """What it says of the job when it is done. Raises `ServerError`, `UnmadeError`."""
        until = time.monotonic() + self.client.timeout
        pause = _FIRST_PAUSE
        while True:
            history = self.client.get(f"/history/{quote(job, safe='')}")
            entry = history.get(job) if isinstance(history, dict) else None
            if isinstance(entry, dict):
                self._raise_error(entry)
                return entry
            if time.monotonic() > until:
                self.client.post("/queue", {"delete": [job]})
                raise ServerError(f"{self.client.url} did not make an image within {self.client.timeout:g} s")
            self.client.pause(pause)
            pause = min(1.5 * pause, _LONGEST_PAUSE)

    def _raise_error(self, entry: Mapping[str, Any]) -> None:
        status = entry.get("status") or {}
        for name, *more in status.get("messages") or ():
            said = more[0] if more and isinstance(more[0], dict) else {}
            if name == "execution_interrupted":
                # Somebody pressed the button: another try may pass.
                raise UnmadeError(Failure("refused", f"{self.client.url}: somebody interrupted it", transient=True))
            if name == "execution_error":
                node = f" in its node {said['node_type']}" if said.get("node_type") else ""
                told = words(text_of(said.get("exception_message") or "it does not say why").encode())
                raise UnmadeError(Failure("refused", f"{self.client.url} failed{node}: {told}"))
        if status.get("status_str") == "error":
            raise UnmadeError(Failure("refused", f"{self.client.url} failed and did not say why"))

    def _image(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """The first image of the first node that has any, in the order of the workflow."""
        outputs = entry.get("outputs") or {}
        for node in self._graph:
            for image in (outputs.get(node) or {}).get("images") or ():
                found: Mapping[str, Any] = image
                return found
        raise UnmadeError(
            Failure("bad_image", f"{self.client.url} made no image: does the workflow save or preview one?")
        )


def _choices(entry: Any) -> list[str]:
    """The names that an input takes, in ComfyUI's older or newer form."""
    kind = entry[0]
    return [str(name) for name in (kind if isinstance(kind, list) else entry[1]["options"])]


def _stem(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).stem


@register("the generator comfyui")
def make(*, url: str = URL, **options: str) -> Generator:
    """The generator of a ComfyUI server. Raises `UsageError`.

    Options: `model`, `model_hash`, `workflow`, `timeout`, `retries`, as in `Options`. A user and a password come from
    the environment variable `AGFD_COMFYUI_AUTH`.
    """
    chosen = options_from(Options, "comfyui", {"url": url, **options})
    graph = workflow.load(chosen.workflow)
    client = partial(Client, secret=SECRET, timeout=chosen.timeout, retries=chosen.retries)
    return Served([ComfyUI(client(server), chosen, graph) for server in chosen.servers])
