"""Verdicts. Pure: measurements and what was asked go in, a decision with reasons comes out."""

from agfd.judge.item import NOT_AS_ASKED, judge_item
from agfd.judge.people import REVIEW, Consensus, Saying, agreed, by_image, consensus, laid_over, sayings
from agfd.judge.rules import Bounds, ItemRules, Rule

__all__ = [
    "NOT_AS_ASKED",
    "REVIEW",
    "Bounds",
    "Consensus",
    "ItemRules",
    "Rule",
    "Saying",
    "agreed",
    "by_image",
    "consensus",
    "judge_item",
    "laid_over",
    "sayings",
]
