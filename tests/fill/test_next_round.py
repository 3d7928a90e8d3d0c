from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agfd import ids
from agfd.fill import (
    Attempt,
    Ledger,
    Limits,
    SlotKey,
    Yield,
    attempts_at_once,
    chunk_size,
    given_up,
    is_open,
    next_round,
)
from agfd.planning import Table
from builders import SMALL, recipe

LIMITS = Limits()


def slots(number: int, race: str = "White", variant: str = "plain", row: str = "row") -> list[SlotKey]:
    return [SlotKey(row, "male", race, variant, slot) for slot in range(number)]


def test_the_first_round_probes_a_tenth_of_each_cell_and_at_least_one() -> None:
    wanted = slots(25) + [SlotKey("row", "female", "Black", "plain", slot) for slot in range(4)]
    attempts = next_round(wanted, Ledger(), LIMITS)
    assert attempts == [
        Attempt("row", "male", 0, 0), Attempt("row", "male", 1, 0), Attempt("row", "male", 2, 0),
        Attempt("row", "female", 0, 0),
    ]  # fmt: skip


def test_after_the_probe_every_open_slot_is_tried() -> None:
    ledger, wanted = Ledger(), slots(10)
    ledger.add(wanted[0], 0, "accepted", ())
    assert next_round(wanted, ledger, LIMITS) == [Attempt("row", "male", slot, 0) for slot in range(1, 10)]


def test_a_probe_that_failed_was_a_probe() -> None:
    ledger, wanted = Ledger(), slots(10)
    ledger.add(wanted[0], 0, "failed", ())
    assert next_round(wanted, ledger, LIMITS)[:2] == [Attempt("row", "male", 0, 1), Attempt("row", "male", 1, 0)]


def test_a_cell_that_is_new_is_probed_beside_old_ones() -> None:
    ledger, old, new = Ledger(), slots(10), slots(10, "Black", row="new")
    ledger.add(old[0], 0, "accepted", ())
    attempts = next_round(old + new, ledger, LIMITS)
    assert Counter(attempt.row for attempt in attempts) == {"row": 9, "new": 1}


@pytest.mark.parametrize(
    ("accepted", "rejected", "attempts"),
    [(0, 0, 1), (9, 1, 1), (5, 5, 1), (4, 6, 2), (35, 65, 2), (2, 8, 3), (1, 9, 4), (1, 99, 8), (0, 1, 1), (0, 5, 4)],
)
def test_attempts_follow_the_yield(accepted: int, rejected: int, attempts: int) -> None:
    assert attempts_at_once(Yield(accepted, rejected)) == attempts


@given(st.integers(0, 500), st.integers(0, 500))
def test_attempts_stay_in_bounds(accepted: int, rejected: int) -> None:
    assert 1 <= attempts_at_once(Yield(accepted, rejected)) <= 8


def test_a_bad_yield_gives_several_attempts_at_each_slot_and_stops_at_max_tries() -> None:
    ledger, wanted = Ledger(), slots(2)
    for attempt in range(8):
        ledger.add(wanted[0], attempt, "rejected", ("blurred",))
    attempts = next_round(wanted, ledger, Limits(max_tries=10))
    assert attempts == [
        Attempt("row", "male", 0, 8), Attempt("row", "male", 0, 9), *(Attempt("row", "male", 1, n) for n in range(6)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("accepted", "rejected", "hopeless"),
    [
        (0, 29, False),
        # Wilson's upper bound of 0 of n is z^2 / (n + z^2): under 0.02 from n = 189 on.
        (0, 188, False),
        (0, 189, True),
        (1, 278, False),
        (1, 279, True),
        (3, 397, False),
        (20, 980, False),
    ],
)
def test_a_variant_is_given_up_when_the_bound_proves_it(accepted: int, rejected: int, hopeless: bool) -> None:
    entry = Yield(accepted, rejected)
    assert given_up(entry) is hopeless
    assert is_open(slots(1)[0], Ledger(yields={("row", "male", "plain"): entry}), LIMITS) is not hopeless


def test_few_verdicts_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agfd.fill.rounds.HOPELESS_YIELD", 1.0)
    assert not given_up(Yield(0, 29))
    assert given_up(Yield(0, 30))


def test_giving_up_one_variant_leaves_the_others_open() -> None:
    wanted = [*slots(2), SlotKey("row", "male", "White", "other", 2)]
    ledger = Ledger(yields={("row", "male", "plain"): Yield(0, 500)}, probed={("row", "male", "White")})
    assert next_round(wanted, ledger, LIMITS) == [Attempt("row", "male", 2, 0)]


def test_a_filled_or_used_up_table_gives_no_more_rounds() -> None:
    ledger, wanted = Ledger(), slots(2)
    ledger.add(wanted[0], 0, "accepted", ())
    ledger.add(wanted[1], 19, "rejected", ("blurred",))
    assert next_round(wanted, ledger, LIMITS) == []
    assert next_round([], Ledger(), LIMITS) == []
    assert next_round(wanted, ledger, Limits(max_tries=21)) == [Attempt("row", "male", 1, 20)]


def test_a_table_that_grew_tries_its_new_slots_only() -> None:
    ledger = Ledger()
    for key in slots(5):
        ledger.add(key, 0, "accepted", ())
    assert next_round(slots(8), ledger, LIMITS) == [Attempt("row", "male", slot, 0) for slot in (5, 6, 7)]


@pytest.mark.parametrize(
    ("requests", "hint", "size"), [(0, 64, 1), (1, 64, 1), (31, 64, 1), (32, 64, 2), (320, 8, 8), (10_000, 64, 64)]
)
def test_chunks_are_the_hint_and_never_more_than_a_sixteenth(requests: int, hint: int, size: int) -> None:
    assert chunk_size(requests, hint) == size


def filled(table: Table, passes: dict[str, float], luck: int) -> tuple[Ledger, int, int, Counter[object]]:
    """The table filled with images that pass by chance; the ledger, rounds, passed images, and accepted draws."""
    wanted = [
        SlotKey(row, sex, draw.race, table.recipe.rows[row].variants[draw.variant].name, slot)
        for row, sex in table.parts()
        for slot, draw in enumerate(table.draws(row, sex))
    ]
    by_slot = {(key.row, key.sex, key.slot): key for key in wanted}
    ledger, rounds, passed, accepted = Ledger(), 0, 0, Counter[object]()
    while attempts := next_round(wanted, ledger, LIMITS):
        rounds += 1
        full: set[SlotKey] = set()
        assert len(set(attempts)) == len(attempts)
        for attempt in attempts:
            key = by_slot[attempt.row, attempt.sex, attempt.slot]
            assert not ledger.is_filled(key.row, key.sex, key.slot) or key in full
            if ids.fraction("luck", luck, *attempt) >= passes[key.variant]:
                ledger.add(key, attempt.attempt, "rejected", ("blurred",))
                continue
            passed += 1
            if key in full:
                ledger.add(key, attempt.attempt, "rejected", ("surplus",))
            else:
                full.add(key)
                ledger.add(key, attempt.attempt, "accepted", ())
                accepted.update([("race", key.sex, key.race), ("variant", key.sex, key.variant)])
    return ledger, rounds, passed, accepted


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(10, 90))
def test_the_accepted_set_keeps_the_planned_margins(luck: int, count: int) -> None:
    data = recipe(SMALL.replace("{male: 10, female: 10}", f"{{male: {count}, female: {count}}}"))
    table = Table(data, rows=("eyes.glasses",))
    limits = {"glasses": 0.2, "sunglasses": 0.95}
    ledger, rounds, passed, accepted = filled(table, limits, luck)
    missing = 0
    for sex in ("male", "female"):
        planned: Counter[object] = Counter()
        for slot, draw in enumerate(table.draws("eyes.glasses", sex)):
            if ledger.is_filled("eyes.glasses", sex, slot):
                variant = data.rows["eyes.glasses"].variants[draw.variant].name
                planned.update([("race", sex, draw.race), ("variant", sex, variant)])
            else:
                # Twenty tries at 20 % all miss in one slot of ninety; nothing else may be missing.
                assert ledger.tried("eyes.glasses", sex, slot) == LIMITS.max_tries
                missing += 1
        assert planned == Counter({key: number for key, number in accepted.items() if key[1] == sex})  # type: ignore[index]
        variants = [accepted["variant", sex, name] for name in limits]
        assert abs(variants[0] - variants[1]) <= 1 + missing
    assert missing <= 0.1 * 2 * count
    assert rounds <= 16
    surplus = passed - sum(number for key, number in accepted.items() if key[0] == "race")  # type: ignore[index]
    assert surplus <= 0.5 * 2 * count


def test_a_variant_that_never_passes_is_given_up_and_the_rest_is_full() -> None:
    data = recipe(SMALL.replace("{male: 10, female: 10}", "{male: 200, female: 0}"))
    table = Table(data, rows=("eyes.glasses",))
    ledger, rounds, _, accepted = filled(table, {"glasses": 0.0, "sunglasses": 1.0}, 1)
    assert accepted["variant", "male", "sunglasses"] == 100
    assert given_up(ledger.yield_of("eyes.glasses", "male", "glasses"))
    # At most one round of eight attempts for each of its slots is made beyond the proof.
    assert ledger.yield_of("eyes.glasses", "male", "glasses").trials < 189 + 8 * 100
    assert rounds <= 4
