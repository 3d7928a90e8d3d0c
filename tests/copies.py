"""Tasks in processes that are copies of this one: what it has loaded need not be loaded again."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Ended(NamedTuple):
    """How a task ended: 0, or minus the signal; `told`: what it returned, None where a signal ended it."""

    code: int
    told: int | None


def copied(task: Callable[[], int]) -> Ended:
    """Do the task in a copy of this process, which must have one thread only: see `ONE_THREAD`."""
    receiving, sending = os.pipe()
    number = os.fork()
    if number == 0:
        code = 1
        try:
            os.write(sending, str(task()).encode())
            code = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)
    os.close(sending)
    with os.fdopen(receiving) as stream:
        told = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    assert code <= 0, "see what it wrote to standard error"
    return Ended(code, int(told) if told else None)


# Of the environment: NumPy's library of matrices begins its threads when it is loaded.
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
