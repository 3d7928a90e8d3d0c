"""Reviewers against each other, and the machine against them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import builders
from agfd.records import Press, Verdict
from agfd.report.details import detail
from agfd.report.people import agreement, share
from agfd.stats import cohen_kappa, wilson
from agfd.store import Layout, append_presses, iterate_rows
from report.rows import row, stored

if TYPE_CHECKING:
    from pathlib import Path

BUILD: dict[str, Any] = {"generator": {"domain": "diffusion"}, "analyzers": {"people": {}, "basic": {}}}
SOURCES: dict[str, Any] = {"sex": "measured", "expression": "asked", "age": "measured"}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def image(name: str, *reasons: str, of: str = "a", overruled: tuple[str, ...] = (), **seen: float) -> Any:
    """A smiling man of 35, as asked."""
    asked = {"id": name, "row": of, "sex": "male", "expression": "smile", "age": 35}
    status: Any = "rejected" if reasons else "accepted"
    return row(Verdict(status, reasons, None, SOURCES, (), overruled), asked, {}, **seen)


def say(layout: Layout, reviewer: str, **said: tuple[Any, ...]) -> None:
    """By image: opinion, reason, attribute, value."""
    presses = [Press(f"{reviewer}-{name}", name, *told) for name, told in said.items()]
    append_presses(layout, reviewer, presses)


ACCEPT, REJECT, UNSURE = ("accept",), ("reject", "blurred"), ("unsure",)


def wrong(name: str, value: Any = None) -> tuple[Any, ...]:
    return ("reject", "not_as_asked", name, value)


def test_reviewers_are_counted_and_compared_apart(layout: Layout) -> None:
    stored(layout, [image(name) for name in "abcdef"])
    say(layout, "ann", a=ACCEPT, b=ACCEPT, c=REJECT, d=REJECT, e=UNSURE, gone=ACCEPT)
    say(layout, "bob", a=ACCEPT, b=REJECT, c=REJECT, d=REJECT, e=ACCEPT, f=ACCEPT)
    told = agreement(layout, BUILD)
    assert (told["images"], told["decided"]) == (6, 5)
    counts = [{key: one[key] for key in ("name", "images", "accept", "reject", "unsure")} for one in told["reviewers"]]
    assert counts == [
        {"name": "ann", "images": 5, "accept": 2, "reject": 2, "unsure": 1},
        {"name": "bob", "images": 6, "accept": 3, "reject": 3, "unsure": 0},
    ]
    (pair,) = told["pairs"]
    kappa = cohen_kappa([("+", "+"), ("+", "-"), ("-", "-"), ("-", "-")])
    assert (pair["a"], pair["b"], pair["images"], pair["unsure"], pair["agree"]) == ("ann", "bob", 4, 1, 0.75)
    assert (pair["kappa"], pair["low"], pair["high"]) == pytest.approx((kappa.value, kappa.low, kappa.high), abs=1e-4)
    assert (pair["agree_low"], pair["agree_high"]) == pytest.approx(wilson(3, 4), abs=1e-4)
    assert [one["false_accepts"]["wrong"] for one in told["reviewers"]] == [2, 3]


def test_labels_are_compared_where_both_called_some_wrong(layout: Layout) -> None:
    stored(layout, [image(name) for name in "abcd"])
    say(layout, "ann", a=wrong("age", 60), b=wrong("age", 50), c=ACCEPT, d=wrong("sex"))
    say(layout, "bob", a=wrong("age", 70), b=ACCEPT, c=ACCEPT, d=ACCEPT)
    (pair,) = agreement(layout, BUILD)["pairs"]
    (age,) = pair["attributes"]
    assert (age["attribute"], age["images"], age["agree"], age["kappa"]) == (
        "age",
        3,
        pytest.approx(2 / 3, abs=1e-4),
        0.4,
    )


def test_what_is_undefined_is_none_and_never_nan(layout: Layout) -> None:
    stored(layout, [image("a"), image("b")])
    say(layout, "ann", a=ACCEPT, b=UNSURE)
    say(layout, "bob", a=ACCEPT, b=ACCEPT)
    say(layout, "cy", b=REJECT)
    told = agreement(layout, BUILD)
    first, nothing, opposite = told["pairs"]
    assert (first["images"], first["agree"], first["kappa"], first["low"]) == (1, 1.0, None, None)
    assert (nothing["images"], nothing["agree"], nothing["agree_low"]) == (0, None, None)
    assert (opposite["agree"], opposite["kappa"]) == (0.0, 0.0)
    assert told["verdicts"]["false_rejects"] == share(0, 0)
    assert share(0, 0)["share"] is None
    json.dumps(told, allow_nan=False)


def test_nobody_has_said_anything(layout: Layout) -> None:
    stored(layout, [image("a")])
    told = agreement(layout, BUILD)
    assert (told["images"], told["reviewers"], told["pairs"], told["labels"]) == (0, [], [], [])


def test_the_machine_is_held_against_the_majority(layout: Layout) -> None:
    stored(layout, [
        image("a"), image("b", of="b"), image("c", "blurred"), image("d", "blurred", "too_dark"),
        # These passed on their own merits, or nobody could look.
        image("e", "surplus"), image("f", "duplicate"), image("g", "unsafe"), image("h", "early_stop"),
        # People's word lies over the machine's: its own is what counts.
        image("i", "review", "blurred"), image("j", overruled=("too_dark",)),
        image("k", "surplus", overruled=("noisy",)),
    ])  # fmt: skip
    votes = {"a": ACCEPT, "b": REJECT, "c": ACCEPT, "d": REJECT, "e": REJECT, "f": ACCEPT, "g": ACCEPT, "h": ACCEPT,
             "i": REJECT, "j": ACCEPT, "k": ACCEPT}  # fmt: skip
    say(layout, "ann", **votes)
    say(layout, "bob", **votes)
    # Alone against two she changes nothing.
    say(layout, "cy", **{name: REJECT if vote == ACCEPT else ACCEPT for name, vote in votes.items()})
    verdicts = agreement(layout, BUILD)["verdicts"]
    assert verdicts["false_rejects"] == share(3, 4)
    assert verdicts["false_accepts"] == share(3, 5)
    assert verdicts["rows"] == [
        {"row": "a", "false_rejects": share(3, 4), "false_accepts": share(2, 4)},
        {"row": "b", "false_rejects": share(0, 0), "false_accepts": share(1, 1)},
    ]
    assert {entry["code"]: (entry["wrong"], entry["images"]) for entry in verdicts["reasons"]} == {
        "blurred": (1, 2), "too_dark": (1, 2), "noisy": (1, 1)
    }  # fmt: skip


def faces(smile: float, angry: float) -> dict[str, float]:
    return {"expression_smile": smile, "expression_angry": angry}


def test_analyzers_are_held_against_what_people_see(layout: Layout) -> None:
    stored(layout, [
        image("a", sex=0.9, **faces(0.9, 0.1)), image("b", sex=0.2, **faces(0.2, 0.8)),
        image("c", sex=0.9, **faces(0.9, 0.1)), image("d", sex=0.9, **faces(0.2, 0.8)), image("e", **faces(0.9, 0.1)),
    ])  # fmt: skip
    say(layout, "ann", a=ACCEPT, b=ACCEPT, c=wrong("expression", "angry"), d=wrong("expression"), e=wrong("expression"))
    words = {entry["attribute"]: entry for entry in agreement(layout, BUILD)["attributes"]}
    # Who only says that it is no smile is not contradicted by an angry face.
    assert words["expression"] == {
        "attribute": "expression", "competent": True, **share(3, 5),
        "worst": [["angry", "smile", 1], ["not smile", "smile", 1], ["smile", "angry", 1]],
    }  # fmt: skip
    assert words["sex"]["images"] == 2
    assert words["sex"]["worst"] == [["male", "female", 1]]
    told = agreement(layout, {**BUILD, "generator": {"domain": "render"}})
    assert {entry["competent"] for entry in told["attributes"]} == {False}


def test_numbers_are_held_against_those_that_people_name(layout: Layout) -> None:
    stored(layout, [image(name, age=age) for name, age in zip("abcde", (60.0, 50, 40, 33, 90), strict=True)])
    say(layout, "ann", a=wrong("age", 70), b=wrong("age", 44), c=ACCEPT, d=ACCEPT, e=wrong("age"))
    named, accepted = agreement(layout, BUILD)["numbers"]
    assert (named["said"], named["images"], named["bias"], named["error"]) == ("named", 2, -2.0, 8.0)
    assert named["error_low"] <= 8.0 <= named["error_high"]
    assert (accepted["said"], accepted["images"], accepted["bias"], accepted["error"]) == ("accepted", 2, 1.5, 3.5)
    say(layout, "bob", c=wrong("age", 70), d=UNSURE)
    assert [entry["images"] for entry in agreement(layout, BUILD)["numbers"]] == [2, 1]
    assert agreement(layout, BUILD)["numbers"][1]["bias_low"] is None


def test_labels_that_were_confirmed_falsely(layout: Layout) -> None:
    stored(layout, [image("a"), image("b"), image("c"), image("d", "blurred")])
    say(layout, "ann", a=ACCEPT, b=wrong("age", 80), c=wrong("expression"), d=wrong("age", 80))
    labels = {(entry["attribute"], entry["source"]): entry for entry in agreement(layout, BUILD)["labels"]}
    assert {key: (entry["wrong"], entry["images"]) for key, entry in labels.items()} == {
        ("age", "measured"): (1, 2), ("sex", "measured"): (0, 1), ("expression", "asked"): (1, 2)
    }  # fmt: skip


votes = st.sampled_from([ACCEPT, REJECT, UNSURE, wrong("age", 50), wrong("sex"), None])
looks = st.lists(
    st.tuples(st.sampled_from([(), ("blurred",), ("surplus",)]), st.sampled_from("ab"), votes, votes, votes)
)


@settings(max_examples=25, deadline=None)
@given(looks)
def test_parts_add_up_and_names_do_not_matter(tmp_path_factory: pytest.TempPathFactory, images: list[Any]) -> None:
    told = []
    for names in (("ann", "bob", "cy"), ("zoe", "ann", "mia")):
        layout = stored(
            Layout(tmp_path_factory.mktemp("set")), [image(f"i{n}", *one[0], of=one[1]) for n, one in enumerate(images)]
        )
        for place, name in enumerate(names):
            say(layout, name, **{f"i{n}": one[2 + place] for n, one in enumerate(images) if one[2 + place]})
        told.append(agreement(layout, BUILD))
    for key in ("images", "decided", "verdicts", "attributes", "numbers", "labels"):
        assert told[0][key] == told[1][key]
    verdicts = told[0]["verdicts"]
    for kind in ("false_rejects", "false_accepts"):
        for what in ("images", "wrong"):
            assert sum(entry[kind][what] for entry in verdicts["rows"]) == verdicts[kind][what]
    assert told[0]["decided"] == sum(verdicts[kind]["images"] for kind in ("false_rejects", "false_accepts"))
    json.dumps(told, allow_nan=False)


def test_a_page_of_an_image_says_what_people_overruled(layout: Layout) -> None:
    of = "eyes.glasses"
    stored(layout, [image("a", of=of, overruled=("blurred", "gone")), image("b", "review", "blurred", of=of)])
    recipe = builders.recipe()
    accepted, rejected = (detail(row, recipe, lambda kind, name: None) for row in iterate_rows(layout))
    assert (accepted["reasons"], accepted["overruled"]) == (
        [], [{"code": "blurred", "meaning": "sharpness below 5"}, {"code": "gone", "meaning": ""}]
    )  # fmt: skip
    # People measured nothing.
    assert [reason["meaning"] for reason in rejected["reasons"]] == ["people who looked at it turned it down", ""]
