import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agfd import ids, vocabulary
from agfd.errors import UnknownNameError, UsageError
from agfd.planning import Table
from agfd.recipe import Recipe, load
from agfd.records import Request
from builders import SMALL, recipe

AGFD = load("agfd-20k")
SMALL_RECIPE = recipe()
SCALES = [0.0005 * 1.2152**step for step in range(39)] + [1.0]


def spread(counts: Counter[object], values: Iterable[object]) -> int:
    numbers = [counts[value] for value in values]
    return max(numbers) - min(numbers)


def all_requests(table: Table, attempt: int = 0) -> dict[tuple[str, str, int], Request]:
    return {
        (row, sex, slot): table.request(row, sex, slot, attempt)
        for row, sex in table.parts()
        for slot in range(table.count(row, sex))
    }


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """One row with any number of races, ages and variants, with and without ages of their own."""
    races = draw(st.permutations(vocabulary.RACES))[: draw(st.integers(1, 7))]
    ages = draw(st.lists(st.integers(18, 90), min_size=1, max_size=7, unique=True))
    own_ages = draw(st.lists(st.none() | st.integers(1, 100), min_size=1, max_size=6))
    variants = [{"id": f"v{index}", **({"age": age} if age else {})} for index, age in enumerate(own_ages)]
    data = SMALL_RECIPE.model_dump(exclude_none=True)
    row = data["rows"]["eyes.glasses"] | {"variants": variants, "turn": draw(st.integers(0, 40))}
    changes = {"ages": ages, "axes": {"sex": ["male", "female"], "race": races}, "rows": {"row": row}}
    return Recipe.model_validate(data | changes)


@settings(deadline=None)
@given(recipes(), st.sampled_from(["male", "female"]), st.integers(0, 300))
def test_within_a_row_and_sex_every_margin_is_even_at_any_count(any_recipe: Recipe, sex: str, count: int) -> None:
    table = Table(any_recipe)
    draws = [table.draw("row", sex, slot) for slot in range(count)]
    variants = any_recipe.rows["row"].variants
    assert spread(Counter(draw.race for draw in draws), any_recipe.axes.race) <= 1
    assert spread(Counter(draw.variant for draw in draws), range(len(variants))) <= 1
    drawn = [draw.age for draw in draws if variants[draw.variant].age is None]
    assert spread(Counter(drawn), any_recipe.ages) <= (1 if drawn else 0)
    assert all(draw.age == variants[draw.variant].age for draw in draws if variants[draw.variant].age is not None)


@pytest.mark.parametrize("scale", SCALES)
def test_the_whole_table_is_even_at_any_scale(scale: float) -> None:
    table = Table(AGFD, scale)
    races: Counter[object] = Counter()
    ages: Counter[object] = Counter()
    for row, sex in table.parts():
        draws = list(table.draws(row, sex))
        races.update(draw.race for draw in draws)
        if not row.startswith("age."):
            ages.update(draw.age for draw in draws)
    assert races.total() == table.total
    for counts, values in ((races, AGFD.axes.race), (ages, AGFD.ages)):
        even = counts.total() / len(values)
        assert set(counts) <= set(values)
        assert max(abs(counts[value] - even) for value in values) <= max(4, 0.01 * even)


def test_races_meet_ages_in_every_combination() -> None:
    table = Table(AGFD)
    for row, sex in (("hair.bald", "male"), ("emotion.smile", "female"), ("others.moustache", "male")):
        pairs = Counter((draw.race, draw.age) for draw in table.draws(row, sex))
        assert len(pairs) == 7 * 6
        assert max(pairs.values()) - min(pairs.values()) <= 2


@settings(deadline=None, max_examples=30)
@given(st.floats(0.0005, 0.02), st.floats(0.0005, 0.02))
def test_a_scale_that_grows_keeps_every_earlier_request(one: float, other: float) -> None:
    small, large = sorted((one, other))
    before, after = all_requests(Table(AGFD, small)), all_requests(Table(AGFD, large))
    assert before == {key: after[key] for key in before}


def test_a_count_that_grows_keeps_every_earlier_request() -> None:
    grown = recipe(SMALL.replace("{male: 10,", "{male: 77,"))
    before, after = all_requests(Table(SMALL_RECIPE)), all_requests(Table(grown))
    assert len(after) == len(before) + 67
    assert before == {key: after[key] for key in before}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("count: {male: 10, female: 10}", "count: {male: 3, female: 99}"),
        ("min: 5", "min: 50"),
        ("group: Eyes", "group: Else"),
        ("feature: Glasses", "feature: Else"),
        ("phrase: sunglasses", "phrase: shades"),
        ("name: small", "name: else"),
    ],
)
def test_what_does_not_shape_a_row_does_not_change_its_requests(old: str, new: str) -> None:
    before, after = Table(SMALL_RECIPE), Table(recipe(SMALL.replace(old, new)))
    keys = [("age.child", "male", slot) for slot in range(6)]
    assert [before.request(*key) for key in keys] == [after.request(*key) for key in keys]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("y.o {sex}", "y.o. {sex}"),
        ("negative: text", "negative: words"),
        ("steps: 20", "steps: 21"),
        ("width: 64", "width: 72"),
        ("phrase: glasses", "phrase: spectacles"),
        ("eyewear: glasses", "eyewear: sunglasses"),
        ("ages: [25, 35, 60]", "ages: [26, 36, 61]"),
        ("adult: man}", "adult: gentleman}"),
    ],
)
def test_what_shapes_an_image_changes_its_identity(old: str, new: str) -> None:
    assert SMALL.count(old) == 1
    before, after = Table(SMALL_RECIPE), Table(recipe(SMALL.replace(old, new)))
    keys = [("eyes.glasses", "male", slot) for slot in range(10)]
    pairs = [(before.request(*key), after.request(*key)) for key in keys]
    glasses = [(one, other) for one, other in pairs if one.variant == "glasses"]
    assert glasses
    assert all(one.id != other.id for one, other in glasses)


def test_another_series_has_other_people_for_the_same_table() -> None:
    first, second = all_requests(Table(AGFD, 0.01)), all_requests(Table(AGFD, 0.01, series=1))
    for name in ("id", "person", "scene"):
        assert not {getattr(r, name) for r in first.values()} & {getattr(r, name) for r in second.values()}
    key = ("hair.bald", "male", 2)
    same = replace(second[key], id=first[key].id, person=first[key].person, scene=first[key].scene)
    assert same == first[key]


def test_ids_and_seeds_are_unique_over_the_full_table_and_two_attempts() -> None:
    table = Table(AGFD)
    requests = [
        table.request(row, sex, slot, attempt)
        for row, sex in table.parts()
        for slot in range(table.count(row, sex))
        for attempt in (0, 1)
    ]
    assert len({request.id for request in requests}) == len(requests) == 42_200
    seeds = {request.person for request in requests} | {request.scene for request in requests}
    assert len(seeds) == 2 * len(requests)
    assert 0 <= min(seeds) < max(seeds) < 2**63
    assert all(len(request.id) == 32 and set(request.id) <= set("0123456789abcdef") for request in requests)


def test_another_attempt_keeps_the_slot_and_changes_the_face() -> None:
    table = Table(AGFD)
    first, second = table.request("age.old", "male", 3), table.request("age.old", "male", 3, 1)
    assert (first.slot, first.race, first.variant, first.attributes) == (
        second.slot, second.race, second.variant, second.attributes,
    )  # fmt: skip
    assert (second.attempt, second.person == first.person, second.scene == first.scene) == (1, False, False)


@pytest.mark.parametrize(
    ("count", "scale", "wanted"),
    [(0, 1.0, 0), (0, 1000.0, 0), (300, 0.0001, 1), (300, 0.005, 2), (300, 0.0049, 1), (5, 0.5, 3), (7, 0.5, 4)],
)
def test_scales_round_half_up_and_never_to_nothing(count: int, scale: float, wanted: int) -> None:
    table = Table(recipe(SMALL.replace("male: 6", f"male: {count}")), scale)
    assert table.count("age.child", "male") == wanted
    assert len(list(table.draws("age.child", "male"))) == wanted


@pytest.mark.parametrize("scale", [0.0, -1.0, 1001.0, float("nan"), float("inf")])
def test_a_scale_out_of_bounds_is_wrong_use(scale: float) -> None:
    with pytest.raises(UsageError, match="the scale lies between 0 and 1000"):
        Table(AGFD, scale)


def test_some_rows_are_those_rows_of_the_full_table_in_its_order() -> None:
    rows = ("pose.up", "age.child")
    some, full = Table(AGFD, 0.02, rows=rows), Table(AGFD, 0.02)
    assert some.row_ids == ("age.child", "pose.up")
    assert all_requests(some) == {key: value for key, value in all_requests(full).items() if key[0] in rows}
    assert some.total == 24


def test_an_unknown_row_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"no row named 'hair\.blad'; did you mean 'hair\.bald'"):
        Table(AGFD, rows=("hair.blad",))


def test_attributes_pass_the_vocabulary_and_agree_with_the_draw() -> None:
    for (row, sex, slot), request in all_requests(Table(AGFD, 0.03)).items():
        draw = Table(AGFD).draw(row, sex, slot)
        variant = AGFD.rows[row].variants[draw.variant]
        assert {name: vocabulary.check(name, value) for name, value in request.attributes.items()} == request.attributes
        assert [request.attributes[name] for name in ("age", "sex", "race")] == [draw.age, sex, draw.race]
        assert set(request.attributes) == {"age", "sex", "race", *variant.set}
        assert (request.sex, request.race, request.variant, request.row, request.slot) == (
            sex, draw.race, variant.name, row, slot,
        )  # fmt: skip


def test_the_prompt_says_what_the_attributes_mean() -> None:
    table, seen = Table(AGFD), set()
    for slot in range(40):
        request = table.request("occlusion.glasses", "female", slot)
        eyewear = request.attributes["eyewear"]
        assert f",{eyewear},(high detailed" in request.prompt
        assert f"of {request.attributes['age']} y.o woman, {AGFD.words.race[request.race]}," in request.prompt
        seen.add(eyewear)
    assert seen == {"glasses", "sunglasses", "swimming goggles", "skiing goggles"}


def test_spans_are_drawn_evenly_and_on_the_right_side() -> None:
    requests = [request for key, request in all_requests(Table(AGFD)).items() if key[0] == "pose.side"]
    left = [float(r.attributes["yaw"]) for r in requests if r.variant == "side view left"]
    right = [float(r.attributes["yaw"]) for r in requests if r.variant == "side view right"]
    assert len(left) == len(right) == 2000
    assert -90 <= min(left) < max(left) <= -30
    assert 30 <= min(right) < max(right) <= 90
    thirds = Counter(int((yaw - 30) // 20) for yaw in right if yaw < 90)
    assert all(abs(thirds[third] - 667) < 110 for third in range(3))


DIGEST = """
from dataclasses import asdict
from agfd import ids
from agfd.planning import Table
from agfd.recipe import load
table = Table(load("agfd-20k"), 0.01, series=3)
parts = [(row, sex, slot) for row, sex in table.parts() for slot in range(table.count(row, sex))]
print(ids.digest([asdict(table.request(*part, 2)) for part in parts]))
"""


def test_the_plan_does_not_depend_on_the_hash_seed() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == len(ids.digest(0))
