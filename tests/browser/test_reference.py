"""The reference page in a real browser: folding, the address, finding, keys, copying, and who can use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from agfd import report
from report.synthetic import BUILD, UNSUPPORTED, dataset

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from browser.conftest import Watched


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a dataset of three rows in two groups."""
    tiles = dataset(tmp_path_factory.mktemp("tiles") / "set")
    path: Path = report.write_gallery(tiles.layout, tiles.recipe, BUILD, UNSUPPORTED)
    return path.as_uri()


def is_open(page: Page, group: str) -> bool:
    return bool(page.locator(f"#group-{group}").evaluate("group => group.open"))


def at(fragment: str) -> re.Pattern[str]:
    """Addresses of the page with this behind the #."""
    return re.compile(rf"index\.html{re.escape(fragment)}$")


def test_folds_are_in_the_address_and_survive_a_reload(address: str, watch: Callable[..., Watched]) -> None:
    page = watch().page
    page.goto(address)
    page.locator("#group-Eyes > summary").click()
    expect(page).to_have_url(at("#fold=Eyes"))
    page.reload()
    assert not is_open(page, "Eyes")
    assert is_open(page, "Others")
    page.locator("#group-Eyes > summary").click()
    expect(page).to_have_url(at(""))


def test_all_groups_fold_and_open_at_once(address: str, watch: Callable[..., Watched]) -> None:
    page = watch().page
    page.goto(address)
    page.get_by_role("button", name="Fold all").click()
    expect(page).to_have_url(at("#fold=Eyes,Others"))
    assert not is_open(page, "Eyes")
    assert not is_open(page, "Others")
    page.get_by_role("button", name="Open all").click()
    expect(page).to_have_url(at(""))
    assert is_open(page, "Others")


@pytest.mark.parametrize("anchor", ["row-eyes.closed", "part-eyes.closed-female"])
def test_a_link_to_a_row_or_a_sex_opens_its_group_and_goes_there(
    anchor: str, address: str, watch: Callable[..., Watched]
) -> None:
    page = watch(viewport={"width": 1280, "height": 500}).page
    page.goto(f"{address}#{anchor}&fold=Eyes,Others")
    expect(page.locator(f"[id='{anchor}']")).to_be_in_viewport()
    expect(page).to_have_url(at(f"#{anchor}&fold=Others"))
    assert is_open(page, "Eyes")
    assert not is_open(page, "Others")


def test_a_plain_link_keeps_what_is_folded(address: str, watch: Callable[..., Watched]) -> None:
    page = watch(viewport={"width": 1280, "height": 500}).page
    page.goto(f"{address}#fold=Eyes,Others")
    page.evaluate("location.hash = 'row-eyes.closed'")
    expect(page.locator("[id='row-eyes.closed']")).to_be_in_viewport()
    expect(page).to_have_url(at("#row-eyes.closed&fold=Others"))


def test_the_address_follows_the_row_in_view_and_the_bar_marks_it(address: str, watch: Callable[..., Watched]) -> None:
    page = watch(viewport={"width": 1280, "height": 500}).page
    page.goto(address)
    page.locator("[id='row-others.moustache']").evaluate("row => row.scrollIntoView()")
    expect(page).to_have_url(at("#row-others.moustache"))
    expect(page.locator(".rail a[aria-current]:visible")).to_have_text(re.compile("Others"))
    page.reload()
    expect(page.locator("[id='row-others.moustache']")).to_be_in_viewport()


def test_finding_shows_rows_that_have_all_words_also_folded_ones(address: str, watch: Callable[..., Watched]) -> None:
    page = watch().page
    page.goto(f"{address}#fold=Eyes")
    page.get_by_role("searchbox").fill("eyes SUN")
    shown = page.locator("section.row:visible")
    expect(shown).to_have_count(1)
    expect(shown.locator("h3")).to_have_text("Glasses")
    expect(page.locator("#found")).to_have_text("1 of 3 rows")
    expect(page).to_have_url(at("#fold=Eyes&find=eyes%20SUN"))
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("eyes SUN")
    expect(shown).to_have_count(1)
    page.get_by_role("searchbox").press("Escape")
    expect(page).to_have_url(at("#fold=Eyes"))
    assert not is_open(page, "Eyes")
    expect(shown).to_have_count(1)
    expect(shown.locator("h3")).to_have_text("Moustache")


def test_nothing_found_is_said(address: str, watch: Callable[..., Watched]) -> None:
    page = watch().page
    page.goto(f"{address}#find=aardvark")
    expect(page.get_by_text("No row has these words.")).to_be_visible()
    expect(page.locator("section.row:visible")).to_have_count(0)
    page.evaluate("location.hash = 'row-eyes.closed'")
    expect(page.locator("[id='row-eyes.closed']")).to_be_visible()
    expect(page.get_by_text("No row has these words.")).to_be_hidden()


def test_keys_walk_over_rows_and_folded_groups(address: str, watch: Callable[..., Watched]) -> None:
    page = watch().page
    page.goto(f"{address}#fold=Others")
    focused = page.locator(":focus")
    page.keyboard.press("j")
    expect(focused).to_have_id("row-eyes.glasses")
    page.keyboard.press("j")
    expect(focused).to_have_id("row-eyes.closed")
    page.keyboard.press("j")
    expect(focused).to_have_text(re.compile("Others"))
    page.keyboard.press("j")
    expect(focused).to_have_text(re.compile("Others"))
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    expect(focused).to_have_id("row-others.moustache")
    page.keyboard.press("k")
    expect(focused).to_have_id("row-eyes.closed")
    page.keyboard.press("f")
    expect(focused).to_have_text(re.compile("Eyes"))
    assert not is_open(page, "Eyes")
    page.keyboard.press("a")
    page.keyboard.press("a")
    assert is_open(page, "Eyes")
    assert is_open(page, "Others")


def test_slash_finds_and_letters_in_the_box_are_letters(address: str, watch: Callable[..., Watched]) -> None:
    page = watch().page
    page.goto(address)
    page.keyboard.press("/")
    page.keyboard.type("jkf?")
    expect(page.get_by_role("searchbox")).to_have_value("jkf?")
    expect(page.locator("dialog")).to_be_hidden()


def test_keys_are_listed_and_can_be_turned_off_for_good(address: str, watch: Callable[..., Watched]) -> None:
    page = watch().page
    page.goto(address)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    for key in ("j", "k", "f", "a", "/", "?"):
        expect(sheet.locator("kbd", has_text=re.compile(rf"^{re.escape(key)}$"))).to_have_count(1)
    sheet.get_by_label("Single keys work as shortcuts").uncheck()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.keyboard.press("a")
    page.reload()
    page.keyboard.press("a")
    assert is_open(page, "Eyes")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    sheet.get_by_label("Single keys work as shortcuts").check()
    sheet.get_by_role("button", name="Close").click()
    page.keyboard.press("a")
    assert not is_open(page, "Eyes")


def test_a_prompt_is_copied_with_its_weights(address: str, watch: Callable[..., Watched]) -> None:
    watched = watch()
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = watched.page
    page.goto(address)
    words = page.locator("[id='part-eyes.glasses-male'] .words li").first
    words.get_by_role("button").click()
    expect(words.get_by_role("button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "photo of 25 y.o man, White,(glasses:1.2), dslr"
    assert words.locator("pre").text_content() == "photo of 25 y.o man, White,(glasses:1.2), dslr"


def test_the_page_is_whole_without_a_script(address: str, watch: Callable[..., Watched]) -> None:
    page = watch(java_script_enabled=False).page
    page.goto(address)
    expect(page.locator("section.row:visible")).to_have_count(3)
    expect(page.get_by_role("searchbox")).to_have_count(0)
    expect(page.locator("button:visible")).to_have_count(0)
    words = page.locator("[id='part-eyes.glasses-male'] .words li").first
    words.locator("summary").click()
    expect(words.locator("pre")).to_be_visible()
    page.locator("#group-Eyes > summary").click()
    expect(page.locator("section.row:visible")).to_have_count(1)


def test_a_portrait_leads_to_its_image(address: str, watch: Callable[..., Watched]) -> None:
    page = watch().page
    page.goto(address)
    portrait = page.locator(".grid a.face").first
    image = portrait.locator("img").get_attribute("src").removeprefix("thumbs/").removesuffix(".jpg")
    portrait.click()
    expect(page).to_have_url(re.compile(rf"browse\.html#.*image={image}"))
    expect(page.locator("dialog[open]")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile(r"index\.html"))


def test_a_count_leads_to_its_images(address: str, watch: Callable[..., Watched]) -> None:
    page = watch().page
    page.goto(address)
    count = page.locator("[id='part-eyes.glasses-male'] .counts a").first
    told = count.text_content()
    count.click()
    number, verdict = told.split()
    expect(page.locator("#count")).to_contain_text(number)
    expect(page.locator("#chips")).to_contain_text(verdict)


def test_the_search_understands_every_link_to_it(address: str, watch: Callable[..., Watched]) -> None:
    page = watch().page
    page.goto(address)
    links = page.locator("a[href*='browse.html#']").evaluate_all("all => all.map((link) => link.hash)")
    assert len({link.split("=")[0] for link in links}) > 1
    page.goto(address.replace("index.html", "browse.html"))
    strange = page.evaluate("links => links.flatMap((link) => agfd.readAddress(link).strange)", links)
    assert strange == []


def test_nothing_is_wider_than_a_phone_and_nothing_too_small_for_a_finger(
    address: str, watch: Callable[..., Watched]
) -> None:
    page = watch(viewport={"width": 390, "height": 844}, has_touch=True).page
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sizes = page.locator("a.face:visible, button:visible, summary:visible, nav a:visible").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect()).map(({width, height}) => Math.min(width, height))"
    )
    assert len(sizes) > 20
    assert min(sizes) >= 24


def test_axe_finds_nothing(
    address: str, watch: Callable[..., Watched], look: dict[str, object], accessible: Callable[..., None]
) -> None:
    page = watch(**look).page
    page.goto(address)
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    accessible(page)
    page.get_by_role("button", name="Keyboard shortcuts").click()
    accessible(page)


def test_axe_would_find_something(watch: Callable[..., Watched], accessible: Callable[..., None]) -> None:
    page = watch().page
    page.set_content("<html lang=en><title>t</title><main><h1>t</h1><p style='color:#999;background:#fff'>pale</p>")
    with pytest.raises(AssertionError, match="color-contrast"):
        accessible(page)
