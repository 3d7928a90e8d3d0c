from pathlib import Path

import pytest

from agfd.errors import RecipeError
from agfd.planning import Table
from agfd.recipe import Recipe, load
from builders import SMALL


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(SMALL)
    return tmp_path


def extended(folder: Path, text: str, name: str = "own.yaml") -> Recipe:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return load(str(path))


def requests(recipe: Recipe, row: str) -> list[object]:
    table = Table(recipe)
    return [table.request(row, sex, slot) for sex in ("male", "female") for slot in range(table.count(row, sex))]


def test_counts_change_and_all_else_stays(folder: Path) -> None:
    base = load(str(folder / "base.yaml"))
    own = extended(folder, "extends: base.yaml\nname: own\nrows: {age.child: {count: {female: 9}}}\n")
    assert own.rows["age.child"].count == {"male": 6, "female": 9}
    assert own.rows["eyes.glasses"] == base.rows["eyes.glasses"]
    assert own.template == base.template
    assert requests(own, "eyes.glasses") == requests(base, "eyes.glasses")
    assert requests(own, "age.child")[:6] == requests(base, "age.child")


def test_a_row_is_added_at_the_end(folder: Path) -> None:
    base = load(str(folder / "base.yaml"))
    row = "{group: Hair, feature: Bald, count: {male: 4, female: 4}, variants: [{set: {hair_style: bald}}]}"
    own = extended(folder, f"extends: base.yaml\nrows: {{hair.bald: {row}}}\n")
    assert list(own.rows) == ["eyes.glasses", "age.child", "hair.bald"]
    assert requests(own, "age.child") == requests(base, "age.child")


def test_a_row_is_taken_out_and_moves_no_other(folder: Path) -> None:
    base = load(str(folder / "base.yaml"))
    own = extended(folder, "extends: base.yaml\nrows: {eyes.glasses: null}\n")
    assert list(own.rows) == ["age.child"]
    assert requests(own, "age.child") == requests(base, "age.child")


def test_a_list_is_replaced_as_a_whole(folder: Path) -> None:
    own = extended(folder, "extends: base.yaml\nages: [80]\nrows: {age.child: {variants: [{age: 2}]}}\n")
    assert own.ages == [80]
    assert [variant.age for variant in own.rows["age.child"].variants] == [2]


def test_rules_change_for_all_and_for_one_row(folder: Path) -> None:
    own = extended(
        folder,
        "extends: base.yaml\nrules: {blurred: {min: 9}}\n"
        "rows: {age.child: {rules: {blurred: {max: 90}, no_face: null}}}\n",
    )
    glasses, child = own.rules_of("eyes.glasses"), own.rules_of("age.child")
    assert (glasses["blurred"].min, glasses["blurred"].max) == (9, None)
    assert (child["blurred"].min, child["blurred"].max, child["blurred"].measure) == (9, 90, "sharpness")
    assert (list(glasses), list(child)) == (["no_face", "blurred"], ["blurred"])


def test_a_rule_is_switched_off_for_all(folder: Path) -> None:
    own = extended(
        folder, "extends: base.yaml\nrules: {blurred: null}\nrows: {age.child: {rules: {blurred: {max: 90}}}}\n"
    )
    assert list(own.rules_of("age.child")) == list(own.rules_of("eyes.glasses")) == ["no_face"]


def test_one_sex_alone(folder: Path) -> None:
    own = extended(folder, "extends: base.yaml\naxes: {sex: [female]}\n")
    assert Table(own).total == 10
    assert list(Table(own).parts()) == [("eyes.glasses", "female"), ("age.child", "female")]


def test_it_goes_over_several_files_and_the_shipped_recipe(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "middle.yaml").write_text("extends: agfd-20k\nname: middle\nsettings: {steps: 30}\n")
    own = extended(folder, "extends: deep/middle.yaml\nname: own\nrows: {pose.up: {count: {male: 1}}}\n")
    assert (own.name, own.settings.steps, own.settings.cfg_scale) == ("own", 30, 7)
    assert own.rows["pose.up"].count == {"male": 1, "female": 300}
    assert len(own.rows) == 23


def test_a_file_is_sought_beside_the_one_that_names_it(folder: Path) -> None:
    own = extended(folder, "extends: ../base.yaml\nname: own\n", "deep/own.yaml")
    assert own.name == "own"


@pytest.mark.parametrize("name", ["own.yaml", "./own.yaml", "deep/../own.yaml"])
def test_a_recipe_that_extends_itself(folder: Path, name: str) -> None:
    (folder / "deep").mkdir()
    with pytest.raises(RecipeError, match="extends itself through") as caught:
        extended(folder, f"extends: {name}\n")
    assert caught.value.key == "extends"


def test_a_circle_of_recipes(folder: Path) -> None:
    (folder / "other.yaml").write_text("extends: own.yaml\n")
    with pytest.raises(RecipeError, match=r"own\.yaml -> .*other\.yaml -> .*own\.yaml"):
        extended(folder, "extends: other.yaml\n")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("gone.yaml", "there is no such file"),
        ("agfd-20", "did you mean 'agfd-20k'"),
        ("[base.yaml]", "names one recipe or file"),
        ("3", "names one recipe or file"),
    ],
)
def test_a_base_that_is_not_there(folder: Path, value: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        extended(folder, f"name: own\nextends: {value}\n")


def test_a_mistake_names_the_file_in_which_it_stands(folder: Path) -> None:
    text = "extends: base.yaml\nrows:\n  age.child:\n    count: {male: six}\n"
    with pytest.raises(RecipeError) as caught:
        extended(folder, text)
    assert caught.value.where == f"{folder / 'own.yaml'}:4"
    (folder / "base.yaml").write_text(SMALL.replace("{male: 10,", "{male: ten,"))
    with pytest.raises(RecipeError) as caught:
        extended(folder, text.replace("six", "6"))
    assert caught.value.where == f"{folder / 'base.yaml'}:20"


def set_to(folder: Path, *changes: str) -> Recipe:
    return load(str(folder / "base.yaml"), changes)


def test_set_changes_a_number(folder: Path) -> None:
    own = set_to(folder, "settings.steps=30", "settings.cfg_scale=5.5")
    assert (own.settings.steps, own.settings.cfg_scale, own.settings.width) == (30, 5.5, 64)


def test_set_finds_rows_whose_names_hold_dots(folder: Path) -> None:
    own = set_to(folder, "rows.age.child.count.male=5", "rows.eyes.glasses.count={male: 1, female: 2}")
    assert own.rows["age.child"].count == {"male": 5, "female": 0}
    assert own.rows["eyes.glasses"].count == {"male": 1, "female": 2}
    assert list(own.rows) == ["eyes.glasses", "age.child"]


def test_set_takes_a_row_out_and_moves_no_other(folder: Path) -> None:
    own = set_to(folder, "rows.eyes.glasses=null")
    assert requests(own, "age.child") == requests(load(str(folder / "base.yaml")), "age.child")


def test_set_reads_lists_and_words_as_yaml(folder: Path) -> None:
    own = set_to(folder, "ages=[30, 40]", "negative=blurry, = sign", "title=''")
    assert (own.ages, own.negative, own.title) == ([30, 40], "blurry, = sign", "")


def test_the_last_change_counts(folder: Path) -> None:
    assert set_to(folder, "settings.steps=30", "settings.steps=31").settings.steps == 31


def test_set_makes_a_key_that_the_file_leaves_out(folder: Path) -> None:
    assert set_to(folder, "rows.age.child.note.female=none wanted").rows["age.child"].note == {"female": "none wanted"}


@pytest.mark.parametrize(
    ("change", "key", "message"),
    [
        ("settings.steps", None, "write KEY=VALUE"),
        ("=3", None, "write KEY=VALUE"),
        ("settings..steps=3", None, "write KEY=VALUE"),
        ("settings.step=3", "settings.step", "did you mean steps?"),
        ("settings.steps=x", "settings.steps", "valid integer"),
        ("settings.steps=0", "settings.steps", "greater than or equal to 1"),
        ("settings={steps: x}", "settings.steps", "valid integer"),
        ("rows.age.child.count.male=x", "rows.age.child.count.male", "valid integer"),
        ("rows.age.child.count.mal=5", "rows.age.child.count.mal", "did you mean male"),
        ("name.x=3", "name", "holds no keys of its own"),
        ("settings.steps=[", "settings.steps", "the value: is not YAML"),
        ("settings.steps=2001-13-45", "settings.steps", "the value: is not YAML"),
        ("settings.steps=!!python/name:os.getcwd", "settings.steps", "the value: is not YAML"),
        ("settings.steps=&a [*a]", "settings.steps", "the value: is too large or nested too deeply"),
        ("settings.steps=" + "[" * 2000, "settings.steps", "the value: is too large or nested too deeply"),
    ],
)
def test_a_wrong_change_is_named(folder: Path, change: str, key: str | None, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        set_to(folder, change)
    error = caught.value
    assert error.key == key
    assert message in error.message
    assert error.where is not None
    assert error.where.startswith(f"--set {change[:60]}")
    assert len(error.where) < 90
