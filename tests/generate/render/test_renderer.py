"""The renderer as a whole: the same bytes everywhere, the truth where it says, and nothing faked."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from agfd.generate.render import make
from agfd.generate.render.body.landmarks import NOSE_TIP, eye_aspect_ratio
from agfd.generate.render.generator import QUALITIES, Renderer, plain
from agfd.generate.render.person import person
from agfd.generate.render.picture.trace import Curves, _drawn
from agfd.generate.render.scene.camera import Camera
from agfd.records import Settings
from sitters import digest, request, shot, small

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    renderer = small()
    renderer.setup()
    return renderer


def test_same_bytes_in_another_process_and_order(renderer: Renderer) -> None:
    wanted = {"hair_style": "short", "light": "soft", "scene": "outdoor"}
    shot(renderer, expression="yell", light="night")
    here = digest(shot(renderer, **wanted))
    code = (
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}\n"
        "import sitters as t\n"
        f"r = t.small(); r.setup(); print(t.digest(t.shot(r, **{wanted!r})))"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert here == there
    assert here == digest(shot(renderer, **wanted))


def test_picture_and_truth_have_the_promised_form(renderer: Renderer) -> None:
    image = shot(renderer, hair_style="crop", yaw=10)
    assert image.pixels.dtype == np.uint8
    assert image.pixels.shape == (96, 96, 3)
    truth = image.truth
    assert truth is not None
    assert truth.landmarks is not None
    assert truth.box is not None
    assert truth.landmarks.shape == (68, 2)
    assert truth.attributes["yaw"] == 10
    assert truth.attributes["hair_style"] == "crop"
    assert 1 <= int(truth.attributes["skin_tone"]) <= 10
    x0, y0, x1, y1 = truth.box
    # Brows, nose, eyes and mouth; the jaw is the box's own edge.
    inner = truth.landmarks[17:]
    assert (inner > (x0, y0)).all()
    assert (inner < (x1, y1)).all()


def test_landmarks_are_in_the_order_of_ibug(renderer: Renderer) -> None:
    points = shot(renderer, yaw=0, pitch=0, roll=0).truth.landmarks  # type: ignore[union-attr]
    assert points is not None
    jaw, eye_left, eye_right, mouth = points[:17], points[36:42], points[42:48], points[48:60]
    assert (np.diff(jaw[:, 0]) > 0).all()
    assert jaw[8, 1] == jaw[:, 1].max()
    assert eye_left[:, 0].max() < eye_right[:, 0].min()
    assert points[17:27, 1].max() < eye_left[:, 1].min()
    assert points[33, 1] < mouth[:, 1].min()
    # The outline of the lips is walked clockwise as the viewer sees it.
    area = np.sum(mouth[:, 0] * np.roll(mouth[:, 1], -1) - np.roll(mouth[:, 0], -1) * mouth[:, 1])
    assert area > 0


def test_skin_lies_under_the_landmarks(renderer: Renderer) -> None:
    image = shot(renderer, skin_tone=2, scene="night", light="studio")
    x, y = np.rint(image.truth.landmarks[NOSE_TIP]).astype(int)  # type: ignore[union-attr, index]
    assert int(image.pixels[y, x, 0]) > 110


@pytest.mark.parametrize(("name", "axis", "sign"), [("yaw", 0, 1), ("pitch", 1, -1)])
def test_signs_of_the_pose(renderer: Renderer, name: str, axis: int, sign: int) -> None:
    def nose(angle: float) -> float:
        points = shot(renderer, **{"yaw": 0, "pitch": 0, "roll": 0, name: angle}).truth.landmarks  # type: ignore[union-attr]
        assert points is not None
        return float(points[NOSE_TIP, axis] - points[36:48, axis].mean())

    assert sign * (nose(25) - nose(-25)) > 6


def test_roll_tilts_clockwise(renderer: Renderer) -> None:
    points = shot(renderer, yaw=0, pitch=0, roll=20).truth.landmarks  # type: ignore[union-attr]
    assert points is not None
    across = points[42:48].mean(axis=0) - points[36:42].mean(axis=0)
    assert np.degrees(np.arctan2(across[1], across[0])) == pytest.approx(20, abs=4)


def test_lids_close(renderer: Renderer) -> None:
    def opening(eyes: str) -> float:
        return eye_aspect_ratio(shot(renderer, eyes=eyes).truth.landmarks)  # type: ignore[union-attr, arg-type]

    wide, half, shut = (opening(eyes) for eyes in ("open", "half-closed", "closed"))
    assert wide > 1.3 * half > 1.3 * shut
    assert shut < 0.12


def test_mouth_opens(renderer: Renderer) -> None:
    def gap(**attributes: str) -> float:
        points = shot(renderer, **attributes).truth.landmarks  # type: ignore[union-attr]
        assert points is not None
        return float((points[66] - points[62])[1] / np.linalg.norm(points[64] - points[60]))

    closed = gap(mouth="closed")
    assert gap(mouth="talking") > closed + 0.08
    assert gap(mouth="open") > closed + 0.2
    assert gap(expression="yell") > gap(mouth="open")


@pytest.mark.parametrize(
    ("attributes", "word"),
    [
        ({"mask": "gas", "eyewear": "skiing goggles"}, "mask 'gas'"),
        ({"hair_bangs": "yes", "hair_style": "crop"}, "hair_bangs"),
        ({"jewellery": "earrings", "hair_style": "long"}, "covers the ears"),
        ({"expression": "laugh", "mouth": "closed"}, "laugh"),
        ({"age": 101}, "between 1 and 100 years"),
        ({"yaw": -120}, "between -90 and 90 degrees"),
        ({"eyes": "winking"}, "'winking'"),
        ({"beauty": 1}, "'beauty'"),
    ],
)
def test_what_it_cannot_make_is_refused(attributes: Mapping[str, Any], word: str) -> None:
    asked = request(**attributes)
    reason = make(quality="draft").can_make(asked)
    assert reason is not None
    assert word in reason
    assert make(quality="draft").can_make(request()) is None


def test_a_refused_request_fails_for_good(renderer: Renderer) -> None:
    (outcome,) = renderer.generate([request(expression="laugh", mouth="closed")])
    assert outcome.failure is not None
    assert outcome.failure.code == "unsupported"
    assert not outcome.failure.transient


def test_sizes_out_of_bounds_are_refused() -> None:
    huge = replace(request(), settings=Settings(4096, 4096, "none", 1, 1.0))
    assert "4096" in str(make(quality="standard").can_make(huge))


def test_what_nobody_asked_comes_from_the_person_seed() -> None:
    first, again, other = person(1, {}), person(1, {}), person(2, {})
    assert first.attributes == again.attributes
    assert first.shape == again.shape
    assert first.shape != other.shape
    # A twin that differs in one attribute shares all the rest.
    twin = person(1, {"hair_color": "red"})
    assert twin.shape == first.shape
    assert twin.melanin == first.melanin
    assert {k for k in twin.attributes if twin.attributes[k] != first.attributes[k]} <= {"hair_color"}


def test_the_scene_does_not_change_the_person(renderer: Renderer) -> None:
    (one, two) = (next(iter(renderer.generate([request(scene_seed=s)]))).value for s in (1, 2))
    assert one is not None
    assert two is not None
    assert one.truth is not None
    assert two.truth is not None
    changed = {k for k in one.truth.attributes if one.truth.attributes[k] != two.truth.attributes[k]}
    assert changed == {"yaw", "pitch", "roll"}
    assert digest(one) != digest(two)


def test_plain_values_fill_up() -> None:
    words = plain({"expression": "laugh"})
    assert words["mouth"] == "open"
    assert words["eyewear"] == "none"
    assert plain({})["mouth"] == "closed"


def test_age_changes_the_shape_of_the_head(renderer: Renderer) -> None:
    def eyes_in_face(age: int) -> float:
        points = shot(renderer, age=age, yaw=0, pitch=0, roll=0).truth.landmarks  # type: ignore[union-attr]
        assert points is not None
        across = points[45, 0] - points[36, 0]
        return float(across / (points[8, 1] - points[36:48, 1].mean()))

    # A baby's face is short below the eyes.
    assert eyes_in_face(1) > 1.06 * eyes_in_face(40)


def test_projection_agrees_with_the_film(renderer: Renderer) -> None:
    camera = Camera((0.0, -1.0, 0.7), 20.0, (100, 100))
    middle = camera.project(np.array([[0.0, 0.0, 0.7], [0.05, 0.0, 0.7], [0.0, 0.0, 0.75]]))
    assert middle[0] == pytest.approx((50, 50))
    assert middle[1, 0] > 50
    assert middle[2, 1] < 50


def test_hash_follows_quality() -> None:
    draft, standard = make(quality="draft").info, make(quality="standard").info
    assert draft.model_hash != standard.model_hash
    assert draft.safe_by_construction
    assert draft.domain == "render"
    assert draft == make(quality="draft").info


@pytest.mark.parametrize("name", ["spp", "depth", "texels", "strands", "seconds"])
def test_presets_grow(name: str) -> None:
    draft, standard, best = (getattr(QUALITIES[quality], name) for quality in ("draft", "standard", "best"))
    assert draft <= standard <= best
    assert draft < best


def test_splines_are_drawn_as_segments_on_the_curve() -> None:
    t = np.linspace(0, 1, 6, dtype=np.float32)
    line = np.stack([t, 2 * t, 0 * t], axis=1)[None]
    drawn = _drawn(Curves(line, np.full((1, 6), 1e-4, np.float32), {}, np.zeros(3, np.float32), "brows"))
    # A straight and even spline runs from its second point to its last but one.
    assert drawn.shape == (1, 7, 4)
    assert drawn[0, :, 0] == pytest.approx(np.linspace(0.2, 0.8, 7))
    assert drawn[0, :, 1] == pytest.approx(2 * drawn[0, :, 0])


def test_importing_is_light() -> None:
    code = "import sys, agfd.generate.render; print([m for m in ('mitsuba', 'scipy', 'pyoidn') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_what_a_headscarf_hides_is_refused_with_a_reason() -> None:
    reason = small().can_make(request(headwear="headscarf", hair_bangs="yes", hair_style="bob"))
    assert reason is not None
    assert "headscarf" in reason
    assert small().can_make(request(headwear="headscarf", hair_style="bob")) is None
    reason = small().can_make(request(headwear="headscarf", jewellery="earrings"))
    assert reason is not None
    assert "ears" in reason
    assert small().can_make(request(headwear="hat", hair_style="bald")) is None


def test_a_hand_over_hair_that_a_hat_covers_is_refused_with_a_reason() -> None:
    reason = small().can_make(request(headwear="hat", hand="over hair", hair_style="short"))
    assert reason is not None
    assert "over hair" in reason
    assert small().can_make(request(headwear="hat", hand="over face", hair_style="short")) is None
