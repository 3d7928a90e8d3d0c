"""The worker process: `python -m agfd.survey.worker`, told folder and analyzers, then file after file."""

from __future__ import annotations

from pathlib import Path

from agfd.run.executors.child import stand_by
from agfd.run.messages import Ready, broken


def main() -> None:
    """Answer every (index, name) with (index, look), in order, until told to stop."""
    (root, analyzers), files, say = stand_by()

    from agfd.survey.looking import Looker

    try:
        looker = Looker(Path(root), analyzers)
        looker.setup()
        say(Ready())
        while (file := files.get()) is not None:
            index, name = file
            say((index, looker.look(name)))
    except BaseException as error:  # the driver tells the user
        say(broken(error))
        raise


if __name__ == "__main__":
    main()
