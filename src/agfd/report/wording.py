"""The words that the pages have for reason codes and for the phrases of prompts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agfd.recipe import RuleChange

# What people see and no rule measures.
BY_EYE = {
    "deformed": "eyes, teeth, ears, hands or the head have a shape that no person has",
    "cropped": "part of the face lies outside the picture",
    "watermark": "writing, a logo or a frame lies over the picture",
    "not_safe": "nothing to show to everybody: nudity, blood, humiliation",
}

_MEANINGS = {
    **BY_EYE,
    "review": "people who looked at it turned it down",
    "not_as_asked": "what the generator made is not what was asked for",
    "duplicate": "passed, but the same picture was there before",
    "duplicate_near": "passed, but a picture that looks the same is kept",
    "duplicate_mirrored": "passed, but a picture that looks like its mirror image is kept",
    "duplicate_identity": "passed, but another picture of the same person is kept",
    "surplus": "passed, but a better image holds the place",
    "changed": "the file is not the one any more that was imported",
    "pixels_lost": "passed when judged again, but its pixels could not be made again",
    "unsafe": "the safety screen refused it: nothing of the picture was kept",
    "crash": "the worker died while it made the image",
    "timeout": "the image took too long",
}


def meaning(code: str, rule: RuleChange | None) -> str:
    """What a reason code says of an image; `rule`: the recipe's of that code, None where no rule gives it."""
    if rule is None:
        return _MEANINGS.get(code, "")
    bounds = (("below", rule.min), ("above", rule.max))
    told = [f"{word} {bound:g}" for word, bound in bounds if bound is not None]
    if rule.within is not None:
        told.append(f"more than {rule.within:g} from the asked value")
    return f"{(rule.measure or code).replace('_', ' ')} {' or '.join(told)}"


def plain(phrase: str) -> str:
    """A phrase without the weights of a prompt, which are noise below a picture: "(sun behind:1.2)" is "sun behind"."""
    return re.sub(r":\d+(\.\d+)?\)|[()]", "", phrase)
