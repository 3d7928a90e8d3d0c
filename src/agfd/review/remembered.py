"""What a server of the review needs again when it is started again, so that an open page goes on: in the user's cache.

Never in the dataset: that is copied and published, a token is not.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from agfd import ids, places
from agfd.store import journal, write_errors

if TYPE_CHECKING:
    from pathlib import Path

    from agfd.store import Layout

_BYTES = 32


@dataclass(frozen=True, slots=True)
class Remembered:
    """Of one reviewer of one folder: the secret that opens the page, and the port and process of the last server."""

    token: str
    port: int | None = None
    process: int | None = None

    @property
    def address(self) -> str:
        """Opens the page."""
        return f"http://127.0.0.1:{self.port}/?token={self.token}"


def fresh() -> str:
    """A secret of 256 bits."""
    return secrets.token_urlsafe(_BYTES)


def place_of(layout: Layout, reviewer: str) -> Path:
    """The file; it does not say whose it is. Raises `UsageError` for a name that is none."""
    key = ids.digest([str(layout.root.resolve()), journal(layout, reviewer).stem])
    return places.user_cache() / "review" / f"{key}.json"


def remembered(layout: Layout, reviewer: str) -> Remembered:
    """What the last server of this reviewer and folder had; a new token where there was none that was kept secret."""
    path = place_of(layout, reviewer)
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            known = Remembered(**json.load(file))
    except (OSError, ValueError, TypeError):
        return Remembered(fresh())
    # Windows keeps a user's cache to the user and has no such bits.
    is_private = os.name == "nt" or not mode & 0o077
    is_whole = isinstance(known.token, str) and len(known.token) >= len(fresh()) and isinstance(known.port, int)
    return known if is_private and is_whole else Remembered(fresh())


def remember(layout: Layout, reviewer: str, what: Remembered) -> None:
    """Keep it for the next server, readable by this user alone. Raises `WriteError`."""
    path = place_of(layout, reviewer)
    with write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(what), file)
        temporary.replace(path)
