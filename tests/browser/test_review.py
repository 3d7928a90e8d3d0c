"""The page of a review in a real browser: what a reviewer does with it, by keys and by fingers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi", reason="the extra [web] is not installed")
pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from agfd.review.server import ReviewServer
from agfd.store import journal, read_presses, standing
from browser.reviewing import READY, accepted_then_unsure, all_sent, dataset, lines, order, press, told
from report import synthetic

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from agfd.store import Layout
    from browser.conftest import Watched

# Servers that a test starts by itself keep their tokens there too.
pytestmark = pytest.mark.usefixtures("home")
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def watched(server: ReviewServer, watch: Callable[..., Watched]) -> Watched:
    found = watch(viewport={"width": 1280, "height": 800})
    found.page.goto(server.address)
    told(found.page)
    return found


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.page


def test_each_key_says_what_it_should(page: Page, layout: Layout) -> None:
    ids = order(page)
    press(page, "a")
    press(page, "u")
    # A letter for the picture; the same one in the whole dataset.
    press(page, "r b")
    press(page, "r Enter")
    all_sent(page)
    assert lines(journal(layout, "anna")) == [
        {"image": ids[0], "opinion": "accept"},
        {"image": ids[1], "opinion": "unsure"},
        {"image": ids[2], "opinion": "reject", "reason": "blurred"},
        {"image": ids[3], "opinion": "reject"},
    ]
    assert told(page) == ids[4]
    assert page.locator("#count").inner_text().startswith("4 of ")


def test_a_wrong_label_is_told_with_what_it_is(page: Page, layout: Layout) -> None:
    image = told(page)
    name = page.locator("#asked dt").first.inner_text()
    asked = page.locator("#asked dd").first.inner_text()
    press(page, "r 1")
    options = page.locator(".option:not([disabled])")
    # What was asked for cannot be what it is instead.
    assert asked not in options.locator(".label").all_inner_texts()
    key, value = options.locator("kbd").first.inner_text(), options.locator(".label").first.inner_text()
    page.keyboard.press(key)
    press(page, "r 1 Enter")
    all_sent(page)
    first, second = lines(journal(layout, "anna"))
    attribute = name.replace(" ", "_")
    said = {"image": image, "opinion": "reject", "reason": "not_as_asked", "attribute": attribute, "value": value}
    assert first == said
    assert second["reason"] == "not_as_asked"
    assert "value" not in second


def test_a_number_is_typed(page: Page, layout: Layout) -> None:
    page.keyboard.press("r")
    page.get_by_role("button", name="age: not").click()
    page.keyboard.type("old")
    page.keyboard.press("Enter")
    assert "no number" in page.locator("#number-said").inner_text()
    page.locator("#number").fill("52")
    page.keyboard.press("Enter")
    all_sent(page)
    (said,) = lines(journal(layout, "anna"))
    assert (said["attribute"], said["value"]) == ("age", 52)


def test_escape_leaves_a_half_made_choice(page: Page, layout: Layout) -> None:
    image = told(page)
    press(page, "r Escape")
    press(page, "r 1 Escape")
    assert page.locator(".opinion").count() == 3
    press(page, "a")
    all_sent(page)
    assert lines(journal(layout, "anna")) == [{"image": image, "opinion": "accept"}]


def test_next_and_back_say_nothing(page: Page, layout: Layout) -> None:
    ids = order(page)
    press(page, "n")
    press(page, "ArrowRight")
    assert told(page) == ids[2]
    press(page, "p")
    press(page, "ArrowLeft")
    assert told(page) == ids[0]
    assert not lines(journal(layout, "anna"))


def test_undo_takes_back_one_after_the_other_also_after_a_reload(page: Page, layout: Layout) -> None:
    ids = order(page)
    press(page, "a")
    press(page, "r b")
    press(page, "u")
    assert told(page) == ids[3]
    press(page, "z")
    assert told(page) == ids[2]
    all_sent(page)
    page.reload()
    assert told(page) == ids[2]
    press(page, "z")
    assert told(page) == ids[1]
    press(page, "z")
    assert told(page) == ids[0]
    all_sent(page)
    assert standing(read_presses(layout, "anna")) == {}
    undone = [entry.undoes for entry in read_presses(layout, "anna")]
    keys = [entry.key for entry in read_presses(layout, "anna")]
    assert undone == [None, None, None, keys[2], keys[1], keys[0]]
    # Nothing is left to take back.
    press(page, "z")
    all_sent(page)
    assert len(read_presses(layout, "anna")) == 6


def test_undo_of_a_second_opinion_brings_back_the_first(page: Page, layout: Layout) -> None:
    image = accepted_then_unsure(page)
    page.reload()
    press(page, "z")
    # Only the server knew of the first one.
    page.wait_for_selector(f'body[data-image="{image}"] #stands.accept')
    assert standing(read_presses(layout, "anna"))[image].opinion == "accept"


def test_a_reload_goes_on_where_the_reviewer_was(page: Page) -> None:
    ids = order(page)
    press(page, "a")
    press(page, "n")
    assert told(page) == ids[2]
    page.reload()
    assert told(page) == ids[2]
    assert page.locator("#count").inner_text().startswith("1 of ")
    press(page, "p")
    press(page, "p")
    assert told(page) == ids[0]
    assert "accepted" in page.locator("#stands").inner_text()


def test_the_machine_speaks_after_the_reviewer_and_only_when_it_may(page: Page) -> None:
    press(page, "i")
    page.wait_for_selector("#facts:not([hidden])")
    assert page.locator("#machine").inner_text() == ""
    assert "when you have spoken" in page.locator("#facts").inner_text()
    assert page.locator("#facts .badge").count() == 0
    press(page, "a")
    expect(page.locator("#machine")).to_contain_text("The machine")
    press(page, "p")
    page.wait_for_selector("#facts .badge")
    page.get_by_label("Tell me what the machine said").uncheck()
    assert page.locator("#machine").inner_text() == ""
    assert "machine" not in page.locator("#stands").inner_text()


def test_a_queue_is_chosen_and_its_end_is_told(page: Page, layout: Layout) -> None:
    page.locator("#queues").select_option("cell")
    page.wait_for_url("**/#cell/*")
    ids = order(page, "cell")
    assert told(page) == ids[0]
    for image in ids:
        page.wait_for_selector(f'{READY}[data-image="{image}"]')
        page.keyboard.press("a")
    page.wait_for_selector('body[data-state="finished"]')
    assert f"{len(ids)} accepted" in page.locator("#frame").inner_text()
    press_undo = page.locator("#undo")
    press_undo.click()
    assert told(page) == ids[-1]
    all_sent(page)
    assert len(standing(read_presses(layout, "anna"))) == len(ids) - 1


def test_two_reviewers_are_kept_apart(page: Page, layout: Layout, watch: Callable[..., Watched]) -> None:
    first = told(page)
    press(page, "a")
    with ReviewServer(layout, "bo") as server:
        other = watch().page
        other.goto(server.address)
        image = told(other)
        assert other.locator("#count").inner_text().startswith("0 of ")
        press(other, "r b")
        all_sent(other)
        all_sent(page)
    assert lines(journal(layout, "anna")) == [{"image": first, "opinion": "accept"}]
    assert lines(journal(layout, "bo")) == [{"image": image, "opinion": "reject", "reason": "blurred"}]


def test_fingers_do_it_all(server: ReviewServer, layout: Layout, watch: Callable[..., Watched]) -> None:
    page = watch(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).page
    page.goto(server.address)
    told(page)
    ids = order(page)
    page.locator(".opinion.accept").tap()
    page.wait_for_selector(f'{READY}[data-image="{ids[1]}"]')
    page.locator(".opinion.reject").tap()
    page.get_by_role("button", name="blurred").tap()
    page.wait_for_selector(f'{READY}[data-image="{ids[2]}"]')
    page.locator(".opinion.unsure").tap()
    page.wait_for_selector(f'{READY}[data-image="{ids[3]}"]')
    page.locator("#undo").tap()
    assert told(page) == ids[2]
    page.locator("#next").tap()
    assert told(page) == ids[3]
    # The whole of what fingers need is on the screen, without scrolling to the side.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in page.locator(".opinion").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= 844
    all_sent(page)
    assert [entry.opinion for entry in read_presses(layout, "anna")] == ["accept", "reject", "unsure", None]


def test_everything_is_reached_with_the_tab_key(page: Page, layout: Layout) -> None:
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"queues", "to-agreement", "to-keys", "opinion accept", "undo", "next", "to-facts", "tell"} <= seen
    # A button that has the focus is pressed by Enter, once.
    page.locator(".opinion.unsure").focus()
    page.keyboard.press("Enter")
    all_sent(page)
    assert [entry.opinion for entry in read_presses(layout, "anna")] == ["unsure"]


def test_keys_go_on_after_a_click_into_the_page(page: Page, layout: Layout) -> None:
    page.get_by_label("Tell me what the machine said").click()
    press(page, "a")
    page.locator("#queues").select_option("random")
    press(page, "u")
    all_sent(page)
    assert [entry.opinion for entry in read_presses(layout, "anna")] == ["accept", "unsure"]


def test_the_agreement_is_a_page_of_its_own(
    server: ReviewServer, layout: Layout, watch: Callable[..., Watched]
) -> None:
    page = watch().page
    page.goto(server.address)
    press(page, "a")
    press(page, "r b")
    all_sent(page)
    page.goto(page.url.split("#")[0] + "#agreement")
    page.reload()
    line = page.locator("#agreement tr", has=page.get_by_role("rowheader", name="anna"))
    expect(line.locator("td").nth(0)).to_have_text("2")
    expect(line.locator("td").nth(1)).to_have_text("1")
    # Nothing is judged that is not on the screen.
    for key in "arunpz":
        page.keyboard.press(key)
    page.locator("#to-agreement").click()
    told(page)
    all_sent(page)
    assert len(read_presses(layout, "anna")) == 2


def test_what_a_recipe_says_is_text(tmp_path: Path, watch: Callable[..., Watched]) -> None:
    table = synthetic.TABLE.replace("feature: Glasses", f"feature: '{SCRIPT}'").replace(
        "title: Tiles for tests", f"title: '{SCRIPT}'"
    )
    made = dataset(tmp_path / "evil", table)
    with ReviewServer(made.layout, "anna") as server:
        page = watch().page
        page.goto(f"{server.address}")
        told(page)
        assert page.locator("#title").inner_text() == SCRIPT
        while page.locator("#feature").inner_text() != SCRIPT:
            press(page, "n")
        press(page, "i")
        assert page.locator("main script").count() == 0


def test_axe_finds_nothing(
    server: ReviewServer, watch: Callable[..., Watched], look: dict[str, object], accessible: Callable[..., None]
) -> None:
    page = watch(**look).page
    page.goto(server.address)
    told(page)
    accessible(page)
    press(page, "r")
    accessible(page)
    press(page, "1")
    accessible(page)
    page.keyboard.press("Enter")
    all_sent(page)
    press(page, "p i o")
    page.wait_for_selector("#facts .badge")
    accessible(page)
    page.keyboard.press("?")
    accessible(page)
    page.keyboard.press("Escape")
    page.locator("#to-agreement").click()
    page.wait_for_selector("#agreement table")
    accessible(page)
    page.locator("#to-agreement").click()
    told(page)
