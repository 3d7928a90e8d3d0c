"""From a recipe to cells, slots and requests. Pure."""

from agfd.plan.summary import CanMake, RowPlan, Summary, Support, summarise
from agfd.plan.table import Draw, Table

__all__ = ["CanMake", "Draw", "RowPlan", "Summary", "Support", "Table", "summarise"]
