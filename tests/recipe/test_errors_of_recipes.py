"""Every mistake ends in a sentence with file, line, key and what would be right."""

import itertools
from pathlib import Path

import pytest

from agfd.errors import AgfdError, RecipeError, UnknownNameError
from agfd.recipe import Recipe, load, parse, source, validate
from builders import SMALL


def read(text: str) -> Recipe:
    return validate(parse(text, "a.yaml"))


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


# what stands in the small recipe, what stands there instead, the key that is named, a part of the message
MISTAKES = {
    "unknown key": ("settings: {steps: 20", "settings: {step: 20", "settings.step", "no such key; did you mean steps?"),
    "unknown key, none near": (
        "name: small", "name: small\nqqq: 1", "qqq", "no such key; the keys here are name, title",
    ),
    "unknown key of a row": (
        "feature: Glasses", "featur: Glasses", "rows.eyes.glasses.featur", "did you mean feature",
    ),
    "unknown key of a variant": (
        "{phrase: glasses,", "{phrse: glasses,", "rows.eyes.glasses.variants.0.phrse", "did you mean phrase?",
    ),
    "unknown key of a span": (
        "eyewear: sunglasses", "yaw: {min: 1, mx: 3}", "rows.eyes.glasses.variants.1.set.yaw.mx", "did you mean max?",
    ),
    "missing key of a span": (
        "eyewear: sunglasses", "yaw: {min: 1}", "rows.eyes.glasses.variants.1.set.yaw.max", "this key is missing",
    ),
    "a list of values": (
        "eyewear: sunglasses", "yaw: [1, 2]", "rows.eyes.glasses.variants.1.set.yaw", "should be a word or a number",
    ),
    "missing key": ("    feature: Glasses\n", "", "rows.eyes.glasses.feature", "this key is missing"),
    "unknown attribute": (
        "eyewear: sunglasses", "eyeware: none", "rows.eyes.glasses.variants.1.set.eyeware", "did you mean 'eyewear'",
    ),
    "unknown value": (
        "eyewear: sunglasses", "eyewear: sunglases", "rows.eyes.glasses.variants.1.set.eyewear", "mean 'sunglasses' or",
    ),
    "a number out of bounds": (
        "eyewear: sunglasses", "yaw: 200", "rows.eyes.glasses.variants.1.set.yaw", "between -90 and 90 degrees",
    ),
    "a span upside down": (
        "eyewear: sunglasses", "yaw: {min: 5, max: 3}", "rows.eyes.glasses.variants.1.set.yaw", "min 5 is above max 3",
    ),
    "a sexual phrase": (
        "phrase: sunglasses", "phrase: topless", "rows.eyes.glasses.variants.1.phrase", "'topless' is not made",
    ),
    "a phrase for adults on a child": (
        "phrase: sunglasses", "phrase: in a bikini, age: 12", "rows.eyes.glasses.variants.1.phrase",
        "not made of anybody under 18",
    ),
    "an axis as attribute": (
        "eyewear: sunglasses", "race: White", "rows.eyes.glasses.variants.1.set.race", "sex and race are axes",
    ),
    "two variants of one name": (
        "phrase: sunglasses", "phrase: glasses", "rows.eyes.glasses.variants.1", "called 'glasses'; give one an id",
    ),
    "wrong type": ("{male: 10,", "{male: ten,", "rows.eyes.glasses.count.male", "valid integer"),
    "a count with a point": ("{male: 10,", "{male: 10.5,", "rows.eyes.glasses.count.male", "valid integer"),
    "a negative count": ("{male: 10,", "{male: -1,", "rows.eyes.glasses.count.male", "greater than or equal to 0"),
    "a word for a mapping": ("{male: 10, female: 10}", "many", "rows.eyes.glasses.count", "valid dictionary"),
    "unknown sex of a count": (
        "{male: 10,", "{mal: 10,", "rows.eyes.glasses.count.mal", "no sex 'mal'; did you mean male",
    ),
    "unknown sex of a note": (
        "feature: Glasses", "feature: Glasses\n    note: {femal: x}", "rows.eyes.glasses.note.femal", "mean female",
    ),
    "unknown sex": ("[male, female]", "[male, femal]", "axes.sex.1", "no sex 'femal'; did you mean female"),
    "unknown race": ("[White, Black", "[White, Blak", "axes.race.1", "no race 'Blak'; did you mean Black?"),
    "a race twice": ("[White, Black", "[White, White", "axes.race.1", "White stands here twice"),
    "no race": ("[White, Black, Indian]", "[]", "axes.race", "at least 1 item"),
    "no word for a sex": ("    male: {child: boy, adult: man}\n", "", "words.sex", "the word for male is missing"),
    "unknown measurement": (
        "measure: sharpness", "measure: sharpnes", "rules.blurred.measure", "did you mean sharpness?",
    ),
    "a rule without a bound": ("sharpness, min: 5}", "sharpness}", "rules.blurred", "min, max, within or confirm"),
    "a rule without a measurement": ("measure: sharpness, ", "", "rules.blurred", "needs `measure`"),
    "bounds upside down": ("min: 5}", "min: 5, max: 4}", "rules.blurred.min", "min 5 is above max 4"),
    "within of no attribute": (
        "min: 5}", "within: 5}", "rules.blurred.within", "sharpness is not a number that can be asked",
    ),
    "an unknown word in when": (
        "min: 5}", "min: 5, when: {eyes: [opn]}}", "rules.blurred.when.eyes", "did you mean 'open'",
    ),
    "a mapping in when": ("min: 5}", "min: 5, when: {eyes: [{}]}}", "rules.blurred.when.eyes.0", "a word or a number"),
    "a range of words in when": (
        "min: 5}", "min: 5, when: {eyes: {min: 1}}}", "rules.blurred.when.eyes", "write a list of its words",
    ),
    "a range without bounds in when": ("min: 5}", "min: 5, when: {age: {}}}", "rules.blurred.when.age", "min or max"),
    "an unknown key of a range in when": (
        "min: 5}", "min: 5, when: {age: {mn: 1}}}", "rules.blurred.when.age.mn", "did you mean min",
    ),
    "a range out of bounds in when": (
        "min: 5}", "min: 5, when: {age: {min: 300}}}", "rules.blurred.when.age", "lies between 1 and 100",
    ),
    "a score about quality": ("sharpness, min", "eyewear, min", "rules.blurred.measure", "`about: attribute`"),
    "confirm about quality": ("min: 5}", "min: 5, confirm: {min: 9}}", "rules.blurred.confirm", "confirms a label"),
    "confirm without a bound": (
        "quality, measure: sharpness, min: 5}", "attribute, measure: yaw, within: 5, confirm: {}}",
        "rules.blurred.confirm", "needs min, max or within",
    ),
    "confirm of what is rejected": (
        "quality, measure: sharpness, min: 5}", "attribute, measure: yaw, within: 5, confirm: {within: 9}}",
        "rules.blurred.confirm.within", "within 9 confirms what the rule's own within 5 rejects",
    ),
    "an unknown key of confirm": (
        "quality, measure: sharpness, min: 5}", "attribute, measure: yaw, within: 5, confirm: {wthin: 2}}",
        "rules.blurred.confirm.wthin", "did you mean within",
    ),
    "no list in when": ("min: 5}", "min: 5, when: {eyes: open}}", "rules.blurred.when.eyes", "valid list"),
    "not a number": ("min: 5}", "min: .nan}", "rules.blurred.min", "finite"),
    "unknown rule of a row": (
        "feature: Glasses", "feature: Glasses\n    rules: {blured: {min: 3}}", "rows.eyes.glasses.rules.blured",
        "no rule 'blured'; did you mean blurred?",
    ),
    "unknown rule switched off": (
        "feature: Glasses", "feature: Glasses\n    rules: {blured: null}", "rows.eyes.glasses.rules.blured",
        "no rule 'blured'; did you mean blurred?",
    ),
    "a row's rule upside down": (
        "feature: Glasses", "feature: Glasses\n    rules: {blurred: {max: 3}}", "rows.eyes.glasses.rules.blurred.min",
        "min 5 is above max 3",
    ),
    "an age of a grown-up tree": (
        "- {age: 3}", "- {age: 300}", "rows.age.child.variants.1.age", "less than or equal to 100",
    ),
    "an odd size": ("width: 64", "width: 65", "settings.width", "multiple of 8"),
    "a wrong name": ("name: small", "name: a/b", "name", "match pattern"),
    "duplicate key": ("settings: {steps: 20", "settings: {steps: 20, steps: 20", "settings.steps", "stands here twice"),
    "duplicates of nothing": (
        "negative:", "duplicates: {near: everywhere}\nnegative:", "duplicates.near", "'cell' or 'set'",
    ),
    "duplicates without a choice": (
        "negative:", "duplicates: on\nnegative:", "duplicates", "valid dictionary",
    ),
    "near is on": (
        "negative:", "duplicates: {near: on}\nnegative:", "duplicates.near", "'off', 'cell' or 'set'",
    ),
    "a bound too wide": (
        "negative:", "duplicates: {bound: 40}\nnegative:", "duplicates.bound", "less than or equal to 17",
    ),
    "a bound below zero": (
        "negative:", "duplicates: {bound: -1}\nnegative:", "duplicates.bound", "greater than or equal",
    ),
    "half a bit": (
        "negative:", "duplicates: {bound: 2.5}\nnegative:", "duplicates.bound", "valid integer",
    ),
    "a wrong key of duplicates": (
        "negative:", "duplicates: {neer: set}\nnegative:", "duplicates.neer", "did you mean near",
    ),
    "a truth value as key": ("words:\n", "words:\n  no: x\n", None, 'a key must be text; write it as "no"'),
    "a number as key": ("rows:\n", "rows:\n  5: {}\n", None, 'a key must be text; write it as "5"'),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_its_place(old: str, new: str, key: str | None, message: str) -> None:
    assert SMALL.count(old) == 1
    text = SMALL.replace(old, new)
    with pytest.raises(RecipeError) as caught:
        read(text)
    error = caught.value
    assert error.key == key
    assert message in error.message
    assert error.where is not None
    assert error.where.startswith("a.yaml:")
    assert str(error).startswith(error.where)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("settings: {steps: 20", "settings: {step: 20", "settings:"),
        ("[White, Black", "[White, Blak", "race:"),
        ("{male: 6,", "{male: six,", "male: six"),
        ("eyewear: sunglasses", "eyewear: x", "eyewear: x"),
        ("measure: sharpness", "measure: x", "measure: x"),
        ("    feature: Child\n", "", "age.child:"),
        ("adult: woman}", "adult: woman, adult: lady}", "adult: lady"),
        ("name: small", "name: [small", "template:"),
    ],
)
def test_the_line_is_the_one_of_the_mistake(old: str, new: str, words: str) -> None:
    text = SMALL.replace(old, new)
    with pytest.raises(RecipeError) as caught:
        read(text)
    assert caught.value.where == f"a.yaml:{line_of(text, words)}"


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("{yaer}", "{yaer}"),
        ("{}", "{}"),
        ("{0}", "{0}"),
        ("{year.real}", "{year.real}"),
        ("{year[0]}", "{year[0]}"),
        ("{year!r}", "{year!r}"),
        ("{year:d}", "{year:d}"),
        ("{year:>1000000000}", "{year:>1000000000}"),
        ("{year:{sex}}", "{year:{sex}}"),
        ("{year", "unbalanced brace"),
        ("year}", "unbalanced brace"),
    ],
)
def test_a_place_that_nothing_fills(place: str, named: str) -> None:
    with pytest.raises(RecipeError) as caught:
        read(SMALL.replace("{year}", place))
    assert caught.value.key == "template"
    assert named in caught.value.message
    assert "there are {year} {sex} {race} {special}" in caught.value.message


@pytest.mark.parametrize(
    "text",
    ["", "- a list", "a word", "42", "a: [1", "a: b: c", "\tx: 1", "a: !!python/object/apply:os.getcwd []", "a: !x 1",
     "a: &a [*b]", "a: \x00", "--- {a: 1}\n--- {b: 1}", "? [a, b]\n: 1", "a: 2001-13-45", f"a: {'9' * 5000}", "%"],
)  # fmt: skip
def test_what_is_no_recipe_at_all(text: str) -> None:
    with pytest.raises(RecipeError) as caught:
        read(text)
    assert str(caught.value).startswith("a.yaml")
    assert "\n" not in str(caught.value)


STEPS = list(itertools.pairwise("abcdefghijklmnop"))
BOMBS = {
    "lists": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in STEPS),
    "mappings": "a: &a {x: 1}\n"
    + "".join(f"{new}: &{new} {{{','.join(f'k{n}: *{old}' for n in range(9))}}}\n" for old, new in STEPS),
    "merges": "a: &a {x: 1, y: 2}\n"
    + "".join(f"{new}: &{new} {{<<: [{','.join([f'*{old}'] * 9)}]}}\n" for old, new in STEPS),
    "itself": "a: &a [*a]\n",
    "itself as a row": SMALL.replace("rows:\n", "rows: &rows\n  more: *rows\n"),
    "deep lists": "a: " + "[" * 2000 + "]" * 2000,
    "deep mappings": "{a: " * 5000 + "}" * 5000,
    "within the parser's depth": "a: " + "[" * 60 + "]" * 60,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_before_it_unfolds(text: str) -> None:
    # Unfolded, each of the first three holds more than 10**14 nodes: this ends only if nothing unfolds it.
    with pytest.raises(RecipeError, match="too large or nested too deeply"):
        read(text)


def test_an_alias_by_itself_is_welcome() -> None:
    recipe = read(SMALL + "    note: {male: &n x, female: *n}\n")
    assert recipe.rows["age.child"].note == {"male": "x", "female": "x"}


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(SMALL.encode().replace(b"small", b"sm\xe4ll"))
    with pytest.raises(RecipeError, match=r"a.yaml: is not UTF-8 \(byte 8\)"):
        load(str(path))


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert load(str(path)) == read(SMALL)


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", len(SMALL) - 1)
    path = tmp_path / "a.yaml"
    path.write_text(SMALL)
    with pytest.raises(RecipeError, match="is larger than"):
        load(str(path))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="there is no such file"):
        load(str(tmp_path / "a.yaml"))


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b.yaml", "", ".", "/", "a" * 300 + ".yaml"])
def test_an_odd_name(name: str) -> None:
    with pytest.raises(AgfdError):
        load(name)


def test_an_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="no recipe named 'agfd20k'; did you mean 'agfd-20k'"):
        load("agfd20k")
