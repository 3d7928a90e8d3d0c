"""Judging a dataset with the power cut at every step in turn. Run as a script in a process of its own.

Every file becomes durable through `agfd.store.files.sync`: the N-th call is the place of the cut. Each try is a child
of this process, which itself starts no thread. Prints for each step what the folder holds when the next writer opened
it, and when judging was run again; before them the number of steps and what it holds without a cut.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agfd.recipe import validate, with_rules
from agfd.run import judging
from agfd.run.identity import read_source
from agfd.store import Layout, files, writing
from trees import tree

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Arguments: the folder of a dataset, a file of rules, and a folder to work in."""
    dataset, rules, work = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    whole = Path(shutil.copytree(dataset, work / "whole"))
    steps = child(lambda: judge(whole, rules, -1)) - 1
    result = [{"steps": steps, "tree": tree(whole)}]
    for step in range(1, steps + 1):
        folder = Path(shutil.copytree(dataset, work / str(step)))
        assert child(lambda at=step, there=folder: judge(there, rules, at)) == -signal.SIGKILL
        child(lambda there=folder: settle(there))
        opened = tree(folder)
        child(lambda there=folder: judge(there, rules, -1))
        result.append({"opened": opened, "again": tree(folder)})
    print(json.dumps(result))


def judge(folder: Path, rules: str, step: int) -> int:
    """Judge and return one more than the number of steps; at `step` the process is killed."""
    calls = 0
    real = files.sync

    def sync(path: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == step:
            os.kill(os.getpid(), signal.SIGKILL)
        real(path)

    files.sync = sync
    layout = Layout(folder)
    source = read_source(layout)
    judging.apply(layout, with_rules(validate(source), source, rules), {}, lambda event: None)
    return calls + 1


def settle(folder: Path) -> int:
    """What the next writer does first."""
    with writing(Layout(folder)):
        return 0


def child(task: Callable[[], int]) -> int:
    """What a task returns in a process of its own, at most 255, or minus the signal that ended it."""
    sys.stdout.flush()
    number = os.fork()
    if number == 0:
        code = 255
        try:
            code = task()
        finally:
            os._exit(code)
    status = os.waitpid(number, 0)[1]
    code = os.waitstatus_to_exitcode(status)
    assert code != 255
    return code


if __name__ == "__main__":
    main()
