"""Verdicts. Pure: measurements and what was asked go in, a decision with reasons comes out."""

from agfd.judge.item import NOT_AS_ASKED, judge_item
from agfd.judge.rules import Bounds, ItemRules, Rule

__all__ = ["NOT_AS_ASKED", "Bounds", "ItemRules", "Rule", "judge_item"]
