"""The panel of one image in a real browser: everything known of it, its overlays, the way through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from browser.browsing import EVIL, FIVE, SIZE, faces, look_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from agfd.records import Sample
    from browser.conftest import Watched

    Watch = Callable[..., Watched]


def panel(watch: Watch, made: tuple[Path, list[Sample]], number: int, more: str = "", **options: object) -> Page:
    """A page with the panel of an image open."""
    gallery, samples = made
    identity = samples[number].request.id
    page = look_at(watch, gallery, f"#image={identity}{more}", **options)
    page.locator(f'#panel[data-image="{identity}"]').wait_for()
    return page


def middle(drawn: Locator, stage: Locator) -> tuple[float, float]:
    """Where something that is drawn lies on the picture, in the picture's pixels."""
    box, frame = drawn.bounding_box(), stage.bounding_box()
    assert box is not None
    assert frame is not None
    scale = SIZE / frame["width"]
    return (box["x"] + box["width"] / 2 - frame["x"]) * scale, (box["y"] + box["height"] / 2 - frame["y"]) * scale


def test_everything_known_is_there(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    sample = made[1][0]
    page = panel(watch, made, 0)
    facts = page.locator("#panel .facts-of")
    told = facts.inner_text()
    request = sample.request
    for text in (request.prompt, request.negative_prompt, str(request.person), str(request.scene), "tiles", "Accepted"):
        assert text in told
    assert f"agfd reproduce {made[0].parent} {request.id}" in told
    cells = facts.locator('[data-attribute="sex"] td').all_inner_texts()
    assert cells == ["female", "male ≠", "female", "constructed"]
    cells = facts.locator('[data-attribute="age"] td').all_inner_texts()
    age = request.attributes["age"]
    assert cells == [
        str(age),
        f"31.5 {'+' if float(age) < 31.5 else '−'}{abs(31.5 - float(age)):g}",
        str(age),
        "constructed",
    ]
    facts.locator("summary").filter(has_text="All measurements (7)").click()
    assert "0.60" in facts.locator(".measurements tr").filter(has_text="probability of male").inner_text()
    assert sample.place is not None
    facts.locator("summary").filter(has_text="Hashes").click()
    facts.locator('[data-fold="hashes"] dl').wait_for()
    assert sample.place.pixels_sha256 in facts.inner_text()


def test_what_is_unfolded_stays_so_for_the_next_image(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = panel(watch, made, 0)
    page.locator('#panel [data-fold="measurements"] summary').click()
    page.locator("#panel table.measurements").wait_for()
    page.keyboard.press("ArrowRight")
    page.locator(f'#panel[data-image="{made[1][1].request.id}"]').wait_for()
    assert page.locator("#panel table.measurements").is_visible()


def test_landmarks_lie_where_the_truth_says(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = panel(watch, made, 0)
    stage = page.locator("#panel .stage")
    assert stage.locator("circle").count() == 0
    page.locator("#panel label.switch", has_text="Landmarks").click()
    truth = made[1][0].truth
    assert truth is not None
    assert truth.landmarks is not None
    assert stage.locator("circle.dot").count() == 68
    for number in (0, 17, 50):
        x, y = middle(stage.locator(f'[data-point="{number}"]'), stage)
        assert (x, y) == pytest.approx(tuple(map(float, truth.landmarks[number])), abs=0.15)
    hollow = stage.locator("circle.dot.hidden")
    assert [hollow.count(), hollow.get_attribute("data-point")] == [1, "3"]
    assert hollow.evaluate("(dot) => getComputedStyle(dot).fill") == "none"
    page.locator("#panel label.switch", has_text="Landmarks").click()
    assert not stage.locator('[data-overlay="landmarks"]').is_visible()


def test_measured_points_and_boxes(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = panel(watch, made, 0, "&show=five,boxes")
    stage = page.locator("#panel .stage")
    for number, point in enumerate(FIVE):
        assert middle(stage.locator(f'[data-five="{number}"]'), stage) == pytest.approx(tuple(point), abs=0.15)
    corners = ("x", "y", "width", "height")
    true, seen = stage.locator("rect.true"), stage.locator("rect.measured")
    assert [float(true.get_attribute(name) or 0) for name in corners] == [12, 10, 40, 48]
    assert [float(seen.get_attribute(name) or 0) for name in corners] == [16, 16, 32, 32]


def test_pose_gaze_and_light_point_where_they_should(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = panel(watch, made, 0, "&show=pose,gaze,light")
    stage = page.locator("#panel .stage")

    def way(kind: str) -> tuple[float, float]:
        line = stage.locator(f"line.axis.{kind}").first
        x1, y1, x2, y2 = (float(line.get_attribute(name) or 0) for name in ("x1", "y1", "x2", "y2"))
        return x2 - x1, y2 - y1

    # The face looks to the viewer's right: its front goes there, its own right side points away and is a dot.
    assert way("z") == pytest.approx((20, 0), abs=1e-6)
    assert way("y") == pytest.approx((0, -20), abs=1e-6)
    assert stage.locator("line.axis.x").count() == 0
    assert stage.locator("circle.tip.x").count() == 1
    assert way("look")[0] > 0
    assert way("look")[1] == pytest.approx(0)
    assert "Pose yaw 90°, pitch 0°, roll 0° (true)" in page.locator("#panel .told").inner_text()
    # Light from above.
    sun = stage.locator("circle.disc")
    assert float(sun.get_attribute("cy") or 0) < 34
    assert float(sun.get_attribute("cx") or 0) == pytest.approx(32)
    assert way("sun")[1] > 0


@pytest.mark.parametrize(
    ("pose", "axis", "wanted"),
    [
        ({"yaw": 0, "pitch": 0, "roll": 0}, "front", [0, 0, -1]),
        ({"yaw": 30, "pitch": 0, "roll": 0}, "front", [0.5, 0, -0.8660254]),
        ({"yaw": 0, "pitch": 30, "roll": 0}, "front", [0, -0.5, -0.8660254]),
        ({"yaw": 0, "pitch": 0, "roll": 90}, "up", [1, 0, 0]),
        ({"yaw": 0, "pitch": 0, "roll": 90}, "right", [0, 1, 0]),
        ({"yaw": 90, "pitch": 0, "roll": 0}, "right", [0, 0, 1]),
    ],
)
def test_axes_of_a_head(
    made: tuple[Path, list[Sample]], watch: Watch, pose: dict[str, float], axis: str, wanted: list[float]
) -> None:
    page = look_at(watch, made[0])
    assert page.evaluate("([pose, axis]) => agfd.axes(pose)[axis]", [pose, axis]) == pytest.approx(wanted, abs=1e-6)


def test_a_map_is_laid_over_the_picture_with_its_legend(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = panel(watch, made, 0)
    veil = page.locator('#panel img[data-overlay="segmentation"]')
    assert not veil.is_visible()
    page.locator("#panel label.switch", has_text="Segmentation").click()
    page.wait_for_function("document.querySelector('#panel img[data-overlay=segmentation]').naturalWidth === 64")
    assert veil.bounding_box() == page.locator("#panel .picture").bounding_box()
    page.get_by_label("Opacity of maps").fill("25")
    assert veil.evaluate("(veil) => veil.style.opacity") == "0.25"
    page.get_by_text("Parts and their colours").click()
    skin = page.locator(".legend li", has_text="skin").locator("i")
    # PASCAL VOC's first colour, as the file has it.
    assert skin.evaluate("(sign) => getComputedStyle(sign).backgroundColor") == "rgb(128, 0, 0)"


def test_overlays_by_number_stay_for_the_next_image_and_in_the_address(
    made: tuple[Path, list[Sample]], watch: Watch
) -> None:
    page = panel(watch, made, 0)
    page.keyboard.press("1")
    assert page.evaluate("location.hash").endswith("&show=landmarks")
    page.keyboard.press("ArrowRight")
    page.locator(f'#panel[data-image="{made[1][1].request.id}"]').wait_for()
    assert page.locator("#panel circle.dot").count() == 68


def test_a_way_through_the_images_and_back_to_the_grid(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    gallery, samples = made
    page = look_at(watch, gallery)
    ids = [sample.request.id for sample in samples]
    page.locator("#grid .tile").first.click()
    page.locator(f'#panel[data-image="{ids[0]}"]').wait_for()
    assert page.evaluate("document.activeElement.id") == "panel-title"
    assert page.get_by_role("button", name="Previous image").is_disabled()
    page.get_by_role("button", name="Next image").click()
    page.locator(f'#panel[data-image="{ids[1]}"]').wait_for()
    assert page.locator("#panel .position").inner_text() == f"2 of {len(ids)}"
    page.keyboard.press("ArrowRight")
    page.locator(f'#panel[data-image="{ids[2]}"]').wait_for()
    page.keyboard.press("Escape")
    page.locator("#panel").wait_for(state="hidden")
    page.wait_for_function("document.activeElement.dataset.number === '2'")
    assert page.evaluate("location.hash") == ""
    # Closing went back: forward opens it again.
    page.go_forward()
    page.locator("#panel[data-image]").wait_for()


def test_a_finger_across_the_picture_goes_on(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = panel(watch, made, 0, viewport={"width": 390, "height": 844}, has_touch=True)
    box = page.locator("#panel .stage").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] - 20, box["y"] + 50
    fingers = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x - 150, "y": y}]),
        ("touchEnd", []),
    ):
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.locator(f'#panel[data-image="{made[1][1].request.id}"]').wait_for()


def test_a_deep_link_is_closed_without_leaving_the_page(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = panel(watch, made, 2, "&sex=female")
    # It is shown although the choice would leave it out.
    assert page.locator("#panel .position").inner_text() == "not among the chosen"
    page.get_by_role("button", name="Close", exact=True).click()
    page.locator("#panel").wait_for(state="hidden")
    assert page.evaluate("location.hash") == "#sex=female"


def test_a_rejected_image_says_why_and_a_failed_one_has_no_picture(
    made: tuple[Path, list[Sample]], watch: Watch
) -> None:
    page = panel(watch, made, 2)
    told = page.locator("#panel .verdict").inner_text()
    assert "blurred" in told
    assert "sharpness below 5" in told
    assert "Analyzers disagree on sex" in told
    assert (page.locator("#panel .picture").get_attribute("src") or "").startswith("thumbs/")
    page.keyboard.press("ArrowRight")
    page.locator(f'#panel[data-image="{made[1][3].request.id}"]').wait_for()
    assert "the worker died twice" in page.locator("#panel .verdict").inner_text()
    assert page.locator("#panel .no-picture").is_visible()
    assert page.locator("#panel .switch").count() == 0


def test_markup_in_a_prompt_is_text_and_its_weight_is_marked(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = panel(watch, made, 4)
    assert page.locator("#panel .prompt-text").first.inner_text() == f"photo, ({EVIL}:1.2), film"
    assert page.locator("#panel .prompt-text .weight").first.inner_text() == ":1.2"
    assert EVIL in page.locator("#panel .below").inner_text()


def test_a_prompt_is_copied(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = panel(watch, made, 0, permissions=["clipboard-read", "clipboard-write"])
    page.locator("#panel .words button").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == made[1][0].request.prompt


def test_a_prompt_is_copied_where_the_browser_keeps_the_clipboard(
    made: tuple[Path, list[Sample]], watch: Watch
) -> None:
    page = panel(watch, made, 0, permissions=["clipboard-read"])
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('kept')); }")
    page.locator("#panel .words button").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == made[1][0].request.prompt


def test_details_that_are_gone_are_told(tmp_path: Path, watch: Watch) -> None:
    samples = faces(tmp_path / "set")
    data = tmp_path / "set" / "gallery" / "data" / "00000.js"
    data.write_text("", encoding="utf-8")
    page = look_at(watch, tmp_path / "set" / "gallery", f"#image={samples[0].request.id}")
    page.locator("#panel [role=alert]").wait_for()
    assert "00000.js" in page.locator("#panel [role=alert]").inner_text()


def test_accessibility(
    made: tuple[Path, list[Sample]], watch: Watch, look: dict[str, object], accessible: Callable[..., None]
) -> None:
    page = panel(watch, made, 0, "&show=landmarks,segmentation", **look)
    for fold in page.locator("#panel summary").all():
        fold.click()
    accessible(page)


@pytest.mark.parametrize("number", [2, 3])
def test_accessibility_without_a_truth(
    made: tuple[Path, list[Sample]], watch: Watch, accessible: Callable[..., None], number: int
) -> None:
    accessible(panel(watch, made, number))
