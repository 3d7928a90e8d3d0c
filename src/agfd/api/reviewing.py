"""People look at the images of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.api.dataset import open_dataset
from agfd.review.server import ReviewServer, open_server
from agfd.store import Layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def review(
    folder: str | Path,
    *,
    reviewer: str | None = None,
    port: int | None = None,
    blind: bool = True,
    on_ready: Callable[[ReviewServer], None] | None = None,
) -> None:
    """Serve the review of a dataset at 127.0.0.1 until Ctrl-C; also beside a build that goes on.

    `reviewer`: whose journal is written, the user's own name where it is left out. `port`: that one and no other; the
    last one of this folder and reviewer, or 8765 or the next free one, where it is left out. `blind`: the machine's
    verdict on an image is shown after the reviewer's. `on_ready` hears when the server's `address` is open. Raises
    `MissingDependencyError` without the extra [web], `UsageError`, `LockedError` where somebody else writes this
    reviewer's journal, `DamagedError`, `WriteError` where the dataset cannot be written.
    """
    server = open_server(Layout(open_dataset(folder).root), reviewer, port=port, blind=blind)
    try:
        (on_ready or (lambda ready: None))(server)
    except BaseException:
        server.close()
        raise
    server.run()
