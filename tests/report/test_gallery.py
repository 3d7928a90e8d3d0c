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
        file = target.partition("#")[0]
        assert file in {"", "browse.html"} or (path.parent / file).is_file()
    for sheet in ("style.css", "reference.css"):
        text = (path.parent / sheet).read_text(encoding="utf-8")
        assert "url(" not in text
        assert "@import" not in text


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
        assert f"{part.accepted} accepted of {asked} asked · {part.made} made · {part.rejected} rejected" in text
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
    assert "8 asked, nothing is there yet" in text
    assert "0/1 accepted" in text
    assert "no verdict yet" in text
    assert "Search all" not in text


def test_failures_have_pictures_and_what_has_none_says_so(tiles: Dataset) -> None:
    path = write(tiles)
    page = read(path)
    counted = report.tally(tiles.layout).all_reasons()
    assert counted["crash"]
    assert counted["blurred"]
    # One example at least for what was rejected, none for what left nothing.
    for code in ("blurred", "no_face", "surplus", "duplicate"):
        assert any(image["alt"].startswith(f"Rejected as {code}: ") for image in page.all("img"))
    assert page.text.count("no picture: nothing was kept") == sum(
        "crash" in reasons for reasons in report.tally(tiles.layout).reasons.values()
    )
    # What passed and is not needed stands apart from what did not pass.
    for part in path.read_text(encoding="utf-8").split("<h5>Turned down most often</h5>")[1:]:
        own, _, rest = part.partition("</ul>")
        assert "surplus" not in own
        assert "duplicate" not in own
        assert ("surplus" in rest) <= ("Passed, but not needed" in rest)


def test_reasons_beyond_the_most_frequent_are_counted_too(tmp_path: Path) -> None:
    outcomes = [("rejected", (f"reason_{number}",)) for number in range(9)]
    tiles = dataset(tmp_path / "set", outcomes=outcomes, attempts=9)
    text = read(write(tiles)).text
    for (row, sex), reasons in report.tally(tiles.layout).reasons.items():
        assert len(reasons) > 4, (row, sex)
    assert all(f"reason_{number}" in text for number in range(9))
    assert "Also reason_" in text


def test_where_everything_failed_the_page_says_it(tmp_path: Path) -> None:
    tiles = dataset(tmp_path / "set", outcomes=[("failed", ("crash",)), ("rejected", ("unsafe",))])
    text = read(write(tiles)).text
    assert "No portrait was accepted." in text
    assert "0 accepted of 8 asked" in text
    assert "the worker died while it made the image" in text


def test_photographs_that_were_imported_are_called_so(tiles: Dataset) -> None:
    build = BUILD | {"generator": {"name": "folder", "domain": "photo"}}
    text = read(report.write_gallery(tiles.layout, tiles.recipe, build, {})).text
    assert "Photographs of people who exist" in text
    assert "The people on this page exist." in text
    assert "this is the prompt of the row, not what made them" in text
    assert "agfd reproduce" not in text
    # Nobody planned them: no place is told to be short.
    assert "0/1" not in text


def test_a_row_into_which_nothing_was_imported_has_no_grid(tmp_path: Path) -> None:
    tiles = dataset(tmp_path / "set", attempts=0)
    page = read(report.write_gallery(tiles.layout, tiles.recipe, BUILD | {"generator": {"name": "folder"}}, {}))
    assert page.all("table") == []
    assert "8 asked, nothing is there yet" in page.text


@pytest.mark.parametrize("rows", [1, 60])
def test_tables_of_any_length_have_their_links(tmp_path: Path, rows: int) -> None:
    head = TABLE[: TABLE.index("rows:")].replace("sex: [male, female]", "sex: [female]")
    body = "".join(
        f"  many.row-{number}:\n    group: Group {number // 10}\n    feature: Row {number}\n    count: {{female: 2}}\n"
        f"    variants: [{{phrase: word {number}, set: {{}}}}]\n"
        for number in range(rows)
    )
    page = read(write(dataset(tmp_path / "set", f"{head}rows:\n{body}")))
    assert [a["id"] for a in page.all("section") if a.get("class") == "row"] == [
        f"row-many.row-{number}" for number in range(rows)
    ]
    assert "male" not in page.text.split()


@pytest.mark.parametrize(
    ("share", "told"), [(0.0, "0 %"), (0.008, "0.8 %"), (0.5, "50 %"), (0.992, "99.2 %"), (1.0, "100 %")]
)
def test_percent(share: float, told: str) -> None:
    assert percent(share) == told
