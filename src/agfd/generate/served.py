"""What generators have in common whose images another program makes, which answers over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from agfd import images
from agfd.errors import ImageError, ServerError, UsageError, WorkerError
from agfd.generate.client import checked_url
from agfd.records import Failure, Image, Outcome, Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from agfd.generate.client import Client
    from agfd.ports import GeneratorInfo, Preview

O = TypeVar("O", bound="ServerOptions")  # noqa: E741  # the usual name of an options type

# So many images in a row that a server did not make are the fault of the server or of the settings: rows of failed
# images would only hide it.
FAILED_IN_A_ROW = 8


def _urls(value: object) -> object:
    return tuple(checked_url(part) for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class ServerOptions(BaseModel):
    """What such a generator may be told; `--set generator.KEY=VALUE` says it in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[tuple[str, ...], BeforeValidator(_urls), Field(min_length=1)]
    """Where the server is; several that are alike between commas: each gets a worker of its own."""
    device: Annotated[tuple[str, ...], BeforeValidator(_urls)] = ()
    """The server of one worker; the loop gives each its own."""
    timeout: float = Field(120.0, gt=0, le=3600)
    """Seconds until a silent server counts as lost."""
    retries: int = Field(5, ge=0, le=20)
    """Further tries, after pauses of 1, 2, 4, ... seconds."""

    @property
    def servers(self) -> tuple[str, ...]:
        """The URLs to work with."""
        return self.device or self.url


def options_from(kind: type[O], name: str, given: Mapping[str, object]) -> O:
    """Checked options of the generator `name`. Raises `UsageError` that names the first wrong one."""
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "extra_forbidden":
            there = ", ".join(kind.model_fields)
            raise UsageError(f"the generator {name!r} has no option {first['loc'][0]!r}; it has {there}") from None
        raise UsageError(
            f"generator.{first['loc'][0]} of {name}: {first['msg'][0].lower()}{first['msg'][1:]}"
            f" (not {str(first['input'])!r})"
        ) from None


class UnmadeError(Exception):
    """A server answered, and there is no image of this request."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)


class Drawn(NamedTuple):
    """What a server made: the bytes of an image file, and what it says of it in AUTOMATIC1111's words."""

    file: bytes
    made: Mapping[str, str]


class Backend(Protocol):
    """One server and how it is spoken to. All but `refusal` raise `ServerError`."""

    client: Client
    hint: str
    """One sentence on how a server is started and named."""

    def describe(self) -> GeneratorInfo:
        """What it would make images with; asks the server, briefly. Raises `UsageError`."""
        ...

    def refusal(self, request: Request) -> str | None:
        """Why it cannot make that, as far as it is known without asking."""
        ...

    def draw(self, request: Request) -> Drawn:
        """One image. Raises `UnmadeError`."""
        ...


class Served:
    """A generator of images that `backends` make: servers that are alike. It works with the first one."""

    def __init__(self, backends: Sequence[Backend]) -> None:
        self._backends = tuple(backends)
        self._info: GeneratorInfo | None = None
        self._unmade = 0

    @property
    def info(self) -> GeneratorInfo:
        """Asks the servers once. Raises `UsageError` where one cannot be reached, or two are not alike."""
        if self._info is None:
            first, *others = (_described(backend) for backend in self._backends)
            for backend, info in zip(self._backends[1:], others, strict=True):
                if (info.version, info.model_hash) != (first.version, first.model_hash):
                    raise UsageError(
                        f"{backend.client.url} would make other images than {self._backends[0].client.url}: "
                        "they differ in version, model or settings"
                    )
            self._info = first
        return self._info

    def can_make(self, request: Request) -> str | None:
        """See `agfd.ports.Generator`."""
        return self._backends[0].refusal(request)

    def setup_on_node(self) -> None:
        """Nothing to fetch."""

    def setup(self) -> None:
        """Find the server. Raises `UsageError`."""
        assert self.info

    def teardown(self) -> None:
        """Nothing to let go of."""

    def generate(self, requests: Sequence[Request], preview: Preview | None = None) -> Iterator[Outcome[Image]]:
        """See `agfd.ports.Generator`. Raises `ServerError` where the server is lost, `WorkerError` where it makes
        nothing any more: no image is at fault then.
        """
        del preview
        if self._info is None:
            raise RuntimeError("setup() comes before generate()")
        for request in requests:
            yield self._outcome(request)

    def _outcome(self, request: Request) -> Outcome[Image]:
        backend = self._backends[0]
        try:
            drawn = backend.draw(request)
            image = Image(_pixels(request, drawn.file), made=drawn.made)
        except UnmadeError as problem:
            self._unmade += 1
            if self._unmade >= FAILED_IN_A_ROW:
                raise WorkerError(
                    f"{backend.client.url} made none of the last {self._unmade} images: {problem}"
                ) from None
            return Outcome(request.id, failure=problem.failure)
        self._unmade = 0
        return Outcome(request.id, image)


def _described(backend: Backend) -> GeneratorInfo:
    try:
        return backend.describe()
    except ServerError as error:
        raise UsageError(f"{error}; {backend.hint}") from None


def _pixels(request: Request, file: bytes) -> NDArray[np.uint8]:
    """The pixels of the file. Raises `UnmadeError` for what is no picture, of another size, or of one colour."""
    try:
        pixels = images.decode(file)
    except ImageError as error:
        raise UnmadeError(Failure("bad_image", f"the server's image {error}")) from None
    height, width, _ = pixels.shape
    asked = request.settings
    if (width, height) != (asked.width, asked.height):
        raise UnmadeError(
            Failure("bad_image", f"the server's image has {width}x{height} pixels, not {asked.width}x{asked.height}")
        )
    if images.is_blank(pixels):
        # The loop would see it, too; here it counts among what the server did not make.
        raise UnmadeError(Failure("blank_image", "the server's image has one colour only"))
    return pixels


def text_of(value: Any) -> str:
    """A value out of a server's JSON as text that a file can hold."""
    return str(value).encode("utf-8", "replace").decode()
