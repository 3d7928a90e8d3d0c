import numpy as np
import pytest

from agfd.errors import UnknownNameError
from agfd.generate.render.scene.lights import CENTRE, LightRig, direction, emitters, light_rig
from agfd.vocabulary import ATTRIBUTES, Choice

LIGHTS = ATTRIBUTES["light"]
assert isinstance(LIGHTS, Choice)


def rig(name: str, seed: int = 0, scale: float = 1.0) -> LightRig:
    return light_rig(name, np.random.default_rng(seed), scale)


def picture(light: LightRig, albedo: float = 0.32, scale: float = 1.0) -> np.ndarray:
    """A matt ball at the head's place from the front, exposed, linear RGBA of 24 pixels."""
    mi = pytest.importorskip("mitsuba")
    mi.set_variant("scalar_rgb")
    scene = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": 2, "hide_emitters": True},
        "ball": {
            "type": "sphere",
            "center": list(CENTRE),
            "radius": 0.09 * scale,
            "bsdf": {"type": "diffuse", "reflectance": {"type": "rgb", "value": albedo}},
        },
        "sensor": {
            "type": "perspective",
            "fov": 12,
            "to_world": mi.ScalarTransform4f().look_at(
                origin=list(CENTRE - np.array([0, scale, 0])), target=list(CENTRE), up=[0, 0, 1]
            ),
            "film": {"type": "hdrfilm", "width": 24, "height": 24, "rfilter": {"type": "box"}, "pixel_format": "rgba"},
            "sampler": {"type": "independent", "sample_count": 64},
        },
    }
    for name, light_dict in emitters(light):
        scene[name] = mi.load_dict(light_dict)
    image = np.array(mi.render(mi.load_dict(scene, optimize=False)))
    image[:, :, :3] *= light.exposure * light.white_balance
    return image


def face(image: np.ndarray) -> float:
    """Gamma-encoded luminance of the middle of a picture."""
    return float(np.mean(image[7:17, 7:17, :3] @ (0.2126, 0.7152, 0.0722)) ** (1 / 2.2))


@pytest.mark.parametrize("name", LIGHTS.values)
def test_a_rig_is_decided_by_its_seed(name: str) -> None:
    first, again, other = rig(name, 1), rig(name, 1), rig(name, 2)
    assert first.exposure == again.exposure
    assert first.environment.tobytes() == again.environment.tobytes()
    assert [a.to_world.tobytes() for a in first.areas] == [a.to_world.tobytes() for a in again.areas]
    assert first.exposure != other.exposure
    assert [a.name for a in first.areas] == [a.name for a in other.areas]


@pytest.mark.parametrize("name", LIGHTS.values)
def test_lamps_look_at_the_head_and_stay_out_of_the_picture(name: str) -> None:
    for seed in range(12):
        light = rig(name, seed)
        assert np.isfinite(light.environment).all()
        assert light.environment.min() >= 0
        assert light.exposure > 0
        for area in light.areas:
            towards = CENTRE - area.to_world[:3, 3]
            assert area.to_world[:3, 2] @ towards == pytest.approx(np.linalg.norm(towards))
            assert np.linalg.norm(towards) > 0.8
            assert area.radiance.min() > 0


def test_a_small_head_is_lit_like_a_large_one() -> None:
    large, small = rig("studio", 4, 1.0), rig("studio", 4, 0.6)
    assert small.exposure == pytest.approx(large.exposure, rel=1e-6)
    assert face(picture(small, scale=0.6)) == pytest.approx(face(picture(large)), rel=0.05)


def test_pictures_are_as_bright_as_their_word() -> None:
    found = {name: np.mean([face(picture(rig(name, seed))) for seed in range(3)]) for name in LIGHTS.values}
    for name in ("studio", "soft", "strong sun"):
        assert 0.45 < found[name] < 0.75, (name, found[name])
    for name in ("night", "dim"):
        assert 0.08 < found[name] < 0.26, (name, found[name])
    assert 0.03 < found["very dark"] < 0.14
    assert found["very dark"] < found["dim"] < found["sun behind"] < found["strong sun"]


def test_directions_are_those_of_the_viewer() -> None:
    """Light from the viewer's right and from above lights that part of the ball, lamps and surroundings alike."""
    base = rig("studio", 0)
    env = np.zeros_like(base.environment)
    columns = env.shape[1]
    env[8:16, columns // 6 : columns // 3] = 1
    image = picture(LightRig("test", (), env, 1.0, np.ones(3, np.float32)))[:, :, 1]
    assert image[4:12, 14:20].mean() > 3 * image[14:20, 4:12].mean()
    assert direction(90, 0) == pytest.approx((1, 0, 0))
    assert direction(0, 0) == pytest.approx((0, -1, 0))


def test_an_unknown_light_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="light"):
        rig("candle")
