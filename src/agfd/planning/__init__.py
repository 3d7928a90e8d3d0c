"""From a recipe to cells, slots and requests. Pure."""

from agfd.planning.imported import NOT_TOLD, UNKNOWN, Asked, Imported, Picture, with_new
from agfd.planning.matching import Match, Matcher
from agfd.planning.prompts import PromptMatcher
from agfd.planning.summary import RowPlan, Summary, plan_rows, summarise
from agfd.planning.support import CanMake, Support
from agfd.planning.table import Draw, Table

__all__ = [
    "NOT_TOLD",
    "UNKNOWN",
    "Asked",
    "CanMake",
    "Draw",
    "Imported",
    "Match",
    "Matcher",
    "Picture",
    "PromptMatcher",
    "RowPlan",
    "Summary",
    "Support",
    "Table",
    "plan_rows",
    "summarise",
    "with_new",
]
