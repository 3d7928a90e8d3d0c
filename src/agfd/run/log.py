"""The log: what happened when, where, and what it cost. Nothing of it goes into rows or hashes."""

from __future__ import annotations

import json
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from typing import IO, TYPE_CHECKING

from agfd.store import Layout, write_errors

if TYPE_CHECKING:
    from agfd.run.messages import ChunkDone

_LIBRARIES = ("agfd", "numpy", "pillow", "pyarrow", "onnxruntime", "mitsuba", "drjit", "pyoidn", "scipy")


class Log:
    """Appends lines to `log/events.jsonl`."""

    def __init__(self, layout: Layout) -> None:
        self._path = layout.log / "events.jsonl"
        with write_errors(self._path):
            self._file: IO[str] = self._path.open("a", encoding="utf-8")

    def write(self, event: str, **data: object) -> None:
        """One event with the time of day."""
        if event == "run":
            data = {"host": platform.node(), "python": platform.python_version(), "libraries": _versions(), **data}
        line = json.dumps({"time": round(time.time(), 3), "event": event, **data}, ensure_ascii=False)
        with write_errors(self._path):
            self._file.write(line + "\n")
            self._file.flush()

    def chunk(self, done: ChunkDone) -> None:
        """What a chunk cost."""
        self.write(
            "chunk",
            round=done.task.round,
            chunk=done.task.chunk,
            images=len(done.task.attempts),
            seconds=round(done.seconds, 3),
            generating=round(done.generating, 3),
            worker=done.worker,
            **({"device": done.device} if done.device else {}),
            **({"batch": done.task.batch} if done.task.batch else {}),
            **({"spared": done.spared[1], "spared_accepted": done.spared[0]} if done.spared[1] else {}),
        )

    def close(self) -> None:
        """No more lines."""
        self._file.close()


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
