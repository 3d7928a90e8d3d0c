"""The Hugging Face Hub: what is in its cache on this machine, and how the rest gets there. Nothing is loaded here.

The cache is looked at first, so that a second run needs no network.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agfd.errors import ModelsMissingError, UsageError
from agfd.generate.diffusers import layout
from agfd.generate.diffusers.header import refuse_pickle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_NAME = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?:/(?P<file>[^@]+))?(?:@(?P<revision>.+))?")


@dataclass(frozen=True, slots=True)
class Address:
    """A place on the hub: repository, revision (branch, tag or commit), and the one file that is meant, if any."""

    repo: str
    revision: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        place = f"{self.repo}/{self.file}" if self.file else self.repo
        return f"{place}@{self.revision}" if self.revision else place


def address(text: str) -> Address | None:
    """The address `owner/name`, `owner/name/file.safetensors`, each with `@revision` if wanted; None: it is none, as
    what begins like a path.

    Raises `UsageError` for a pickle.
    """
    told = _NAME.fullmatch(text)
    if not told or ".." in text or text.startswith((".", "/", "~")):
        return None
    if told["file"]:
        refuse_pickle(told["file"])
    return Address(told["repo"], told["revision"], told["file"])


def cached_file(place: Address) -> Path | None:
    """The one file, if it is in the cache."""
    from huggingface_hub import try_to_load_from_cache

    assert place.file is not None
    found = try_to_load_from_cache(place.repo, place.file, revision=place.revision)
    return Path(found) if isinstance(found, str) else None


def file(place: Address) -> Path:
    """The one file, downloaded where it is not in the cache. Raises `UsageError`, `ModelsMissingError`."""
    from huggingface_hub import hf_hub_download

    name = place.file
    assert name is not None
    found = cached_file(place)
    return found or Path(_asked(place, lambda: hf_hub_download(place.repo, name, revision=place.revision)))


def cached_folder(place: Address, mark: str = layout.INDEX) -> Path | None:
    """The folder of the repository in the cache, if its file `mark` is there; other files may be missing."""
    found = cached_file(Address(place.repo, place.revision, mark))
    return found.parent if found is not None else None


def cached_model(place: Address, variant: str | None) -> Path | None:
    """The folder of the model in diffusers' layout, if all that loading needs is in the cache."""
    folder = cached_folder(place)
    if folder is None:
        return None
    try:
        layout.pick(str(place), layout.read_index(folder / layout.INDEX), layout.listing(folder), variant)
    except UsageError:
        return None
    return folder


def model(place: Address, variant: str | None) -> Path:
    """The folder of a model in diffusers' layout; what it needs and is not in the cache is downloaded.

    Raises `UsageError`, `ModelsMissingError`.
    """
    found = cached_model(place, variant)
    if found is not None:
        return found
    names = names_of(place)
    try:
        picked = _picked(place, names, variant)
    except UsageError as error:
        # In the root, or anywhere where there are no components.
        single = [name for name in names if name.endswith(".safetensors") and "inpaint" not in name.lower()]
        whole = [name for name in single if "/" not in name or layout.INDEX not in names]
        if not whole:
            raise
        raise UsageError(f"{error}; it holds a single file: {place.repo}/{whole[0]}") from None
    return snapshot(place, picked.files)


def _picked(place: Address, names: Sequence[str], variant: str | None) -> layout.Picked:
    if layout.INDEX not in names:
        raise UsageError(f"{place} is not a model in diffusers' layout (no {layout.INDEX})")
    index = layout.read_index(file(Address(place.repo, place.revision, layout.INDEX)))
    return layout.pick(str(place), index, names, variant)


def names_of(place: Address) -> list[str]:
    """The files of the repository. Asks the hub."""
    from huggingface_hub import HfApi

    found: list[str] = _asked(place, lambda: HfApi().list_repo_files(place.repo, revision=place.revision))
    return found


def snapshot(place: Address, names: Sequence[str]) -> Path:
    """The folder of the repository in the cache, with these files downloaded (names or patterns)."""
    from huggingface_hub import snapshot_download

    return Path(
        _asked(place, lambda: snapshot_download(place.repo, revision=place.revision, allow_patterns=list(names)))
    )


def _asked(place: Address, ask: Callable[[], Any]) -> Any:
    from huggingface_hub import errors

    try:
        with _silent():
            return ask()
    except errors.GatedRepoError:
        raise UsageError(
            f"{place.repo} is given only to who accepts its terms: do so on its page of the hub, log in with "
            '"hf auth login" (or set HF_TOKEN), and start again'
        ) from None
    except errors.RevisionNotFoundError:
        raise UsageError(f"{place.repo} has no revision {place.revision!r}") from None
    except errors.RepositoryNotFoundError:
        raise UsageError(
            f"there is no model {place.repo} on the hub, or it is not public: check the name, or log in with "
            '"hf auth login"'
        ) from None
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled):
        raise _unreachable(place) from None
    except errors.EntryNotFoundError:
        raise UsageError(f"{place.repo} has no file {place.file}") from None
    except errors.HFValidationError as error:
        raise UsageError(f"{place} is not a name of the hub: {error}") from None
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "with an error"
        raise ModelsMissingError(f"{place} is not on this machine, and the hub answers {status}: try later") from None
    except _network_errors() as error:
        raise _unreachable(place) from error


@contextmanager
def _silent() -> Iterator[None]:
    """The library tells of each try that fails; what comes of it in the end is ours to say. Its bars are shown."""
    log = logging.getLogger("huggingface_hub")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _unreachable(place: Address) -> ModelsMissingError:
    return ModelsMissingError(
        f"{place} is not on this machine and the hub cannot be reached: fetch it where there is a network "
        f'("hf download {place.repo}") and bring the cache here, or name a folder or a .safetensors file'
    )


def _network_errors() -> tuple[type[Exception], ...]:
    """What a broken connection raises: the base of the library's own HTTP error, which is its HTTP client's."""
    from huggingface_hub.errors import HfHubHTTPError

    return (OSError, HfHubHTTPError.__bases__[0])
