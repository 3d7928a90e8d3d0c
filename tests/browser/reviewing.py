"""What tests of the review's page share: a server of it, and what a reviewer does at the page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agfd.run.identity import recipe_text
from report import synthetic

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

READY = 'body[data-state="ready"]'


def dataset(root: Path, table: str = synthetic.TABLE) -> synthetic.Dataset:
    """Tiles in the way a build leaves them."""
    made = synthetic.dataset(root, table)
    made.layout.build.write_text(json.dumps(synthetic.BUILD), encoding="utf-8")
    made.layout.recipe.write_text(recipe_text(made.recipe), encoding="utf-8")
    return made


@dataclass
class Process:
    """A server in a process of its own, as the command line starts it: one that can be killed."""

    folder: Path
    reviewer: str
    port: int
    home: Path
    running: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Starts it and does not wait."""
        command = [sys.executable, "-m", "agfd", "review", str(self.folder), "--reviewer", self.reviewer]
        homes = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"), str(self.home))
        self.running = subprocess.Popen(
            [*command, "--port", str(self.port), "--no-browser"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **homes},
        )

    def address(self) -> str:
        """The address that it prints when it is there."""
        assert self.running is not None
        assert self.running.stdout is not None
        return next(line.rsplit(" ", 1)[1].strip() for line in self.running.stdout if "http://" in line)

    def kill(self) -> None:
        """Ends it in the middle of whatever it does."""
        assert self.running is not None
        self.running.kill()
        self.running.wait()
        assert self.running.stdout is not None
        self.running.stdout.close()


def told(page: Page) -> str:
    """The image on the screen, as soon as its picture is there."""
    page.wait_for_selector(READY)
    return page.locator("body").get_attribute("data-image") or ""


def order(page: Page, queue: str = "random") -> list[str]:
    """The images of a queue in their order, as the server has them."""
    ids: list[str] = page.evaluate("name => agfd.ask(`/api/queue/${name}`).then((answer) => answer.ids)", queue)
    return ids


def press(page: Page, keys: str) -> None:
    """Keys, one after the other; the picture is there before the first."""
    page.wait_for_selector(READY)
    for key in keys.split():
        page.keyboard.press(key)


def all_sent(page: Page) -> None:
    """Waits until the server has everything."""
    page.wait_for_selector('#saved[data-waiting="0"]', timeout=60_000)


def lines(path: Path) -> list[dict[str, object]]:
    """The presses in a journal, without what no test can know before."""
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [{name: value for name, value in entry.items() if name not in {"key", "at", "undoes"}} for entry in entries]


def keys_of(path: Path) -> list[tuple[str, str | None]]:
    """Of each press in a journal its key, and the one that it takes back."""
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(entry["key"], entry.get("undoes")) for entry in entries]


def accepted_then_unsure(page: Page) -> str:
    """Says two things of the image on the screen, both taken by the server; its id."""
    image = told(page)
    press(page, "a")
    press(page, "p")
    page.wait_for_selector("#stands.accept")
    press(page, "u")
    all_sent(page)
    return image
