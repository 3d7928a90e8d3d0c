"""The composed analyzer against its contract, and against portraits where there are some."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import ImageFilter, ImageOps

from agfd.analyze.basic import WHOLE, Basic, make
from agfd.errors import ModelsMissingError
from agfd.ports import Analyzer
from agfd.records import Image, Measurements
from agfd.vocabulary import ATTRIBUTES, MEASUREMENTS

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image as Pillow


def values(result: Measurements) -> dict[str, float]:
    return {name: one.value for name, one in result.values.items()}


def seen(analyzer: Basic, *pictures: Pillow.Image) -> list[dict[str, float]]:
    return [values(result) for result in analyzer.measure([Image(np.asarray(picture)) for picture in pictures])]


def test_info_needs_no_weights_and_names_only_what_exists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path))
    analyzer = make()
    assert isinstance(analyzer, Analyzer)
    assert set(analyzer.info.gives) <= set(MEASUREMENTS)
    assert len(set(analyzer.info.gives)) == len(analyzer.info.gives)
    assert all(len(digest) == 64 for digest in analyzer.info.weights.values())
    assert {name for names in analyzer.info.competent.values() for name in names} <= set(ATTRIBUTES)
    assert analyzer.info.competent["render"] == ()


def test_without_weights_setup_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path))
    with pytest.raises(ModelsMissingError, match="run: agfd models install"):
        make().setup()


def test_options_are_part_of_the_version() -> None:
    assert make(side=256).info.version != make().info.version


def test_importing_the_analyzer_loads_no_runtime() -> None:
    look = "print({'onnxruntime', 'ai_edge_litert'} & set(sys.modules))"
    code = f"import sys, agfd.analyze.basic as b; b.make().info; {look}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_measuring_before_setup_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(RuntimeError, match="setup"):
        Basic().measure([Image(np.zeros((8, 8, 3), np.uint8))])


def test_pictures_without_a_face_have_none(analyzer: Basic, faceless: list[np.ndarray]) -> None:
    for result in analyzer.measure([Image(pixels) for pixels in faceless]):
        assert values(result)["faces"] == 0
        assert set(result.values) == {"faces", *WHOLE}
        assert result.points == {}


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (7, 5), (64, 64), (33, 900)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_plain_pictures_of_any_size_do_not_break_it(analyzer: Basic, shape: tuple[int, int], level: int) -> None:
    [result] = analyzer.measure([Image(np.full((*shape, 3), level, np.uint8))])
    assert values(result)["faces"] == 0
    assert values(result)["image_luminance"] == pytest.approx(level / 255, abs=1e-3)


def test_nothing_in_nothing_out(analyzer: Basic) -> None:
    assert analyzer.measure([]) == []


def test_a_batch_is_the_same_as_one_by_one_and_as_before(analyzer: Basic, faceless: list[np.ndarray]) -> None:
    images = [Image(pixels) for pixels in faceless]
    batch = [values(one) for one in analyzer.measure(images)]
    assert batch == [values(analyzer.measure([image])[0]) for image in images]
    assert batch[::-1] == [values(one) for one in analyzer.measure(images[::-1])]


def test_every_portrait_has_one_face_and_every_value(analyzer: Basic, portraits: list[Pillow.Image]) -> None:
    for picture in portraits:
        [result] = analyzer.measure([Image(np.asarray(picture))])
        # Some faces leave too little around them to tell where the light comes from.
        assert set(result.values) | {"backlight"} == set(analyzer.info.gives)
        assert values(result)["faces"] == 1
        assert result.points["five"].shape == (5, 2)
        assert result.points["mesh"].shape == (468, 2)
        assert {points.dtype for points in result.points.values()} == {np.dtype(np.float32)}
        assert 0 < values(result)["face_x"] < values(result)["face_x"] + values(result)["face_width"] < 1
        eyes = result.points["five"][:2]
        rims = result.points["mesh"][[[33, 133], [362, 263]]].mean(axis=1)
        assert np.abs(eyes - rims).max() < 0.25 * np.hypot(*(eyes[1] - eyes[0]))


def test_faces_measured_together_are_the_same_as_alone(analyzer: Basic, portraits: list[Pillow.Image]) -> None:
    assert seen(analyzer, *portraits) == [seen(analyzer, picture)[0] for picture in portraits]


def test_signs_on_pictures(analyzer: Basic, portraits: list[Pillow.Image]) -> None:
    """Turned clockwise the roll grows; mirrored, yaw, gaze and light change their sides and pitch stays."""
    for picture in portraits:
        grey = (127, 127, 127)
        plain, turned, mirrored = seen(analyzer, picture, picture.rotate(-20, fillcolor=grey), ImageOps.mirror(picture))
        assert turned["roll"] - plain["roll"] == pytest.approx(20, abs=5)
        assert mirrored["yaw"] == pytest.approx(-plain["yaw"], abs=8)
        assert mirrored["pitch"] == pytest.approx(plain["pitch"], abs=8)
        assert mirrored["gaze_x"] == pytest.approx(-plain["gaze_x"], abs=0.12)
        assert mirrored["asymmetry"] == pytest.approx(-plain["asymmetry"], abs=0.15)


def test_damage_moves_the_values_the_right_way(analyzer: Basic, portraits: list[Pillow.Image]) -> None:
    for picture in portraits:
        blurred = picture.filter(ImageFilter.GaussianBlur(8))
        plain, soft, dark = seen(analyzer, picture, blurred, picture.point(lambda v: v * 0.3))
        assert soft["sharpness"] < 0.2 * plain["sharpness"]
        assert dark["luminance"] < 0.5 * plain["luminance"]
        assert dark["dark_share"] > plain["dark_share"]


def test_noise_water_and_light_from_behind_move_their_values_alone(
    analyzer: Basic, portraits: list[Pillow.Image]
) -> None:
    for picture in portraits[:3]:
        pixels = np.asarray(picture.resize((384, 384)), np.float32)
        grain = np.random.default_rng(2).normal(0, 20, pixels.shape)
        changed = (pixels, pixels + grain, pixels * (0.4, 1, 1), pixels * 0.3 + 150)
        plain, noisy, wet, pale = (
            values(result)
            for result in analyzer.measure([Image(np.clip(one, 0, 255).astype(np.uint8)) for one in changed])
        )
        assert plain["noise"] < 3 < 8 < noisy["noise"]
        assert plain["red_loss"] < 0.3 < wet["red_loss"]
        assert noisy["ita"] == pytest.approx(plain["ita"], abs=6)
        assert abs(pale["backlight"]) < abs(plain["backlight"]) + 0.02


def test_a_close_up_is_found(analyzer: Basic, portraits: list[Pillow.Image]) -> None:
    """Cropped to eyes, nose and mouth, as no detector is trained for."""
    for picture in portraits:
        [result] = analyzer.measure([Image(np.asarray(picture))])
        x0, y0 = result.points["mesh"].min(axis=0)
        x1, y1 = result.points["mesh"].max(axis=0)
        close = picture.crop((int(x0), int(y0 + 0.08 * (y1 - y0)), int(x1), int(y1)))
        assert seen(analyzer, close)[0]["faces"] == 1


def test_two_people_are_two_faces(analyzer: Basic, portraits: list[Pillow.Image]) -> None:
    both = portraits[0].copy().resize((512, 512)).resize((1024, 512))
    both.paste(portraits[0].resize((512, 512)), (0, 0))
    both.paste(portraits[1].resize((512, 512)), (512, 0))
    assert seen(analyzer, both)[0]["faces"] == 2
