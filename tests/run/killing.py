"""Builds that kill themselves at a chosen step of the commit protocol, each in a process of its own.

Every file becomes durable through `agfd.store.files.sync`: the N-th call is the place of the power cut.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agfd import api, testing
from agfd.store import files
from copies import ONE_THREAD, Ended, copied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

# The step of a build without a cut, and how one with a cut ends.
NEVER = -1
CUT = Ended(-signal.SIGKILL, None)


def builds(recipe: Path | str, tries: Sequence[tuple[Path, int]], options: Mapping[str, Any]) -> list[Ended]:
    """Build into each folder in turn, cut at the step; `told`: the number of steps.

    One seed of Python's hashes holds for all of a call, another one for the next call.
    """
    work = [(str(folder), step) for folder, step in tries]
    command = [sys.executable, "-W", "error", __file__, str(recipe), json.dumps(work), json.dumps(options)]
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280, env=environment)
    assert done.returncode == 0, done.stderr
    return [Ended(*one) for one in json.loads(done.stdout)]


def main() -> None:
    """Arguments: the recipe, the folders with their steps as JSON, the build's options as JSON."""
    recipe, work, options = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
    ended = [copied(lambda there=folder, at=step: build(recipe, there, at, options)) for folder, step in work]
    print(json.dumps(ended))


def build(recipe: str, folder: str, step: int, options: dict[str, Any]) -> int:
    """Build and return the number of steps; at `step` the process is killed."""
    calls = 0
    real = files.sync

    def sync(path: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == step:
            os.kill(os.getpid(), signal.SIGKILL)
        real(path)

    files.sync = sync
    generator = testing.make_generator(**options.pop("generator_options", {}))
    api.build(recipe, folder, generator=generator, **options)
    return calls


if __name__ == "__main__":
    main()
