"""Small real HTTP servers that speak as AUTOMATIC1111's web UI and as ComfyUI do, and fail as they are told."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import numpy as np

from agfd import images

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from numpy.typing import NDArray


class Answer(NamedTuple):
    body: bytes
    status: int = 200
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Asked(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


def as_json(value: Any, status: int = 200, *headers: tuple[str, str]) -> Answer:
    return Answer(json.dumps(value).encode(), status, headers=headers)


def page(title: str = "Sign in", status: int = 200) -> Answer:
    return Answer(f"<html><head><title>{title}</title></head></html>".encode(), status, "text/html")


class Server:
    """Answers with `reply`, but first with what was put into `faults`: an answer, or the name of a trouble (`drop`: the
    connection, `stall`: until the end, `cut`: in the middle of an answer).
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: deque[Answer | str] = deque()
        self.account: str | None = None
        self._over = threading.Event()
        self._http = _Http(("127.0.0.1", 0), self)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def reply(self, asked: Asked) -> Answer:
        return as_json({"detail": "Not Found"}, 404)

    def is_fault(self, asked: Asked) -> bool:
        """Whether a fault may be the answer to that."""
        return True

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        asked = Asked(handler.command, parts.path, query, dict(handler.headers), json.loads(body) if body else None)
        self.asked.append(asked)
        fault = self.faults.popleft() if self.faults and self.is_fault(asked) else None
        if fault == "stall":
            self._over.wait()
        if isinstance(fault, str):
            if fault == "cut":
                _send(handler, Answer(b'{"images": ['), length=100)
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        if self.account is not None:
            wanted = f"Basic {base64.b64encode(self.account.encode()).decode()}"
            if asked.headers.get("Authorization") != wanted:
                fault = as_json({"detail": "Incorrect username or password"}, 401)
        _send(handler, fault or self.reply(asked))


class _Http(ThreadingHTTPServer):
    def __init__(self, address: tuple[str, int], server: Server) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.handle(self)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        super().__init__(address, Handler)

    def handle_error(self, *args: object) -> None:
        """A client that went away is what some tests are about."""


def _send(handler: BaseHTTPRequestHandler, answer: Answer, length: int | None = None) -> None:
    handler.send_response(answer.status)
    handler.send_header("Content-Type", answer.kind)
    handler.send_header("Content-Length", str(length or len(answer.body)))
    for name, value in answer.headers:
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(answer.body)
    handler.wfile.flush()


def painted(*key: object, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Smooth pixels (height, width) that depend on the key; the first pixel tells the fake analyzer of a face."""
    seed = int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:8])
    coarse = np.random.default_rng(seed).integers(0, 256, (size[0] // 8, size[1] // 8, 3), dtype=np.uint8)
    pixels = np.kron(coarse, np.ones((8, 8, 1), np.uint8))
    pixels[0, 0] = 255
    return pixels


SHA256 = "c35782bad8" + "e0" * 27
OTHER = "6ce0161689" + "b3" * 27


class WebUI(Server):
    """The web UI 1.10, or, with `schedules` empty, one before 1.9. `paint` makes the pixels of a payload."""

    def __init__(self) -> None:
        super().__init__()
        self.models = [
            {
                "title": "rv/realisticVision_v20.safetensors [c35782bad8]",
                "model_name": "rv_realisticVision_v20",
                "hash": SHA256[:10],
                "sha256": SHA256,
                "filename": "C:\\models\\rv\\realisticVision_v20.safetensors",
                "config": None,
            },
            {
                "title": "sd15.safetensors",
                "model_name": "sd15",
                "hash": None,
                "sha256": None,
                "filename": "/models/sd15.safetensors",
                "config": None,
            },
        ]
        self.options = {
            "samples_format": "png",
            "sd_model_checkpoint": "rv/realisticVision_v20.safetensors [c35782bad8]",
            "sd_checkpoint_hash": SHA256,
            "sd_vae": "Automatic",
            "CLIP_stop_at_last_layers": 1,
            "randn_source": "GPU",
            "eta_noise_seed_delta": 31337,
            "emphasis": "Original",
        }
        self.samplers = [
            {"name": "DPM++ 2M", "aliases": ["k_dpmpp_2m"], "options": {"scheduler": "karras"}},
            {"name": "Restart", "aliases": ["restart"], "options": {"scheduler": "karras"}},
            {"name": "Euler a", "aliases": ["k_euler_a"], "options": {"uses_ensd": "True"}},
        ]
        self.schedules = [
            {"name": name, "label": label, "aliases": aliases}
            for name, label, aliases in (
                ("automatic", "Automatic", None),
                ("uniform", "Uniform", None),
                ("karras", "Karras", None),
                ("sgm_uniform", "SGM Uniform", ["SGMUniform"]),
            )
        ]
        self.paint: Callable[[dict[str, Any]], NDArray[np.uint8]] = lambda told: painted(
            told["prompt"], told["seed"], size=(told["height"], told["width"])
        )
        self.answer: Callable[[dict[str, Any]], Any] = self.made

    def is_fault(self, asked: Asked) -> bool:
        return asked.path == "/sdapi/v1/txt2img"

    def reply(self, asked: Asked) -> Answer:
        known: dict[str, Any] = {"sd-models": self.models, "options": self.options, "samplers": self.samplers}
        if self.schedules:
            known["schedulers"] = self.schedules
        name = asked.path.removeprefix("/sdapi/v1/")
        if name in known:
            return as_json(known[name])
        return as_json(self.answer(asked.body)) if name == "txt2img" else super().reply(asked)

    def made(self, told: dict[str, Any]) -> dict[str, Any]:
        """The answer to a payload."""
        file = images.encode_png(self.paint(told), generated=False)
        return {
            "images": [base64.b64encode(file).decode()],
            "parameters": told,
            "info": json.dumps({"index_of_first_image": 0, "infotexts": [self.infotext(told)], "seed": told["seed"]}),
        }

    def infotext(self, told: dict[str, Any]) -> str:
        settings = {
            "Steps": told["steps"], "Sampler": told["sampler_name"], "Schedule type": told.get("scheduler"),
            "CFG scale": told["cfg_scale"], "Seed": told["seed"], "Size": f"{told['width']}x{told['height']}",
            "Model hash": SHA256[:10], "Model": "rv_realisticVision_v20",
            "RNG": told["override_settings"].get("randn_source"), "Version": "v1.10.1",
        }  # fmt: skip
        line = ", ".join(f"{name}: {value}" for name, value in settings.items() if value is not None)
        return f"{told['prompt']}\nNegative prompt: {told['negative_prompt']}\n{line}"


class ComfyUI(Server):
    """ComfyUI; a job is done when it was asked for `waits` times."""

    def __init__(self) -> None:
        super().__init__()
        self.models = ["sd15.safetensors", "sub\\realisticVision_v20.safetensors"]
        self.waits = 1
        self.jobs: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.status: dict[str, Any] = {"status_str": "success", "completed": True, "messages": []}
        self.outputs: dict[str, Any] | None = None

    def is_fault(self, asked: Asked) -> bool:
        return asked.path in {"/prompt", "/view"} or asked.path.startswith("/history")

    def reply(self, asked: Asked) -> Answer:
        if asked.path == "/system_stats":
            return as_json({"system": {"comfyui_version": "0.3.40"}, "devices": []})
        if asked.path == "/object_info/CheckpointLoaderSimple":
            required = {"ckpt_name": [self.models, {}]}
            return as_json({"CheckpointLoaderSimple": {"input": {"required": required}}})
        if asked.path == "/prompt":
            self.jobs.append(asked.body["prompt"])
            return as_json({"prompt_id": f"job-{len(self.jobs) - 1}", "number": len(self.jobs), "node_errors": {}})
        if asked.path.startswith("/history/"):
            return as_json(self._history(asked.path.removeprefix("/history/")))
        if asked.path == "/view" and asked.query.get("type") == "temp":
            return Answer(self.files[asked.query["filename"]], kind="image/png")
        return as_json({}) if asked.path == "/queue" else super().reply(asked)

    def _history(self, job: str) -> dict[str, Any]:
        if self.paths().count(f"/history/{job}") <= self.waits:
            return {}
        graph = self.jobs[int(job.removeprefix("job-"))]
        name = f"{job}.png"
        outputs = {"image": {"images": [{"filename": name, "subfolder": "", "type": "temp"}]}}
        if self.outputs is None and "sampler" in graph:
            size = (graph["latent"]["inputs"]["height"], graph["latent"]["inputs"]["width"])
            key = (graph["positive"]["inputs"]["text"], graph["sampler"]["inputs"]["seed"])
            self.files[name] = images.encode_png(painted(*key, size=size), generated=False)
        return {job: {"outputs": outputs if self.outputs is None else self.outputs, "status": self.status}}
