"""What generators have in common whose images a server makes, with a backend that is played."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import pytest
from PIL import Image as Pillow

from agfd import images
from agfd.errors import ServerError, UsageError, WorkerError
from agfd.generate.client import Client
from agfd.generate.served import FAILED_IN_A_ROW, Drawn, Served, UnmadeError
from agfd.ports import Generator, GeneratorInfo
from agfd.records import Failure, Request
from builders import pixels, request

Draw: TypeAlias = Callable[[Request], bytes]

ASKED = request()
GOOD = images.encode_png(pixels(1, (64, 64)))


class Played:
    """Draws what it is told to, in a model of some hash."""

    hint = "start it"

    def __init__(self, draw: Draw = lambda asked: GOOD, *, model: str = "a", down: bool = False) -> None:
        self.client = Client(f"http://{model}", "AGFD_TEST_AUTH", 1, 0)
        self._draw, self._model, self._down = draw, model, down

    def describe(self) -> GeneratorInfo:
        if self._down:
            raise ServerError("it sleeps")
        return GeneratorInfo("played", "1", self._model)

    def refusal(self, asked: Request) -> str | None:
        return "no" if asked.prompt == "no" else None

    def draw(self, asked: Request) -> Drawn:
        return Drawn(self._draw(asked), {"Seed": "1"})


def ready(draw: Draw) -> Served:
    made = Served([Played(draw)])
    made.setup()
    return made


def test_it_is_a_generator() -> None:
    made = Served([Played()])
    assert made.can_make(replace(ASKED, prompt="no")) == "no"
    with pytest.raises(RuntimeError, match="setup"):
        next(made.generate([ASKED]))
    made.setup_on_node()
    made.setup()
    (outcome,) = made.generate([ASKED])
    assert outcome.value is not None
    np.testing.assert_array_equal(outcome.value.pixels, pixels(1, (64, 64)))
    assert outcome.value.made == {"Seed": "1"}
    made.teardown()
    assert isinstance(made, Generator)


def test_a_server_that_cannot_be_asked_is_the_user_s_to_put_right() -> None:
    with pytest.raises(UsageError, match=r"^it sleeps; start it$"):
        Served([Played(down=True)]).setup()


def test_servers_must_be_alike() -> None:
    assert Served([Played(), Played()]).info.model_hash == "a"
    with pytest.raises(
        UsageError, match=r"^http://b would make other images than http://a: they differ in version, mod"
    ):
        assert Served([Played(), Played(), Played(model="b")]).info


def saved(picture: np.ndarray, form: str) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(picture).save(out, form)
    return out.getvalue()


@pytest.mark.parametrize(
    ("file", "code", "said"),
    [
        (b"", "bad_image", "cannot be decoded"),
        (GOOD[:-40], "bad_image", "cannot be decoded"),
        (saved(pixels(1, (64, 64)), "GIF"), "bad_image", "cannot be decoded"),
        (saved(pixels(1, (64, 56)), "PNG"), "bad_image", "has 56x64 pixels, not 64x64"),
        (saved(np.zeros((64, 64, 3), np.uint8), "PNG"), "blank_image", "one colour"),
        (saved(np.full((64, 64, 3), 127, np.uint8), "PNG"), "blank_image", "one colour"),
    ],
)
def test_files_that_are_no_image_of_the_request(file: bytes, code: str, said: str) -> None:
    (outcome,) = ready(lambda asked: file).generate([ASKED])
    assert outcome.failure is not None
    assert (outcome.failure.code, outcome.failure.transient) == (code, False)
    assert said in outcome.failure.message


def test_a_dark_picture_is_one() -> None:
    dark = np.zeros((64, 64, 3), np.uint8)
    dark[5, 5] = 1
    (outcome,) = ready(lambda asked: saved(dark, "PNG")).generate([ASKED])
    assert outcome.failure is None


def test_a_server_that_makes_nothing_any_more_ends_the_build() -> None:
    def draw(asked: Request) -> bytes:
        if asked.prompt == "bad":
            raise UnmadeError(Failure("refused", "not that"))
        return GOOD

    made, bad = ready(draw), replace(ASKED, prompt="bad")
    some = [bad] * (FAILED_IN_A_ROW - 1)
    outcomes = list(made.generate([*some, ASKED, *some]))
    assert [outcome.failure is None for outcome in outcomes].index(True) == len(some)
    assert len(outcomes) == 2 * len(some) + 1
    # Over calls, too: a loop may ask one by one.
    with pytest.raises(WorkerError, match=f"^http://a made none of the last {FAILED_IN_A_ROW} images: not that$"):
        list(made.generate([bad]))


def test_a_lost_server_is_no_failure_of_an_image() -> None:
    def draw(asked: Request) -> bytes:
        raise ServerError("it is gone", 503, "gone")

    with pytest.raises(WorkerError, match="it is gone"):
        next(ready(draw).generate([ASKED]))


def test_its_error_comes_back_from_a_worker_process() -> None:
    error = pickle.loads(pickle.dumps(ServerError("it is gone", 503, "gone")))
    assert (str(error), error.status, error.words) == ("it is gone", 503, "gone")
