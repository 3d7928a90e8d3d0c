"""The screen of texts: no sexual words at any age, and fewer still for anybody under 18.

Words are found in the disguises that get past a plain search: other alphabets, accents, digits for letters, letters
apart or drawn out, invisible characters. The terms are data: `terms.yaml`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ADULT = 18

# Letters of other alphabets that look like Latin ones, and digits and signs that stand for letters.
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0501\u0578\u03b1\u03b5\u03bf\u03c1\u03bd\u03b9\u03c5\u03ba\u0131\u043c\u0442\u043a\u04bb\u0458",
    "aeopcyxisdnaeopviukimtkhj",
)
_DIGITS = str.maketrans("013457@$!|", "oieastasil")
_ENDINGS = ("", "s", "es", "d", "ed", "ing", "ly")
_SPELLED = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A term of `terms.yaml` that a text holds; `minors`: it is refused for people under 18 only; `negative`: it is
    refused in a negative prompt.
    """

    term: str
    minors: bool
    negative: bool = False

    def __str__(self) -> str:
        if self.negative:
            return f"{self.term!r} may not be kept out of a picture"
        return f"{self.term!r} is not made{f' of anybody under {ADULT}' if self.minors else ''}"


def screen(text: str, youngest: float) -> Hit | None:
    """The first term that forbids a picture of somebody `youngest` years old, or None.

    Raises nothing: a text in any language and any bytes is a text without such terms or with them.
    """
    for name in ("always", "under_18") if youngest < ADULT else ("always",):
        found = _first(text, name)
        if found:
            return Hit(found, minors=name == "under_18")
    return None


def screen_negative(text: str) -> Hit | None:
    """The first term that forbids a negative prompt, or None: what it keeps out of pictures must not be clothes."""
    found = _first(text, "negative")
    return Hit(found, minors=False, negative=True) if found else None


def _first(text: str, name: str) -> str | None:
    """The first term of that list in any reading of a text."""
    for reading in (f" {' '.join(reading)} " for reading in _readings(text)):
        # Nearly all texts hold no term at all, and harmless phrases are many.
        found = _found(reading, name) and _found(_without_harmless(reading), name)
        if found:
            return found
    return None


def _found(reading: str, name: str) -> str | None:
    """The first term of that list in a text that has one blank around each word."""
    terms = _terms(name)
    parts = (term for term in terms.parts if term in reading)
    phrases = (term for form, term in terms.phrases.items() if form in reading)
    word = next((word for word in reading.split() if word in terms.words), None)
    return next(parts, None) or (terms.words[word] if word else None) or next(phrases, None)


def words(text: str) -> list[str]:
    """The words of a text: lower case, without accents, invisible characters and other alphabets' lookalikes."""
    return re.findall(r"[^\W_]+", _plain(text))


def _plain(text: str) -> str:
    lower = unicodedata.normalize("NFKD", text).casefold()
    kept = (c for c in lower if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return "".join(kept).translate(_LOOKALIKES)


def _readings(text: str) -> Iterator[Sequence[str]]:
    """Ways to read a text: as it stands, with letters apart joined, with drawn out letters and digits undone."""
    yield (plain := words(text))
    yield list(_joined(plain))
    marked = (word for word in re.split(r"[^\w@$!|]+|_+", _plain(text)) if re.search(r"[^\W\d_]", word))
    undone = (re.sub(r"(.)\1{2,}", r"\1", word.translate(_DIGITS)) for word in marked)
    yield [part for word in undone for part in re.findall(r"[^\W_]+", word)]


def _joined(plain: Sequence[str]) -> Iterator[str]:
    """Words, with runs of single letters put together."""
    run: list[str] = []
    for word in [*plain, ""]:
        if len(word) == 1:
            run.append(word)
            continue
        yield from ["".join(run)] if len(run) >= _SPELLED else run
        run = []
        if word:
            yield word


@cache
def _data() -> Mapping[str, Any]:
    import yaml

    loaded: Mapping[str, Any] = yaml.safe_load(files(__package__).joinpath("terms.yaml").read_text("utf-8"))
    return loaded


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a text may not hold anywhere, as a word, and as several words with blanks around them; each form's term."""

    parts: tuple[str, ...]
    words: Mapping[str, str]
    phrases: Mapping[str, str]


@cache
def _terms(name: str) -> _Terms:
    part = _data()[name]
    forms = {form: term for term in part["words"] for form in _forms(term)}
    words = {form: term for form, term in forms.items() if " " not in form}
    return _Terms(tuple(part["anywhere"]), words, {f" {form} ": forms[form] for form in forms.keys() - words.keys()})


def _forms(term: str) -> list[str]:
    return [term + ending for ending in _ENDINGS]


def _without_harmless(reading: str) -> str:
    for phrase in _data()["harmless"]:
        for form in _forms(phrase):
            reading = reading.replace(f" {form} ", "  ")
    return reading
