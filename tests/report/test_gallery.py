"""The static pages: whole, honest, escaped, readable without a network."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from agfd import report
from agfd.fill import Yield
from agfd.report.pages import percent
from agfd.store import read_member
from report.synthetic import BUILD, TABLE, UNSUPPORTED, Dataset, dataset

if TYPE_CHECKING:
    from pathlib import Path

EVIL = "<script>alert('&')</script>"
VOID = {"meta", "link", "img", "br", "input", "hr"}


@dataclass
class Page(HTMLParser):
    """A strict enough reader: every tag is closed by its own, ids are unique."""

    open: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    assert page.open == []
    return page


@pytest.fixture
def tiles(tmp_path: Path) -> Dataset:
    return dataset(tmp_path / "set")


def write(tiles: Dataset) -> Path:
    return report.write_gallery(tiles.layout, tiles.recipe, BUILD, UNSUPPORTED)


def test_every_image_is_there_and_says_what_it_shows(tiles: Dataset) -> None:
    path = write(tiles)
    assert path == tiles.layout.gallery / "index.html"
    images = read(path).all("img")
    assert len(images) > 10
    by_id = {sample.request.id: sample for sample in tiles.samples}
    for image in images:
        sample = by_id[image["src"].removeprefix("thumbs/").removesuffix(".jpg")]
        assert sample.place is not None
        stored = read_member(tiles.layout, sample.place, thumbnail=True)
        assert (path.parent / image["src"]).read_bytes() == stored
        for word in (sample.request.sex, sample.request.race.replace("_", " "), str(sample.request.attributes["age"])):
            assert word in image["alt"]
        assert image["alt"].startswith("Rejected as") == (sample.verdict.status == "rejected")


@pytest.mark.parametrize("name", ["index.html", "browse.html"])
def test_nothing_is_fetched_from_outside(tiles: Dataset, name: str) -> None:
    path = write(tiles).parent / name
    page = read(path)
    named = [a[key] for _, a in page.tags for key in ("src", "href", "srcset", "action", "data") if key in a]
    assert named
    for target in named:
        assert ":" not in target
        assert not target.startswith("/")
        if not target.startswith("#"):
            assert (path.parent / target).is_file()
    assert "url(" not in (path.parent / "style.css").read_text(encoding="utf-8")
    assert "@import" not in (path.parent / "style.css").read_text(encoding="utf-8")


def test_the_page_has_language_title_headings_and_unique_anchors(tiles: Dataset) -> None:
    page = read(write(tiles))
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    anchors = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
    assert anchors <= set(ids)
    groups = [a for a in page.all("details") if a.get("class") == "group"]
    assert [a["id"] for a in groups] == ["group-Eyes", "group-Others"]


def test_rows_show_counts_yields_reasons_and_prompts(tiles: Dataset) -> None:
    text = read(write(tiles)).text
    counted = report.tally(tiles.layout)
    for sex, asked in (("male", 8), ("female", 6)):
        part, entry = counted.part("eyes.glasses", sex), counted.yield_of("eyes.glasses", sex)
        assert f"{part.accepted} of {asked} accepted · {part.made} made" in text
        assert isinstance(entry, Yield)
        assert percent(entry.share) in text
        assert f"%, {entry.accepted} of {entry.trials}" in text
    assert "photo of 25 y.o man, White,(glasses:1.2), dslr" in text
    assert "photo of 25 y.o woman, White,sunglasses, dslr" in text
    assert "sharpness below 5" in text
    assert "passed, but a better image holds the place" in text
    assert "render 1.2, quality draft" in text
    assert "48 × 64 pixels" in text


def test_what_was_not_made_says_why(tiles: Dataset) -> None:
    page = read(write(tiles))
    assert UNSUPPORTED["others.moustache"] in page.text
    assert "nobody asked for it" in page.text
    off = [a["id"] for a in page.all("section") if "off" in a.get("class", "").split()]
    assert off == ["row-others.moustache"]
    assert "unsupported" in page.text


def test_markup_in_a_recipe_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    evil = TABLE.replace("name: tiles", "name: tiles\nsource: EVIL").replace("title: Tiles for tests", "title: EVIL")
    evil = evil.replace("group: Eyes", "group: EVIL").replace("feature: Glasses", "feature: EVIL")
    evil = evil.replace("phrase: sunglasses", "phrase: EVIL").replace("negative: text", "negative: EVIL")
    evil = evil.replace("female: nobody asked for it", "female: EVIL").replace("eyes.closed", "eyes/../EVIL'")
    tiles = dataset(
        tmp_path / "set", evil.replace("EVIL", '"' + EVIL + '"').replace('/../"' + EVIL + "\"'", f"/../{EVIL}")
    )
    refused = {"others.moustache": EVIL}
    build = {"generator": {"name": EVIL, "version": EVIL}, "options": {"quality": EVIL}, "analyzers": {EVIL: {}}}
    page = read(report.write_gallery(tiles.layout, tiles.recipe, build, refused))
    assert [a for a in page.all("script") if "src" not in a] == []
    assert page.text.count(EVIL) > 10
    assert any(EVIL in image["alt"] for image in page.all("img"))


def test_the_same_dataset_gives_the_same_bytes_and_old_thumbnails_go(tmp_path: Path) -> None:
    one, other = dataset(tmp_path / "one" / "set"), dataset(tmp_path / "other" / "set")
    (one.layout.gallery / "thumbs").mkdir(parents=True)
    (one.layout.gallery / "thumbs" / "gone.jpg").write_bytes(b"old")
    write(one)
    write(one)
    write(other)

    def files(tiles: Dataset) -> dict[str, bytes]:
        folder = tiles.layout.gallery
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    assert files(one) == files(other)


def test_a_damaged_shard_costs_its_thumbnails_only(tiles: Dataset) -> None:
    (tiles.layout.shards / "000001-000000.tar").unlink()
    page = read(write(tiles))
    assert "agfd verify" in page.text
    assert "(cannot be read)" in page.text
    assert all((tiles.layout.gallery / image["src"]).is_file() for image in page.all("img"))


def test_a_dataset_without_rows_has_a_page(tmp_path: Path) -> None:
    tiles = dataset(tmp_path / "set", attempts=0)
    text = read(write(tiles)).text
    assert "No accepted portrait yet." in text
    assert "no verdict yet" in text


@pytest.mark.parametrize(
    ("share", "told"), [(0.0, "0 %"), (0.008, "0.8 %"), (0.5, "50 %"), (0.992, "99.2 %"), (1.0, "100 %")]
)
def test_percent(share: float, told: str) -> None:
    assert percent(share) == told
