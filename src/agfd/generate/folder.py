"""The generator `folder`: pictures that are there, read from the files in which they lie.

Which file answers which request stands in the index that `agfd import` writes, a Parquet file with the columns `id`,
`folder`, `file` and `sha256`. A request's id is a hash of the file's content, so the same request is the same picture
wherever the file lies.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agfd import ids
from agfd.errors import DamagedError, ImageError, UnknownNameError, UsageError
from agfd.images import reading
from agfd.ports import GeneratorInfo
from agfd.records import Failure, Image, Outcome, Request
from agfd.registry import register

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agfd.ports import Generator, Preview

DOMAINS = ("diffusion", "photo", "render")
# Another number where the same bytes come to be other pixels.
_READING = 1


class _File(NamedTuple):
    path: Path
    sha256: str


class Folder:
    """Reads the files of an index. `domain`: what the pictures are to an analyzer."""

    def __init__(self, index: Path, domain: str) -> None:
        self._index = index
        self._files: dict[str, _File] | None = None
        self.info = GeneratorInfo(
            name="folder",
            version="1",
            model_hash=ids.digest(["folder", _READING]),
            seconds=0.05,
            domain=domain,
        )

    def can_make(self, request: Request) -> str | None:
        """A recipe may ask for any picture; whether there is one is seen when it is imported."""
        del request
        return None

    def setup_on_node(self) -> None:
        """Nothing to fetch."""

    def setup(self) -> None:
        """Read the index. Raises `DamagedError`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(self._index, columns=["id", "folder", "file", "sha256"], use_threads=False)
        except (OSError, pa.ArrowInvalid) as error:
            raise DamagedError(f"{self._index} cannot be read: {str(error).splitlines()[0]}") from None
        columns = (table[name].to_pylist() for name in ("id", "folder", "file", "sha256"))
        self._files = {id_: _File(Path(folder, file), sha) for id_, folder, file, sha in zip(*columns, strict=True)}

    def teardown(self) -> None:
        """Let go of the index."""
        self._files = None

    def generate(self, requests: Sequence[Request], preview: Preview | None = None) -> Iterator[Outcome[Image]]:
        """See `agfd.ports.Generator`. A file that cannot be read fails with the code of `agfd analyze`."""
        del preview
        for request in requests:
            try:
                yield Outcome(request.id, Image(self._pixels(request)))
            except ImageError as error:
                yield Outcome(request.id, failure=Failure(error.code, str(error)))

    def _pixels(self, request: Request) -> reading.Pixels:
        if self._files is None:
            raise RuntimeError("setup() comes before generate()")
        file = self._files.get(request.id)
        if file is None:
            raise ImageError("the index names no file for this request", "unreadable")
        try:
            data = reading.read(file.path)
        except ImageError as error:
            raise ImageError(f"{file.path}: {error}", error.code) from None
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise ImageError(f"{file.path} is not the file any more that was imported", "changed")
        try:
            return reading.picture(data).pixels
        except ImageError as error:
            raise ImageError(f"{file.path}: {error}", error.code) from None


@register("the generator folder")
def make(*, index: str = "", domain: str = "diffusion") -> Generator:
    """The factory. Raises `UsageError` without the index of an import."""
    if not index:
        raise UsageError("pictures of a folder come in with: agfd import FOLDER --recipe RECIPE --out DIR")
    if domain not in DOMAINS:
        raise UnknownNameError("domain", domain, DOMAINS)
    return Folder(Path(index), domain)
