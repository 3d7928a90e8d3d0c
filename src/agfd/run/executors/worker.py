"""The worker process: `python -m agfd.run.executors.worker`, told what to do on its standard input."""

from __future__ import annotations

from agfd.run.executors.child import stand_by
from agfd.run.messages import Ready, broken


def main() -> None:
    """Serve until told to stop."""
    spec, tasks, say = stand_by()

    from agfd.run.maker import ChunkMaker

    try:
        maker = ChunkMaker(spec, say)
        maker.setup()
        say(Ready())
        while (task := tasks.get()) is not None:
            maker.make(task)
        maker.close()
    except BaseException as error:  # the driver tells the user
        say(broken(error))
        raise


if __name__ == "__main__":
    main()
