"""The generator of an AUTOMATIC1111 server, against a small server that speaks the same JSON."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pillow

import agfd
from agfd import ids
from agfd.errors import ServerError, UnknownNameError, UsageError, WorkerError
from agfd.generate.client import Client
from agfd.images import infotext
from agfd.records import Settings
from agfd.registry import GENERATORS
from agfd.run.maker import outcomes
from builders import pixels, request
from servers import OTHER, SHA256, Answer, WebUI, as_json, page, painted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agfd.ports import Generator
    from agfd.records import Failure, Image, Request

SIZE = Settings(64, 96, "DPM++ 2M Karras", 20, 7.0)
ASKED = request(settings=SIZE, prompt="a (man:1.2), 25 y.o", negative_prompt="text,\nblurry")
SEED = ids.noise_seed(ASKED.person, ASKED.scene)
TITLE = "rv/realisticVision_v20.safetensors [c35782bad8]"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agfd.generate.webui.Client", partial(Client, pause=lambda seconds: None))


@pytest.fixture
def server() -> Iterator[WebUI]:
    with WebUI() as running:
        yield running


def made(server: WebUI, **options: str) -> Generator:
    return GENERATORS.make("webui", **{"url": server.url, "model": "realisticVision_v20", "retries": "2", **options})


@pytest.fixture
def generator(server: WebUI) -> Generator:
    ready = made(server)
    ready.setup_on_node()
    ready.setup()
    return ready


def image_of(generator: Generator, asked: Request = ASKED) -> Image:
    (outcome,) = generator.generate([asked])
    assert outcome.request_id == asked.id
    assert outcome.value is not None, outcome.failure
    return outcome.value


def failure_of(generator: Generator, asked: Request = ASKED) -> Failure:
    (outcome,) = generator.generate([asked])
    assert outcome.failure is not None
    assert "\n" not in outcome.failure.message
    return outcome.failure


def payload(server: WebUI) -> dict[str, Any]:
    told: dict[str, Any] = server.asked[-1].body
    return told


def test_an_image_and_what_the_server_says_of_it(server: WebUI, generator: Generator) -> None:
    image = image_of(generator)
    np.testing.assert_array_equal(image.pixels, painted(ASKED.prompt, SEED, size=(96, 64)))
    assert image.truth is None
    assert image.made == {
        "Steps": "20", "Sampler": "DPM++ 2M", "Schedule type": "Karras", "CFG scale": "7.0", "Seed": str(SEED),
        "Size": "64x96", "Model hash": "c35782bad8", "Model": "rv_realisticVision_v20", "RNG": "CPU",
        "Version": "v1.10.1",
    }  # fmt: skip


def test_the_recipe_s_words_go_there_and_the_page_s_settings_do_not_matter(server: WebUI, generator: Generator) -> None:
    image_of(generator)
    told = payload(server)
    words = ("prompt", "negative_prompt", "steps", "cfg_scale", "width", "height", "seed", "sampler_name", "scheduler")
    assert [told[name] for name in words] == [
        ASKED.prompt, ASKED.negative_prompt, 20, 7.0, 64, 96, SEED, "DPM++ 2M", "Karras"
    ]  # fmt: skip
    # Only what this server has: `comma_padding_backtrack` and `token_merging_ratio` are none of its settings.
    assert told["override_settings"] == {
        "sd_model_checkpoint": TITLE, "sd_vae": "Automatic", "CLIP_stop_at_last_layers": 1,
        "randn_source": "CPU", "eta_noise_seed_delta": 0, "emphasis": "Original",
    }  # fmt: skip
    assert told["override_settings_restore_afterwards"] is True
    assert (told["save_images"], told["do_not_save_samples"], told["batch_size"]) == (False, True, 1)


@pytest.mark.parametrize(
    ("name", "new", "old"),
    [
        ("DPM++ 2M Karras", ("DPM++ 2M", "Karras"), "DPM++ 2M Karras"),
        ("DPM++ 2M SGM Uniform", ("DPM++ 2M", "SGM Uniform"), None),
        # What had even steps before 1.9 would get Karras' by itself since.
        ("DPM++ 2M", ("DPM++ 2M", "Uniform"), "DPM++ 2M"),
        ("Euler a", ("Euler a", None), "Euler a"),
        ("Restart", ("Restart", None), None),
        ("DPM++ 4M", None, None),
    ],
)
def test_samplers_of_newer_and_older_servers(
    server: WebUI, name: str, new: tuple[str, str | None] | None, old: str | None
) -> None:
    asked = replace(ASKED, settings=replace(SIZE, sampler=name))
    older = WebUI()
    older.schedules, older.samplers = [], [
        {"name": there, "aliases": [], "options": {}} for there in ("DPM++ 2M", "DPM++ 2M Karras", "Euler a")
    ]  # fmt: skip
    with older:
        for running, expected in ((server, new), (older, old and (old, None))):
            generator = made(running)
            assert generator.can_make(asked) is None, "before the server was asked nothing is known"
            generator.setup()
            refusal = generator.can_make(asked)
            assert (refusal is None) == (expected is not None)
            if expected is not None:
                image_of(generator, asked)
                told = payload(running)
                assert (told["sampler_name"], told.get("scheduler")) == expected
            else:
                assert f"no sampler of the web UI named {name!r}" in str(refusal)


@pytest.mark.parametrize("size", [(60, 64), (64, 2056), (32, 64)])
def test_sizes_that_it_cannot_make(server: WebUI, size: tuple[int, int]) -> None:
    asked = replace(ASKED, settings=replace(SIZE, width=size[0], height=size[1]))
    assert "steps of 8" in str(made(server).can_make(asked))
    assert not server.asked


@pytest.mark.parametrize("wanted", [TITLE, "realisticVision_v20", "RV_realisticvision_v20", "c35782bad8", SHA256])
def test_a_model_by_any_of_its_names(server: WebUI, wanted: str) -> None:
    assert made(server, model=wanted).info == made(server).info


def test_identity_hangs_on_what_shapes_pictures_and_not_on_where(server: WebUI) -> None:
    first = made(server).info
    assert (first.domain, first.safe_by_construction, first.resources.devices) == ("diffusion", False, (server.url,))
    others = [made(server, clip_skip="2").info, made(server, vae="other.safetensors").info]
    with WebUI() as elsewhere:
        there = made(elsewhere).info
        assert (there.model_hash, there.version) == (first.model_hash, first.version)
        elsewhere.models[0]["sha256"] = OTHER
        others.append(made(elsewhere).info)
        del elsewhere.options["randn_source"]
        others.append(made(elsewhere).info)
    assert len({first.model_hash, *(info.model_hash for info in others)}) == 5


def test_info_asks_once(server: WebUI) -> None:
    generator = made(server)
    assert not server.asked
    assert generator.info is generator.info
    assert len(server.asked) == 4


def test_the_hash_of_the_loaded_model_is_known_in_any_case(server: WebUI) -> None:
    server.models[1]["title"] = server.options["sd_model_checkpoint"] = "sd15.safetensors"
    server.options["sd_checkpoint_hash"] = OTHER
    made(server, model="sd15").setup()
    server.options["sd_model_checkpoint"] = TITLE
    with pytest.raises(UsageError, match=r"does not know the hash of 'sd15\.safetensors'"):
        made(server, model="sd15").setup()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": ""}, r"say with --model .* it has 'rv/.*' and has loaded"),
        ({"model": "realistic"}, "no model at http"),
        ({"timeout": "soon"}, r"generator.timeout of webui: .*number.* \(not 'soon'\)"),
        ({"retries": "-1"}, "generator.retries of webui"),
        ({"clip_skip": "0"}, "generator.clip_skip of webui"),
        ({"colour": "red"}, "the generator 'webui' has no option 'colour'; it has url, "),
        ({"url": "localhost"}, "'localhost' is no URL of a server"),
        ({"url": "http://me:hidden@localhost"}, "holds a user and a password"),
        ({"url": ""}, "generator.url of webui"),
    ],
)
def test_mistakes_of_the_user(server: WebUI, options: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        made(server, **options).setup()
    assert "hidden" not in str(caught.value)


def test_a_name_of_two_models(server: WebUI) -> None:
    server.models.append({**server.models[0], "title": "b/realisticVision_v20.safetensors", "sha256": OTHER})
    with pytest.raises(UsageError, match="is more than one model at"):
        made(server).setup()
    with pytest.raises(UnknownNameError, match="did you mean"):
        made(server, model="realisticVision_v20.safetensor [c35782bad8]").setup()


def test_a_server_that_sends_lossy_files(server: WebUI) -> None:
    server.options["samples_format"] = "jpg"
    with pytest.raises(UsageError, match="sends jpg files"):
        made(server).setup()


@pytest.mark.parametrize("trouble", ["down", "no api", "page", "other"])
def test_a_server_that_is_none_is_a_mistake_to_be_told_while_planning(server: WebUI, trouble: str) -> None:
    url = server.url
    if trouble == "down":
        with WebUI() as gone:
            url = gone.url
    answers: dict[str, Answer] = {
        "no api": as_json({"detail": "Not Found"}, 404), "page": page(), "other": as_json({"hello": "world"})
    }  # fmt: skip
    if trouble in answers:
        server.reply = lambda asked: answers[trouble]  # type: ignore[method-assign]
    with pytest.raises(UsageError, match=f"^{url}.*; start the web UI with --api") as caught:
        agfd.plan("agfd-20k", generator="webui", model="a", set=(f"generator.url={url}",))
    assert len(server.asked) <= 4
    assert len(str(caught.value)) < 260


def test_servers_that_are_alike_share_the_work(server: WebUI) -> None:
    with WebUI() as second:
        both = f"{server.url}, {second.url}/"
        generator = made(server, url=both)
        assert generator.info.resources.devices == (server.url, second.url)
        worker = made(server, url=both, device=second.url)
        assert worker.info.model_hash == generator.info.model_hash
        image_of(worker)
        assert "/sdapi/v1/txt2img" not in server.paths()
        second.models[0]["sha256"] = OTHER
        with pytest.raises(UsageError, match=f"{second.url} would make other images than {server.url}"):
            made(server, url=both).setup()


@pytest.mark.parametrize("fault", ["drop", "cut", page("starting", 503), as_json({"error": "CUDA error"}, 500)])
def test_troubles_that_pass(server: WebUI, generator: Generator, fault: Answer | str) -> None:
    server.faults.extend([fault] * 2)
    assert image_of(generator).made["Seed"] == str(SEED)
    assert server.paths().count("/sdapi/v1/txt2img") == 3


@pytest.mark.parametrize(
    ("fault", "tries", "said"),
    [
        ("drop", 3, "cannot be reached"),
        (as_json({"detail": "loading"}, 503), 3, r"says 503: loading \(tried 3 times\)"),
        (as_json({"error": "OutOfMemoryError", "errors": "CUDA out of memory"}, 500), 3, "OutOfMemoryError: CUDA out"),
        (as_json({"detail": "Incorrect username or password"}, 401), 1, "wants an account.*AGFD_WEBUI_AUTH=user:"),
        (as_json({"detail": "Not Found"}, 404), 1, "says 404: Not Found"),
        (page("Wait"), 1, "something else than JSON: a web page, 'Wait'"),
        (as_json({"images": None}), 1, "no images with their info"),
        (as_json({"images": [], "info": "no JSON"}), 1, "no images with their info"),
    ],
)
def test_troubles_of_the_server_cost_no_image(
    server: WebUI, generator: Generator, fault: Answer | str, tries: int, said: str
) -> None:
    """The loop ends there, tries nothing again itself and puts no failed image on record."""
    server.faults.extend([fault] * 20)
    with pytest.raises(ServerError, match=said):
        next(outcomes(generator, [ASKED]))
    assert server.paths().count("/sdapi/v1/txt2img") == tries


def test_a_silent_server(server: WebUI) -> None:
    generator = made(server, timeout="0.3", retries="1")
    generator.setup()
    server.faults.extend(["stall"] * 2)
    with pytest.raises(ServerError, match=r"did not answer within 0.3 s \(tried 2 times\)"):
        image_of(generator)


def png(picture: Any = None, form: str = "PNG") -> str:
    out = io.BytesIO()
    Pillow.fromarray(pixels(1, (96, 64)) if picture is None else picture).save(out, form)
    return base64.b64encode(out.getvalue()).decode()


def test_a_file_with_the_head_of_a_data_url(server: WebUI, generator: Generator) -> None:
    server.answer = lambda told: {**server.made(told), "images": [f"data:image/png;base64,{png()}"]}
    np.testing.assert_array_equal(image_of(generator).pixels, pixels(1, (96, 64)))


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ([], "bad_image", "sent no image"),
        ([png()[:-3]], "bad_image", "no base64"),
        ([png()[: len(png()) // 8 * 4]], "bad_image", "cannot be decoded"),
        ([base64.b64encode(b"GIF89a").decode()], "bad_image", "cannot be decoded"),
        ([None], "bad_image", "cannot be decoded"),
        ([png(pixels(1, (64, 64)))], "bad_image", "has 64x64 pixels, not 64x96"),
        ([png(np.zeros((96, 64, 3), np.uint8))], "blank_image", "one colour"),
    ],
)
def test_images_that_are_none(server: WebUI, generator: Generator, files: list[Any], code: str, said: str) -> None:
    server.answer = lambda told: {**server.made(told), "images": files}
    failure = failure_of(generator)
    assert failure.code == code
    assert said in failure.message
    assert not failure.transient


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (
            as_json({"error": "NansException", "errors": "A tensor with all NaNs was produced in VAE."}, 500),
            "blank_image",
            "NansException: A tensor with all NaNs was produced in VAE.",
        ),
        (as_json({"detail": [{"loc": ["body", "steps"], "msg": "too many"}]}, 422), "refused", "422: steps: too many"),
        (as_json({"detail": "prompt not allowed"}, 400), "refused", "400: prompt not allowed"),
    ],
)
def test_images_that_it_does_not_make_are_tried_once(
    server: WebUI, generator: Generator, fault: Answer, code: str, said: str
) -> None:
    server.faults.append(fault)
    failure = failure_of(generator)
    assert (failure.code, failure.transient) == (code, False)
    assert said in failure.message
    assert server.paths().count("/sdapi/v1/txt2img") == 1
    image_of(generator)


@pytest.mark.parametrize(("name", "value"), [("Model hash", OTHER[:10]), ("Seed", "12")])
def test_an_image_of_something_else_than_asked_ends_the_build(
    server: WebUI, generator: Generator, name: str, value: str
) -> None:
    def other(told: dict[str, Any]) -> dict[str, Any]:
        answer = server.made(told)
        info = json.loads(answer["info"])
        text = infotext.parse(info["infotexts"][0])
        changed = infotext.write(replace(text, settings={**text.settings, name: value}))
        return {**answer, "info": json.dumps({**info, "infotexts": [changed]})}

    server.answer = other
    with pytest.raises(WorkerError, match=f"made an image with {name} {value}, not "):
        image_of(generator)


@pytest.mark.parametrize("texts", [None, [], ["a man, no settings"]])
def test_a_server_without_texts_says_it_in_fields(server: WebUI, generator: Generator, texts: list[str] | None) -> None:
    fields = {"seed": SEED, "sd_model_hash": SHA256[:10], "sd_model_name": "rv \ud800", "clip_skip": 1, "styles": []}
    server.answer = lambda told: {**server.made(told), "info": json.dumps({**fields, "infotexts": texts})}
    assert image_of(generator).made == {
        "Seed": str(SEED), "Model hash": SHA256[:10], "Model": "rv ?", "Clip skip": "1"
    }  # fmt: skip


def test_images_before_the_first_are_grids(server: WebUI, generator: Generator) -> None:
    def with_grid(told: dict[str, Any]) -> dict[str, Any]:
        answer = server.made(told)
        info = json.loads(answer["info"])
        info.update(index_of_first_image=1, infotexts=["grid", *info["infotexts"]])
        return {**answer, "images": [png(), *answer["images"]], "info": json.dumps(info)}

    server.answer = with_grid
    image = image_of(generator)
    np.testing.assert_array_equal(image.pixels, painted(ASKED.prompt, SEED, size=(96, 64)))
    assert image.made["Seed"] == str(SEED)
