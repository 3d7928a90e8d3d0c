"""CLIP: its texts cover the vocabulary, words are told from one another, and a small network of the same kind runs.

The weights cannot be had without a network: a small architecture with weights drawn by chance takes the same way.
"""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd import models, registry, vocabulary
from agfd.analyze import clip
from agfd.analyze.clip import Clip, contrast, make, prompts
from agfd.errors import MissingDependencyError, ModelError, ModelsMissingError
from agfd.records import Image
from agfd.safety import screen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SCORED = {
    name: entry.values
    for name, entry in vocabulary.ATTRIBUTES.items()
    if isinstance(entry, vocabulary.Choice) and entry.checked_by == vocabulary.scores(name, entry.values)
}


def test_every_word_with_a_score_has_its_texts() -> None:
    wanted = SCORED | {"expression": vocabulary.SEEN_EXPRESSIONS}
    assert {name: tuple(values) for name, values in prompts()["values"].items()} == wanted
    assert len(prompts()["templates"]) > 1
    assert set(prompts()["whole"]) < set(wanted)
    for values in prompts()["values"].values():
        phrases = [phrase for of in values.values() for phrase in of]
        assert len(set(phrases)) == len(phrases) >= 2


def test_texts_are_harmless() -> None:
    for values in prompts()["values"].values():
        for phrase in (phrase for of in values.values() for phrase in of):
            assert all(screen(template.format(phrase), 5) is None for template in prompts()["templates"]), phrase


def test_a_word_is_told_from_the_others() -> None:
    assert contrast(np.array([0.3, 0.3, 0.3], np.float32), 100) == pytest.approx([1 / 3] * 3)
    chances = contrast(np.array([0.30, 0.25, 0.2], np.float32), 100)
    assert sum(chances) == pytest.approx(1)
    assert chances[0] / chances[1] == pytest.approx(np.exp(5), rel=1e-4)


def test_it_confirms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "_cached", lambda: None)
    info = Clip().info
    assert not info.competent
    assert not info.here
    assert set(info.gives) <= set(vocabulary.MEASUREMENTS)


def test_without_the_package_the_command_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(registry, "version", version)
    with pytest.raises(MissingDependencyError, match=r'needs open_clip_torch: pip install "agfd\[clip\]"'):
        make()


def test_a_pickle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="refused"):
        Clip(file=tmp_path / "weights.bin")


def test_without_a_network_it_says_what_to_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = pytest.importorskip("huggingface_hub")

    def fail(*args: object, **options: object) -> str:
        raise ConnectionError("no route")

    monkeypatch.setattr(hub, "hf_hub_download", fail)
    monkeypatch.setattr(clip, "_cached", lambda: None)
    with pytest.raises(ModelsMissingError, match=r"bring open_clip_model\.safetensors of laion/CLIP"):
        clip._fetched()


def test_another_file_than_the_published_one_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "open_clip_model.safetensors"
    file.write_bytes(b"something else")
    monkeypatch.setattr(clip, "_cached", lambda: file)
    with pytest.raises(ModelError, match="not the file that was published"):
        clip._fetched()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clip]:
    """The analyzer with a network of the same kind and a thousandth of its size, its weights drawn by chance."""
    open_clip = pytest.importorskip("open_clip", reason="the extra [clip] is not installed")
    import torch
    from safetensors.torch import save_file

    missing = [name for name in ("centerface", "face_mesh") if models.installed(name) is None]
    if missing:
        pytest.skip(f"weights are not installed ({', '.join(missing)}); run: agfd models install")
    folder = tmp_path_factory.mktemp("clip")
    config = {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
    }
    (folder / "small.json").write_text(json.dumps(config), encoding="utf-8")
    open_clip.add_model_config(folder / "small.json")
    torch.manual_seed(1)
    save_file(open_clip.create_model("small").state_dict(), folder / "small.safetensors")
    made = Clip("small", folder / "small.safetensors")
    made.setup()
    yield made
    made.teardown()


def test_a_picture_has_a_score_for_every_word(small: Clip, rendered: dict[str, NDArray[np.uint8]]) -> None:
    pictures = [Image(rendered["woman"]), Image(rendered["man"]), Image(np.zeros((40, 30, 3), np.uint8))]
    woman, man, nobody = small.measure(pictures)
    assert set(woman.values) == set(man.values) == set(small.info.gives)
    # Without a face only the picture as a whole is told.
    assert set(nobody.values) == {n for name in prompts()["whole"] for n in vocabulary.scores(name, SCORED[name])}
    for seen in (woman, man, nobody):
        for name, values in prompts()["values"].items():
            found = [seen.values[n].value for n in vocabulary.scores(name, tuple(values)) if n in seen.values]
            assert not found or sum(found) == pytest.approx(1)
    assert woman != man
    assert small.measure(pictures[1:]) == [man, nobody]


def test_scores_are_those_of_the_library(small: Clip, rendered: dict[str, NDArray[np.uint8]]) -> None:
    """One attribute by OpenCLIP's own call: logits of the picture and the mean texts."""
    import open_clip
    import torch
    from PIL import Image as Pillow

    [seen] = small.measure([Image(rendered["woman"])])
    tokenizer = open_clip.get_tokenizer("small")
    with torch.inference_mode():
        means = []
        for phrases in prompts()["values"]["scene"].values():
            texts = [template.format(phrase) for template in prompts()["templates"] for phrase in phrases]
            each = torch.nn.functional.normalize(small._networks.model.encode_text(tokenizer(texts)), dim=-1)
            means.append(torch.nn.functional.normalize(each.mean(dim=0), dim=-1))
        picture = small._networks.prepare(Pillow.fromarray(rendered["woman"]))[None]
        features = torch.nn.functional.normalize(small._networks.model.encode_image(picture), dim=-1)
        wanted = (small._networks.model.logit_scale.exp() * features @ torch.stack(means).T).softmax(dim=-1)[0]
    found = [seen.values[name].value for name in vocabulary.scores("scene", SCORED["scene"])]
    assert found == pytest.approx(wanted.tolist(), abs=1e-4)


def test_weights_of_another_architecture_are_refused(small: Clip) -> None:
    with pytest.raises(ModelError, match="cannot be read as the weights of ViT-B-32"):
        Clip("ViT-B-32", small._file).setup()
