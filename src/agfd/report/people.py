"""What people's verdicts say: how far reviewers agree, and how often the machine is wrong where they looked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from agfd import safety, vocabulary
from agfd.fill import FINAL_REASONS
from agfd.judge import REVIEW, Consensus, Saying, agreed, by_image, consensus, sayings
from agfd.ports import BLANK, EARLY_STOP
from agfd.report.asked import may_confirm
from agfd.report.measured import NUMBERS, SCORES, measured_word
from agfd.stats import bootstrap, cohen_kappa, wilson
from agfd.store import read_reviews, read_stable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from agfd.records import Press, Value
    from agfd.store import Layout

# Reasons for which nobody could look at the picture, or must not.
_UNSEEN = {safety.REASON, EARLY_STOP, BLANK}
_DECIDED = ("accept", "reject")
_WORST = 3


@dataclass(frozen=True, slots=True)
class Looked:
    """An image that somebody looked at: their presses by reviewer, and what they say of its attributes together.

    `rejected`: whether the machine rejects it on its own merits, and `reasons` why; None where it was not judged.
    `sources`: how the machine knows the label of each attribute. `measured`: words and numbers by attribute.
    """

    row: str
    presses: Mapping[str, Press]
    together: Consensus
    rejected: bool | None
    reasons: tuple[str, ...]
    sources: Mapping[str, str]
    measured: Mapping[str, Value]
    told: Mapping[str, Mapping[str, Saying]]
    agreed: Mapping[str, Saying]


@dataclass(frozen=True, slots=True)
class Part:
    """What part people have in a dataset: `reviewers` who said something of `images` images; and where their word lies
    over the machine's, how many images they turned down (`rejected`) and took back (`accepted`), and how many `labels`
    of accepted images are known by them alone.
    """

    reviewers: int = 0
    images: int = 0
    rejected: int = 0
    accepted: int = 0
    labels: int = 0


def people_in(layout: Layout) -> Part:
    """Counts journals and rows. Raises `DamagedError`."""
    reviews = {name: said for name, said in read_reviews(layout).items() if said}
    columns = ["status", "reasons", "overruled", *(f"source_{name}" for name in vocabulary.ATTRIBUTES)]
    return replace(
        read_stable(layout, columns, _part), reviewers=len(reviews), images=len(set().union(*reviews.values()))
    )


def _part(tables: Iterator[pa.Table]) -> Part:
    import pyarrow.compute as pc

    rejected = accepted = labels = 0
    for table in tables:
        rejected += pc.sum(pc.equal(pc.list_flatten(table["reasons"]), REVIEW)).as_py() or 0
        kept = table.filter(pc.equal(table["status"], "accepted"))
        accepted += pc.sum(pc.greater(pc.list_value_length(kept["overruled"]), 0)).as_py() or 0
        for name in vocabulary.ATTRIBUTES:
            labels += pc.sum(pc.equal(kept[f"source_{name}"], "reviewed")).as_py() or 0
    return Part(rejected=rejected, accepted=accepted, labels=labels)


def agreement(layout: Layout, build: Mapping[str, Any]) -> dict[str, Any]:
    """All of it in plain data; `build` is the data of `build.json`. Shares and intervals (95 %) of no images are None.

    `reviewers`: what each said of how many images, and the machine's errors by this one alone. `pairs`: of two
    reviewers the `images` that both accepted or rejected, on how many more one was `unsure`, the share on which they
    `agree`, Cohen's `kappa` with its interval `low` to `high`, and the same of labels by attribute where both called
    some wrong. What follows is against all of them together, the majority of those who decide. `verdicts`: images that
    the machine rejects and people accept (`false_rejects`), and the other way (`false_accepts`), in all, by `rows` and
    by `reasons`. `attributes`: analyzers' words that contradict people; `numbers`: measured minus said. `labels`: those
    that people call wrong, by how the machine knows them. Raises `DamagedError`.
    """
    looked = _looked(layout, by_image(read_reviews(layout)))
    names = sorted({name for one in looked for name in one.presses})
    return {
        "images": len(looked),
        "decided": sum(one.together.opinion is not None for one in looked),
        "reviewers": [_reviewer(name, looked) for name in names],
        "pairs": [_pair(a, b, looked) for a, b in combinations(names, 2)],
        "verdicts": _verdicts(looked),
        "attributes": list(_words(looked, may_confirm(build))),
        "numbers": list(_numbers(looked)),
        "labels": list(_labels(looked)),
    }


def _looked(layout: Layout, said: Mapping[str, Mapping[str, Press]]) -> list[Looked]:
    """The images of the dataset that somebody said something of, in request order."""
    columns = ["id", "row", "status", "reasons", "overruled", *(f"measured_{name}" for name in NUMBERS)]
    columns += [f"{prefix}_{name}" for prefix in ("asked", "source") for name in vocabulary.ATTRIBUTES]
    columns += [f"measured_{score}" for scores in SCORES.values() for score in scores]

    def fold(tables: Iterator[pa.Table]) -> list[Looked]:
        import pyarrow as pa
        import pyarrow.compute as pc

        images = pa.array(list(said), pa.string())
        found = (table.filter(pc.is_in(table["id"], value_set=images)) for table in tables)
        return [_one(row, said[row["id"]]) for table in found for row in table.to_pylist()]

    return read_stable(layout, list(dict.fromkeys(columns)), fold)


def _one(row: Mapping[str, Any], presses: Mapping[str, Press]) -> Looked:
    asked = {name: row[f"asked_{name}"] for name in vocabulary.ATTRIBUTES if row[f"asked_{name}"] is not None}
    measured: dict[str, Value | None] = {
        name: measured_word(name, [row[f"measured_{score}"] for score in scores]) for name, scores in SCORES.items()
    }
    measured |= {name: row[f"measured_{name}"] for name in NUMBERS}
    told = {reviewer: sayings(press, asked) for reviewer, press in presses.items()}
    by_name = {name: agreed([one[name] for one in told.values() if name in one]) for name in asked}
    rejected, reasons = _machine(row)
    return Looked(
        row=row["row"],
        presses=presses,
        together=consensus(presses.values()),
        rejected=rejected,
        reasons=reasons,
        # Who was asked to look gave no other label than the one that was asked for.
        sources={name: {"reviewed": "asked"}.get(row[f"source_{name}"], row[f"source_{name}"]) for name in asked},
        measured={name: value for name, value in measured.items() if value is not None},
        told=told,
        agreed={name: one for name, one in by_name.items() if one is not None},
    )


def _machine(row: Mapping[str, Any]) -> tuple[bool | None, tuple[str, ...]]:
    """Whether the machine rejects an image on its own merits, and why, also where people's word lies over its own."""
    reasons = tuple(row["overruled"] or row["reasons"] or ())
    if row["status"] == "failed" or _UNSEEN & set(reasons):
        return None, ()
    passed = REVIEW in reasons or set(reasons) <= FINAL_REASONS
    return not passed, () if passed else reasons


def share(wrong: int, images: int) -> dict[str, Any]:
    """A share with Wilson's 95 % interval."""
    low, high = wilson(wrong, images)
    told = {"share": wrong / images, "low": low, "high": high} if images else {"share": None, "low": None, "high": None}
    return {"images": images, "wrong": wrong, **_rounded(told)}


def _rounded(told: Mapping[str, float | None], digits: int = 4) -> dict[str, float | None]:
    return {name: None if value is None else round(value, digits) for name, value in told.items()}


def _reviewer(name: str, looked: Sequence[Looked]) -> dict[str, Any]:
    mine = [one for one in looked if name in one.presses]
    opinions = Counter(one.presses[name].opinion for one in mine)
    return {
        "name": name,
        "images": len(mine),
        **{opinion: opinions[opinion] for opinion in ("accept", "reject", "unsure")},
        **_errors(mine, lambda one: one.presses[name].opinion),
    }


def _errors(looked: Iterable[Looked], says: Callable[[Looked], str | None]) -> dict[str, Any]:
    """The machine's verdicts against those of people who accept or reject: what of each kind is wrong."""
    told = Counter((one.rejected, opinion) for one in looked if (opinion := says(one)) in _DECIDED)
    rejects = {opinion: told[True, opinion] for opinion in _DECIDED}
    accepts = {opinion: told[False, opinion] for opinion in _DECIDED}
    return {
        "false_rejects": share(rejects["accept"], sum(rejects.values())),
        "false_accepts": share(accepts["reject"], sum(accepts.values())),
    }


def _verdicts(looked: Sequence[Looked]) -> dict[str, Any]:
    rows: dict[str, list[Looked]] = {}
    codes: dict[str, list[Looked]] = {}
    for one in looked:
        if one.together.opinion is not None and one.rejected is not None:
            rows.setdefault(one.row, []).append(one)
            for code in one.reasons:
                codes.setdefault(code, []).append(one)
    return {
        **_errors(looked, _together),
        "rows": [{"row": row, **_errors(part, _together)} for row, part in rows.items()],
        "reasons": [
            {"code": code, **_errors(part, _together)["false_rejects"]}
            for code, part in sorted(codes.items(), key=lambda item: (-len(item[1]), item[0]))
        ],
    }


def _together(one: Looked) -> str | None:
    return one.together.opinion


def _pair(a: str, b: str, looked: Sequence[Looked]) -> dict[str, Any]:
    both = [one for one in looked if a in one.presses and b in one.presses]
    opinions = [(one.presses[a].opinion, one.presses[b].opinion) for one in both]
    decided = [pair for pair in opinions if set(pair) <= set(_DECIDED)]
    labels: dict[str, list[tuple[bool, bool]]] = {}
    for one in both:
        for name in one.told[a].keys() & one.told[b].keys():
            labels.setdefault(name, []).append((one.told[a][name].right, one.told[b][name].right))
    return {
        "a": a,
        "b": b,
        **_kappa(decided),
        "unsure": len(both) - len(decided),
        "attributes": [
            {"attribute": name, **_kappa(labels[name])}
            for name in vocabulary.ATTRIBUTES
            if name in labels and not any(all(column) for column in zip(*labels[name], strict=True))
        ],
    }


def _kappa(pairs: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    found = cohen_kappa(pairs)
    low, high = wilson(sum(one == other for one, other in pairs), len(pairs)) if pairs else (None, None)
    told = {"agree": found.agree, "agree_low": low, "agree_high": high}
    return {"images": found.cases, **_rounded({**told, "kappa": found.value, "low": found.low, "high": found.high})}


def _words(looked: Sequence[Looked], competent: frozenset[str]) -> Iterator[dict[str, Any]]:
    for name in (name for name in vocabulary.ATTRIBUTES if name in SCORES):
        both = [(one.agreed[name], one.measured[name]) for one in looked if name in one.agreed and name in one.measured]
        if not both:
            continue
        wrong = Counter(
            (str(said.value if said.value is not None else f"not {said.asked}"), str(word))
            for said, word in both
            if said.contradicts(word)
        )
        worst = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:_WORST]
        yield {
            "attribute": name,
            "competent": name in competent,
            **share(wrong.total(), len(both)),
            "worst": [[*pair, number] for pair, number in worst],
        }


def _numbers(looked: Sequence[Looked]) -> Iterator[dict[str, Any]]:
    for name in NUMBERS:
        both = [(one.agreed[name], one.measured[name]) for one in looked if name in one.agreed and name in one.measured]
        for said, right in (("named", False), ("accepted", True)):
            off = [
                float(value) - float(saying.value)
                for saying, value in both
                if saying.right is right and saying.value is not None
            ]
            if off:
                yield {"attribute": name, "said": said, "images": len(off), **_deviation(off)}


def _deviation(off: Sequence[float]) -> dict[str, float | None]:
    """Mean of the differences and of their sizes, each with 95 % of a bootstrap over images, from two on."""
    import numpy as np

    values = np.array(off)
    told: dict[str, float | None] = {}
    for name, column in (("bias", values), ("error", np.abs(values))):
        low, high = bootstrap(lambda part: float(part.mean()), column) if len(off) > 1 else (None, None)
        told |= {name: float(column.mean()), f"{name}_low": low, f"{name}_high": high}
    return _rounded(told, 3)


def _labels(looked: Sequence[Looked]) -> Iterator[dict[str, Any]]:
    """Labels of images that the machine accepts: `measured` ones that people call wrong were confirmed falsely."""
    counted = Counter(
        (name, one.sources[name], said.right)
        for one in looked
        if one.rejected is False
        for name, said in one.agreed.items()
    )
    for name in vocabulary.ATTRIBUTES:
        for source in ("constructed", "measured", "asked"):
            right, wrong = counted[name, source, True], counted[name, source, False]
            if right + wrong:
                yield {"attribute": name, "source": source, **share(wrong, right + wrong)}
