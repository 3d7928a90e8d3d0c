"""Photograph the pages of a gallery at the sizes of a phone, a laptop and a large screen, light and dark.

    .venv/bin/python scripts/screenshots.py faces/gallery shots [--whole]

writes `shots/reference-1280-light.png` and so on, for whoever wants to look. Needs Chromium and the extra [test].
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZES = {"390": (390, 844), "1280": (1280, 900), "2560": (2560, 1440)}
SCHEMES = ("light", "dark")
PAGES = ("reference", "middle", "browse", "panel", "compare")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gallery", type=Path, help="folder of a gallery")
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("--pages", default=",".join(PAGES), help=f"some of {', '.join(PAGES)}")
    parser.add_argument("--whole", action="store_true", help="each page from top to bottom")
    given = parser.parse_args()
    chromium = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
    if chromium is None or not (given.gallery / "index.html").is_file():
        sys.exit(f"{given.gallery / 'index.html'} and Chromium have to be there")
    given.out.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name in given.pages.split(","):
            address = _address(name, given.gallery.resolve())
            if address is None:
                print(f"{name}: not in this gallery")
                continue
            for path in _photograph(browser, name, address, given.out, whole=given.whole):
                print(path)
        browser.close()
    return 0


def _address(name: str, gallery: Path) -> str | None:
    """The page of that name, None where the gallery has none. `middle`: the reference, scrolled to its middle row."""
    reference, browse = gallery / "index.html", gallery / "browse.html"
    if name in {"reference", "middle"}:
        return reference.as_uri()
    ids = sorted(path.stem for path in (gallery / "thumbs").glob("*.jpg"))[:2]
    told = {"browse": "", "panel": f"#image={ids[0]}", "compare": f"#compare={','.join(ids)}"} if ids else {}
    return f"{browse.as_uri()}{told[name]}" if browse.is_file() and name in told else None


def _photograph(browser: Browser, name: str, address: str, out: Path, *, whole: bool) -> list[Path]:
    made = []
    for size, (width, height) in SIZES.items():
        for scheme in SCHEMES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
            )
            page = context.new_page()
            page.goto(address)
            if name == "middle":
                page.evaluate("([...document.querySelectorAll('.row')].at(-9) ?? document.body).scrollIntoView()")
            if whole:
                page.evaluate("for (const one of document.images) one.loading = 'eager'")
            _settle(page, whole=whole)
            path = out / f"{name}-{size}-{scheme}.png"
            page.screenshot(path=path, full_page=whole)
            made.append(path)
            context.close()
    return made


def _settle(page: Page, *, whole: bool) -> None:
    """Until every picture that can be seen is there."""
    page.wait_for_function(
        """(whole) => [...document.images].every((one) => {
            const { top, bottom, height } = one.getBoundingClientRect();
            return one.complete || !height || (!whole && (top > innerHeight || bottom < 0));
        })""",
        arg=whole,
    )


if __name__ == "__main__":
    raise SystemExit(main())
