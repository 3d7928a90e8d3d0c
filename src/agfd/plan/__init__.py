"""From a recipe to cells, slots and requests. Pure."""

from agfd.plan.summary import RowPlan, Summary, plan_rows, summarise
from agfd.plan.support import CanMake, Support
from agfd.plan.table import Draw, Table

__all__ = ["CanMake", "Draw", "RowPlan", "Summary", "Support", "Table", "plan_rows", "summarise"]
