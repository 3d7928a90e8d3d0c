"""The names of everything in a dataset's folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_ROUND = re.compile(r"^(\d{6})\.parquet$")
_CHUNK = re.compile(r"^(\d{6})-(\d{6})\.(tar|parquet)$")


@dataclass(frozen=True, slots=True)
class Layout:
    """The folder of one dataset."""

    root: Path

    @property
    def recipe(self) -> Path:
        """The resolved recipe; its counts are what was asked for so far."""
        return self.root / "recipe.yaml"

    @property
    def build(self) -> Path:
        """The build identity."""
        return self.root / "build.json"

    @property
    def imported(self) -> Path:
        """The pictures of a dataset that was imported: what is asked of each and where it lies."""
        return self.root / "imported.parquet"

    @property
    def unmatched(self) -> Path:
        """The files that an import did not take, with the reason."""
        return self.root / "unmatched.csv"

    @property
    def card(self) -> Path:
        """The dataset card."""
        return self.root / "README.md"

    @property
    def lock(self) -> Path:
        """Held by the one process that writes."""
        return self.root / ".lock"

    @property
    def rounds(self) -> Path:
        """One Parquet file for each closed round."""
        return self.root / "rounds"

    @property
    def shards(self) -> Path:
        """The images, one tar for each chunk."""
        return self.root / "shards"

    @property
    def log(self) -> Path:
        """What happened when, and what it cost."""
        return self.root / "log"

    @property
    def gallery(self) -> Path:
        """Static pages."""
        return self.root / "gallery"

    @property
    def reviews(self) -> Path:
        """What people said of the images: one journal for each reviewer."""
        return self.root / "reviews"

    @property
    def staging(self) -> Path:
        """New files that are to take the places of old ones, all at once; gone when they have."""
        return self.root / "staging"

    def round_file(self, number: int) -> Path:
        """All rows of a closed round."""
        return self.rounds / f"{number:06d}.parquet"

    def round_sum(self, number: int) -> Path:
        """The sha256 of a round's file, in the format of `sha256sum`."""
        return self.rounds / f"{number:06d}.parquet.sha256"

    def open_round(self, number: int) -> Path:
        """What an open round was planned from; gone when the round is closed."""
        return self.rounds / f"{number:06d}.open.json"

    def chunk_tar(self, number: int, chunk: int) -> Path:
        """The images of a chunk."""
        return self.shards / f"{number:06d}-{chunk:06d}.tar"

    def chunk_rows(self, number: int, chunk: int) -> Path:
        """The rows of a chunk whose round is open: the marker that the chunk is complete."""
        return self.shards / f"{number:06d}-{chunk:06d}.parquet"

    def closed_rounds(self) -> list[int]:
        """Numbers of the closed rounds, ascending."""
        return sorted(int(m[1]) for path in _entries(self.rounds) if (m := _ROUND.match(path.name)))

    def chunks(self, kind: str) -> list[tuple[int, int]]:
        """(round, chunk) of every `tar` or `parquet` among the shards, ascending."""
        matches = (_CHUNK.match(path.name) for path in _entries(self.shards))
        return sorted((int(m[1]), int(m[2])) for m in matches if m and m[3] == kind)


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
