"""What was measured beside what was asked for, or beside the truth where the generator knows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agfd import vocabulary
from agfd.errors import UsageError
from agfd.registry import ANALYZERS
from agfd.report.measured import NUMBERS, SCORES, measured_word
from agfd.stats import wilson
from agfd.store import read_stable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from agfd.store import Layout


@dataclass(slots=True)
class Confusion:
    """One attribute of the accepted images: which word stands against which measured one, and how often.

    `against`: `true` where the generator knows (then differences are the analyzers' errors), `asked` where nobody does
    and an analyzer is competent (then they are noise of the labels, as far as that analyzer is right). A measured word
    is the one with the largest score, of at least two.
    """

    attribute: str
    against: str
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def images(self) -> int:
        """Images compared."""
        return self.pairs.total()

    @property
    def differing(self) -> int:
        """Images measured as something else."""
        return sum(number for (label, measured), number in self.pairs.items() if label != measured)

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share of differing ones."""
        return wilson(self.differing, self.images)

    def worst(self, most: int = 3) -> list[tuple[str, str, int]]:
        """The most frequent differences: word, measured word, images."""
        wrong = [(*pair, number) for pair, number in self.pairs.items() if pair[0] != pair[1]]
        return sorted(wrong, key=lambda item: (-item[2], item[:2]))[:most]


@dataclass(slots=True)
class Deviation:
    """One numeric attribute of the accepted images: measured minus true or asked, in the attribute's unit."""

    attribute: str
    against: str
    images: int = 0
    total: float = 0.0
    absolute: float = 0.0

    @property
    def bias(self) -> float:
        """Mean of the differences."""
        return self.total / self.images

    @property
    def error(self) -> float:
        """Mean of their sizes (MAE)."""
        return self.absolute / self.images


@dataclass(frozen=True, slots=True)
class Comparison:
    """All attributes that can be compared, in the vocabulary's order."""

    words: tuple[Confusion, ...]
    numbers: tuple[Deviation, ...]


def compare(layout: Layout, build: Mapping[str, Any]) -> Comparison:
    """Compare the accepted images of a dataset; `build` is the data of `build.json`. Raises `DamagedError`."""
    competent = may_confirm(build)
    columns = ["status", *(f"measured_{name}" for name in NUMBERS)]
    columns += [f"{prefix}_{name}" for prefix in ("true", "asked") for name in dict.fromkeys([*SCORES, *NUMBERS])]
    columns += [f"measured_{score}" for scores in SCORES.values() for score in scores]

    def fold(tables: Iterator[pa.Table]) -> Comparison:
        words: dict[tuple[str, str], Confusion] = {}
        numbers: dict[tuple[str, str], Deviation] = {}
        for table in tables:
            _add(table, words, numbers, competent)
        order = list(vocabulary.ATTRIBUTES)
        return Comparison(
            tuple(words[key] for key in sorted(words, key=lambda key: (order.index(key[0]), key[1]))),
            tuple(numbers[key] for key in sorted(numbers, key=lambda key: (order.index(key[0]), key[1]))),
        )

    return read_stable(layout, columns, fold)


def _add(
    table: pa.Table,
    words: dict[tuple[str, str], Confusion],
    numbers: dict[tuple[str, str], Deviation],
    competent: frozenset[str],
) -> None:
    import pyarrow.compute as pc

    accepted = table.filter(pc.equal(table["status"], "accepted"))
    if not accepted.num_rows:
        return
    for name in SCORES:
        for against, label, measured in _pairs(accepted, name, _words(accepted, name), competent):
            words.setdefault((name, against), Confusion(name, against)).pairs[label, measured] += 1
    for name in NUMBERS:
        for against, label, measured in _pairs(accepted, name, _column(accepted, f"measured_{name}"), competent):
            entry = numbers.setdefault((name, against), Deviation(name, against))
            entry.images += 1
            entry.total += measured - label
            entry.absolute += abs(measured - label)


def _pairs(
    table: pa.Table, name: str, measured: list[Any], competent: frozenset[str]
) -> Iterator[tuple[str, Any, Any]]:
    """(`true` or `asked`, label, measured) of every image where both are there and comparing them means something."""
    for true, asked, value in zip(
        _column(table, f"true_{name}"), _column(table, f"asked_{name}"), measured, strict=True
    ):
        if value is None:
            continue
        if true is not None:
            yield "true", true, value
        elif asked is not None and name in competent:
            yield "asked", asked, value


def _words(table: pa.Table, name: str) -> list[str | None]:
    """The measured word of each image."""
    scores = [_column(table, f"measured_{score}") for score in SCORES[name]]
    return [measured_word(name, row) for row in zip(*scores, strict=True)]


def _column(table: pa.Table, name: str) -> list[Any]:
    if name not in table.column_names:
        return [None] * table.num_rows
    values: list[Any] = table[name].to_pylist()
    return values


def may_confirm(build: Mapping[str, Any]) -> frozenset[str]:
    """The attributes that some analyzer of the build may confirm, wholly or in single words."""
    generator, analyzers = build.get("generator"), build.get("analyzers")
    domain = str(generator.get("domain")) if isinstance(generator, dict) else ""
    named = {name for one in (analyzers if isinstance(analyzers, dict) else ()) for name in _may_confirm(one, domain)}
    scored = {name for name, values in vocabulary.SCORED.items() if named & set(vocabulary.scores(name, values))}
    return frozenset(named | scored)


def _may_confirm(analyzer: str, domain: str) -> tuple[str, ...]:
    """What an analyzer says that it may confirm; nothing where it is not installed: a dataset is read anywhere."""
    try:
        return tuple(ANALYZERS.make(analyzer).info.competent.get(domain, ()))
    except UsageError:
        return ()
