"""Which of two analyzers that give the same comes first."""

from __future__ import annotations

import pytest

from agfd import models
from agfd.survey.choosing import choose


def test_the_better_eyes_come_first() -> None:
    missing = [name for name in models.weights() if models.installed(name) is None]
    if missing:
        pytest.skip(f"weights are not installed ({', '.join(missing)}); run: agfd models install")
    chosen, _ = choose(())
    assert next(iter(chosen)) == "portrait"
    assert {"basic", "people"} <= set(chosen)
