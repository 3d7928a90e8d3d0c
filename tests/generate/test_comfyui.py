"""The generator of a ComfyUI server, against a small server that speaks the same JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from agfd import ids, images
from agfd.errors import ServerError, UsageError, WorkerError
from agfd.generate import workflow
from agfd.generate.client import Client
from agfd.generate.served import FAILED_IN_A_ROW
from agfd.records import Settings
from agfd.registry import GENERATORS
from agfd.run.maker import outcomes
from builders import pixels, request
from servers import Answer, ComfyUI, as_json, page, painted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agfd.ports import Generator
    from agfd.records import Failure

SIZE = Settings(64, 96, "DPM++ 2M Karras", 20, 7.5)
ASKED = request(settings=SIZE, prompt='a "man", {seed}\n25 y.o', negative_prompt="text")
SEED = ids.noise_seed(ASKED.person, ASKED.scene)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    noted: list[float] = []
    monkeypatch.setattr("agfd.generate.comfyui.Client", partial(Client, pause=noted.append))
    return noted


@pytest.fixture
def server() -> Iterator[ComfyUI]:
    with ComfyUI() as running:
        yield running


def made(server: ComfyUI, **options: str) -> Generator:
    return GENERATORS.make("comfyui", **{"url": server.url, "model": "realisticVision_v20", "retries": "2", **options})


@pytest.fixture
def generator(server: ComfyUI) -> Generator:
    ready = made(server)
    ready.setup_on_node()
    ready.setup()
    return ready


def failure_of(generator: Generator) -> Failure:
    (outcome,) = generator.generate([ASKED])
    assert outcome.failure is not None
    return outcome.failure


def test_an_image_of_the_shipped_workflow(server: ComfyUI, generator: Generator, pauses: list[float]) -> None:
    server.waits = 3
    (outcome,) = generator.generate([ASKED])
    assert outcome.value is not None, outcome.failure
    np.testing.assert_array_equal(outcome.value.pixels, painted(ASKED.prompt, SEED, size=(96, 64)))
    assert outcome.value.made == {
        "Seed": str(SEED), "Model": "realisticVision_v20", "RNG": "CPU", "Version": "ComfyUI 0.3.40"
    }  # fmt: skip
    assert pauses == pytest.approx([0.05, 0.075, 0.1125])
    graph = server.jobs[0]
    sampler = graph["sampler"]["inputs"]
    assert {name: value for name, value in sampler.items() if not isinstance(value, list)} == {
        "seed": SEED, "steps": 20, "cfg": 7.5, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 1.0
    }  # fmt: skip
    assert graph["checkpoint"]["inputs"] == {"ckpt_name": "sub\\realisticVision_v20.safetensors"}
    assert graph["negative"]["inputs"]["text"] == "text"
    assert graph["latent"]["inputs"] == {"width": 64, "height": 96, "batch_size": 1}


def test_a_workflow_of_one_s_own(server: ComfyUI, tmp_path: Path) -> None:
    graph = {
        "3": {
            "class_type": "Any",
            "inputs": {"text": "photo: {prompt}, raw {a|b}", "noise": "{seed}", "list": ["7", 0]},
        },
        "7": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "{width}x{height}"}},
    }
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(graph), encoding="utf-8")
    server.files["a.png"] = images.encode_png(pixels(4, (96, 64)))
    picture = {"filename": "a.png", "subfolder": "s", "type": "temp"}
    server.outputs = {"9": {"images": [{"filename": "not ours"}]}, "3": {"text": ["x"]}, "7": {"images": [picture]}}
    generator = made(server, workflow=str(file), model="", model_hash="C35782BAD8")
    generator.setup()
    # Without a place for the model nobody has to name one.
    assert server.paths() == ["/system_stats"]
    (outcome,) = generator.generate([ASKED])
    assert outcome.value is not None
    np.testing.assert_array_equal(outcome.value.pixels, pixels(4, (96, 64)))
    assert outcome.value.made["Model hash"] == "c35782bad8"
    assert server.jobs[0]["3"]["inputs"] == {
        "text": f"photo: {ASKED.prompt}, raw {{a|b}}", "noise": SEED, "list": ["7", 0]
    }  # fmt: skip
    assert server.jobs[0]["7"]["inputs"]["filename_prefix"] == "64x96"
    assert server.asked[-1].query == picture
    # It has no place for a sampler either, so any will do.
    assert generator.can_make(replace(ASKED, settings=replace(SIZE, sampler="?"))) is None


def test_identity_hangs_on_version_model_and_workflow(server: ComfyUI, tmp_path: Path) -> None:
    first = made(server).info
    assert (first.version, first.domain, first.safe_by_construction) == ("1 (0.3.40)", "diffusion", False)
    graph = dict(workflow.load(""))
    (tmp_path / "w.json").write_text(json.dumps(graph), encoding="utf-8")
    assert made(server, workflow=str(tmp_path / "w.json")).info == first
    graph["sampler"]["inputs"]["denoise"] = 0.9
    (tmp_path / "w.json").write_text(json.dumps(graph), encoding="utf-8")
    others = ({"workflow": str(tmp_path / "w.json")}, {"model": "sd15"}, {"model_hash": "0" * 10})
    assert len({first.model_hash, *(made(server, **options).info.model_hash for options in others)}) == 4


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("DPM++ 2M Karras", ("dpmpp_2m", "karras")),
        ("DPM++ 2M", ("dpmpp_2m", "normal")),
        ("DPM++ 2M SGM Uniform", ("dpmpp_2m", "sgm_uniform")),
        ("DPM++ 2M SDE Exponential", ("dpmpp_2m_sde", "exponential")),
        ("Euler a", ("euler_ancestral", "normal")),
        ("res_multistep/simple", ("res_multistep", "simple")),
        ("DPM++ 4M", None),
        ("Karras", None),
        ("", None),
    ],
)
def test_samplers(generator: Generator, name: str, pair: tuple[str, str] | None) -> None:
    assert workflow.sampler(name) == pair
    refusal = generator.can_make(replace(ASKED, settings=replace(SIZE, sampler=name)))
    assert (refusal is None) == (pair is not None)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": ""}, r"say with --model .* it has 'sd15.safetensors', "),
        ({"model": "sd"}, r"no model at http.* named 'sd'"),
        ({"model_hash": "xyz"}, r"generator.model_hash of comfyui"),
        ({"workflow": "/nowhere.json"}, "the workflow /nowhere.json cannot be read: No such file"),
        ({"url": "ftp://a"}, "no URL"),
    ],
)
def test_mistakes_of_the_user(server: ComfyUI, options: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        made(server, **options).setup()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no JSON"),
        ("[]", "no workflow in ComfyUI's API format"),
        ("{}", "no workflow in ComfyUI's API format"),
        ('{"1": {"class_type": "A"}}', "no workflow in ComfyUI's API format"),
        ('{"nodes": [], "links": []}', "export it in the API format"),
        ('{"1": {"class_type": "A", "inputs": {"text": "{prompt}"}}}', 'has no place for "{seed}"'),
        ('{"1": {"class_type": "A", "inputs": {}}}', 'has no place for "{prompt}" and "{seed}"'),
    ],
)
def test_files_that_are_no_workflow(server: ComfyUI, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "w.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        made(server, workflow=str(tmp_path / "w.json"))
    assert said in str(caught.value)


@pytest.mark.parametrize("reply", [as_json({"system": []}), as_json({}), page(), as_json({}, 404)])
def test_a_server_that_is_none(server: ComfyUI, reply: Answer) -> None:
    server.reply = lambda asked: reply  # type: ignore[method-assign]
    with pytest.raises(UsageError, match=f"^{server.url}.*; start ComfyUI"):
        made(server).setup()


@pytest.mark.parametrize("fault", ["drop", page("starting", 502)])
def test_troubles_that_pass(server: ComfyUI, generator: Generator, fault: Answer | str) -> None:
    server.faults.extend([fault] * 2)
    (outcome,) = generator.generate([ASKED])
    assert outcome.value is not None


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (as_json({"detail": "down"}, 503), r"/prompt says 503: down \(tried 3 times\)"),
        (as_json({}), "no prompt_id"),
        (page("Sign in"), "something else than JSON"),
    ],
)
def test_troubles_of_the_server_cost_no_image(server: ComfyUI, generator: Generator, fault: Answer, said: str) -> None:
    server.faults.extend([fault] * 3)
    with pytest.raises(ServerError, match=said):
        next(outcomes(generator, [ASKED]))


def test_a_job_that_does_not_end_is_taken_back(server: ComfyUI) -> None:
    generator = made(server, timeout="0.05")
    generator.setup()
    server.waits = 1 << 30
    with pytest.raises(ServerError, match=r"did not make an image within 0.05 s"):
        next(generator.generate([ASKED]))
    assert (server.asked[-1].path, server.asked[-1].body) == ("/queue", {"delete": ["job-0"]})


REFUSED = {
    "error": {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation", "details": ""},
    "node_errors": {
        "checkpoint": {
            "errors": [{"type": "value_not_in_list", "message": "Value not in list", "details": "ckpt_name: 'x'"}],
            "class_type": "CheckpointLoaderSimple",
        }
    },
}


def test_a_workflow_that_it_refuses(server: ComfyUI, generator: Generator) -> None:
    server.faults.append(as_json(REFUSED, 400))
    failure = failure_of(generator)
    assert failure.code == "refused"
    assert failure.message.endswith(
        "400: Prompt outputs failed validation: CheckpointLoaderSimple: Value not in list: ckpt_name: 'x'"
    )


@pytest.mark.parametrize(
    ("status", "said", "transient"),
    [
        (
            {"status_str": "error", "messages": [["execution_start", {}], ["execution_error", {
                "node_type": "KSampler", "exception_message": "CUDA out of\nmemory", "exception_type": "OOM"}]]},
            "failed in its node KSampler: CUDA out of memory",
            False,
        ),
        ({"status_str": "error", "messages": [["execution_error"]]}, "failed: it does not say why", False),
        ({"status_str": "error"}, "did not say why", False),
        ({"status_str": "error", "messages": [["execution_interrupted", {"node_id": "3"}]]}, "interrupted it", True),
    ],
)  # fmt: skip
def test_jobs_that_fail(
    server: ComfyUI, generator: Generator, status: dict[str, Any], said: str, transient: bool
) -> None:
    server.status = status
    failure = failure_of(generator)
    assert (failure.code, failure.transient) == ("refused", transient)
    assert failure.message.startswith(server.url)
    assert said in failure.message


def test_images_that_are_none(server: ComfyUI, generator: Generator) -> None:
    server.outputs = {"image": {"images": []}}
    assert "made no image" in failure_of(generator).message
    server.outputs = {"image": {"images": [{"filename": "a.png", "type": "temp"}]}}
    for file, code in ((b"no image", "bad_image"), (images.encode_png(np.zeros((96, 64, 3), np.uint8)), "blank_image")):
        server.files["a.png"] = file
        assert failure_of(generator).code == code
    with pytest.raises(WorkerError, match="made none of the last"):
        list(generator.generate([ASKED] * FAILED_IN_A_ROW))
