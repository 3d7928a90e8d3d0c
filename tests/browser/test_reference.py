"""The reference page in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
