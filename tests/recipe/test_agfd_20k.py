"""The shipped recipe against the original's table, written out here a second time."""

import pytest

from agfd import vocabulary
from agfd.planning import Table
from agfd.recipe import Recipe, load, shipped

# id, group, male, female, the words of the original's special prompt (full-width commas repaired)
TABLE = [
    ("age.child", "Age", 300, 300, ["1 y.o", "3 y.o"]),
    ("age.teenager", "Age", 600, 600, ["8 y.o", "15 y.o"]),
    ("age.young", "Age", 300, 300, ["25 y.o", "35 y.o"]),
    ("age.middle-aged", "Age", 300, 300, ["45 y.o", "55 y.o"]),
    ("age.old", "Age", 600, 600, ["60 y.o", "80 y.o", "100 y.o"]),
    ("emotion.smile", "Emotion", 600, 600, ["smiling", "laughing"]),
    ("emotion.angry", "Emotion", 600, 600, ["Angry", "pissed-off face", "yelling"]),
    ("occlusion.glasses", "Occlusion", 600, 600, ["glasses", "sunglasses", "swimming goggles", "skiing goggles"]),
    ("occlusion.mask", "Occlusion", 300, 300, ["(masked:1.2)", "antigas mask"]),
    (
        "occlusion.makeup", "Occlusion", 300, 300,
        ["highly make up", "eyeshadow", "heavy black eyeliner", "joker", "Halloween makeup"],
    ),
    ("occlusion.hands", "Occlusion", 300, 300, ["put Hand in front of face", "put Hand in front of hair"]),
    (
        "occlusion.complex", "Occlusion", 300, 300,
        ["glasses", "(masked:1.2)", "Halloween makeup", "put Hand in front of face", "put Hand in front of hair"],
    ),
    ("illumination.under-water", "Illumination", 300, 300, ["under water"]),
    ("illumination.strong-light", "Illumination", 300, 300, ["(sun behind:1.2)", "strong sun shine"]),
    ("illumination.dark", "Illumination", 300, 300, ["in the night", "dark light", "(very dark scene:1.2)"]),
    ("pose.side", "Large pose", 2000, 2000, ["side view"]),
    ("pose.up", "Large pose", 300, 300, ["(looking up:1.3)"]),
    ("hair.blond", "Hair", 300, 300, ["blond hair"]),
    ("hair.bangs", "Hair", 300, 300, ["(Bangs:1.2)"]),
    ("hair.bald", "Hair", 300, 300, ["Bald"]),
    ("others.moustache", "Others", 300, 0, ["moustache", "sideburns", "goatee", "front view"]),
    ("others.open-mouth", "Others", 600, 600, ["(talking loudly:1.4)", "smile", "neutral"]),
    ("others.closed-eyes", "Others", 600, 600, ["(sleepy,close eyes:1.4)"]),
]  # fmt: skip
TEMPLATE = (
    "RAW photo, a close up portrait photo of {year} y.o {sex}, {race},{special},(high detailed skin:1.2), 8k uhd, "
    "dslr, high quality, film grain, Fujifilm XT3."
)
NEGATIVE = (
    "(deformed iris, deformed pupils, semi-realistic, cgi, 3d, render, sketch, cartoon, drawing, anime:1.4), text, "
    "close up, cropped, out of frame, worst quality, low quality, jpeg artifacts, ugly, duplicate, morbid, mutilated, "
    "extra fingers, mutated hands, poorly drawn hands, poorly drawn face, mutation, deformed, blurry, dehydrated, bad "
    "anatomy, bad proportions, extra limbs, cloned face, disfigured, gross proportions, malformed limbs, missing arms, "
    "missing legs, extra arms, extra legs, fused fingers, too many fingers, long neck."
)


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return load("agfd-20k")


def test_it_is_shipped() -> None:
    assert "agfd-20k" in shipped()


def test_rows_groups_and_counts(recipe: Recipe) -> None:
    assert [(name, row.group, row.count["male"], row.count["female"]) for name, row in recipe.rows.items()] == [
        entry[:4] for entry in TABLE
    ]
    assert len(recipe.rows) == 23
    assert len({row.group for row in recipe.rows.values()}) == 7


def test_it_sums_to_21100(recipe: Recipe) -> None:
    table = Table(recipe)
    male = sum(table.count(row, "male") for row in recipe.rows)
    female = sum(table.count(row, "female") for row in recipe.rows)
    assert (male, female, table.total) == (10_700, 10_400, 21_100)


def test_the_empty_cell_has_its_reason(recipe: Recipe) -> None:
    row = recipe.rows["others.moustache"]
    assert row.count["female"] == 0
    assert "cannot generate" in row.note["female"]
    assert [name for name, other in recipe.rows.items() if 0 in other.count.values()] == ["others.moustache"]


def test_template_negative_prompt_and_settings_to_the_letter(recipe: Recipe) -> None:
    assert recipe.template == TEMPLATE
    assert recipe.negative == NEGATIVE
    assert recipe.settings.model_dump() == {
        "sampler": "DPM++ 2M Karras", "steps": 20, "cfg_scale": 7, "width": 512, "height": 512,
    }  # fmt: skip


def test_no_full_width_signs_are_left(recipe: Recipe) -> None:
    text = recipe.model_dump_json()
    assert not [sign for sign in text if 0xFF00 <= ord(sign) <= 0xFFEF or 0x3000 <= ord(sign) <= 0x303F]


def test_axes(recipe: Recipe) -> None:
    assert recipe.axes.sex == ["male", "female"]
    assert tuple(recipe.axes.race) == vocabulary.RACES
    assert recipe.ages == [25, 35, 45, 55, 60, 80]


@pytest.mark.parametrize(("row", "words"), [(entry[0], entry[4]) for entry in TABLE])
def test_every_special_word_of_the_original_is_drawn(recipe: Recipe, row: str, words: list[str]) -> None:
    phrases = [variant.phrase or f"{variant.age} y.o" for variant in recipe.rows[row].variants]
    # A phrase in brackets holds commas of its own.
    apart = {part for phrase in phrases for part in ([phrase] if phrase in words else phrase.split(","))}
    assert set(words) <= apart
    extra = {"70 y.o"} if row == "age.old" else set()
    assert apart - set(words) == extra


@pytest.mark.parametrize(
    ("row", "sex", "words"),
    [
        ("age.child", "male", {"1 y.o boy", "3 y.o boy"}),
        ("age.child", "female", {"1 y.o girl", "3 y.o girl"}),
        ("age.teenager", "male", {"8 y.o boy", "15 y.o boy"}),
        ("age.teenager", "female", {"8 y.o girl", "15 y.o girl"}),
        ("age.young", "male", {"25 y.o man", "35 y.o man"}),
        ("age.middle-aged", "female", {"45 y.o woman", "55 y.o woman"}),
        ("age.old", "male", {"60 y.o man", "80 y.o man", "100 y.o man", "70 y.o grandpa"}),
        ("age.old", "female", {"60 y.o woman", "80 y.o woman", "100 y.o woman", "70 y.o grandma"}),
    ],
)
def test_words_for_age_and_sex(recipe: Recipe, row: str, sex: str, words: set[str]) -> None:
    table = Table(recipe)
    start = "RAW photo, a close up portrait photo of "
    prompts = [table.request(row, sex, slot).prompt for slot in range(12)]
    assert {prompt.removeprefix(start).split(",")[0] for prompt in prompts} == words


def test_rows_outside_age_draw_adults_only(recipe: Recipe) -> None:
    table = Table(recipe, scale=0.1)
    parts = [part for part in table.parts() if not part[0].startswith("age.")]
    assert {draw.age for part in parts for draw in table.draws(*part)} == {25, 35, 45, 55, 60, 80}


def test_a_prompt_written_out(recipe: Recipe) -> None:
    request = Table(recipe).request("occlusion.glasses", "female", 0)
    special = {"glasses", "sunglasses", "swimming goggles", "skiing goggles"} & {request.variant}
    assert special == {request.variant}
    assert request.prompt == (
        f"RAW photo, a close up portrait photo of {request.attributes['age']} y.o woman, "
        f"{recipe.words.race[request.race]},{request.variant},(high detailed skin:1.2), 8k uhd, dslr, high quality, "
        "film grain, Fujifilm XT3."
    )


def test_a_row_without_special_words_has_no_empty_place(recipe: Recipe) -> None:
    request = Table(recipe).request("age.young", "male", 0)
    race = recipe.words.race[request.race]
    assert f"man, {race},(high detailed skin:1.2), 8k uhd" in request.prompt


def test_darkness_is_no_defect_in_the_row_dark(recipe: Recipe) -> None:
    usual, dark = recipe.rules_of("hair.bald")["too_dark"], recipe.rules_of("illumination.dark")["too_dark"]
    assert usual.min is not None
    assert dark.min is not None
    assert dark.min < usual.min / 5
    assert dark.measure == usual.measure == "luminance"
    assert "no_face" not in recipe.rules_of("occlusion.mask")
