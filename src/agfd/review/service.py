"""What the review answers, as plain data and bytes: everything but HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from agfd import ids, vocabulary
from agfd.errors import UnknownNameError
from agfd.judge import NOT_AS_ASKED
from agfd.ports import PHOTO
from agfd.report import details, people, wording
from agfd.review.blind import hidden
from agfd.review.catalogue import Catalogue
from agfd.review.presses import Checker
from agfd.review.queues import LABELS
from agfd.run.identity import read_build, read_recipe
from agfd.store import PLACE, Journal, Layout, read_map, read_member, to_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.recipe import Recipe
    from agfd.records import Press

_TOLD = ("key", "opinion", "reason", "attribute", "value")


class Review:
    """One reviewer and one dataset; any number of threads, one process.

    `blind`: what the machine says of an image is shown only when the reviewer has spoken. Raises `LockedError` where
    the reviewer's journal is in other hands, `DamagedError`, `WriteError` where it cannot be written.
    """

    def __init__(self, layout: Layout, reviewer: str, *, blind: bool = True) -> None:
        self._layout, self._reviewer, self._blind = layout, reviewer, blind
        # Names dataset and reviewer to a page: another server may have this one's port one day.
        self.journal = ids.digest([str(layout.root.resolve()), reviewer])
        self._recipe, self._build = read_recipe(layout), read_build(layout)
        self._catalogue = Catalogue(layout, [*{*details.columns(), *PLACE}])
        self._reasons = _reasons(self._recipe)
        # One writer at a time, and nobody reads what is being written.
        self._lock = Lock()
        self._journal = Journal(layout, reviewer)

    @property
    def gives_away(self) -> bool:
        """Whether a reviewer can tell by the size of a picture that the machine rejected it."""
        return self._blind and self._build.get("keep") == "accepted"

    def close(self) -> None:
        """Let another process have the journal."""
        with self._lock:
            self._journal.close()

    def session(self) -> dict[str, Any]:
        """What a page needs to begin."""
        self._catalogue.refresh()
        sizes = self._catalogue.sizes(self._standing())
        return {
            "title": self._recipe.title or self._recipe.name,
            "photos": self._build["generator"].get("domain") == PHOTO,
            "reviewer": self._reviewer,
            "journal": self.journal,
            "blind": self._blind,
            "reasons": [{"code": code, "meaning": meaning} for code, meaning in self._reasons.items()],
            "attributes": {
                name: list(entry.values) if isinstance(entry, vocabulary.Choice) else None
                for name, entry in vocabulary.ATTRIBUTES.items()
            },
            "queues": [
                {"name": name, "label": label, "size": sizes[name][0], "done": sizes[name][1]}
                for name, label in LABELS.items()
            ],
        }

    def queue(self, name: str) -> dict[str, Any]:
        """The images of a queue in its order, and what this reviewer said of them. Raises `UnknownNameError`."""
        if name not in LABELS:
            raise UnknownNameError("queue", name, LABELS)
        self._catalogue.refresh()
        images = self._catalogue.queue(name)
        known = set(images)
        # In the order in which it was said: the page takes back the last one first, also when it is opened anew.
        told = {image: _told(press) for image, press in self._standing().items() if image in known}
        return {"name": name, "ids": images, "said": told}

    def detail(self, image: str) -> dict[str, Any]:
        """Everything that this reviewer may know of an image. Raises `UnknownNameError`, `DamagedError`."""
        row = self._row(image)
        found = details.detail(row, self._recipe, _address)
        found["blind"] = self._blind and image not in self._standing()
        return hidden(found) if found["blind"] else found

    def thumb(self, image: str) -> bytes:
        """The file of the thumbnail. Raises `UnknownNameError`, `DamagedError`."""
        return self._file(image, "thumb")

    def picture(self, image: str) -> bytes:
        """The file of the picture. Raises `UnknownNameError` where it was not kept, `DamagedError`."""
        return self._file(image, "full")

    def map(self, image: str, name: str) -> bytes:
        """The file of a map of the truth. Raises `UnknownNameError` where it was not kept, `DamagedError`."""
        if name not in vocabulary.MAPS:
            raise UnknownNameError("map", name, vocabulary.MAPS)
        return self._file(image, name)

    def take(self, data: object) -> list[str]:
        """Take the presses in the body of a request; their keys, when the disk has them.

        Raises `RefusedError` when one of them cannot be, `WriteError` when the disk does not take them: then none is
        taken.
        """
        with self._lock:
            checker = Checker(self._knows, self._reasons, self._journal.find)
            presses = checker.check(data, datetime.now(UTC).isoformat(timespec="milliseconds"))
            self._journal.take(presses)
        return [press.key for press in presses]

    def agreement(self) -> dict[str, Any]:
        """How far all reviewers and the machine agree: `agfd.report.people.agreement`. Raises `DamagedError`."""
        return people.agreement(self._layout, self._build)

    def _standing(self) -> Mapping[str, Press]:
        with self._lock:
            return self._journal.standing()

    def _knows(self, image: str) -> bool:
        if image not in self._catalogue:
            self._catalogue.refresh()
        return image in self._catalogue

    def _row(self, image: str) -> Mapping[str, Any]:
        try:
            return self._catalogue.row(image)
        except KeyError:
            # The name comes from anybody: it is not repeated at full length.
            raise UnknownNameError("picture of an image", image[:40], ()) from None

    def _file(self, image: str, name: str) -> bytes:
        row = self._row(image)
        place = to_place(row)
        if place is None or name not in details.stored(row):
            raise UnknownNameError("kept file of this image", name, details.stored(row))
        if name in vocabulary.MAPS:
            return read_map(self._layout, place, name)
        return read_member(self._layout, place, thumbnail=name == "thumb")


def _reasons(recipe: Recipe) -> dict[str, str]:
    """Why a picture can be rejected, with words for each: it is not what was asked, breaks a rule of some row, or what
    only an eye sees.

    Rules about single attributes are left out: `not_as_asked` with the attribute says what they say.
    """
    found = {NOT_AS_ASKED: wording.meaning(NOT_AS_ASKED, None)}
    for row in recipe.rows:
        for code, rule in recipe.rules_of(row).items():
            if rule.about != "attribute":
                found.setdefault(code, wording.meaning(code, rule))
    return {**found, **{code: words for code, words in wording.BY_EYE.items() if code not in found}}


def _told(press: Press) -> dict[str, Any]:
    return {name: getattr(press, name) for name in _TOLD}


def _address(name: str, image: str) -> str:
    kinds = {"thumb": "thumb", "full": "picture"}
    return f"/api/{kinds[name]}/{image}" if name in kinds else f"/api/map/{image}/{name}"
