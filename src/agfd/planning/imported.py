"""Requests for pictures that one already has: one for each file, with what its labels say. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agfd import ids
from agfd.records import Attributes, Request, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What stands for the sex, race or variant of a picture whose labels do not tell it; no value of the vocabulary.
UNKNOWN = "unknown"
# How a picture was made of which nobody says it.
NOT_TOLD = Settings(0, 0, "", 0, 0.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What labels say of a picture. `sex`, `race` and `variant` may be `UNKNOWN`, attributes are left out then."""

    row: str
    sex: str
    race: str
    variant: str
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Picture:
    """One file: where it lies, the hash of its bytes, what is said of it, and how it was made if it tells.

    `copy`: counts files of the same bytes with the same labels, from 0. `infotext`: what stood in the file.
    """

    folder: str
    file: str
    sha256: str
    asked: Asked
    prompt: str = ""
    negative: str = ""
    settings: Settings = NOT_TOLD
    copy: int = 0
    infotext: str | None = None

    @property
    def part(self) -> tuple[str, str]:
        """Row and sex."""
        return self.asked.row, self.asked.sex

    @property
    def id(self) -> str:
        """A hash of the bytes and of what is said of them; where the file lies and what it is called stay out."""
        asked = self.asked
        told = [asked.row, asked.sex, asked.race, asked.variant, dict(asked.attributes), self.prompt, self.negative]
        return ids.digest(["imported", *told, self.settings_key, self.sha256, self.copy])

    @property
    def settings_key(self) -> list[object]:
        """The settings as plain data."""
        return [getattr(self.settings, name) for name in Settings.__dataclass_fields__]

    def request(self, slot: int) -> Request:
        """The request that this picture answers."""
        identity = self.id
        return Request(
            id=identity,
            row=self.asked.row,
            sex=self.asked.sex,
            race=self.asked.race,
            variant=self.asked.variant,
            slot=slot,
            attempt=0,
            person=ids.seed(identity, "person"),
            scene=ids.seed(identity, "scene"),
            attributes=self.asked.attributes,
            prompt=self.prompt,
            negative_prompt=self.negative,
            settings=self.settings,
        )


class Imported:
    """The pictures of a dataset, those of one row x sex in the order of their slots."""

    def __init__(self, pictures: Iterable[Picture]) -> None:
        self._parts: dict[tuple[str, str], list[Picture]] = {}
        for picture in pictures:
            self._parts.setdefault(picture.part, []).append(picture)

    def __iter__(self) -> Iterator[Picture]:
        for pictures in self._parts.values():
            yield from pictures

    def counts(self) -> dict[tuple[str, str], int]:
        """Pictures by row and sex."""
        return {part: len(pictures) for part, pictures in self._parts.items()}

    def part(self, row: str, sex: str) -> list[Picture]:
        """The pictures of one row x sex, by slot."""
        return self._parts.get((row, sex), [])

    def request(self, row: str, sex: str, slot: int, attempt: int = 0) -> Request:
        """The request of one slot. There is one attempt at each."""
        if attempt:
            raise ValueError("a picture that is there is looked at once")
        return self._parts[row, sex][slot].request(slot)


def with_new(known: Iterable[Picture], found: Iterable[Picture]) -> list[Picture]:
    """The known pictures in their order, at the places where they were found now, then the new ones.

    Whatever order the new ones were found in, theirs is that of their contents.
    """
    there = {picture.id: picture for picture in known}
    seen: set[str] = set()
    new: list[Picture] = []
    for picture in sorted(found, key=lambda one: (one.sha256, one.folder, one.file)):
        counted = _numbered(picture, seen)
        if counted.id in there:
            there[counted.id] = counted
        else:
            new.append(counted)
    return [*there.values(), *new]


def _numbered(picture: Picture, seen: set[str]) -> Picture:
    """The picture as the first of its content that was not seen yet."""
    while picture.id in seen:
        picture = replace(picture, copy=picture.copy + 1)
    seen.add(picture.id)
    return picture
