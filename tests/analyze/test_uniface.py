"""The networks of uniface: what they are asked, what becomes of their numbers, and what is said without them.

Their weights cannot be had without a network. The package itself is tested with small networks of the same inputs and
outputs where it is installed; elsewhere classes stand in for it that do what its documentation says.
"""

from __future__ import annotations

import hashlib
import sys
from importlib.metadata import PackageNotFoundError
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from agfd import models, registry
from agfd.analyze import uniface as module
from agfd.analyze.uniface import FAIRFACE, GIVES, STATE, YEARS, Uniface, make, make_non_commercial, people, worn
from agfd.errors import MissingDependencyError, ModelsMissingError
from agfd.records import Image
from agfd.vocabulary import MEASUREMENTS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PARTS = {part.kind: part for part in (FAIRFACE, STATE, YEARS)}


def one_hot(place: int, of: int) -> NDArray[np.float32]:
    return np.float32(20) * np.eye(of, dtype=np.float32)[None, place]


def test_what_fairface_says() -> None:
    said = people([one_hot(4, 7), one_hot(1, 2), one_hot(8, 9)])
    assert said["race_southeast_asian"] == pytest.approx(1)
    assert said["sex"] == pytest.approx(0, abs=1e-6)
    assert said["age"] == pytest.approx(76)
    # It numbers the sexes the other way round than the vocabulary: male first.
    assert people([one_hot(0, 7), one_hot(0, 2), one_hot(0, 9)])["sex"] == pytest.approx(1)


def test_an_age_between_two_bands() -> None:
    between = np.full((1, 9), -50, np.float32)
    between[0, 3:5] = 0
    assert people([one_hot(0, 7), one_hot(0, 2), between])["age"] == pytest.approx(29.5)


@pytest.mark.parametrize(
    ("eyeglasses", "sunglasses", "wanted"),
    [(0, 0, "none"), (1, 0, "glasses"), (0, 1, "sunglasses"), (1, 1, "sunglasses")],
)
def test_what_is_worn(eyeglasses: float, sunglasses: float, wanted: str) -> None:
    said = worn(SimpleNamespace(eyeglasses=eyeglasses, sunglasses=sunglasses, mask=0.25))
    assert {name: value for name, value in said.items() if name.startswith("eyewear") and value} == {
        f"eyewear_{wanted}": 1
    }
    assert (said["mask_none"], said["mask_medical"]) == (0.75, 0.25)


def test_it_gives_only_names_of_the_vocabulary_and_confirms_nothing() -> None:
    info = Uniface().info
    assert set(info.gives) == set(GIVES) <= set(MEASUREMENTS)
    assert not info.competent


def test_what_may_not_be_sold_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "version", lambda name: "4.2.1" if name == "uniface" else "99")
    plain, other = make().info, make_non_commercial().info
    assert (plain.commercial, other.commercial) == (True, False)
    assert plain.name != other.name
    assert "uniface/age_gender" in other.weights
    assert "uniface/age_gender" not in plain.weights
    assert make(non_commercial=True).info == other


def test_weights_are_looked_for_where_the_package_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIFACE_CACHE_DIR", str(tmp_path))
    assert not Uniface().info.here
    for part in (FAIRFACE, STATE):
        (tmp_path / f"{part.file}.onnx").touch()
    assert Uniface().info.here
    assert not Uniface(non_commercial=True).info.here


@pytest.mark.parametrize("found", [None, "4.1.0"])
def test_without_the_package_the_command_is_said(found: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if found is None:
            raise PackageNotFoundError(name)
        return found

    monkeypatch.setattr(registry, "version", version)
    with pytest.raises(MissingDependencyError, match=r'needs uniface\b.*: pip install "agfd\[uniface\]"'):
        make()


def test_measuring_needs_setup() -> None:
    with pytest.raises(RuntimeError, match="setup"):
        Uniface().measure([Image(np.zeros((8, 8, 3), np.uint8))])


@pytest.fixture
def weights_of_views() -> None:
    missing = [name for name in ("centerface", "face_mesh") if models.installed(name) is None]
    if missing:
        pytest.skip(f"weights are not installed ({', '.join(missing)}); run: agfd models install")


class Network:
    """What the classes of uniface have in common: their steps, and a session that is run with what they prepared."""

    input_name, output_names = "input", ["out"]

    def __init__(self, *, providers: list[str]) -> None:
        assert providers == ["CPUExecutionProvider"]
        self.session: Any = None

    def preprocess(self, image: NDArray[np.uint8], bbox: NDArray[np.float32]) -> NDArray[np.float32]:
        x0, y0, x1, y1 = bbox.astype(int)
        return image[y0:y1, x0:x1].reshape(-1, 3).mean(axis=0)[None].astype(np.float32)


class FairFace(Network):
    pass


class FaceAttribNet(Network):
    def postprocess(self, prediction: NDArray[np.float32]) -> Any:
        names = ("left_eye_open", "right_eye_open", "eyeglasses", "mask", "sunglasses")
        return SimpleNamespace(**dict(zip(names, np.squeeze(prediction).tolist(), strict=True)))


class AgeGender(Network):
    def postprocess(self, prediction: NDArray[np.float32]) -> Any:
        return SimpleNamespace(age=int(np.round(prediction[2] * 100)))


class Session:
    """Answers for each of the networks and keeps what it was shown."""

    shown: list[NDArray[np.float32]]

    def __init__(self, path: Path) -> None:
        self._kind = path.stem

    def run(self, names: list[str], inputs: dict[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        Session.shown.append(inputs["input"])
        if self._kind == FAIRFACE.file:
            return [one_hot(1, 7), one_hot(0, 2), one_hot(5, 9)]
        if self._kind == STATE.file:
            return [np.array([[1, 1, 0, 0.5, 0]], np.float32)]
        return [np.array([[0, 1, 0.41]], np.float32)]


def stand_in(monkeypatch: pytest.MonkeyPatch, cache: Path, problem: Exception | None = None) -> None:
    """The parts of uniface that are used, in its place."""

    def verify_model_weights(weights: str, max_retries: int) -> str:
        if problem is not None:
            raise problem
        return str(cache / f"{weights}.onnx")

    package, constants, cv2 = ModuleType("uniface"), ModuleType("uniface.constants"), ModuleType("cv2")
    for kind in (FairFace, FaceAttribNet, AgeGender):
        setattr(package, kind.__name__, kind)
        setattr(constants, f"{kind.__name__}Weights", SimpleNamespace(DEFAULT=PARTS[kind.__name__].file))
    package.verify_model_weights, package.constants = verify_model_weights, constants  # type: ignore[attr-defined]
    cv2.setNumThreads = lambda number: None  # type: ignore[attr-defined]
    for name, made in {"uniface": package, "uniface.constants": constants, "cv2": cv2}.items():
        monkeypatch.setitem(sys.modules, name, made)
    monkeypatch.setattr(module, "onnx_session", Session)
    Session.shown = []


@pytest.mark.usefixtures("weights_of_views")
@pytest.mark.parametrize("non_commercial", [False, True])
def test_the_main_face_is_measured(
    rendered: dict[str, NDArray[np.uint8]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, non_commercial: bool
) -> None:
    stand_in(monkeypatch, tmp_path)
    analyzer = Uniface(non_commercial=non_commercial)
    analyzer.setup()
    seen, nothing = analyzer.measure([Image(rendered["woman"]), Image(np.zeros((64, 64, 3), np.uint8))])
    assert not nothing.values
    assert set(seen.values) == set(GIVES)
    assert seen.values["race_black"].value == pytest.approx(1)
    assert seen.values["age"].value == pytest.approx(41 if non_commercial else 44.5)
    assert seen.values["mask_medical"].value == pytest.approx(0.5)
    # Skin is redder than blue, and uniface wants blue first.
    for colour in Session.shown:
        assert colour[0, 2] > colour[0, 0] > 0
    analyzer.teardown()


@pytest.mark.usefixtures("weights_of_views")
def test_without_a_network_it_says_what_to_bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIFACE_CACHE_DIR", str(tmp_path))
    stand_in(monkeypatch, tmp_path, ConnectionError("no route"))
    with pytest.raises(ModelsMissingError, match=r"bring fairface\.onnx of its releases into ") as caught:
        Uniface().setup()
    assert "\n" not in str(caught.value)


def network(inputs: tuple[int, ...], outputs: dict[str, int], squash: bool) -> bytes:
    """A network of these sizes: mean colour of the picture, times fixed numbers."""
    onnx = pytest.importorskip("onnx", reason="small networks are made with the package onnx")
    helper, rng = onnx.helper, np.random.default_rng(sum(outputs.values()))
    nodes = [
        helper.make_node("GlobalAveragePool", ["input"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
    ]
    fixed = []
    for name, size in outputs.items():
        fixed.append(onnx.numpy_helper.from_array(rng.normal(0, 3, (3, size)).astype(np.float32), f"{name}_w"))
        nodes.append(helper.make_node("MatMul", ["flat", f"{name}_w"], [f"{name}_raw" if squash else name]))
        if squash:
            nodes.append(helper.make_node("Sigmoid", [f"{name}_raw"], [name]))
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "small",
        [tensor("input", 1, [1, 3, *inputs])],
        [tensor(name, 1, [1, size]) for name, size in outputs.items()],
        fixed,
    )
    made: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    ).SerializeToString()
    return made


@pytest.mark.usefixtures("weights_of_views")
def test_the_package_itself_says_the_same(
    rendered: dict[str, NDArray[np.uint8]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = pytest.importorskip("uniface", reason="the extra [uniface] is not installed")
    monkeypatch.setenv("UNIFACE_CACHE_DIR", str(tmp_path))
    sizes = {
        "FairFace": ((224, 224), {"race": 7, "gender": 2, "age": 9}, False),
        "FaceAttribNet": ((128, 128), {"state": 5}, True),
        "AgeGender": ((96, 96), {"both": 3}, True),
    }
    for kind, size in sizes.items():
        default = getattr(package.constants, f"{kind}Weights").DEFAULT
        assert default.value == PARTS[kind].file
        assert package.constants.MODEL_REGISTRY[default].sha256 == PARTS[kind].sha256
        data = network(*size)
        (tmp_path / f"{default.value}.onnx").write_bytes(data)
        entry = package.constants.ModelInfo("file.onnx", hashlib.sha256(data).hexdigest())
        monkeypatch.setitem(package.constants.MODEL_REGISTRY, default, entry)
    assert module.cache() == tmp_path
    analyzer = Uniface(non_commercial=True)
    analyzer.setup()
    assert analyzer._sight is not None
    for pixels in rendered.values():
        image = Image(pixels)
        [seen] = analyzer.measure([image])
        main = analyzer._sight.view(image).faces[0]
        face = package.Face(np.array(main.box, np.float32), main.score, main.points)
        picture = np.ascontiguousarray(pixels[..., ::-1])
        found = {kind: getattr(package, kind)().predict(picture, face) for kind in sizes}
        said = {name: one.value for name, one in seen.values.items()}
        races = {name: value for name, value in said.items() if name.startswith("race")}
        likeliest = max(races, key=lambda name: races[name])
        assert likeliest == "race_" + found["FairFace"].race.lower().replace(" ", "_")
        assert (said["sex"] > 0.5) == bool(found["FairFace"].gender)
        assert said["age"] == found["AgeGender"].age
        assert said["mask_medical"] == pytest.approx(found["FaceAttribNet"].mask, abs=1e-6)
        assert said["eyewear_sunglasses"] == pytest.approx(found["FaceAttribNet"].sunglasses, abs=1e-6)
    analyzer.teardown()
