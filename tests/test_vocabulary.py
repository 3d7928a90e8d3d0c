import pytest
from hypothesis import given
from hypothesis import strategies as st

from agfd import vocabulary
from agfd.errors import AgfdError, UnknownNameError, UsageError
from agfd.vocabulary import ATTRIBUTES, MEASUREMENTS, Choice, Number

CHOICES = [entry for entry in ATTRIBUTES.values() if isinstance(entry, Choice)]
NUMBERS = [entry for entry in ATTRIBUTES.values() if isinstance(entry, Number)]


def test_the_table_is_read_only() -> None:
    with pytest.raises(TypeError):
        ATTRIBUTES["new"] = ATTRIBUTES["age"]  # type: ignore[index]


def test_races_are_fairfaces() -> None:
    assert vocabulary.RACES == (
        "White", "Black", "Latino_Hispanic", "East Asian", "Southeast Asian", "Indian", "Middle Eastern",
    )  # fmt: skip


@pytest.mark.parametrize("entry", ATTRIBUTES.values(), ids=lambda entry: entry.name)
def test_every_attribute_is_checked_by_measurements_that_exist(entry: vocabulary.Attribute) -> None:
    assert set(entry.checked_by) <= set(MEASUREMENTS)
    assert entry.doc
    assert ATTRIBUTES[entry.name] is entry


@pytest.mark.parametrize("entry", ATTRIBUTES.values(), ids=lambda entry: entry.name)
def test_what_nobody_asked_for_is_a_value(entry: vocabulary.Attribute) -> None:
    if entry.plain is not None:
        assert vocabulary.check(entry.name, entry.plain) == entry.plain


def test_scores_are_named_after_attribute_and_value() -> None:
    assert vocabulary.score_name("eyewear", "swimming goggles") == "eyewear_swimming_goggles"
    assert vocabulary.score_name("race", "East Asian") == "race_east_asian"
    assert {vocabulary.score_name("expression", word) for word in vocabulary.SEEN_EXPRESSIONS} <= set(MEASUREMENTS)


@pytest.mark.parametrize("entry", CHOICES, ids=lambda entry: entry.name)
def test_words_pass_unchanged_and_once(entry: Choice) -> None:
    assert [vocabulary.check(entry.name, word) for word in entry.values] == list(entry.values)
    assert len(set(entry.values)) == len(entry.values)


@pytest.mark.parametrize("entry", NUMBERS, ids=lambda entry: entry.name)
def test_bounds_are_inclusive(entry: Number) -> None:
    kind = int if entry.integer else float
    for bound in (entry.low, entry.high):
        value = vocabulary.check(entry.name, bound)
        assert value == bound
        assert type(value) is kind
    for outside in (entry.low - 1, entry.high + 1):
        with pytest.raises(UsageError, match=f"{entry.name} lies between {entry.low:g} and {entry.high:g}"):
            vocabulary.check(entry.name, outside)


@pytest.mark.parametrize("value", [True, False, "45", None, [1], {}])
def test_a_number_must_be_one(value: object) -> None:
    with pytest.raises(UsageError, match="yaw is a number of degrees, not"):
        vocabulary.check("yaw", value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_must_be_finite(value: float) -> None:
    with pytest.raises(UsageError, match="yaw lies between"):
        vocabulary.check("yaw", value)


def test_an_age_is_whole() -> None:
    with pytest.raises(UsageError, match=r"age is a whole number of years, not 25\.5"):
        vocabulary.check("age", 25.5)
    assert type(vocabulary.check("age", 25.0)) is int


def test_yaml_booleans_are_yes_and_no() -> None:
    assert vocabulary.check("hair_bangs", True) == "yes"
    assert vocabulary.check("hair_bangs", False) == "no"


def test_an_unknown_attribute_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="no attribute named 'eyeware'; did you mean 'eyewear'"):
        vocabulary.check("eyeware", "glasses")


@pytest.mark.parametrize("value", ["sunglases", 3, None, True, ["glasses"]])
def test_an_unknown_word_is_refused(value: object) -> None:
    with pytest.raises(UnknownNameError, match="no value of eyewear named"):
        vocabulary.check("eyewear", value)


def test_an_unknown_word_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'sunglasses' or 'glasses'"):
        vocabulary.check("eyewear", "sunglases")


anything = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(), st.integers(), max_size=2)
)


@given(st.sampled_from(sorted(ATTRIBUTES)) | st.text(), anything)
def test_anything_is_a_value_or_one_of_our_errors(name: str, value: object) -> None:
    try:
        checked = vocabulary.check(name, value)
    except AgfdError:
        return
    assert vocabulary.check(name, checked) == checked
