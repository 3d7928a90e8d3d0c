"""Which row of a recipe a picture that one already has belongs to, by its labels, its folders or its prompt. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from agfd import vocabulary
from agfd.errors import nearest
from agfd.labels import SPELLINGS, words
from agfd.planning.imported import UNKNOWN, Asked
from agfd.recipe.model import Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from agfd.labels import Label
    from agfd.recipe import Recipe, Variant
    from agfd.records import Value

Match: TypeAlias = Asked | str
"""What is asked of a picture, or one sentence that says why that is not known."""

_NOT = frozenset({"no", "not", "non", "without"})
_WEIGHT = re.compile(r":\s*\d+(\.\d+)?(?=\))")


def resolved(recipe: Recipe, row: str, variants: Sequence[int], given: Mapping[str, Value]) -> Asked:
    """What is asked of a picture of that row, which may be any of `variants` (by index) as far as `given` agrees.

    Attributes that all possible variants set to the same value are asked; a number that they draw is not known.
    """
    all_of = recipe.rows[row].variants
    agreeing = [index for index in variants if _agrees(all_of[index], given)] or list(variants)
    possible = [all_of[index] for index in agreeing]
    told: dict[str, Value] = {**_common(possible), **given}
    return Asked(
        row=row,
        sex=str(given.get("sex", UNKNOWN)),
        race=str(given.get("race", UNKNOWN)),
        variant=possible[0].name if len(possible) == 1 else UNKNOWN,
        attributes={name: told[name] for name in vocabulary.ATTRIBUTES if name in told},
    )


def _agrees(variant: Variant, given: Mapping[str, Value]) -> bool:
    if variant.age is not None and given.get("age", variant.age) != variant.age:
        return False
    for name, value in variant.set.items():
        told = given.get(name)
        if told is None:
            continue
        if isinstance(value, Span):
            if not value.min <= float(told) <= value.max:
                return False
        elif told != vocabulary.check(name, value):
            return False
    return True


def _common(variants: Sequence[Variant]) -> dict[str, Value]:
    sets = [
        {name: vocabulary.check(name, value) for name, value in variant.set.items() if not isinstance(value, Span)}
        | ({} if variant.age is None else {"age": variant.age})
        for variant in variants
    ]
    first = sets[0]
    return {name: value for name, value in first.items() if all(one.get(name) == value for one in sets)}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What words stand for: a row, a variant of it (by index), a group of rows, a sex or a race."""

    kind: Literal["row", "variant", "group", "sex", "race"]
    value: str
    variant: int = -1


@dataclass(frozen=True)
class Matcher:
    """Knows what a recipe calls its rows."""

    recipe: Recipe

    @cached_property
    def names(self) -> dict[tuple[str, ...], set[Meaning]]:
        """What words mean in this recipe."""
        found: dict[tuple[str, ...], set[Meaning]] = {}
        for text, meaning in self._named():
            if key := words(text):
                found.setdefault(key, set()).add(meaning)
        return found

    def _named(self) -> Iterator[tuple[str, Meaning]]:
        for row_id, row in self.recipe.rows.items():
            feature = re.sub(r"\(.*?\)", "", row.feature)
            short = re.sub(r"^only\s+", "", feature, flags=re.IGNORECASE)
            for name in (row_id, row_id.rpartition(".")[2], row.feature, feature, short, *row.also):
                yield name, Meaning("row", row_id)
            yield row.group, Meaning("group", row.group)
            for index, variant in enumerate(row.variants):
                for name in (variant.name, plain(variant.phrase), *variant.word.values()):
                    yield name, Meaning("variant", row_id, index)
        yield from ((word, Meaning("sex", sex)) for word, sex in self.sexes.items())
        yield from ((word, Meaning("race", race)) for word, race in self.races.items())

    @cached_property
    def sexes(self) -> dict[str, str]:
        """Words for the sexes: the recipe's and others."""
        found = dict(SPELLINGS["sex"])
        for sex, word in self.recipe.words.sex.items():
            found |= {word.child.casefold(): sex, word.adult.casefold(): sex}
        for row in self.recipe.rows.values():
            found |= {word.casefold(): sex for variant in row.variants for sex, word in variant.word.items()}
        return found

    @cached_property
    def races(self) -> dict[str, str]:
        """Words for the races: the recipe's and others."""
        own = {word.casefold(): race for race, word in self.recipe.words.race.items()}
        return {**SPELLINGS["race"], **{race.casefold(): race for race in vocabulary.RACES}, **own}

    def by_label(self, label: Label) -> Match:
        """By the columns `row` (id, feature or another name) and `variant` or `phrase` of a table."""
        variant = label.others.get("variant") or label.others.get("phrase")
        told = {
            name: self._called(text) for name, text in (("row", label.others.get("row")), ("variant", variant)) if text
        }
        if not told:
            return "its line names neither row nor variant"
        rows = {one.value for one in told.get("row", ()) if one.kind == "row"}
        variants = [one for one in told.get("variant", ()) if one.kind == "variant" and (not rows or one.value in rows)]
        if "row" in told and not rows:
            return f"there is no row {label.others['row']!r} in the recipe{self._hint(label.others['row'])}"
        if "variant" in told and not variants:
            return f"there is no variant {variant!r} in the recipe{' in that row' if rows else ''}"
        return self._decided(rows or {one.value for one in variants}, variants, label.values, "its line")

    def _hint(self, text: str) -> str:
        """The rows that are called nearly so."""
        names = [name for row_id, row in self.recipe.rows.items() for name in (row_id, row.feature, *row.also)]
        near = nearest(text, names)
        return f"; did you mean {' or '.join(near)}?" if near else ""

    def _called(self, text: str) -> Collection[Meaning]:
        if text in self.recipe.rows:
            return {Meaning("row", text)}
        return self.names.get(words(plain(text)), ())

    def by_path(self, file: str) -> Match:
        """By the names of its folders, and by its own name for what they do not tell."""
        *folders, name = file.split("/")
        outer = [meaning for folder in folders for meaning in self._read(words(folder))]
        inner = self._read(words(name.rpartition(".")[0]))
        of_folders, of_name = _Evidence(outer), _Evidence(inner)
        evidence = of_folders if of_folders.rows or of_folders.variants else _Evidence([*outer, *inner])
        given: dict[str, Value] = {}
        for axis in ("sex", "race"):
            values = of_folders.axis(axis) or of_name.axis(axis)
            if len(values) > 1:
                return f"its path names more than one {axis}: {', '.join(sorted(values))}"
            given.update((axis, value) for value in values)
        rows = evidence.decided_rows(self.recipe)
        if not rows:
            return "no folder of its path is called like a row of the recipe"
        return self._decided(rows, [one for one in evidence.variants if one.value in rows], given, "its path")

    def _read(self, parts: Sequence[str]) -> list[Meaning]:
        """The meanings of the words, the longest names first, each word read once; `no mask` names no mask."""
        found: list[Meaning] = []
        at = 0
        while at < len(parts):
            for length in range(len(parts) - at, 0, -1):
                name = tuple(parts[at : at + length])
                # A single letter means something only where it stands alone.
                if name in self.names and (len(name[0]) > 1 or length > 1 or len(parts) == 1):
                    if not at or parts[at - 1] not in _NOT:
                        found.extend(_of_folder(self.names[name]))
                    at += length
                    break
            else:
                at += 1
        return found

    def _decided(
        self, rows: Collection[str], variants: Sequence[Meaning], given: Mapping[str, Value], what: str
    ) -> Match:
        if len(rows) > 1:
            return f"{what} fits several rows: {', '.join(sorted(rows))}"
        (row,) = rows
        possible = [one.variant for one in variants if one.value == row]
        return resolved(self.recipe, row, possible or range(len(self.recipe.rows[row].variants)), given)


def _of_folder(meanings: Collection[Meaning]) -> list[Meaning]:
    """The meanings of a folder's name: one called like a row holds all of its variants, also the one called alike."""
    rows = {one.value for one in meanings if one.kind == "row"}
    told = (one for one in meanings if one.kind != "variant" or one.value not in rows)
    return sorted(told, key=lambda one: (one.kind, one.value, one.variant))


class _Evidence:
    """What the words of a path mean, by kind."""

    def __init__(self, meanings: Sequence[Meaning]) -> None:
        self._meanings = meanings
        self.rows = {one.value for one in meanings if one.kind == "row"}
        self.variants = [one for one in meanings if one.kind == "variant"]

    def axis(self, name: str) -> set[str]:
        return {one.value for one in self._meanings if one.kind == name}

    def decided_rows(self, recipe: Recipe) -> set[str]:
        """The rows that it may be, as few as the names of variants and groups leave."""
        of_variants = {one.value for one in self.variants}
        rows = self.rows or of_variants
        if len(rows) > 1 and rows & of_variants:
            rows = rows & of_variants
        groups = self.axis("group")
        return {row for row in rows if recipe.rows[row].group in groups} or rows


def plain(phrase: str) -> str:
    """A phrase without the weights of its words: `(masked:1.2)` is `(masked)`."""
    return _WEIGHT.sub("", phrase)
