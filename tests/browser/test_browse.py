"""Browsing in a real browser: facets with their counts, search, the address, keys, the grid that holds what is seen."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from agfd import report
from browser.browsing import EVIL, look_at, repeat, shown
from report.synthetic import BUILD, TABLE, UNSUPPORTED, Dataset, dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from agfd.records import Sample
    from browser.conftest import Watched

    Watch = Callable[..., Watched]


@pytest.fixture(scope="module")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    made = dataset(tmp_path_factory.mktemp("browse") / "set")
    report.write_gallery(made.layout, made.recipe, BUILD, UNSUPPORTED)
    return made


def tick(page: Page, key: str, label: str) -> None:
    facet = page.locator(f'.facet[data-key="{key}"]')
    if facet.get_attribute("open") is None:
        facet.locator("> summary").click()
    facet.locator("label.value").filter(has=page.get_by_text(label, exact=True)).click()


def counts(page: Page, key: str) -> dict[str, int]:
    """What stands beside the values of a facet, by their labels; without those that are left out."""
    lines = page.locator(f'.facet[data-key="{key}"] label.value:not([hidden])')
    pairs = lines.evaluate_all("all => all.map((one) => [one.children[1].textContent, one.children[2].textContent])")
    return {label: int(number.replace(",", "")) for label, number in pairs}


def tally(samples: list[Sample], of: Callable[[Sample], str]) -> Counter[str]:
    return Counter(of(sample) for sample in samples)


def sex(sample: Sample) -> str:
    return sample.request.sex


def status(sample: Sample) -> str:
    return sample.verdict.status


def test_without_a_choice_all_images_are_counted(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery)
    assert shown(page) == len(tiles.samples)
    assert counts(page, "sex") == tally(tiles.samples, sex)
    assert counts(page, "verdict") == tally(tiles.samples, status)
    reasons = Counter(code.replace("_", " ") for sample in tiles.samples for code in sample.verdict.reasons)
    assert counts(page, "reason") == reasons


def test_a_count_takes_all_other_facets_into_account_and_not_its_own(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery)
    tick(page, "verdict", "accepted")
    tick(page, "verdict", "failed")
    tick(page, "sex", "female")
    chosen = {"accepted", "failed"}
    assert shown(page) == sum(sex(s) == "female" and status(s) in chosen for s in tiles.samples)
    assert counts(page, "verdict") == tally([s for s in tiles.samples if sex(s) == "female"], status)
    assert counts(page, "sex") == tally([s for s in tiles.samples if status(s) in chosen], sex)
    # A code that no shown image has stays, dimmed.
    assert counts(page, "reason")["surplus"] == 0
    zero = page.locator('.facet[data-key="reason"] label.value').filter(has_text="surplus")
    assert "zero" in (zero.get_attribute("class") or "")


def test_several_reasons_of_one_image(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery, "#reason=no_face&reason=surplus")
    wanted = {"no_face", "surplus"}
    assert shown(page) == sum(bool(wanted & set(s.verdict.reasons)) for s in tiles.samples)


def test_words_of_a_row_are_left_out_where_it_has_none_of_them(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery, "#row=eyes.closed")
    page.locator('.facet[data-key="variant"] > summary').click()
    assert set(counts(page, "variant")) == {"close eyes"}


def test_a_box_of_a_group_chooses_its_rows(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery, "#row=eyes.closed")
    assert page.locator(".value-group summary .count").inner_text() == str(len(tiles.samples))
    box = page.get_by_label("All of Eyes")
    assert box.evaluate("(box) => box.indeterminate")
    box.click()
    assert page.evaluate("location.hash") == "#row=eyes.glasses&row=eyes.closed"
    assert shown(page) == len(tiles.samples)


def test_chips_are_removed_one_by_one_and_all_at_once(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery, "#sex=female&verdict=accepted&q=glasses")
    assert page.locator("#chips .chip").all_inner_texts() == ["“glasses”\n×", "Sex: female\n×", "Verdict: accepted\n×"]
    page.get_by_role("button", name="Remove Sex: female").click()
    assert page.evaluate("location.hash") == "#verdict=accepted&q=glasses"
    page.get_by_role("button", name="Clear all").first.click()
    assert shown(page) == len(tiles.samples)
    assert page.locator("#q").input_value() == ""
    assert page.locator("#chips > *").count() == 0


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("male", lambda s: s.request.sex == "male"),
        ("SUNGLASSES east", lambda s: s.request.variant == "sunglasses" and s.request.race == "East Asian"),
        ("Latino_Hisp", lambda s: s.request.race == "Latino_Hispanic"),
        ("no_face -female", lambda s: "no_face" in s.verdict.reasons and s.request.sex == "male"),
        ("nobody-has-this", lambda _: False),
    ],
)
def test_search(tiles: Dataset, watch: Watch, text: str, wanted: Callable[[Sample], bool]) -> None:
    page = look_at(watch, tiles.layout.gallery)
    page.locator("#q").fill(text)
    found = sum(map(wanted, tiles.samples))
    assert shown(page) == found
    assert page.locator("#nothing").is_visible() == (found == 0)


def test_search_finds_the_beginning_of_an_id(tiles: Dataset, watch: Watch) -> None:
    wanted = tiles.samples[5].request.id
    page = look_at(watch, tiles.layout.gallery, f"#q={wanted[:12]}")
    assert shown(page) == sum(s.request.id.startswith(wanted[:12]) for s in tiles.samples)
    assert page.locator(f'#grid a[href="#q={wanted[:12]}&image={wanted}"]').count() == 1


def test_search_counts_with_the_facets(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery, "#verdict=accepted")
    page.locator("#q").fill("closed")
    part = [s for s in tiles.samples if s.request.row == "eyes.closed"]
    assert counts(page, "verdict") == {**dict.fromkeys(tally(tiles.samples, status), 0), **tally(part, status)}


def test_going_back_takes_back_a_choice_and_a_whole_search(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery)
    tick(page, "sex", "female")
    females = shown(page)
    page.locator("#q").press_sequentially("glasses")
    assert page.evaluate("location.hash") == "#sex=female&q=glasses"
    page.go_back()
    page.wait_for_function("location.hash === '#sex=female'")
    assert shown(page) == females
    assert page.locator("#q").input_value() == ""
    page.go_back()
    page.wait_for_function("location.hash === ''")
    assert shown(page) == len(tiles.samples)
    page.go_forward()
    page.wait_for_function(f"document.documentElement.dataset.shown === '{females}'")
    assert page.locator('[data-facet="sex"]:checked').count() == 1


def test_what_an_address_says_that_is_not_there_is_told_and_ignored(tiles: Dataset, watch: Watch) -> None:
    page = look_at(
        watch, tiles.layout.gallery, "#sex=female&row=eyes.shut&sort=size&image=77&compare=1,2&constructor=x"
    )
    assert shown(page) == sum(sex(s) == "female" for s in tiles.samples)
    told = page.locator("#notice").inner_text()
    for word in ("eyes.shut", "size", "77", "1,2", "constructor"):
        assert word in told
    tick(page, "sex", "male")
    assert not page.locator("#notice").is_visible()


def test_an_address_may_be_anything(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery, "#%E0%A4%A&=&&q=%00&sex=%3Cscript%3E")
    assert "<script>" in page.locator("#notice").inner_text()


def test_tiles_say_what_was_asked_and_what_became_of_it(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery, "#verdict=rejected&reason=no_face&sort=row")
    alt = page.locator("#grid img").first.get_attribute("alt") or ""
    assert alt.startswith("Rejected as no face, blurred: Glasses, ")
    assert page.locator("#grid .flag").first.inner_text() == "no face, blurred"


def test_a_tile_that_is_larger_than_its_thumbnail_shows_the_picture(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery)
    page.locator("#size").fill("280")
    page.wait_for_function("[...document.querySelectorAll('#grid img')].every((image) => image.complete)")
    address = (
        "(all) => all.map((image) => [image.src.split('/').at(-1).slice(0, -4), image.currentSrc.split('/').at(-2)])"
    )
    kept = {path.stem for path in (tiles.layout.gallery / "full").iterdir()}
    pictures = page.locator("#grid img").evaluate_all(address)
    assert [folder for _, folder in pictures] == ["full" if image in kept else "thumbs" for image, _ in pictures]
    assert {folder for _, folder in pictures} == {"full", "thumbs"}


def test_a_picture_that_cannot_be_read_leaves_its_thumbnail(tiles: Dataset, tmp_path: Path, watch: Watch) -> None:
    gallery = tmp_path / "gallery"
    shutil.copytree(tiles.layout.gallery, gallery)
    for path in (gallery / "full").iterdir():
        path.write_bytes(b"cut")
    page = look_at(watch, gallery)
    page.locator("#size").fill("280")
    page.wait_for_function("document.querySelector('#grid img') && !document.querySelector('#grid img[srcset]')")
    assert page.locator("#grid .cell img").evaluate_all("(all) => all.every((one) => one.src.includes('/thumbs/'))")


def test_what_has_no_picture_is_a_tile_with_its_reason(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery, "#verdict=failed")
    failed = sum(status(s) == "failed" for s in tiles.samples)
    assert page.locator("#grid a.failed").count() == shown(page) == failed > 0
    assert page.locator("#grid img").count() == 0
    assert page.locator("#grid a.failed .no-picture").first.inner_text() == "crash"


def test_an_order(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery, "#sort=row", viewport={"width": 2000, "height": 1400})
    rows = {s.request.id: s.request.row for s in tiles.samples}
    order = page.locator("#grid .tile").evaluate_all("all => all.map((one) => one.href.split('image=')[1])")
    glasses = [rows[identity] == "eyes.glasses" for identity in order]
    assert len(glasses) == len(tiles.samples)
    assert glasses == sorted(glasses, reverse=True)
    page.locator("#sort").select_option("asked")
    assert page.evaluate("location.hash") == ""


def focused(page: Page) -> int:
    return int(page.evaluate("Number(document.activeElement.dataset.place ?? -1)"))


def test_the_grid_by_keyboard(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery, viewport={"width": 900, "height": 700})
    repeat_columns = int(page.locator("#grid").get_attribute("aria-colcount") or 0)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Enter")
    assert focused(page) == 0
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert focused(page) == 1 + repeat_columns
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == 0
    page.keyboard.press("End")
    assert focused(page) == len(tiles.samples) - 1
    page.keyboard.press("ArrowRight")
    assert focused(page) == len(tiles.samples) - 1
    page.keyboard.press("Home")
    page.keyboard.press("PageDown")
    assert focused(page) > repeat_columns
    # One stop for the tabulator among all of them.
    assert page.locator('#grid [tabindex="0"]').count() == 1
    page.keyboard.press("Enter")
    page.locator("#panel[data-image]").wait_for()


def test_thousands_of_images_are_never_in_the_document(tmp_path: Path, watch: Watch) -> None:
    made = dataset(tmp_path / "set")
    report.write_gallery(made.layout, made.recipe, BUILD, UNSUPPORTED)
    repeat(made.layout.gallery, 5000)
    page = look_at(watch, made.layout.gallery, "#verdict=accepted")
    columns = int(page.locator("#grid").get_attribute("aria-colcount") or 0)
    many = shown(page)
    assert many > 1000
    most = page.evaluate(
        """async () => {
            let most = 0;
            for (let part = 0; part <= 40; part++) {
                scrollTo(0, (document.documentElement.scrollHeight * part) / 40);
                await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
                const lines = [...document.querySelectorAll("#grid [role=row]")];
                const rows = lines.map((row) => row.getBoundingClientRect());
                const seen = rows.some((box) => box.top <= 120 && box.bottom >= 0) || part === 0;
                const filled = rows.some((box) => box.bottom >= innerHeight - 120);
                if (!seen || !filled) throw new Error(`nothing is seen at ${part}`);
                most = Math.max(most, document.querySelectorAll("#grid img").length);
            }
            return most;
        }"""
    )
    height = page.evaluate("document.querySelector('#grid .tile').getBoundingClientRect().height")
    assert most <= columns * (900 / height + 6)
    page.locator("#grid .tile").first.focus()
    page.keyboard.press("End")
    assert focused(page) == many - 1
    page.keyboard.press("Home")
    assert focused(page) == 0
    # The last row, which had the focus, is gone again.
    assert page.locator(f'#grid [data-place="{many - 1}"]').count() == 0


def test_a_part_of_a_dataset_says_of_how_many(tmp_path: Path, watch: Watch) -> None:
    made = dataset(tmp_path / "set")
    report.write_gallery(made.layout, made.recipe, BUILD, UNSUPPORTED)
    assert not look_at(watch, made.layout.gallery).locator("#part").is_visible()
    repeat(made.layout.gallery, 100, 123456)
    told = look_at(watch, made.layout.gallery).locator("#part").inner_text()
    assert told.startswith("Of 123,456 images this page shows 100,")


def test_the_size_of_tiles(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery)
    before = int(page.locator("#grid").get_attribute("aria-colcount") or 0)
    page.locator("#size").fill("64")
    after = int(page.locator("#grid").get_attribute("aria-colcount") or 0)
    assert after > before
    assert page.locator("#grid .caption").count() == 0


def test_the_list_of_what_is_shown_can_be_saved(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery, "#verdict=rejected&sex=male")
    with page.expect_download() as started:
        page.locator("#save").click()
    lines = started.value.path().read_text(encoding="utf-8").splitlines()
    wanted = [s.request.id for s in tiles.samples if status(s) == "rejected" and sex(s) == "male"]
    assert sorted(line.split(",")[0] for line in lines[1:]) == sorted(f'"{identity}"' for identity in wanted)
    assert lines[0].startswith('"id","row"')


def test_on_a_phone_facets_lie_over_the_page_and_nothing_is_cut_off(tiles: Dataset, watch: Watch) -> None:
    page = look_at(watch, tiles.layout.gallery, viewport={"width": 390, "height": 844}, has_touch=True)
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
    assert not page.locator("#facets").is_visible()
    page.get_by_role("button", name="Filters").click()
    tick(page, "sex", "female")
    assert not page.evaluate(wide)
    page.get_by_role("button", name="Show images").click()
    assert page.locator("#chips").inner_text().startswith("Sex: female")
    page.locator("#grid .tile").first.tap()
    page.locator("#panel[data-image]").wait_for()
    box = page.locator("#panel").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (390, 844)
    assert not page.evaluate("document.querySelector('.panel-body').scrollWidth > 390")


def test_markup_in_a_recipe_is_text(tmp_path: Path, watch: Watch) -> None:
    text = TABLE.replace("feature: Glasses", f'feature: "{EVIL}"').replace("title: Tiles for tests", f'title: "{EVIL}"')
    made = dataset(tmp_path / "set", text)
    report.write_gallery(made.layout, made.recipe, BUILD, UNSUPPORTED)
    page = look_at(watch, made.layout.gallery, "#row=eyes.glasses")
    assert page.locator("h1").inner_text() == EVIL
    assert page.locator("#grid .caption b").first.inner_text() == EVIL
    assert page.locator("#chips .chip").first.inner_text().startswith(f"Row: {EVIL}")


def test_without_scripts_the_page_leads_to_the_reference(tiles: Dataset, watch: Watch) -> None:
    page = watch(java_script_enabled=False).page
    page.goto((tiles.layout.gallery / "browse.html").as_uri())
    told = page.locator("noscript p")
    assert told.is_visible()
    assert told.locator("a").get_attribute("href") == "index.html"
    assert not page.locator("#columns").is_visible()


def test_without_its_list_the_page_says_so(tmp_path: Path, watch: Watch) -> None:
    made = dataset(tmp_path / "set")
    report.write_gallery(made.layout, made.recipe, BUILD, UNSUPPORTED)
    (made.layout.gallery / "data" / "index.js").write_text("")
    page = look_at(watch, made.layout.gallery)
    assert page.locator("#broken").is_visible()


@pytest.mark.parametrize("address", ["#sex=female&verdict=rejected", "#q=nothing-at-all"])
def test_accessibility(
    tiles: Dataset, watch: Watch, look: dict[str, object], accessible: Callable[..., None], address: str
) -> None:
    accessible(look_at(watch, tiles.layout.gallery, address, **look))
