"""From a recipe to cells, slots and requests. Pure."""

from agfd.planning.summary import RowPlan, Summary, plan_rows, summarise
from agfd.planning.support import CanMake, Support
from agfd.planning.table import Draw, Table

__all__ = ["CanMake", "Draw", "RowPlan", "Summary", "Support", "Table", "plan_rows", "summarise"]
