"""Networks that several analyzers ask for: one instance in each thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")

_instances: WeakValueDictionary[tuple[Hashable, ...], Any] = WeakValueDictionary()


def shared(make: Callable[..., T], *arguments: Hashable) -> T:
    """What `make` gives for these arguments: the one instance of this thread, alive as long as somebody holds it.

    Networks cannot run in two threads at once, and analyzers stay in the thread that sets them up.
    """
    key = (threading.get_ident(), make, *arguments)
    found: T | None = _instances.get(key)
    if found is None:
        found = _instances[key] = make(*arguments)
    return found
