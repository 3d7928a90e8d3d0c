"""Columns and back: what is packed comes out as it was, in few bytes, and no text of it is ever markup."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agfd.report.packing import pack, script


def cell(packed: dict[str, Any], place: int, number: int) -> Any:
    column = packed["columns"][place]
    if isinstance(column, list):
        return column[number]
    return column["all"] if "all" in column else column["table"][column["of"][number]]


def unpacked(packed: dict[str, Any], shape: Any, number: int) -> Any:
    """As `templates/data.js` reads it; tests/browser/test_data.py holds that against this."""
    if isinstance(shape, int):
        return cell(packed, shape, number)
    if "some" in shape:
        return [item for part in shape["some"] if (item := unpacked(packed, part, number)) is not None]
    if "items" in shape:
        length = cell(packed, shape["length"], number)
        return None if length < 0 else [unpacked(packed, part, number) for part in shape["items"][:length]]
    if "there" in shape and not cell(packed, shape["there"], number):
        return None
    return {key: unpacked(packed, part, number) for key, part in zip(shape["keys"], shape["of"], strict=True)}


def there_and_back(values: list[Any]) -> list[Any]:
    packed = json.loads(json.dumps(pack(values)))
    return [unpacked(packed, packed["shape"], number) for number in range(packed["number"])]


def exact(value: Any) -> Any:
    """The value with its booleans marked: they are numbers for Python, and not for JSON."""
    if isinstance(value, list):
        return [exact(item) for item in value]
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    return ("boolean", value) if isinstance(value, bool) else value


PLAIN = st.none() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=2) | st.booleans()
ITEMS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), PLAIN).map(list), max_size=4)
DETAIL = st.fixed_dictionaries(
    {
        "plain": PLAIN,
        "items": ITEMS,
        "maybe": st.none() | ITEMS,
        "points": st.none() | st.lists(st.integers(0, 2) | st.floats(0, 1), max_size=3),
        "words": st.lists(st.sampled_from("ab"), max_size=3),
        "same": st.none() | st.fixed_dictionaries({"x": PLAIN, "y": st.lists(st.integers(0, 1), max_size=2)}),
        "free": st.dictionaries(st.sampled_from("pqr"), PLAIN, max_size=2),
        "named": st.lists(st.fixed_dictionaries({"name": st.sampled_from("mn"), "v": PLAIN}), max_size=3),
    }
)


@settings(deadline=None)
@given(st.lists(DETAIL, min_size=1, max_size=6))
def test_what_is_packed_comes_out_as_it_was(values: list[Any]) -> None:
    assert exact(there_and_back(values)) == exact(values)


def test_names_and_repeated_texts_stand_there_once() -> None:
    names = [f"measurement_{letter}" for letter in "abcdefgh"]
    rows = [
        {"prompt": ("night", "day")[place % 2], "seen": [[name, place, 0.5, None] for name in names[place % 3 :]]}
        for place in range(60)
    ]
    text = json.dumps(pack(rows))
    assert there_and_back(rows) == rows
    assert [text.count(word) for word in (*names, "night", "day")] == [1] * 10


def test_equal_columns_stand_there_once() -> None:
    rows = [{"a": place / 7, "b": place / 7, "c": [place / 7, 1]} for place in range(9)]
    assert len(pack(rows)["columns"]) == 2


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "\u2028\u2029", 'it\'s \\ "so"\n\r', "<!--", "é😀"]
)
def test_a_script_holds_no_markup_and_no_sign_that_ends_a_line(text: str) -> None:
    written = script("x'y", {"text": text, "__proto__": [text]})
    assert b"<" not in written
    lines = written.decode("ascii").splitlines()
    assert len(lines) == 1
    start, end = "agfd.load(\"x'y\",JSON.parse('", "'));"
    assert lines[0].startswith(start)
    assert lines[0].endswith(end)
    inner = lines[0][len(start) : -len(end)]
    # As JavaScript reads a string: the escapes that are used are Python's too.
    read = inner.encode().decode("unicode_escape")
    assert json.loads(read) == {"text": text, "__proto__": [text]}


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        script("x", float("nan"))
