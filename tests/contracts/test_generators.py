"""What every generator owes its callers. One suite over all that are installed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd.planning import Table
from agfd.ports import Batched, Generator
from agfd.recipe import load
from agfd.registry import GENERATORS
from servers import ComfyUI, Server, WebUI

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from agfd.records import Request

OPTIONS: dict[str, dict[str, str]] = {
    "fake": {"size": "32"},
    "render": {"quality": "draft"},
    "diffusers": {"width": "64", "height": "64", "steps": "4", "threads": "1", "dtype": "float32", "batch": "2"},
    "webui": {"model": "realisticVision_v20"},
    "comfyui": {"model": "sd15"},
}
SERVERS: dict[str, type[Server]] = {"webui": WebUI, "comfyui": ComfyUI}


@pytest.fixture(scope="module", params=sorted(OPTIONS))
def options(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, str]]]:
    """A generator's name and its options; the server that it talks to runs."""
    chosen = OPTIONS[request.param]
    if request.param == "diffusers":
        chosen = {**chosen, "model": str(request.getfixturevalue("small_model"))}
    if request.param not in SERVERS:
        yield request.param, chosen
        return
    with SERVERS[request.param]() as server:
        yield request.param, {**chosen, "url": server.url}


@pytest.fixture(scope="module")
def generator(options: tuple[str, dict[str, str]]) -> Iterator[Generator]:
    made = GENERATORS.make(options[0], **options[1])
    made.setup_on_node()
    made.setup()
    yield made
    made.teardown()


@pytest.fixture(scope="module")
def requests_() -> list[Request]:
    table = Table(load("agfd-20k"))
    return [table.request("age.young", "female", 0), table.request("age.young", "male", 0)]


def images(generator: Generator, requests: list[Request]) -> list[NDArray[np.uint8]]:
    return [outcome.value.pixels for outcome in generator.generate(requests) if outcome.value is not None]


def hashes(generator: Generator, requests: list[Request]) -> list[str]:
    return [hashlib.sha256(pixels.tobytes()).hexdigest() for pixels in images(generator, requests)]


def test_it_is_a_generator(generator: Generator) -> None:
    assert isinstance(generator, Generator)


def test_one_outcome_for_each_request_in_order(generator: Generator, requests_: list[Request]) -> None:
    outcomes = list(generator.generate(requests_))
    assert [outcome.request_id for outcome in outcomes] == [request.id for request in requests_]
    for outcome in outcomes:
        assert outcome.value is not None, outcome.failure
        pixels = outcome.value.pixels
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3


def test_pixels_depend_on_the_request_alone(generator: Generator, requests_: list[Request]) -> None:
    # The last bit of a pixel may hang on how many are made at once, where several are.
    most = 1 if isinstance(generator, Batched) else 0
    forwards = images(generator, requests_)
    assert np.abs(forwards[0].astype(int) - forwards[1]).max() > most
    backwards, alone = images(generator, requests_[::-1]), images(generator, requests_[:1])
    for one, other in ((backwards[1], forwards[0]), (backwards[0], forwards[1]), (alone[0], forwards[0])):
        assert np.abs(one.astype(int) - other).max() <= most
    assert hashes(generator, requests_) == hashes(generator, requests_)


def test_another_process_gives_the_same_pixels(
    options: tuple[str, dict[str, str]], generator: Generator, requests_: list[Request]
) -> None:
    script = (
        "import json, runpy, sys; here = runpy.run_path(sys.argv[2]);"
        "g = here['GENERATORS'].make(sys.argv[1], **json.loads(sys.argv[3])); g.setup_on_node(); g.setup();"
        "t = here['Table'](here['load']('agfd-20k'));"
        "print(here['hashes'](g, [t.request('age.young', 'female', 0)])[0])"
    )
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", script, options[0], __file__, json.dumps(options[1])],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        assert done.stdout.split() == hashes(generator, requests_[:1])


def test_truth_agrees_with_what_was_asked(generator: Generator, requests_: list[Request]) -> None:
    for request, outcome in zip(requests_, generator.generate(requests_), strict=True):
        assert outcome.value is not None
        if outcome.value.truth is not None:
            known = outcome.value.truth.attributes
            assert {name: known[name] for name in request.attributes} == dict(request.attributes)


def test_can_make_is_asked_before_any_set_up(options: tuple[str, dict[str, str]], requests_: list[Request]) -> None:
    fresh = GENERATORS.make(options[0], **options[1])
    assert fresh.can_make(requests_[0]) is None
    assert fresh.info.model_hash
