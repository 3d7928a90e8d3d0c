"""What may be pressed, and what is said of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from agfd.records import Press
from agfd.review.presses import Checker, RefusedError

AT = "2026-01-01T00:00:00.000+00:00"
TAKEN = {"old": Press("old", "a", "accept"), "back": Press("back", "a", undoes="old"), "b1": Press("b1", "b", "reject")}


def check(*entries: object) -> list[Press]:
    checker = Checker({"a", "b"}.__contains__, ("not_as_asked", "blurred"), TAKEN.get)
    return checker.check({"presses": list(entries)}, AT)


def press(**changes: Any) -> dict[str, Any]:
    return {"key": "new", "image": "a", "opinion": "accept", **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"opinion": "unsure", "reason": None, "attribute": None, "value": None, "undoes": None},
        {"opinion": "reject"},
        {"opinion": "reject", "reason": "blurred"},
        {"opinion": "reject", "reason": "not_as_asked", "attribute": "eyewear"},
        {"opinion": "reject", "reason": "not_as_asked", "attribute": "eyewear", "value": "sunglasses"},
        {"opinion": "reject", "reason": "not_as_asked", "attribute": "age", "value": 40},
        {"opinion": None, "undoes": "old"},
        {"opinion": None, "undoes": "b1", "image": "b"},
    ],
)
def test_right_ones_are_as_they_were_sent(changes: dict[str, Any]) -> None:
    sent = press(**changes)
    assert check(sent) == [Press(**sent, at=AT)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"key": ""}, "key"),
        ({"key": None}, "key"),
        ({"key": 7}, "key is a text"),
        ({"key": "x" * 101}, "key"),
        ({"key": "a\nb"}, "key"),
        ({"key": "\ud800"}, "key"),
        ({"image": "c"}, "'c'"),
        ({"image": None}, "no picture"),
        ({"image": ["a"]}, "image is a text"),
        ({"opinion": None}, "opinion is one of"),
        ({"opinion": "maybe"}, "maybe"),
        ({"reason": "blurred"}, "reason goes with reject"),
        ({"opinion": "reject", "reason": "ugly"}, "not_as_asked, blurred"),
        ({"opinion": "reject", "attribute": "eyewear"}, "attribute goes with"),
        ({"opinion": "reject", "reason": "blurred", "attribute": "eyewear"}, "attribute goes with"),
        ({"opinion": "reject", "reason": "not_as_asked", "attribute": "eyewaer"}, "did you mean 'eyewear'"),
        ({"opinion": "reject", "reason": "not_as_asked", "value": "glasses"}, "value goes with"),
        ({"opinion": "reject", "reason": "not_as_asked", "attribute": "eyewear", "value": "glases"}, "'glasses'"),
        ({"opinion": "reject", "reason": "not_as_asked", "attribute": "age", "value": 400}, "between 1 and 100"),
        ({"opinion": "reject", "reason": "not_as_asked", "attribute": "age", "value": float("nan")}, "between"),
        ({"opinion": "reject", "reason": "not_as_asked", "attribute": "age", "value": {}}, "number"),
        ({"undoes": "old"}, "no opinion of its own"),
        ({"opinion": None, "undoes": "never"}, "no opinion 'never'"),
        ({"opinion": None, "undoes": "back"}, "no opinion 'back'"),
        ({"opinion": None, "undoes": "b1"}, "no opinion 'b1'"),
        ({"at": AT}, "fields"),
    ],
)
def test_wrong_ones_are_named_with_what_would_be_right(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check(press(key="right"), press(**changes))
    assert set(refused.value.wrong) == {1}
    assert words in refused.value.wrong[1]
    assert refused.value.wrong[1] in str(refused.value)


@pytest.mark.parametrize("entry", [None, [], "accept", 3])
def test_a_press_is_a_table(entry: object) -> None:
    with pytest.raises(RefusedError, match="a press has the fields key, image"):
        check(entry)


def test_a_press_may_take_back_one_of_the_same_call_but_not_a_later_one() -> None:
    made, back = press(key="k1"), {"key": "k2", "image": "a", "undoes": "k1"}
    assert [one.key for one in check(made, back)] == ["k1", "k2"]
    with pytest.raises(RefusedError, match="press 0: there is no opinion 'k1'"):
        check(back, made)


def test_what_was_taken_before_is_right_whatever_the_rules_are_now() -> None:
    assert [one.key for one in check(press(key="old", image="gone", opinion="reject", reason="of_then"))] == ["old"]
