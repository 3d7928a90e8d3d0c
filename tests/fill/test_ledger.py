import pytest

from agfd.dedup import near
from agfd.dedup.block import SAME_PERSON
from agfd.fill import FINAL_REASONS, Ledger, SlotKey, Yield
from agfd.run.rejudge import PIXELS_LOST
from agfd.stats import wilson

KEY = SlotKey("row", "male", "White", "plain", 3)


def test_a_new_ledger_knows_nothing() -> None:
    ledger = Ledger()
    assert ledger.tried("row", "male", 3) == 0
    assert not ledger.is_filled("row", "male", 3)
    assert ledger.yield_of("row", "male", "plain") == Yield()
    assert (Yield().share, Yield().trials, Yield().interval) == (1.0, 0, (0.0, 1.0))


def test_an_accepted_image_fills_its_slot_and_no_other() -> None:
    ledger = Ledger()
    ledger.add(KEY, 0, "accepted", ())
    assert [ledger.is_filled("row", "male", slot) for slot in range(6)] == [False, False, False, True, False, False]
    assert [ledger.tried("row", "male", slot) for slot in range(6)] == [0, 0, 0, 1, 0, 0]
    assert not ledger.is_filled("row", "female", 3)
    assert not ledger.is_filled("else", "male", 3)


def test_a_slot_stays_filled() -> None:
    ledger = Ledger()
    ledger.add(KEY, 0, "accepted", ())
    ledger.add(KEY, 1, "rejected", ("surplus",))
    assert ledger.is_filled("row", "male", 3)


def test_tries_count_attempts_in_any_order() -> None:
    ledger = Ledger()
    for attempt in (4, 0, 2):
        ledger.add(KEY, attempt, "rejected", ("blurred",))
    assert ledger.tried("row", "male", 3) == 5


@pytest.mark.parametrize(
    ("status", "reasons", "expected"),
    [
        ("accepted", (), (1, 0)),
        ("rejected", ("blurred",), (0, 1)),
        ("rejected", ("blurred", "no_face"), (0, 1)),
        # It had passed on its own: it says nothing against the variant.
        ("rejected", ("duplicate",), (1, 0)),
        ("rejected", ("surplus",), (1, 0)),
        ("rejected", ("blurred", "surplus"), (0, 1)),
        ("failed", (), (0, 0)),
    ],
)
def test_yields(status: str, reasons: tuple[str, ...], expected: tuple[int, int]) -> None:
    ledger = Ledger()
    ledger.add(KEY, 0, status, reasons)  # type: ignore[arg-type]
    entry = ledger.yield_of("row", "male", "plain")
    assert (entry.accepted, entry.rejected) == expected
    assert ledger.yield_of("row", "female", "plain") == ledger.yield_of("row", "male", "else") == Yield()


def test_the_interval_is_wilsons() -> None:
    entry = Yield(accepted=3, rejected=397)
    assert entry.interval == wilson(3, 400)
    assert entry.share == 0.0075


def test_final_reasons() -> None:
    likenesses = {*filter(None, near.REASONS), SAME_PERSON}
    assert {"duplicate", *likenesses, "surplus", PIXELS_LOST} == FINAL_REASONS
