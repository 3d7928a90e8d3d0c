"""Verdicts. Pure: measurements and what was asked go in, a decision with reasons comes out."""

from agfd.judge.item import NOT_AS_ASKED, ItemRules, Rule, judge_item

__all__ = ["NOT_AS_ASKED", "ItemRules", "Rule", "judge_item"]
