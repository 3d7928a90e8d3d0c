"""Two images compared in a real browser: marked, side by side, wiped one over the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from browser.browsing import look_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from agfd.records import Sample
    from browser.conftest import Watched

    Watch = Callable[..., Watched]


def ids(made: tuple[Path, list[Sample]], *numbers: int) -> str:
    return ",".join(made[1][number].request.id for number in numbers)


def compared(watch: Watch, made: tuple[Path, list[Sample]], *numbers: int, **options: object) -> Page:
    page = look_at(watch, made[0], f"#compare={ids(made, *numbers)}", **options)
    page.locator(f'#compare[data-images="{ids(made, *numbers)}"]').wait_for()
    return page


def differing(page: Page) -> dict[str, list[str]]:
    lines = page.locator("#compare tr.disagrees")
    read = "(one) => [one.dataset.name, [...one.cells].slice(1).map((cell) => cell.textContent)]"
    return dict(lines.evaluate_all(f"all => all.map({read})"))


def test_two_marked_images_are_compared(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = look_at(watch, made[0])
    page.locator("#grid .tile").first.focus()
    page.keyboard.press("c")
    assert page.locator("#tray").is_visible()
    assert page.locator("#grid .tile.marked").count() == 1
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("c")
    page.locator(f'#compare[data-images="{ids(made, 0, 2)}"]').wait_for()
    assert page.evaluate("location.hash") == f"#compare={ids(made, 0, 2)}"
    assert not page.locator("#tray").is_visible()
    page.keyboard.press("Escape")
    page.locator("#compare").wait_for(state="hidden")
    assert page.evaluate("location.hash") == ""
    page.wait_for_function("document.activeElement.dataset.number === '2'")


def test_a_mark_is_taken_back(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = look_at(watch, made[0])
    page.locator("#grid .cell").first.hover()
    page.locator("#grid .pick").first.click()
    page.locator("#tray button").click()
    assert not page.locator("#tray").is_visible()
    assert page.locator("#grid .tile.marked").count() == 0


def test_what_differs_comes_first(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = compared(watch, made, 0, 1)
    one, other = made[1][0].request, made[1][1].request
    told = differing(page)
    assert told["eyewear"] == [one.attributes["eyewear"], other.attributes["eyewear"]]
    assert told["words"] == [one.variant, other.variant]
    # Twins share both seeds, race and sex.
    assert not {"person seed", "scene seed", "sex", "race", "verdict"} & set(told)
    marked = page.locator("#compare mark").all_inner_texts()
    assert {"glasses", "sunglasses"} & set(marked)


def test_verdicts_and_missing_values_differ_too(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = compared(watch, made, 0, 2)
    told = differing(page)
    assert told["verdict"] == ["Accepted", "Rejected as blurred"]
    assert told["yaw"] == ["90", "–"]


def test_the_slider_wipes_by_keyboard_and_pointer(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = compared(watch, made, 0, 2)
    assert page.locator("#compare figure").count() == 2
    page.locator("#compare label", has_text="Slider").click()
    slider = page.locator("#compare .wiper")
    over = page.locator("#compare .layer.B")
    assert over.evaluate("(over) => getComputedStyle(over).clipPath") == "inset(0px 0px 0px 50%)"
    slider.focus()
    page.keyboard.press("Home")
    assert over.evaluate("(over) => getComputedStyle(over).clipPath") == "inset(0px 0px 0px 0%)"
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "1 % A, 99 % B"
    box = page.locator("#compare .wipe").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20)
    page.mouse.down()
    assert slider.input_value() == "25"
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 20)
    page.mouse.up()
    assert slider.input_value() == "75"
    # Both lie exactly on each other.
    assert page.locator("#compare .layer.A").bounding_box() == over.bounding_box()


def test_from_the_comparison_to_one_of_both(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = compared(watch, made, 0, 2)
    page.locator("#compare figcaption a").last.click()
    page.locator(f'#panel[data-image="{ids(made, 2)}"]').wait_for()
    assert not page.locator("#compare").is_visible()
    page.go_back()
    page.locator(f'#compare[data-images="{ids(made, 0, 2)}"]').wait_for()


def test_a_twin_offers_its_sibling_with_the_slider(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    identity = made[1][0].request.id
    page = look_at(watch, made[0], f"#image={identity}")
    page.locator(f'#panel[data-image="{identity}"]').wait_for()
    twin = page.locator("#panel .twin")
    assert twin.inner_text() == f"eyewear: {made[1][1].request.attributes['eyewear']}"
    twin.click()
    page.locator(f'#compare[data-images="{ids(made, 0, 1)}"]').wait_for()
    assert page.locator("#compare .wiper").is_visible()
    # The panel is still there below.
    page.keyboard.press("Escape")
    page.locator("#compare").wait_for(state="hidden")
    assert page.locator("#panel").is_visible()
    assert page.evaluate("location.hash") == f"#image={identity}"


def test_what_has_no_picture_is_compared_by_its_words(made: tuple[Path, list[Sample]], watch: Watch) -> None:
    page = compared(watch, made, 2, 3)
    assert page.locator("#compare .no-picture").inner_text().startswith("Failed as crash")
    assert page.locator("#compare .choices").count() == 0


def test_accessibility(
    made: tuple[Path, list[Sample]],
    watch: Watch,
    look: dict[str, object],
    accessible: Callable[..., None],
) -> None:
    page = compared(watch, made, 0, 1, **look)
    for fold in page.locator("#compare summary").all():
        fold.click()
    accessible(page)
