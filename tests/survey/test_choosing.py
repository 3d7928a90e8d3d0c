"""Which analyzers look at a folder when nobody names any."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from agfd import testing
from agfd.errors import MissingDependencyError, ModelsMissingError, UnknownNameError
from agfd.survey import choosing


def offered(monkeypatch: pytest.MonkeyPatch, **changes: dict[str, Any] | Exception) -> None:
    """An installation with these analyzers, each the fake one with another `info`, or one that cannot be made."""

    def make(name: str) -> Any:
        change = changes[name]
        if isinstance(change, Exception):
            raise change
        analyzer = testing.make_analyzer()
        analyzer.info = replace(analyzer.info, name=name, **change)
        return analyzer

    monkeypatch.setattr(choosing, "ANALYZERS", SimpleNamespace(names=lambda: sorted(changes), make=make))
    monkeypatch.setattr(choosing, "is_here", lambda weight: weight == "installed")


def test_one_looks_whose_weights_are_here_and_for_any_use(monkeypatch: pytest.MonkeyPatch) -> None:
    offered(
        monkeypatch,
        bare={},
        far={"here": False},
        fetched={"weights": {"installed": "00"}},
        gone={"weights": {"elsewhere": "00"}},
        needy=MissingDependencyError("the analyzer needy", "torch", "agfd[needy]"),
        research={"commercial": False},
    )
    chosen, others = choosing.choose(())
    assert sorted(chosen) == ["bare", "fetched"]
    assert "downloaded" in others["far"]
    assert "agfd models install" in others["gone"]
    assert 'pip install "agfd[needy]"' in others["needy"]
    assert "not for commercial use" in others["research"]


def test_who_is_named_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    offered(monkeypatch, far={"here": False}, research={"commercial": False})
    chosen, others = choosing.choose(("research", "far"))
    assert list(chosen) == ["research", "far"]
    assert not others


def test_without_anybody_the_reasons_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    offered(monkeypatch, far={"here": False})
    with pytest.raises(ModelsMissingError, match="far: its weights would have to be downloaded"):
        choosing.choose(())


def test_the_slow_one_looks_only_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    offered(monkeypatch, bare={}, words={})
    chosen, others = choosing.choose(())
    assert list(chosen) == ["bare"]
    assert "named" in others["words"]
    assert list(choosing.choose(("words",))[0]) == ["words"]


def test_a_name_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="hands"):
        choosing.choose(["hand"])
