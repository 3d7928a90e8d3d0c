"""Looking through a folder for the pictures that labels lead to a row of a recipe."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agfd import ids, labels
from agfd.errors import ImageError, UsageError
from agfd.images import infotext, reading
from agfd.planning import NOT_TOLD, Asked, Match, Matcher, Picture, PromptMatcher
from agfd.records import Settings
from agfd.survey.files import find, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agfd.recipe import Recipe

FOLDERS, INFOTEXT = "from-folders", "infotext"
# What a line of labels may name besides attributes.
_COLUMNS = ("row", "variant", "phrase")
# Longer numbers are none of a picture's settings.
_DIGITS = 6


@dataclass
class Finder:
    """Looks through `root` and leaves `out` aside. `told_by`: who says what is in the pictures.

    `unmatched`: why other files were not taken, by file. `ignored`: columns of the labels that say nothing to us.
    """

    root: Path
    out: Path
    recipe: Recipe
    told_by: str
    unmatched: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.root.is_dir():
            problem = "no folder" if self.root.exists() else "not there"
            raise UsageError(f"{self.root} is {problem}; name a folder of images")
        self._matcher = Matcher(self.recipe)
        self._prompts = PromptMatcher(self._matcher)
        self._table = None if self.told_by in {FOLDERS, INFOTEXT} else self._read_table()

    def _read_table(self) -> Mapping[str, labels.Label]:
        path = Path(self.told_by)
        if not path.is_file():
            raise UsageError(f"labels: write {FOLDERS}, {INFOTEXT} or the name of a CSV file, not {self.told_by!r}")
        found = labels.read(path, _COLUMNS)
        self.ignored = found.ignored
        return found.by_file

    def pictures(self) -> Iterator[Picture]:
        """One for each file that the labels lead to a row; the others come into `unmatched`."""
        names = self._names()
        for name in names:
            picture = self._picture(name)
            if isinstance(picture, str):
                self.unmatched[shown(name)] = picture
            else:
                yield picture
        there = {*names, *(name.replace("/", "\\") for name in names)}
        for name in self._table or ():
            if name not in there:
                self.unmatched[name] = "there is no such file in the folder"

    def _names(self) -> Sequence[str]:
        out = self.out.resolve()
        try:
            names = find(self.root, Path(self.told_by) if self._table is not None else None)
        except OSError as error:
            raise UsageError(f"{self.root} cannot be listed: {error.strerror}") from None
        return [name for name in names if out not in (self.root / name).parents]

    def _picture(self, name: str) -> Picture | str:
        if Path(name).name.startswith("."):
            return "a hidden file"
        if shown(name) != name:
            return "its name is not UTF-8; rename it"
        if self.told_by == INFOTEXT:
            return self._told_by_itself(name)
        match = self._matcher.by_path(name) if self._table is None else self._told_by_table(name)
        return match if isinstance(match, str) else self._of(name, match, self._sha256(name))

    def _told_by_table(self, name: str) -> Match:
        assert self._table is not None
        label = self._table.get(name) or self._table.get(name.replace("/", "\\"))
        return "no line of the labels names it" if label is None else self._matcher.by_label(label)

    def _told_by_itself(self, name: str) -> Picture | str:
        try:
            data = reading.read(self.root / name)
            text = infotext.written_in(data)
        except ImageError as error:
            return f"{error.code}: {error}"
        if text is None:
            return "it holds no text of AUTOMATIC1111"
        told = infotext.parse(text)
        match = self._prompts.match(told.prompt)
        if isinstance(match, str):
            return match
        return self._of(name, match, hashlib.sha256(data).hexdigest(), told, text)

    def _sha256(self, name: str) -> str:
        try:
            return hashlib.sha256(reading.read(self.root / name)).hexdigest()
        except ImageError:
            # It will fail with its code when it is its turn; until then it is known by its name.
            return ids.digest(["unreadable", name])

    def _of(
        self, name: str, asked: Asked, sha: str, told: infotext.Infotext | None = None, text: str | None = None
    ) -> Picture:
        told = told or infotext.Infotext("")
        settings = settings_of(told.settings)
        return Picture(str(self.root), name, sha, asked, told.prompt, told.negative, settings, infotext=text)


def settings_of(told: Mapping[str, str]) -> Settings:
    """What a text of AUTOMATIC1111 says of how its picture was made; `NOT_TOLD` for what it does not say."""
    width, _, height = told.get("Size", "").partition("x")
    sampler = told.get("Sampler", NOT_TOLD.sampler)
    schedule = told.get("Schedule type", "Automatic")
    # Newer versions of the web UI write the schedule apart from the sampler.
    if sampler and schedule != "Automatic" and not sampler.endswith(schedule):
        sampler = f"{sampler} {schedule}"
    return Settings(
        width=_whole(width) or NOT_TOLD.width,
        height=_whole(height) or NOT_TOLD.height,
        sampler=sampler,
        steps=_whole(told.get("Steps", "")) or NOT_TOLD.steps,
        cfg_scale=_number(told.get("CFG scale", "")),
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else None


def _number(text: str) -> float:
    whole, _, part = text.partition(".")
    plain = whole.isdecimal() and len(whole) <= _DIGITS and (part.isdecimal() or not part)
    return float(text) if plain else NOT_TOLD.cfg_scale
