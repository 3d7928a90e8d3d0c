"""What several people say of an image together, and their word over the machine's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agfd.judge import NOT_AS_ASKED, REVIEW, Consensus, Saying, agreed, by_image, consensus, laid_over, sayings
from agfd.records import Press, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

ASKED = {"sex": "male", "eyewear": "glasses", "age": 35, "yaw": 0.0}
SOURCES: dict[str, Any] = {"sex": "constructed", "eyewear": "measured", "age": "asked"}


def said(opinion: str | None, reason: str | None = None, **told: Any) -> Press:
    return Press("k", "image", opinion, reason, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("presses", "expected"),
    [
        ([], Consensus(None)),
        ([said("unsure")], Consensus(None)),
        ([said("accept")], Consensus("accept")),
        ([said("accept"), said("unsure"), said("unsure")], Consensus("accept")),
        ([said("accept"), said("reject", "blurred")], Consensus(None)),
        ([said("accept"), said("reject", "blurred"), said("reject", "noisy")], Consensus("reject", "blurred")),
        ([said("reject", "blurred"), said("reject", "noisy"), said("reject", "noisy")], Consensus("reject", "noisy")),
        ([said("reject")], Consensus("reject")),
    ],
)
def test_the_majority_of_those_who_decide(presses: list[Press], expected: Consensus) -> None:
    assert consensus(presses) == expected
    assert consensus(reversed(presses)) == expected


opinions = st.sampled_from(["accept", "reject", "unsure"])


@given(st.lists(opinions, max_size=9))
def test_swapping_accept_and_reject_swaps_what_comes_of_it(votes: list[str]) -> None:
    other = {"accept": "reject", "reject": "accept", None: None, "unsure": "unsure"}
    swapped = consensus([said(other[vote]) for vote in votes])
    assert swapped.opinion == other[consensus([said(vote) for vote in votes]).opinion]


def test_reviews_are_turned_from_reviewers_to_images() -> None:
    first, second = said("accept"), said("reject")
    turned = by_image({"ann": {"a": first, "b": second}, "bob": {"b": first}})
    assert turned == {"a": {"ann": first}, "b": {"ann": second, "bob": first}}


def test_who_accepts_calls_everything_right_that_was_asked() -> None:
    told = sayings(said("accept"), ASKED)
    assert {name: one.value for name, one in told.items()} == ASKED
    assert all(one.right for one in told.values())


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"attribute": "eyewear", "value": "none"}, {"eyewear": Saying("glasses", "none")}),
        ({"attribute": "eyewear"}, {"eyewear": Saying("glasses", None)}),
        # Of two words the other one.
        ({"attribute": "sex"}, {"sex": Saying("male", "female")}),
        ({"attribute": "age", "value": 60}, {"age": Saying(35, 60)}),
        # Nobody asked for it.
        ({"attribute": "hair_color", "value": "red"}, {}),
        ({}, {}),
    ],
)
def test_who_rejects_names_one(told: dict[str, Any], expected: dict[str, Saying]) -> None:
    assert sayings(said("reject", NOT_AS_ASKED, **told), ASKED) == expected
    assert sayings(said("unsure", **told), ASKED) == {}


def test_what_a_measured_word_contradicts() -> None:
    right, other, unnamed = Saying("glasses", "glasses"), Saying("glasses", "none"), Saying("glasses", None)
    words = ("glasses", "none", "sunglasses")
    assert [right.contradicts(word) for word in words] == [False, True, True]
    assert [other.contradicts(word) for word in words] == [True, False, True]
    assert [unnamed.contradicts(word) for word in words] == [True, False, False]


def words(*values: str | None) -> list[Saying]:
    return [Saying("glasses", value) for value in values]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], None),
        (words("glasses", "none"), None),
        (words("glasses", "glasses", "none"), Saying("glasses", "glasses")),
        (words("glasses", "none", None), Saying("glasses", "none")),
        (words("none", "sunglasses"), Saying("glasses", None)),
        (words("none", "none", "sunglasses", "glasses"), Saying("glasses", "none")),
        (words(None), Saying("glasses", None)),
        ([Saying(35, 50), Saying(35, 60), Saying(35, None)], Saying(35, 55)),
        ([Saying(35, 35), Saying(35, 60)], None),
    ],
)
def test_what_several_say_of_an_attribute(told: Sequence[Saying], expected: Saying | None) -> None:
    assert agreed(told) == expected


def test_people_reject_what_the_machine_accepted() -> None:
    machine = Verdict("accepted", (), None, SOURCES, ("age",))
    assert laid_over(machine, Consensus("reject", "blurred")) == replace(
        machine, status="rejected", reasons=(REVIEW, "blurred")
    )
    assert laid_over(machine, Consensus("reject")).reasons == (REVIEW,)


def test_people_accept_what_the_machine_rejected() -> None:
    machine = Verdict("rejected", ("too_dark", "blurred"), None, SOURCES, ("age",))
    assert laid_over(machine, Consensus("accept")) == Verdict(
        "accepted", (), None, SOURCES | {"age": "reviewed"}, (), ("too_dark", "blurred")
    )


def test_people_confirm_what_was_only_asked_for() -> None:
    machine = Verdict("accepted", (), None, SOURCES, ("age",))
    assert laid_over(machine, Consensus("accept")) == Verdict("accepted", (), None, SOURCES | {"age": "reviewed"})


def test_no_eye_overrules_what_the_generator_knows() -> None:
    machine = Verdict("rejected", (NOT_AS_ASKED, "blurred"), None, SOURCES)
    assert laid_over(machine, Consensus("accept")) == machine


@given(st.sampled_from(["accepted", "rejected"]), opinions)
def test_who_agrees_or_does_not_decide_changes_no_status(status: Any, vote: str) -> None:
    machine = Verdict(status, ("blurred",) if status == "rejected" else (), None, SOURCES)
    after = laid_over(machine, consensus([said(vote)]))
    if vote == "unsure" or (status, vote) == ("rejected", "reject"):
        assert after == machine
    assert (after.status != status) == ((status, vote) in {("accepted", "reject"), ("rejected", "accept")})
