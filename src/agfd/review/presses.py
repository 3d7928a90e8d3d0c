"""Key presses as a page sends them: all are right, or none is taken and the answer says why. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from agfd import vocabulary
from agfd.errors import AgfdError, UsageError
from agfd.judge import NOT_AS_ASKED
from agfd.records import Opinion, Press

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MOST = 1000
_FIELDS = ("key", "image", "opinion", "reason", "attribute", "value", "undoes")
_KEY = re.compile(r"[!-~]{1,100}")


class RefusedError(AgfdError):
    """Presses of which nothing was taken; `wrong`: a sentence by place in the list, from 0."""

    def __init__(self, message: str, wrong: dict[int, str] | None = None) -> None:
        self.wrong = wrong or {}
        # One is enough to understand it by; a thousand would be no sentence.
        first = [f"; press {place}: {sentence}" for place, sentence in list(self.wrong.items())[:1]]
        super().__init__("".join([f"nothing was taken: {message}", *first]))


class Checker:
    """Checks presses of one reviewer. `known`: the images; `reasons`: the codes; `find`: a press that was taken."""

    def __init__(
        self, known: Callable[[str], bool], reasons: Collection[str], find: Callable[[str], Press | None]
    ) -> None:
        self._known, self._reasons, self._find = known, reasons, find

    def check(self, data: object, at: str) -> list[Press]:
        """The presses in the body of a request, pressed `at` (ISO 8601). Raises `RefusedError`."""
        entries = data.get("presses") if isinstance(data, dict) and set(data) == {"presses"} else None
        if not isinstance(entries, list):
            raise RefusedError('the body is {"presses": [...]}')
        if len(entries) > MOST:
            raise RefusedError(f"send at most {MOST} presses at once, not {len(entries)}")
        presses: list[Press] = []
        here: dict[str, Press] = {}
        wrong: dict[int, str] = {}
        for place, entry in enumerate(entries):
            try:
                press = self._one(entry, at, here)
            except UsageError as error:
                wrong[place] = str(error)
                continue
            presses.append(press)
            here.setdefault(press.key, press)
        if wrong:
            raise RefusedError(f"{len(wrong)} of {len(entries)} presses cannot be", wrong)
        return presses

    def _one(self, entry: object, at: str, here: dict[str, Press]) -> Press:
        if not isinstance(entry, dict) or not set(entry) <= set(_FIELDS):
            raise UsageError(f"a press has the fields {', '.join(_FIELDS)}")
        told: dict[str, Any] = {name: entry.get(name) for name in _FIELDS}
        for name in _FIELDS:
            if name != "value" and not isinstance(told[name], str | None):
                raise UsageError(f"{name} is a text")
        if not _KEY.fullmatch(told["key"] or ""):
            raise UsageError("key is a text of up to 100 letters, digits and signs, another one for each press")
        if self._find(told["key"]) is not None:
            # It was taken before, by the rules of then.
            return Press(told["key"], told["image"] or "")
        if not told["image"] or not self._known(told["image"]):
            raise UsageError(f"there is no picture of an image {told['image']!r}")
        if told["undoes"] is not None:
            self._undoing(told, here)
        else:
            self._saying(told)
        return Press(**told, at=at)

    def _undoing(self, told: dict[str, Any], here: dict[str, Press]) -> None:
        if any(told[name] is not None for name in ("opinion", "reason", "attribute", "value")):
            raise UsageError("a press that takes another one back has no opinion of its own")
        back = here.get(told["undoes"]) or self._find(told["undoes"])
        if back is None or back.undoes is not None or back.image != told["image"]:
            raise UsageError(f"there is no opinion {told['undoes']!r} on this image to take back")

    def _saying(self, told: dict[str, Any]) -> None:
        if told["opinion"] not in get_args(Opinion):
            raise UsageError(f"opinion is one of {', '.join(get_args(Opinion))}, not {told['opinion']!r}")
        if told["reason"] is not None and (told["opinion"] != "reject" or told["reason"] not in self._reasons):
            raise UsageError(f"reason goes with reject and is one of {', '.join(self._reasons)}")
        if told["attribute"] is not None:
            if told["reason"] != NOT_AS_ASKED:
                raise UsageError(f"attribute goes with the reason {NOT_AS_ASKED}")
            vocabulary.attribute(told["attribute"])
        if told["value"] is not None:
            if told["attribute"] is None:
                raise UsageError("value goes with an attribute")
            told["value"] = vocabulary.check(told["attribute"], told["value"])
