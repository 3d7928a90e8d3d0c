"""A generator that gives faulty pictures: each becomes a row with its reason, and the build goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageFilter

import agfd
from agfd import testing
from agfd.records import Image, Outcome
from agfd.run.finish import BLANK
from builders import COMMON, pixels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from agfd.records import Request

# Women of 25 are asked for. The bounds are what the analyzer `people` is right within on generated faces.
RECIPE = (
    "name: planted\n"
    + COMMON.replace("ages: [25, 35, 60]", "ages: [25]")
    + """\
  more_faces: {about: face, measure: faces, max: 1}
  too_dark: {about: quality, measure: luminance, min: 0.12}
  wrong_age: {about: attribute, measure: age, within: 20}
  not_female: {about: attribute, measure: sex, max: 0.65, when: {sex: [female]}}
  eyes_not_open: {about: attribute, measure: eye_opening, min: 0.19, when: {eyes: [open]}}
analyzers: [ANALYZERS]
axes: {sex: [female], race: [White]}
rows:
  faces:
    group: Faces
    feature: Faces
    count: {female: COUNT}
    variants:
      - {phrase: open eyes, set: {eyes: open}}
"""
)


def faults(rendered: dict[str, NDArray[np.uint8]]) -> list[tuple[NDArray[Any], str, set[str]]]:
    """What the generator gives for each slot, the status of its row, and the reasons that must stand there."""
    woman, man = rendered["woman"], rendered["man"]
    blurred = np.asarray(Pillow.fromarray(woman).filter(ImageFilter.GaussianBlur(5)))
    return [
        (woman, "accepted", set()),
        (np.zeros_like(woman), "rejected", {BLANK}),
        (pixels(1, (256, 256)), "rejected", {"no_face"}),
        (np.full_like(woman, 200), "rejected", {BLANK}),
        (np.concatenate([woman, man], axis=1), "rejected", {"more_faces"}),
        (blurred, "rejected", {"blurred"}),
        (woman // 12, "rejected", {"too_dark"}),
        (man, "rejected", {"wrong_age", "not_female"}),
        (rendered["asleep"], "rejected", {"eyes_not_open"}),
        (np.zeros((1, 1, 3), np.uint8), "rejected", {BLANK}),
        (woman, "rejected", {"duplicate"}),
        (woman.astype(np.float32) / 255, "failed", {"bad_image"}),
        (woman[..., 0], "failed", {"bad_image"}),
        (np.zeros((0, 5, 3), np.uint8), "failed", {"bad_image"}),
        (np.dstack([woman, woman[..., :1]]), "failed", {"bad_image"}),
    ]


class Faulty(testing.FakeGenerator):
    """Gives slot n the nth fault, and knows nothing of what is in it."""

    def __init__(self, pictures: Sequence[NDArray[Any]]) -> None:
        super().__init__({})
        self._pictures = pictures
        self.info = replace(self.info, domain="diffusion", truths=())

    def generate(self, requests: Sequence[Request], preview: object = None) -> Iterator[Outcome[Image]]:
        for request in requests:
            yield Outcome(request.id, Image(self._pictures[request.slot]))


@pytest.fixture(scope="module")
def built(
    rendered: dict[str, NDArray[np.uint8]], lookers: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> tuple[agfd.Dataset, list[tuple[NDArray[Any], str, set[str]]]]:
    planted = faults(rendered)
    folder = tmp_path_factory.mktemp("planted")
    recipe = folder / "planted.yaml"
    text = RECIPE.replace("ANALYZERS", ", ".join(lookers)).replace("COUNT", str(len(planted)))
    recipe.write_text(text, encoding="utf-8")
    generator = Faulty([picture for picture, _, _ in planted])
    return agfd.build(str(recipe), folder / "faces", generator=generator, max_tries=1), planted


def test_every_faulty_picture_is_a_row_with_its_reasons(
    built: tuple[agfd.Dataset, list[tuple[NDArray[Any], str, set[str]]]],
) -> None:
    dataset, planted = built
    rows = sorted(dataset.filter(status=None), key=lambda sample: sample.request.slot)
    assert [row.request.slot for row in rows] == list(range(len(planted)))
    assert [row.verdict.status for row in rows] == [status for _, status, _ in planted]
    for row, (_, status, reasons) in zip(rows, planted, strict=True):
        assert reasons <= set(row.verdict.reasons), row.request.slot
        # A sentence where nobody looked.
        assert (row.verdict.error is not None) == (status == "failed" or BLANK in reasons)
    assert not dataset.verify()


def test_the_good_one_is_measured(built: tuple[agfd.Dataset, list[tuple[NDArray[Any], str, set[str]]]]) -> None:
    [good] = built[0]
    assert {good.verdict.sources[name] for name in ("age", "sex", "eyes")} == {"measured"}
    assert good.verdict.sources["race"] == "asked"


def test_the_reasons_are_counted(built: tuple[agfd.Dataset, list[tuple[NDArray[Any], str, set[str]]]]) -> None:
    dataset, planted = built
    reasons = dataset.status()["reasons"]
    assert reasons["bad_image"] == sum("bad_image" in wanted for _, _, wanted in planted)
    assert {"no_face", BLANK, "more_faces", "blurred", "duplicate", "wrong_age", "not_female"} <= set(reasons)
