"""The batch of a generator found in a process of its own, so that no model stays in the driver's memory."""

from __future__ import annotations

from queue import SimpleQueue
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from agfd.errors import UsageError, WorkerError
from agfd.run.executors.child import Child, stand_by
from agfd.run.messages import Broken, broken

if TYPE_CHECKING:
    from collections.abc import Mapping


def largest_batch(generator: str, options: Mapping[str, object], threads: int = 1) -> int:
    """What the generator of that name finds by trial. Raises `UsageError` or `WorkerError`."""
    heard: SimpleQueue[Any] = SimpleQueue()
    with TemporaryFile() as noise:
        child = Child(__name__, noise, lambda child, message: heard.put(message), threads)
        try:
            child.tell((generator, dict(options)))
            answer = heard.get()
            if answer is None:
                child.process.wait()
        finally:
            child.kill()
        if isinstance(answer, int):
            return answer
        if isinstance(answer, Broken):
            raise UsageError(answer.message) if answer.usage else WorkerError(answer.message)
        noise.seek(0)
        said = noise.read().decode(errors="replace").strip().splitlines()
    raise WorkerError(
        f"the trial that finds out how many images fit into memory at once ended (exit code {child.process.returncode}"
        f"{', ' + said[-1] if said else ''}); say how many: --set generator.batch=1"
    )


def main() -> None:
    """Try and answer."""
    (name, options), _, say = stand_by()

    from agfd.registry import GENERATORS
    from agfd.run.batches import by_trial

    try:
        say(by_trial(GENERATORS.make(name, **options)))
    except BaseException as error:  # the driver tells the user
        say(broken(error))
        raise


if __name__ == "__main__":
    main()
