"""Analyzers for tests, set up where their weights are here."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import pytest

from agfd.run.screen import is_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agfd.ports import Analyzer

A = TypeVar("A", bound="Analyzer")


@contextmanager
def ready(analyzer: A) -> Iterator[A]:
    """The analyzer between `setup` and `teardown`; the test is skipped where its weights are not installed."""
    missing = [name for name in analyzer.info.weights if not is_here(name)]
    if missing:
        pytest.skip(f"weights are not installed ({', '.join(missing)}); run: agfd models install")
    analyzer.setup()
    yield analyzer
    analyzer.teardown()
