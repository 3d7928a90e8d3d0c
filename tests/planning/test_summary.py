from agfd.planning import Support, Table, summarise
from agfd.recipe import load
from agfd.records import Request
from builders import SMALL, recipe


def test_the_full_table_in_numbers() -> None:
    summary = summarise(Table(load("agfd-20k")))
    assert (summary.total, summary.unsupported, len(summary.rows)) == (21_100, 0, 23)
    assert sum(cell.quota for cell in summary.cells) == 21_100
    # 23 rows x 2 sexes x 7 races without the empty part moustache x female
    assert len(summary.cells) == 23 * 2 * 7 - 7
    moustache = next(row for row in summary.rows if row.id == "others.moustache")
    assert (moustache.male, moustache.female, moustache.group, moustache.feature) == (300, 0, "Others", "Moustache")


def test_cells_stand_in_the_order_of_the_table_and_are_even() -> None:
    summary = summarise(Table(recipe()))
    assert list(dict.fromkeys((cell.row, cell.sex) for cell in summary.cells)) == [
        ("eyes.glasses", "male"), ("eyes.glasses", "female"), ("age.child", "male"),
    ]  # fmt: skip
    assert sorted(cell.quota for cell in summary.cells) == [2, 2, 2, 3, 3, 3, 3, 4, 4]


def test_what_a_generator_refuses_is_counted_with_its_reason() -> None:
    def can_make(request: Request) -> str | None:
        if request.attributes.get("eyewear") == "sunglasses":
            return "no sunglasses"
        return "no babies" if request.attributes["age"] == 1 else None

    summary = summarise(Table(recipe()), can_make)
    glasses, child = summary.rows
    assert (glasses.unsupported, glasses.reasons) == (10, ("no sunglasses",))
    assert (child.unsupported, child.reasons) == (3, ("no babies",))
    assert (summary.total, summary.unsupported) == (26, 13)


def test_a_generator_is_asked_once_for_each_kind_of_slot() -> None:
    asked = []

    def can_make(request: Request) -> None:
        asked.append(request.id)

    table = Table(recipe(SMALL.replace("{male: 10, female: 10}", "{male: 900, female: 0}")))
    summarise(table, can_make)
    kinds = {(row, sex, draw) for row, sex in table.parts() for draw in table.draws(row, sex)}
    # Also the kinds that so few slots do not hold: what matters is that the number of slots does not.
    assert len(kinds) <= len(asked) == len(set(asked)) < 60


def test_without_a_generator_nothing_is_refused() -> None:
    table = Table(recipe())
    assert Support(table, None).refusal("age.child", "male", 0, table.draw("age.child", "male", 0)) is None


def test_a_refusal_of_a_drawn_number_is_asked_for_each_slot() -> None:
    table = Table(load("agfd-20k"), 0.05, ("pose.side",))

    def far(request: Request) -> str | None:
        return "too far" if abs(float(request.attributes["yaw"])) > 75 else None

    expected = sum(
        far(table.request(row, sex, slot)) is not None
        for row, sex in table.parts()
        for slot in range(table.count(row, sex))
    )
    assert 0 < summarise(table, far).unsupported == expected < 200
