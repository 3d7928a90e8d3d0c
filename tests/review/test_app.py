"""Every route, with the files of a small dataset behind it."""

from __future__ import annotations

import errno
import json
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fastapi", reason="the extra [web] is not installed")
from starlette.testclient import TestClient

from agfd import images
from agfd.records import Press
from agfd.report.wording import BY_EYE
from agfd.review.app import LARGEST_BODY, make_app
from agfd.review.presses import MOST
from agfd.review.service import Review
from agfd.store import append_presses, journal, read_member, read_presses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from httpx2 import Response

    from agfd.store import Layout
    from report.synthetic import Dataset


@pytest.fixture
def serve(layout: Layout) -> Iterator[Callable[..., TestClient]]:
    """Serves the review of the tiles: the application without its guard."""
    opened: list[Review] = []

    def start(reviewer: str = "ann", *, blind: bool = True) -> TestClient:
        opened.append(Review(layout, reviewer, blind=blind))
        return TestClient(make_app(opened[-1]))

    yield start
    for review in opened:
        review.close()


@pytest.fixture
def web(serve: Callable[..., TestClient]) -> TestClient:
    return serve()


def some(tiles: Dataset, status: str = "accepted") -> list[str]:
    return [one.request.id for one in tiles.samples if one.verdict.status == status]


def said(image: str, key: str = "k1", opinion: str | None = "accept", **more: Any) -> dict[str, Any]:
    return {"key": key, "image": image, "opinion": opinion, **more}


def post(web: TestClient, *presses: dict[str, Any]) -> Response:
    return web.post("/api/presses", json={"presses": list(presses)})


def test_a_session_says_what_there_is(web: TestClient, tiles: Dataset) -> None:
    told = web.get("/api/session").json()
    pictures = len(some(tiles)) + len(some(tiles, "rejected"))
    assert (told["title"], told["reviewer"], told["photos"], told["blind"]) == ("Tiles for tests", "ann", False, True)
    sizes = {queue["name"]: (queue["size"], queue["done"]) for queue in told["queues"]}
    assert sizes["random"] == sizes["cell"] == (pictures, 0)
    assert [reason["code"] for reason in told["reasons"]] == ["not_as_asked", "no_face", "blurred", *BY_EYE]
    assert all(reason["meaning"] for reason in told["reasons"])
    assert told["attributes"]["eyes"] == ["open", "half-closed", "closed"]
    assert told["attributes"]["age"] is None


def test_a_queue_has_every_picture_once_and_what_was_said(web: TestClient, tiles: Dataset) -> None:
    told = web.get("/api/queue/random").json()
    assert sorted(told["ids"]) == sorted(some(tiles) + some(tiles, "rejected"))
    assert told["said"] == {}
    first = told["ids"][0]
    more = {"reason": "not_as_asked", "attribute": "eyes", "value": "open"}
    post(web, said(first, opinion="reject", **more))
    assert web.get("/api/queue/random").json()["said"] == {first: {"key": "k1", "opinion": "reject", **more}}
    assert web.get("/api/session").json()["queues"][0]["done"] == 1


def test_what_was_said_comes_in_the_order_in_which_it_was_said(web: TestClient) -> None:
    first, second, third = web.get("/api/queue/random").json()["ids"][:3]
    post(web, said(third, "k1"), said(first, "k2"), said(second, "k3"), said(third, "k4", "unsure"))
    assert list(web.get("/api/queue/random").json()["said"]) == [first, second, third]


def test_files_come_as_they_lie_in_the_store(web: TestClient, tiles: Dataset, layout: Layout) -> None:
    sample = next(one for one in tiles.samples if one.request.id == some(tiles)[0])
    (row,) = [one for one in web.get("/api/queue/cell").json()["ids"] if one == sample.request.id]
    picture = web.get(f"/api/picture/{row}")
    assert picture.headers["content-type"] == "image/png"
    assert images.decode(picture.content).shape == (64, 48, 3)
    thumb = web.get(f"/api/thumb/{row}")
    assert thumb.headers["content-type"] == "image/jpeg"
    assert sample.place is not None
    assert thumb.content == read_member(layout, sample.place, thumbnail=True)


def test_what_was_not_kept_is_not_there(web: TestClient, tiles: Dataset) -> None:
    rejected, failed = some(tiles, "rejected")[0], some(tiles, "failed")[0]
    assert web.get(f"/api/thumb/{rejected}").status_code == 200
    for path in (f"picture/{rejected}", f"thumb/{failed}", f"map/{rejected}/depth", f"map/{rejected}/nothing"):
        answer = web.get(f"/api/{path}")
        assert answer.status_code == 404
        assert set(answer.json()) == {"error"}


@pytest.mark.parametrize(
    "path",
    [
        "/static/card.md.j2",
        "/static/nothing.js",
        "/static/..%2f..%2fpages.py",
        "/static/%2e%2e/pages.py",
        "/static/style.css%00.js",
        "/api/thumb/..%2f..%2frecipe.yaml",
        "/api/thumb/" + "a" * 5000,
        "/api/thumb/%C3%A4%00",
        "/api/queue/everything",
        "/api/detail/",
        "/docs",
        "/openapi.json",
    ],
)
def test_there_is_no_way_to_anything_else(web: TestClient, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 404
    assert len(answer.content) < 500


def test_styles_and_scripts_have_their_types(web: TestClient) -> None:
    names = [path.name for path in (resources.files("agfd.report") / "templates").iterdir()]
    served = {name: web.get(f"/static/{name}") for name in names}
    types = {name: answer.headers["content-type"] for name, answer in served.items() if answer.status_code == 200}
    assert set(types) == {name for name in names if name.endswith((".css", ".js"))}
    assert {kind for name, kind in types.items() if name.endswith(".css")} == {"text/css; charset=utf-8"}
    assert {kind for name, kind in types.items() if name.endswith(".js")} == {"text/javascript; charset=utf-8"}


def test_the_machine_is_silent_until_the_reviewer_has_spoken(web: TestClient, tiles: Dataset) -> None:
    image = some(tiles, "rejected")[0]
    before = web.get(f"/api/detail/{image}").json()
    assert before["blind"] is True
    assert (before["status"], before["reasons"], before["measurements"]) == (None, [], [])
    assert before["thumb"] == f"/api/thumb/{image}"
    assert before["attributes"]
    for entry in before["attributes"]:
        assert entry["asked"] is not None
        assert (entry["measured"], entry["true"], entry["source"]) == (None, None, None)
    text = json.dumps(before)
    assert not [word for word in ("rejected", "constructed", "blurred", "surplus", "duplicate") if word in text]

    post(web, said(image))
    after = web.get(f"/api/detail/{image}").json()
    assert set(after) == set(before)
    assert (after["blind"], after["status"]) == (False, "rejected")
    assert after["reasons"]
    assert after["measurements"]
    # Whoever takes it back is as blind as before.
    post(web, said(image, "k2", None, undoes="k1"))
    assert web.get(f"/api/detail/{image}").json() == before


def test_open_shows_everything_at_once(serve: Callable[..., TestClient], tiles: Dataset) -> None:
    told = serve(blind=False).get(f"/api/detail/{some(tiles)[0]}").json()
    assert (told["blind"], told["status"]) == (False, "accepted")


def test_presses_are_on_the_disk_in_their_order(web: TestClient, tiles: Dataset, layout: Layout) -> None:
    one, other = some(tiles)[:2]
    keys = ["k3", "k1", "k2"]
    answer = post(web, said(one, "k3"), said(other, "k1", "unsure"), said(one, "k2", None, undoes="k3"))
    assert (answer.status_code, answer.json()) == (200, {"taken": keys})
    written = read_presses(layout, "ann")
    assert [press.key for press in written] == keys
    assert written[2].undoes == "k3"
    assert all(press.at and press.at.endswith("+00:00") for press in written)


def test_the_same_key_is_taken_once_also_by_the_next_server(tiles: Dataset, layout: Layout) -> None:
    image, other = some(tiles)[:2]
    for _ in range(2):
        review = Review(layout, "ann")
        web = TestClient(make_app(review))
        assert post(web, said(image), said(image), said(other, "k2")).json() == {"taken": ["k1", "k1", "k2"]}
        review.close()
    assert [press.key for press in read_presses(layout, "ann")] == ["k1", "k2"]


def test_many_at_once_are_all_taken_once(web: TestClient, tiles: Dataset, layout: Layout) -> None:
    pictures = some(tiles)
    batches = [[said(pictures[n % len(pictures)], f"k{n}-{m}") for m in range(5)] for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda batch: post(web, *batch), [*batches, *batches]))
    assert {answer.status_code for answer in answers} == {200}
    written = [press.key for press in read_presses(layout, "ann")]
    assert sorted(written) == sorted(press["key"] for batch in batches for press in batch)
    # A batch stays together and in its order.
    assert all(written[n : n + 5] == [f"{written[n][:-2]}-{m}" for m in range(5)] for n in range(0, len(written), 5))


def test_reviewers_have_their_own_journals(serve: Callable[..., TestClient], tiles: Dataset, layout: Layout) -> None:
    image = some(tiles)[0]
    ann, bob = serve("ann"), serve("bob")
    post(ann, said(image))
    assert bob.get("/api/queue/random").json()["said"] == {}
    assert bob.get(f"/api/detail/{image}").json()["blind"] is True
    post(bob, said(image, opinion="reject"))
    assert [press.opinion for press in read_presses(layout, "ann")] == ["accept"]
    told = ann.get("/api/agreement").json()
    assert [(one["name"], one["accept"], one["reject"]) for one in told["reviewers"]] == [("ann", 1, 0), ("bob", 0, 1)]
    assert [(pair["a"], pair["b"], pair["images"], pair["agree"]) for pair in told["pairs"]] == [("ann", "bob", 1, 0.0)]
    # Both see the same images in the same order: else they could not agree.
    assert ann.get("/api/queue/random").json()["ids"] == bob.get("/api/queue/random").json()["ids"]


def test_nothing_is_taken_when_one_press_is_wrong(web: TestClient, tiles: Dataset, layout: Layout) -> None:
    image = some(tiles)[0]
    answer = post(web, said(image), said("0" * 32, "k2"), said(image, "k3", "maybe"))
    assert answer.status_code == 422
    told = answer.json()
    assert set(told["wrong"]) == {"1", "2"}
    assert "0" * 32 in told["wrong"]["1"]
    assert "accept, reject, unsure" in told["wrong"]["2"]
    assert told["error"].startswith("nothing was taken")
    assert read_presses(layout, "ann") == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"presses": {}}', b'{"presses": [], "more": 1}', b"[" * 100_000, b"\xff", b"null"]
)
def test_a_body_of_another_form_is_told(web: TestClient, body: bytes) -> None:
    answer = web.post("/api/presses", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("nothing was taken")


def test_too_much_at_once_is_refused(web: TestClient, tiles: Dataset) -> None:
    image = some(tiles)[0]
    assert post(web, *[said(image, f"k{n}") for n in range(MOST + 1)]).status_code == 422
    assert len(post(web, *[said(image, f"k{n}") for n in range(MOST)]).json()["taken"]) == MOST
    assert web.post("/api/presses", content=b" " * (LARGEST_BODY + 1)).status_code == 413


def test_presses_of_another_journal_are_refused(web: TestClient, tiles: Dataset, layout: Layout) -> None:
    body = {"presses": [said(some(tiles)[0])]}
    mine = web.get("/api/session").json()["journal"]
    assert web.post("/api/presses?journal=another", json=body).status_code == 409
    assert read_presses(layout, "ann") == []
    assert web.post(f"/api/presses?journal={mine}", json=body).json() == {"taken": ["k1"]}


def test_a_full_disk_is_told_and_nothing_is_half_taken(
    web: TestClient, tiles: Dataset, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = some(tiles)[:2]
    post(web, said(one))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("agfd.store.reviews.os.fsync", full)
        answer = post(web, said(other, "k2"), said(other, "k3", None, undoes="k2"))
    assert answer.status_code == 507
    assert "the disk is full" in answer.json()["error"]
    assert [press.key for press in read_presses(layout, "ann")] == ["k1"]
    # The page sends them again, and they are as new.
    assert post(web, said(other, "k2")).json() == {"taken": ["k2"]}
    assert [press.key for press in read_presses(layout, "ann")] == ["k1", "k2"]


def test_a_torn_tail_is_nobodys(serve: Callable[..., TestClient], tiles: Dataset, layout: Layout) -> None:
    one, other = some(tiles)[:2]
    append_presses(layout, "ann", [Press("k1", one, "accept"), Press("k2", other, "reject")])
    path = journal(layout, "ann")
    path.write_bytes(path.read_bytes()[:-7])
    web = serve()
    assert set(web.get("/api/queue/random").json()["said"]) == {one}
    assert post(web, said(other, "k2")).json() == {"taken": ["k2"]}
    assert [press.key for press in read_presses(layout, "ann")] == ["k1", "k2"]


def test_a_damaged_picture_is_told(web: TestClient, tiles: Dataset, layout: Layout) -> None:
    image = some(tiles)[0]
    for path in layout.shards.glob("*.tar"):
        path.write_bytes(b"\0" * path.stat().st_size)
    answer = web.get(f"/api/picture/{image}")
    assert answer.status_code == 500
    assert "hash on record" in answer.json()["error"]


def test_a_dataset_that_grows_is_seen(web: TestClient, tiles: Dataset, layout: Layout, tmp_path: Path) -> None:
    from agfd.store import close_round

    before = web.get("/api/queue/random").json()["ids"]
    chunks = len({key for key in layout.chunks("parquet") if key[0] == 2})
    assert chunks
    late = before[-1]
    # The rows move into the file of the round while the page is open.
    close_round(layout, 2, chunks, {})
    assert web.get(f"/api/detail/{late}").json()["id"] == late
    assert web.get("/api/queue/random").json()["ids"] == before
