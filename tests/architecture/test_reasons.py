"""Every reason code has its paragraph in docs/reasons.md, and every paragraph a code that can be given."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from agfd.fill import FINAL_REASONS
from agfd.judge import NOT_AS_ASKED, REVIEW
from agfd.recipe import load, shipped
from agfd.report.wording import BY_EYE
from agfd.run.finish import UNRULED
from agfd.survey.issues import rules
from agfd.survey.table import LIKE

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "agfd"
PAGE = ROOT / "docs" / "reasons.md"
# Calls that are given a code, and the place of the code among their arguments.
GIVEN_A_CODE = {"Failure": 0, "Seen": 0, "ImageError": 1, "broken.add": 0}
# A fake's, for tests alone.
FAKE = {"told_to_fail"}


def described() -> dict[str, str]:
    """The paragraphs of the page by the code in their heading."""
    parts = re.split(r"^## `(.+)`$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def in_source() -> set[str]:
    """Codes that stand in the source as the argument of a call or as a default."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (place := GIVEN_A_CODE.get(ast.unparse(node.func))) is not None:
                found |= words(node.args[place : place + 1])
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Verdict":
                found |= {word for part in node.args[1:2] if isinstance(part, ast.Tuple) for word in words(part.elts)}
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
                found |= {word for part in ast.walk(node.value) for word in words([part])}
    return found


def words(nodes: list[ast.expr] | list[ast.AST]) -> set[str]:
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def ruled() -> set[str]:
    """Codes of the rules of shipped recipes, their rows, and of `agfd analyze`."""
    found = {rule.code for rule in rules()}
    for name in shipped():
        recipe = load(name)
        found |= {code for row in recipe.rows for code in recipe.rules_of(row)}
    return found


def given() -> set[str]:
    # An image error without a code is `damaged`.
    told = {*LIKE.values(), NOT_AS_ASKED, REVIEW, "damaged", *BY_EYE}
    return (in_source() | ruled() | FINAL_REASONS | UNRULED | told) - FAKE


def test_codes_are_found_in_the_source() -> None:
    assert {"crash", "timeout", "exception", "half_face", "too_large", "not_an_image", "analyzer_error"} <= in_source()


def test_every_code_has_its_paragraph_and_every_paragraph_its_code() -> None:
    assert given() == set(described())


def test_a_paragraph_says_something() -> None:
    assert all(len(text.split()) > 5 for text in described().values())


def test_a_paragraph_names_the_measurement_of_its_rule() -> None:
    recipe = load("agfd-20k")
    for code, text in described().items():
        rule = recipe.rules.get(code)
        if rule is not None:
            assert f"`{rule.measure}" in text, code
