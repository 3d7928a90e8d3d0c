"""No press is lost: servers that are killed, a browser that keeps nothing, presses that are refused."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi", reason="the extra [web] is not installed")
pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from agfd.store import journal, read_presses
from browser.reviewing import (
    READY,
    Process,
    accepted_then_unsure,
    all_sent,
    dataset,
    keys_of,
    lines,
    order,
    press,
    told,
)
from report import synthetic

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page, Route

    from agfd.review.server import ReviewServer
    from agfd.store import Layout
    from browser.conftest import Watched

VERDICTS = 1000
KILLS = 5
# So many verdicts are given while the server is away, from the pictures that were loaded before.
AWAY = 6
MANY = synthetic.TABLE.replace("{male: 8, female: 6}", "{male: 270, female: 220}").replace(
    "{male: 4, female: 4}", "{male: 45, female: 45}"
)


@pytest.fixture
def watched(server: ReviewServer, watch: Callable[..., Watched]) -> Watched:
    """A page whose requests this test makes fail."""
    found = watch(viewport={"width": 1280, "height": 800})
    found.away = f"http://127.0.0.1:{server.port}/"
    found.page.goto(server.address)
    told(found.page)
    return found


class Reviewer:
    """Presses keys and keeps count of what must stand in the journal. `dice` decides what they think."""

    def __init__(self, page: Page, ids: list[str], dice: random.Random) -> None:
        self.page, self.ids, self.dice = page, ids, dice
        self.at = 0
        self.expected: list[dict[str, object]] = []
        self.undone: list[int] = []

    def sees(self) -> bool:
        """Whether the picture that is next in the queue is on the screen; false where it waits for the server."""
        here = f'[data-image="{self.ids[self.at]}"]'
        self.page.wait_for_selector(f'{READY}{here}, body[data-state="loading"]{here}')
        return self.page.locator(f"{READY}{here}").count() == 1

    def verdict(self) -> None:
        """One opinion on the image that is next in the queue."""
        image = self.ids[self.at]
        self.page.wait_for_selector(f'{READY}[data-image="{image}"]', timeout=60_000)
        keys, said = self.dice.choices(
            [
                ("a", {"opinion": "accept"}),
                ("u", {"opinion": "unsure"}),
                ("r b", {"opinion": "reject", "reason": "blurred"}),
                ("r 1 Enter", {"opinion": "reject", "reason": "not_as_asked"}),
            ],
            weights=[6, 1, 2, 1],
        )[0]
        for key in keys.split():
            self.page.keyboard.press(key)
        self.expected.append({"image": image, **said})
        self.at += 1

    def undo(self) -> None:
        """Takes the last one back; the next verdict is on the same image again."""
        self.page.wait_for_selector(f'{READY}[data-image="{self.ids[self.at]}"]', timeout=60_000)
        self.page.keyboard.press("z")
        self.at -= 1
        self.undone.append(len(self.expected) - 1)
        self.expected.append({"image": self.ids[self.at]})


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_thousand_verdicts_outlive_the_killing_of_the_server(
    tmp_path: Path, home: Path, watch: Callable[..., Watched]
) -> None:
    layout = dataset(tmp_path / "many", MANY).layout
    process = Process(layout.root, "anna", _free_port(), home)
    process.start()
    watched = watch(viewport={"width": 1280, "height": 800})
    watched.away = f"http://127.0.0.1:{process.port}/"
    page = watched.page
    page.goto(process.address())
    told(page)
    dice = random.Random(20)
    reviewer = Reviewer(page, order(page), dice)
    assert len(reviewer.ids) > VERDICTS
    kills = sorted(dice.sample(range(20, VERDICTS - 20, AWAY + 1), KILLS))
    killed = None
    undos = set(dice.sample(range(VERDICTS), VERDICTS // 50))
    try:
        for number in range(VERDICTS):
            reviewer.verdict()
            if number in kills:
                # Right after a key: its press is on its way, written or not, answered or not.
                process.kill()
                killed = number
            if killed is not None and (number == killed + AWAY or not reviewer.sees()):
                # It takes its time to come; the reviewer goes on.
                process.start()
                killed = None
            if number in undos and number not in kills:
                reviewer.undo()
        all_sent(page)
    finally:
        process.kill()
    said = lines(journal(layout, "anna"))
    assert [_without_attribute(entry) for entry in said] == reviewer.expected
    keys = keys_of(journal(layout, "anna"))
    assert len({key for key, _ in keys}) == len(keys)
    undone = [keys[place][0] for place in reviewer.undone]
    assert [undoes for _, undoes in keys if undoes is not None] == undone


def _without_attribute(entry: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in entry.items() if name != "attribute"}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_presses_wait_over_a_reload_and_are_sent_in_order(watched: Watched, layout: Layout) -> None:
    page = watched.page
    ids = order(page)
    page.route("**/api/presses*", lambda route: route.abort())
    # Who leaves while presses wait is asked.
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    press(page, "a")
    press(page, "r b")
    press(page, "z")
    expect(page.locator("#saved")).to_contain_text("3 waiting, server away: go on, nothing is lost")
    page.reload()
    assert asked == ["beforeunload"]
    # What waits counts as said.
    assert told(page) == ids[1]
    assert page.locator("#count").inner_text().startswith("1 of ")
    assert not lines(journal(layout, "anna"))
    page.unroute("**/api/presses*")
    all_sent(page)
    expect(page.locator("#saved")).to_have_text("All saved")
    expected = [
        {"image": ids[0], "opinion": "accept"},
        {"image": ids[1], "opinion": "reject", "reason": "blurred"},
        {"image": ids[1]},
    ]
    assert lines(journal(layout, "anna")) == expected
    page.reload()
    assert asked == ["beforeunload"]


def test_an_answer_that_is_lost_makes_no_second_press(watched: Watched, layout: Layout) -> None:
    page = watched.page
    lost: list[str] = []

    def once(route: Route) -> None:
        # The server has it, and the page never hears of it.
        if not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    page.route("**/api/presses*", once)
    press(page, "a")
    all_sent(page)
    assert len(lost) == 1
    assert len(lines(journal(layout, "anna"))) == 1


def test_a_browser_that_keeps_nothing_waits_for_the_server(
    server: ReviewServer, layout: Layout, watch: Callable[..., Watched]
) -> None:
    watched = watch()
    watched.away = f"http://127.0.0.1:{server.port}/"
    page = watched.page
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }")
    page.goto(server.address)
    first = told(page)
    page.route("**/api/presses*", lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator("#unkept")).to_be_visible()
    # No key does anything until the server has it.
    page.keyboard.press("u")
    page.keyboard.press("n")
    assert told(page) == first
    page.unroute("**/api/presses*")
    all_sent(page)
    page.wait_for_selector(f'{READY}:not([data-image="{first}"])')
    assert lines(journal(layout, "anna")) == [{"image": first, "opinion": "accept"}]


def test_an_undo_survives_that_nobody_answers_what_stands_now(watched: Watched) -> None:
    page = watched.page
    image = accepted_then_unsure(page)
    page.reload()
    told(page)
    unanswered: list[str] = []

    def once(route: Route) -> None:
        if unanswered:
            route.continue_()
        else:
            unanswered.append(route.request.url)
            route.abort()

    page.route("**/api/queue/*", once)
    page.keyboard.press("z")
    page.wait_for_selector(f'{READY}[data-image="{image}"] #stands.accept')
    assert len(unanswered) == 1


def test_a_press_that_is_refused_is_set_aside_and_the_others_go(watched: Watched, layout: Layout) -> None:
    page = watched.page
    ids = order(page)

    def refuse(route: Route) -> None:
        presses = route.request.post_data_json["presses"]
        places = [place for place, one in enumerate(presses) if one["image"] == ids[1]]
        if not places:
            route.continue_()
            return
        told = {"error": "nothing was taken", "wrong": {str(place): "that cannot be" for place in places}}
        route.fulfill(status=422, json=told)

    page.route("**/api/presses*", refuse)
    press(page, "a")
    press(page, "u")
    press(page, "a")
    expect(page.locator("#refused")).to_contain_text("unsure): that cannot be")
    all_sent(page)
    assert [entry["image"] for entry in lines(journal(layout, "anna"))] == [ids[0], ids[2]]
    # It was never said.
    expect(page.locator("#count")).to_contain_text("2 of ")
    page.reload()
    expect(page.locator("#refused")).to_contain_text("that cannot be")
    page.unroute("**/api/presses*")
    page.get_by_role("button", name="Send it again").click()
    expect(page.locator("#count")).to_contain_text("3 of ")
    all_sent(page)
    assert [entry["image"] for entry in lines(journal(layout, "anna"))] == [ids[0], ids[2], ids[1]]
    assert page.locator("#refused .warning").count() == 0


def test_two_tabs_send_nothing_twice(watched: Watched, layout: Layout) -> None:
    page = watched.page
    ids = order(page)
    page.route("**/api/presses*", lambda route: route.abort())
    press(page, "a")
    press(page, "a")
    # The second tab has what waits, and sends it; the first one hears of it.
    other = watched.context.new_page()
    other.goto(page.url.split("#")[0])
    assert told(other) == ids[2]
    all_sent(other)
    press(other, "u")
    all_sent(other)
    all_sent(page)
    page.unroute("**/api/presses*")
    press(page, "n")
    press(page, "u")
    all_sent(page)
    assert [entry["image"] for entry in lines(journal(layout, "anna"))] == ids[:4]
    keys = [entry.key for entry in read_presses(layout, "anna")]
    assert len(set(keys)) == 4
