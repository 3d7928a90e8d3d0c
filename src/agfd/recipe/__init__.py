"""The recipe: what is wanted, read from YAML."""

from agfd.recipe.load import load, validate
from agfd.recipe.model import Duplicates, Recipe, Row, RuleChange, Variant
from agfd.recipe.ruling import with_rules
from agfd.recipe.source import Source, parse, shipped
from agfd.recipe.words import phrase_for, prompt

__all__ = [
    "Duplicates",
    "Recipe",
    "Row",
    "RuleChange",
    "Source",
    "Variant",
    "load",
    "parse",
    "phrase_for",
    "prompt",
    "shipped",
    "validate",
    "with_rules",
]
