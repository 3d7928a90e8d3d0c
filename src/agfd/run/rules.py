"""From the recipe's words about acceptance to the rules that the judge applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.judge import Bounds, ItemRules, Rule
from agfd.recipe.model import Range

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from agfd.ports import Analyzer
    from agfd.recipe import Recipe, RuleChange
    from agfd.recipe.model import Asked
    from agfd.records import Value


def rules_by_row(recipe: Recipe, analyzers: Iterable[Analyzer], domain: str) -> dict[str, ItemRules]:
    """The rules in force for every row, with what the analyzers may confirm in the generator's domain."""
    competent = frozenset(name for a in analyzers for name in a.info.competent.get(domain, ()))
    return {row: ItemRules(rules_from(recipe.rules_of(row)), competent) for row in recipe.rows}


def rules_from(rules: Mapping[str, RuleChange]) -> tuple[Rule, ...]:
    """What the judge is given for these rules of a recipe, in their order."""
    return tuple(
        Rule(
            code=code,
            measure=rule.measure or "",
            about=rule.about or "quality",
            min=rule.min,
            max=rule.max,
            within=rule.within,
            when={name: _asked(values) for name, values in rule.when.items()} if rule.when else None,
            confirm=Bounds(**rule.confirm.model_dump()) if rule.confirm else None,
        )
        for code, rule in rules.items()
    )


def _asked(values: Asked) -> Collection[Value] | Bounds:
    return Bounds(values.min, values.max) if isinstance(values, Range) else tuple(values)
