"""Which row of a recipe a prompt belongs to: by the recipe's template, or by the words between its commas. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from agfd.planning.matching import Match, Matcher, plain, resolved
from agfd.recipe import Variant, prompt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agfd.records import Value

# Stand in a prompt of the recipe for what differs from person to person.
_AGE, _SEX, _RACE = 987654321, "\ue000", "\ue001"
_YEARS = re.compile(r"\b(\d{1,3}) ?(?:y\.? ?o\b|years? old)")


@dataclass(frozen=True)
class PromptMatcher:
    """Knows the prompts of a recipe."""

    matcher: Matcher

    def match(self, text: str) -> Match:
        """What is asked of a picture with that prompt."""
        found = _folded(text)
        if not found:
            return "its prompt is empty"
        for pattern, variants in self._patterns:
            if told := pattern.fullmatch(found):
                return self._by_template(told, variants)
        return self._by_words(found)

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], list[tuple[str, int]]]]:
        """The whole prompts of the recipe with gaps for age, sex and race; which variants have each."""
        recipe = self.matcher.recipe
        by_phrase: dict[str, list[tuple[str, int]]] = {}
        for row_id, row in recipe.rows.items():
            for index, variant in enumerate(row.variants):
                by_phrase.setdefault(variant.phrase, []).append((row_id, index))
        sex = next(iter(recipe.words.sex))
        gaps = {
            str(_AGE): r"(?P<age>\d{1,3})",
            _SEX: f"(?P<sex>{_either(self.matcher.sexes)})",
            _RACE: f"(?P<race>{_either(self.matcher.races)}|[^,]*?)",
        }
        patterns = []
        for phrase, variants in by_phrase.items():
            whole = prompt(recipe, Variant(phrase=phrase, word={sex: _SEX}), sex, _RACE, _AGE)
            pattern = re.escape(_folded(whole))
            for gap, group in gaps.items():
                # A template may name one twice; the first is read.
                head, found, tail = pattern.partition(gap)
                pattern = head + group + tail.replace(gap, ".*?") if found else pattern
            patterns.append((re.compile(pattern), variants))
        return patterns

    def _by_template(self, told: re.Match[str], variants: list[tuple[str, int]]) -> Match:
        recipe, groups = self.matcher.recipe, told.groupdict()
        given: dict[str, Value] = {}
        word = groups.get("sex") or ""
        if word:
            given["sex"] = self.matcher.sexes[word]
        if race := self.matcher.races.get(groups.get("race") or ""):
            given["race"] = race
        if groups.get("age"):
            given |= _age(groups["age"])
        called = [(row, index) for row, index in variants if word in _own_words(recipe.rows[row].variants[index])]
        return self._decided(
            called or [key for key in variants if not recipe.rows[key[0]].variants[key[1]].word], given
        )

    def _by_words(self, text: str) -> Match:
        """Without the template: a phrase of the recipe between commas, and words for age, sex and race."""
        parts = text.split(",")
        recipe = self.matcher.recipe
        longest: list[tuple[str, int]] = []
        most = 0
        for row_id, row in recipe.rows.items():
            for index, variant in enumerate(row.variants):
                phrase = _folded(variant.phrase).split(",")
                if not variant.phrase or not _holds(parts, phrase) or len(phrase) < most:
                    continue
                longest = [*(longest if len(phrase) == most else []), (row_id, index)]
                most = len(phrase)
        if not longest:
            return "its prompt is not of the recipe's template and holds none of its special words"
        given: dict[str, Value] = {}
        person = next((part for part in parts if _YEARS.search(part)), "")
        if years := _YEARS.search(person):
            given |= _age(years[1])
        for axis, known in (("sex", self.matcher.sexes), ("race", self.matcher.races)):
            values = {known[part] for part in parts if part in known} or _said(person or text, known)
            if len(values) == 1:
                given |= {axis: values.pop()}
        return self._decided(longest, given)

    def _decided(self, variants: list[tuple[str, int]], given: Mapping[str, Value]) -> Match:
        recipe = self.matcher.recipe
        age = given.get("age")
        aged = [key for key in variants if recipe.rows[key[0]].variants[key[1]].age is not None]
        if aged and age is not None:
            exact = [key for key in aged if recipe.rows[key[0]].variants[key[1]].age == age]
            variants = exact or [key for key in aged if _spans(recipe.rows[key[0]].variants, float(age))]
        rows = sorted({row for row, _ in variants})
        if not rows:
            return f"no row of the recipe is of {age} years"
        if len(rows) > 1:
            return f"its prompt fits several rows: {', '.join(rows)}"
        return resolved(recipe, rows[0], [index for _, index in variants], given)


def _folded(text: str) -> str:
    """A prompt in one form: lower case, plain commas without blanks, single blanks, no full stop, no weights."""
    line = " ".join(plain(text).replace("，", ",").casefold().split())
    return re.sub(r"\s*,[\s,]*", ",", line).strip(" .,")


def _either(known: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(known, key=len, reverse=True))


def _own_words(variant: Variant) -> set[str]:
    return {word.casefold() for word in variant.word.values()}


def _age(text: str) -> dict[str, Value]:
    years = int(text)
    return {"age": years} if 1 <= years <= 100 else {}


def _spans(variants: Iterable[Variant], age: float) -> bool:
    ages = [variant.age for variant in variants if variant.age is not None]
    return bool(ages) and min(ages) <= age <= max(ages)


def _holds(parts: list[str], phrase: list[str]) -> bool:
    return any(parts[at : at + len(phrase)] == phrase for at in range(len(parts) - len(phrase) + 1))


def _said(text: str, known: Mapping[str, str]) -> set[str]:
    """What the words of a text mean, longer names before the shorter ones within them."""
    found = set()
    for word in sorted(known, key=len, reverse=True):
        if len(word) > 1 and re.search(rf"\b{re.escape(word)}\b", text):
            found.add(known[word])
            text = re.sub(rf"\b{re.escape(word)}\b", " ", text)
    return found
