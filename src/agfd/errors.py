"""Every error that agfd raises on purpose, in one tree.

    AgfdError                       anything of ours
    ├── UsageError                  the caller can put it right: exit code 2, no traceback
    │   ├── RecipeError             a recipe is wrong: file, line, key
    │   ├── UnknownNameError        no such generator, attribute, value, ...: names the nearest
    │   ├── DuplicateNameError      two plug-ins want one name
    │   ├── MissingDependencyError  one sentence with the exact pip command
    │   ├── ModelsMissingError      weights are not installed: names the command
    │   ├── BuildMismatchError      the folder was built with another identity
    │   └── LockedError             another process writes this dataset
    ├── StoreError                  the dataset on disk
    │   ├── DamagedError            a file is torn or its hash differs
    │   └── WriteError              the disk is full or the folder cannot be written
    ├── ImageError                  pixels that cannot be decoded or are out of bounds
    ├── ModelError                  a weight file: wrong hash, not fetched, not readable
    └── WorkerError                 a worker could not be started or kept alive
        ├── OutOfMemoryError        a batch of images does not fit: the loop goes on with a smaller one
        └── ServerError             a server that makes images does not answer, or refuses

A failure of *one image* is never an exception: it is an `agfd.records.Failure`.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class AgfdError(Exception):
    """Anything that agfd raises on purpose."""

    def __reduce__(self) -> tuple[Callable[..., AgfdError], tuple[object, ...]]:
        # The default calls the class with the finished text, which a class with a signature of its own refuses:
        # such an error would not come back from a worker process.
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[AgfdError], args: tuple[object, ...], state: dict[str, object]) -> AgfdError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class UsageError(AgfdError):
    """The caller can put it right; the command line exits with 2 and prints no traceback."""


class RecipeError(UsageError):
    """A recipe is wrong. `where` is `file:line`, `key` the dotted key, both as far as known."""

    def __init__(self, message: str, *, where: str | None = None, key: str | None = None) -> None:
        self.message, self.where, self.key = message, where, key
        place = ": ".join(part for part in (where, key) if part)
        super().__init__(f"{place}: {message}" if place else message)


class UnknownNameError(UsageError):
    """A name that does not exist, with the nearest ones that do."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name = kind, name
        names = sorted(known)
        self.near = nearest(name, names)
        if self.near:
            hint = f"; did you mean {' or '.join(repr(n) for n in self.near)}?"
        else:
            hint = f"; there is {', '.join(names)}" if names else ""
        super().__init__(f"there is no {kind} named {name!r}{hint}")


class DuplicateNameError(UsageError):
    """Two plug-ins want the same name."""


class MissingDependencyError(UsageError):
    """An optional package is missing or too old."""

    def __init__(self, feature: str, package: str, install: str, platforms: str = "") -> None:
        self.feature, self.package, self.install, self.platforms = feature, package, install, platforms
        only = f" (it exists for {platforms} only)" if platforms else ""
        super().__init__(f'{feature} needs {package}: pip install "{install}"{only}')


class ModelsMissingError(UsageError):
    """Weights of the analyzers are not installed."""


class BuildMismatchError(UsageError):
    """A folder holds a dataset of another build identity."""


class LockedError(UsageError):
    """Another process is writing this dataset."""


class StoreError(AgfdError):
    """The dataset on disk."""


class DamagedError(StoreError):
    """A file is torn, missing, or its hash differs from the one on record."""


class WriteError(StoreError):
    """The disk is full, or the folder cannot be written."""


class ImageError(AgfdError):
    """Pixels that cannot be decoded, or are out of bounds; `code` says which in one word."""

    def __init__(self, message: str, code: str = "damaged") -> None:
        self.code = code
        super().__init__(message)


class ModelError(AgfdError):
    """A weight file with a wrong hash, or one that cannot be fetched or read."""


class WorkerError(AgfdError):
    """A worker process could not be started or kept alive."""


class OutOfMemoryError(WorkerError):
    """A batch of images does not fit into the memory of the device; `batch`: how many images it had."""

    def __init__(self, message: str, batch: int) -> None:
        self.batch = batch
        super().__init__(message)


class ServerError(WorkerError):
    """A server does not answer, or not as it should. `status`: its HTTP status, None where there was none; `words`: its
    own, empty where it said nothing.
    """

    def __init__(self, message: str, status: int | None = None, words: str = "") -> None:
        self.status, self.words = status, words
        super().__init__(message)


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Up to two of the `known` names that look most like `name`, best first."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=2, cutoff=0.6)
    return [by_folded[folded] for folded in found]
