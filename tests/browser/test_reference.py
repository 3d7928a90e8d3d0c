"""The reference page in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agfd import report
from report.synthetic import BUILD, UNSUPPORTED, dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from browser.conftest import Watched


def test_a_link_into_a_folded_group_opens_it(tmp_path: Path, watch: Callable[..., Watched]) -> None:
    tiles = dataset(tmp_path / "set")
    path = report.write_gallery(tiles.layout, tiles.recipe, BUILD, UNSUPPORTED)
    page = watch().page
    page.goto(path.as_uri())
    group = page.locator("#group-Eyes")
    group.locator("summary h2").click()
    assert group.get_attribute("open") is None
    page.goto(f"{path.as_uri()}#row-eyes.closed")
    assert group.get_attribute("open") is not None


def test_axe_finds_nothing(
    tmp_path: Path, watch: Callable[..., Watched], look: dict[str, object], accessible: Callable[..., None]
) -> None:
    tiles = dataset(tmp_path / "set")
    path = report.write_gallery(tiles.layout, tiles.recipe, BUILD, UNSUPPORTED)
    page = watch(**look).page
    page.goto(path.as_uri())
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    accessible(page)


def test_axe_would_find_something(watch: Callable[..., Watched], accessible: Callable[..., None]) -> None:
    page = watch().page
    page.set_content("<html lang=en><title>t</title><main><h1>t</h1><p style='color:#999;background:#fff'>pale</p>")
    with pytest.raises(AssertionError, match="color-contrast"):
        accessible(page)
