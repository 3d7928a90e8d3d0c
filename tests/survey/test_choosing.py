"""Who looks at a folder by itself, and who only when named."""

from __future__ import annotations

import pytest

from agfd.errors import UnknownNameError
from agfd.registry import ANALYZERS
from agfd.survey import choosing


def test_the_slow_one_looks_only_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "is_here", lambda _: True)
    chosen, others = choosing.choose([])
    assert "basic" in chosen
    assert not {"words", "fake"} & set(chosen)
    assert "named" in others["words"]


def test_who_is_named_looks_alone() -> None:
    chosen, others = choosing.choose(["hands", "fake"])
    assert list(chosen) == ["hands", "fake"]
    assert chosen["hands"] == ANALYZERS.make("hands").info.gives
    assert others == {}


def test_a_name_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="hands"):
        choosing.choose(["hand"])
