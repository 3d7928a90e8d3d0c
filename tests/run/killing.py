"""A build that kills itself at a chosen step of the commit protocol. Run as a script in a process of its own.

Every file becomes durable through `agfd.store.files.sync`: the N-th call is the place of the power cut.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from agfd import api, testing
from agfd.store import files


def main() -> None:
    """Arguments: recipe, folder, step, and the build's options as JSON."""
    recipe, folder, step, options = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
    calls = 0
    real = files.sync

    def sync(path: object) -> None:
        nonlocal calls
        calls += 1
        if calls == step:
            os.kill(os.getpid(), signal.SIGKILL)
        real(path)  # type: ignore[arg-type]

    files.sync = sync
    generator = testing.make_generator(**options.pop("generator_options", {}))
    api.build(recipe, folder, generator=generator, **options)
    print(calls)


if __name__ == "__main__":
    main()
