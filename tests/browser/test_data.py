"""The gallery's data in a real browser, opened from the file system."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agfd import report
from agfd.report import gallery
from agfd.report.details import detail
from agfd.report.shown import find_shown
from report.synthetic import BUILD, TABLE, UNSUPPORTED, Dataset, dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from playwright.sync_api import Page

    from browser.conftest import Watched

EVIL = "</script><script>window.obeyed = true</script>\u2028'\\\\n"
# A page that does nothing else than to read the data.
PLAIN = '<!doctype html><title>data</title><script src="data.js"></script><script src="data/index.js"></script>'


def opened(tiles: Dataset, page: Page, monkeypatch: pytest.MonkeyPatch, chunk: int = 6) -> Path:
    monkeypatch.setattr(gallery, "CHUNK", chunk)
    folder = report.write_gallery(tiles.layout, tiles.recipe, BUILD, UNSUPPORTED).parent
    (folder / "plain.html").write_text(PLAIN, encoding="utf-8")
    page.goto((folder / "plain.html").as_uri())
    return folder


def told(page: Page, number: int) -> Any:
    """What `agfd.detail` promises, or the sentence of its error."""
    script = "(number) => agfd.detail(number).then(JSON.stringify, (error) => JSON.stringify(error.message))"
    return json.loads(page.evaluate(script, number))


def test_every_detail_is_what_python_says(
    tmp_path: Path, watch: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles = dataset(tmp_path / "set")
    page = watch().page
    folder = opened(tiles, page, monkeypatch)

    def address(kind: str, image: str) -> str | None:
        return {"thumb": f"thumbs/{image}.jpg", "full": f"full/{image}.png"}[kind]

    rows = find_shown(tiles.layout).rows.to_pylist()
    assert len(rows) > 40
    assert page.evaluate("agfd.index.ids") == [row["id"] for row in rows]
    # To and fro, over more files than are kept.
    for number in (*range(len(rows)), *reversed(range(0, len(rows), 5))):
        found = told(page, number)
        assert found == detail(rows[number], tiles.recipe, address)
        assert (found["thumb"] is None) == (not rows[number]["thumb_size"])
        assert found["thumb"] is None or (folder / found["thumb"]).is_file()
    assert page.evaluate("document.querySelectorAll('script').length") == 2


def test_texts_of_a_recipe_arrive_as_texts_and_are_never_obeyed(
    tmp_path: Path, watch: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = TABLE.replace("title: Tiles for tests", f"title: {json.dumps(EVIL)}")
    evil = evil.replace("phrase: sunglasses", f"phrase: {json.dumps(EVIL)}").replace(
        "feature: Closed", f"feature: {json.dumps(EVIL)}"
    )
    tiles = dataset(tmp_path / "set", evil)
    page = watch().page
    opened(tiles, page, monkeypatch)
    assert page.evaluate("agfd.index.title") == EVIL
    found = [told(page, number) for number in range(len(tiles.samples))]
    assert [one["prompt"] for one in found] == [sample.request.prompt for sample in tiles.samples]
    assert any(EVIL in one["prompt"] for one in found)
    assert EVIL in {one["feature"] for one in found}
    labels = page.evaluate("agfd.index.facets.flatMap((facet) => facet.values.map((value) => value.value))")
    assert EVIL in labels
    assert page.evaluate("window.obeyed") is None
    page.goto((tiles.layout.gallery / "browse.html").as_uri())
    assert page.evaluate("window.obeyed") is None


def test_the_same_file_is_asked_for_once(
    tmp_path: Path, watch: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles = dataset(tmp_path / "set")
    watched = watch()
    opened(tiles, watched.page, monkeypatch)
    watched.requests.clear()
    watched.page.evaluate("Promise.all([0, 1, 5, 6, 0].map((number) => agfd.detail(number)))")
    watched.page.evaluate("agfd.detail(2)")
    assert [url.rsplit("/", 1)[1] for url in watched.requests] == ["00000.js", "00001.js"]


def test_what_cannot_be_loaded_is_said_in_a_sentence(
    tmp_path: Path, watch: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles = dataset(tmp_path / "set")
    watched = watch()
    folder = opened(tiles, watched.page, monkeypatch)
    (folder / "data" / "00001.js").unlink()
    (folder / "data" / "00002.js").write_text("agfd.load('00009', {})", encoding="utf-8")
    other = (folder / "data" / "00004.js").read_text(encoding="ascii").replace("00004", "00003")
    (folder / "data" / "00003.js").write_text(other, encoding="ascii")
    sentence = "The details of this image cannot be loaded: data/{}.js is missing or damaged."
    assert told(watched.page, 6) == sentence.format("00001")
    assert told(watched.page, 12) == sentence.format("00002")
    assert told(watched.page, 18) == "The gallery was written anew in the meantime: load this page again."
    assert told(watched.page, 10**6) == "There is no such image in this gallery."
    # It is there again: nobody has to load the page again.
    (folder / "data" / "00001.js").write_text(other.replace("00003", "00001"), encoding="ascii")
    assert "written anew" in told(watched.page, 6)
    # The console tells of the file that is not there, as it should.
    assert [error for error in watched.errors if "ERR_FILE_NOT_FOUND" not in error] == []
    watched.errors.clear()
