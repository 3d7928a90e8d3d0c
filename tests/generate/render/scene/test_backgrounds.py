import numpy as np
import pytest

from agfd.errors import UnknownNameError
from agfd.generate.render.scene import backgrounds
from agfd.generate.render.scene.backgrounds import background
from agfd.generate.render.scene.optics import defocus, enlarge, noise
from agfd.vocabulary import ATTRIBUTES, Choice

SCENES = ATTRIBUTES["scene"]
LIGHTS = ATTRIBUTES["light"]
assert isinstance(SCENES, Choice)
assert isinstance(LIGHTS, Choice)


def make(scene: str, light: str, seed: int, size: tuple[int, int] = (64, 64)) -> np.ndarray:
    return background(scene, light, size, np.random.default_rng(seed))


@pytest.mark.parametrize("scene", SCENES.values)
@pytest.mark.parametrize("light", LIGHTS.values)
def test_every_word_gives_a_finite_picture(scene: str, light: str) -> None:
    picture = make(scene, light, 3, (48, 72))
    assert picture.shape == (48, 72, 3)
    assert picture.dtype == np.float32
    assert np.isfinite(picture).all()
    assert picture.min() >= 0
    assert picture.std() > 0


@pytest.mark.parametrize("scene", SCENES.values)
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(scene: str) -> None:
    assert make(scene, "soft", 5).tobytes() == make(scene, "soft", 5).tobytes()
    assert np.abs(make(scene, "soft", 5) - make(scene, "soft", 6)).mean() > 0.01


@pytest.mark.parametrize("scene", ["studio", "indoor", "outdoor"])
def test_dark_lights_are_dark(scene: str) -> None:
    def mean(light: str) -> float:
        return float(np.mean([make(scene, light, seed).mean() for seed in range(12)]))

    bright = mean("studio")
    assert mean("dim") < 0.3 * bright
    assert mean("night") < 0.3 * bright
    assert mean("very dark") < 0.05 * bright


def test_a_night_has_lamps_on_a_dark_ground() -> None:
    for seed in range(8):
        picture = make("night", "night", seed, (128, 128)).max(axis=2)
        assert np.median(picture) < 0.1
        assert picture.max() > 0.2


def test_only_lamps_are_sharp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps between neighbours of 256 pixels are small nearly everywhere; without the blur they are not."""

    def steps() -> float:
        pictures = [np.clip(make("indoor", "soft", seed, (256, 256)), 0, 1) for seed in range(6)]
        return float(np.quantile(np.abs(np.diff(np.stack(pictures), axis=2)), 0.99))

    blurred = steps()
    monkeypatch.setattr(backgrounds, "defocus", lambda canvas, radius: canvas)
    assert blurred < 0.1 < 0.2 < steps()


def test_unknown_words_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="scene"):
        make("moon", "soft", 0)
    with pytest.raises(UnknownNameError, match="light"):
        make("studio", "laser", 0)


def test_blur_keeps_the_light_and_its_border() -> None:
    flat = np.full((40, 50, 3), 0.4, np.float32)
    assert np.allclose(defocus(flat, 6.5), 0.4, atol=1e-5)
    point = np.zeros((61, 61, 3), np.float32)
    point[30, 30] = 1
    blurred = defocus(point, 8)
    assert blurred.sum() == pytest.approx(3, rel=1e-4)
    assert blurred[30, 36, 0] == pytest.approx(blurred[30, 30, 0], rel=1e-3)
    assert blurred[30, 40, 0] < 1e-6


def test_noise_and_enlarging_keep_their_scale() -> None:
    sample = noise(np.random.default_rng(0), (200, 200), 10)
    assert abs(float(sample.mean())) < 0.3
    assert 0.6 < float(sample.std()) < 1.5
    assert np.allclose(enlarge(np.ones((5, 7), np.float32), (32, 40)), 1, atol=1e-5)
