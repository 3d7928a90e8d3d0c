"""A real browser: Chromium, driven by Playwright. Where either is missing these tests are skipped with the reason."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

    from agfd.records import Sample
    from agfd.review.server import ReviewServer
    from agfd.store import Layout

NAMES = ("chromium", "chromium-browser", "google-chrome")
FAILED = re.compile(r"Failed to load resource: (net::ERR_[A-Z_]+|the server responded with a status of \d+ .*)")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# How strangers look at a page: Playwright's arguments of a context by the name of the look.
LOOKS: dict[str, dict[str, object]] = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "has_touch": True},
    "dark phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
}
# Rules of WCAG 2.2 up to AA (the size of targets is among them), and axe's advice: landmarks, order of headings.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module: Playwright holds this thread's event loop, which later tests need themselves."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page and everything in it that must not be: what the console was told, and requests, by address."""

    page: Page
    context: BrowserContext
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    away: str = ""
    """The address of a server that the test takes away, or makes say no: Chromium itself tells the console of every
    request that fails, and no page can prevent it. Of that server exactly this is not an error."""

    def heard(self, message: ConsoleMessage) -> None:
        unanswered = FAILED.fullmatch(message.text) and message.location["url"].startswith(self.away or "-")
        if message.type in {"error", "warning"} and not unanswered:
            self.errors.append(message.text)

    def asked(self, request: Request) -> None:
        self.requests.append(request.url)

    def foreign(self, allowed: tuple[str, ...]) -> list[str]:
        """Requests for anything that does not begin as `allowed` says."""
        return [url for url in self.requests if not url.startswith(allowed)]


@pytest.fixture
def watch(chromium: Browser) -> Iterator[Callable[..., Watched]]:
    """Opens a new page of its own profile. At the end no page may have told its console of an error, or asked anybody
    but the file system and this machine for anything. Arguments: those of Playwright's `new_context`."""
    opened: list[Watched] = []

    def new(**options: object) -> Watched:
        context = chromium.new_context(**options)  # type: ignore[arg-type]
        watched = Watched(context.new_page(), context)
        watched.page.on("console", watched.heard)
        watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
        watched.page.on("request", watched.asked)
        opened.append(watched)
        return watched

    yield new
    errors = [error for watched in opened for error in watched.errors]
    foreign = [url for watched in opened for url in watched.foreign(("file://", "data:", "blob:", "http://127.0.0.1:"))]
    for watched in opened:
        watched.context.close()
    assert errors == []
    assert foreign == []


@pytest.fixture(params=list(LOOKS))
def look(request: pytest.FixtureRequest) -> dict[str, object]:
    """Arguments of `watch`: a test that takes them is run light and dark, on a desk and on a phone."""
    return LOOKS[request.param]


@pytest.fixture(scope="session")
def accessible() -> Callable[..., None]:
    """Asserts that axe-core finds nothing against a page as it stands now, in WCAG 2.2 AA or in its own advice.

    axe comes with a package from PyPI (MPL-2.0, tests only) and asks nobody. Arguments: the page, and names of its
    rules to leave out. Animations are let end first: axe would measure colours in between.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

    def check(page: Page, *without: str) -> None:
        page.evaluate("Promise.allSettled(document.getAnimations().map((moving) => moving.finished))")
        # Without `preload`: axe would fetch style sheets, which pages of the file system may not.
        rules = {name: {"enabled": False} for name in without}
        options = {"runOnly": RULES, "rules": rules, "preload": False, "resultTypes": ["violations"]}
        found = axe.Axe().run(page, options=options).response["violations"]
        told = [
            f"{one['id']}: {node['html'][:160]} | {' '.join(node['failureSummary'].split())}"
            for one in found
            for node in one["nodes"]
        ]
        assert told == []

    return check


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Sample]]:
    """The folder of a gallery of twins and others (`browsing.faces`), and its samples. Nobody changes it."""
    from browser.browsing import faces

    root = tmp_path_factory.mktemp("made") / "set"
    samples = faces(root)
    return root / "gallery", samples


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folders, which are others than those of whoever runs the tests."""
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A dataset to review."""
    from browser.reviewing import dataset

    return dataset(tmp_path / "tiles").layout


@pytest.fixture
def server(layout: Layout, home: Path) -> Iterator[ReviewServer]:
    """A review of it by Anna."""
    from agfd.review.server import ReviewServer

    with ReviewServer(layout, "anna") as started:
        yield started
