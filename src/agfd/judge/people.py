"""What people say of an image, what several of them say together, and their word laid over the machine's. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Literal

from agfd.judge.item import NOT_AS_ASKED
from agfd.vocabulary import ATTRIBUTES, Choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agfd.records import Attributes, Press, Source, Value, Verdict

REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Consensus:
    """What the majority says of an image, among those who accept or reject it; None where both are as many.

    `reason`: the code that most of those give who reject it, the first of the alphabet among equals.
    """

    opinion: Literal["accept", "reject"] | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Saying:
    """What people say that an attribute is, of which `asked` was asked; `value` None: anything else."""

    asked: Value
    value: Value | None

    @property
    def right(self) -> bool:
        """Whether it is as asked."""
        return self.value == self.asked

    def contradicts(self, value: Value) -> bool:
        """Whether it cannot be `value` if they are right."""
        return value == self.asked if self.value is None else value != self.value


def consensus(presses: Iterable[Press]) -> Consensus:
    """What reviewers say of one image together, a press each; who is unsure has no vote."""
    said = list(presses)
    rejects = [press for press in said if press.opinion == "reject"]
    accepts = sum(press.opinion == "accept" for press in said)
    if accepts == len(rejects):
        return Consensus(None)
    if accepts > len(rejects):
        return Consensus("accept")
    codes = Counter(press.reason for press in rejects if press.reason is not None)
    return Consensus("reject", min(codes, key=lambda code: (-codes[code], code), default=None))


def by_image(reviews: Mapping[str, Mapping[str, Press]]) -> dict[str, dict[str, Press]]:
    """What reviewers say, by image and then by reviewer, from what each of them says of images."""
    result: dict[str, dict[str, Press]] = {}
    for reviewer, said in reviews.items():
        for image, press in said.items():
            result.setdefault(image, {})[reviewer] = press
    return result


def sayings(press: Press, asked: Attributes) -> dict[str, Saying]:
    """What a reviewer says of the asked attributes: who accepts calls all of them right, who rejects names one.

    Where an attribute has but two words, it has the other one if the asked one is wrong.
    """
    if press.opinion == "accept":
        return {name: Saying(value, value) for name, value in asked.items()}
    name = press.attribute
    if press.opinion != "reject" or name is None or name not in asked:
        return {}
    value = press.value
    entry = ATTRIBUTES.get(name)
    if value is None and isinstance(entry, Choice) and len(entry.values) == 2:
        value = next(word for word in entry.values if word != asked[name])
    return {name: Saying(asked[name], value)}


def agreed(said: Sequence[Saying]) -> Saying | None:
    """What several reviewers say of one attribute of an image together; None where as many call it right as wrong.

    Where it is wrong, its value is the word that most of them name, none where two words are named as often; of numbers
    the middle one.
    """
    wrong = [one for one in said if not one.right]
    right = len(said) - len(wrong)
    if right == len(wrong):
        return None
    if right > len(wrong):
        return next(one for one in said if one.right)
    named = [one.value for one in wrong if one.value is not None]
    numbers = [value for value in named if not isinstance(value, str)]
    if numbers:
        return Saying(said[0].asked, median(numbers))
    most = Counter(named).most_common(2)
    single = len(most) == 1 or (len(most) == 2 and most[0][1] > most[1][1])
    return Saying(said[0].asked, most[0][0] if single else None)


def laid_over(verdict: Verdict, said: Consensus) -> Verdict:
    """The machine's verdict on an image by itself with people's word over it.

    Rejected by people: reason `review` and their code. Accepted by people: what the machine found against it is
    `overruled`, and what was only asked for is `reviewed`, disputed or not. What a generator knows to be otherwise than
    asked no eye can overrule.
    """
    if said.opinion == "reject" and verdict.status == "accepted":
        reasons = (REVIEW,) if said.reason is None else (REVIEW, said.reason)
        return replace(verdict, status="rejected", reasons=reasons)
    if said.opinion == "accept" and NOT_AS_ASKED not in verdict.reasons:
        sources: dict[str, Source] = {
            name: "reviewed" if source == "asked" else source for name, source in verdict.sources.items()
        }
        return replace(verdict, status="accepted", reasons=(), sources=sources, review=(), overruled=verdict.reasons)
    return verdict
