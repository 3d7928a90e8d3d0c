from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import plainly
from agfd.errors import UsageError
from agfd.generate.diffusers.prompt import (
    MOST_CHUNKS,
    fewest_chunks,
    parse_attention,
    too_long,
    unsupported,
    without_weights,
)

# What AUTOMATIC1111 gives as the examples of its own function.
DOCUMENTED = {
    "normal text": [("normal text", 1.0)],
    "an (important) word": [("an ", 1.0), ("important", 1.1), (" word", 1.0)],
    "(unbalanced": [("unbalanced", 1.1)],
    r"\(literal\]": [("(literal]", 1.0)],
    "(unnecessary)(parens)": [("unnecessaryparens", 1.1)],
    "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).": [
        ("a ", 1.0),
        ("house", 1.5730000000000004),
        (" ", 1.1),
        ("on", 1.0),
        (" a ", 1.1),
        ("hill", 0.55),
        (", sun, ", 1.1),
        ("sky", 1.4641000000000006),
        (".", 1.1),
    ],
}


@pytest.mark.parametrize("text", DOCUMENTED)
def test_documented_examples(text: str) -> None:
    assert parse_attention(text) == DOCUMENTED[text]


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("", [("", 1.0)]),
        ("()", [("", 1.0)]),
        ("a) b]", [("a) b]", 1.0)]),
        ("a:1.3)", [("a:1.3)", 1.0)]),
        ("[a:1.3)]", [("a:1.3)", 1 / 1.1)]),
        ("(a : -1.5 )", [("a ", -1.5)]),
        ("(a:1.3", [("a:1.3", 1.1)]),
        ("(a:b:2)", [("a:b", 2.0)]),
        ("(a[b)c]", [("a", 1.1), ("b", 1.1 * (1 / 1.1)), ("c", 1 / 1.1)]),
        ("one\\", [("one", 1.0)]),
        ("\\a\\\\(b\\)", [("a\\", 1.0), ("b)", 1.1)]),
        ("a BREAK b", [("a", 1.0), ("BREAK", -1.0), ("b", 1.0)]),
        ("aBREAK BREAKS BREAK_", [("aBREAK BREAKS BREAK_", 1.0)]),
        ("BREAK", [("", 1.0), ("BREAK", -1.0), ("", 1.0)]),
        ("(a BREAK b)", [("a", 1.1), ("BREAK", -1.1), ("b", 1.1)]),
        ("(a:-1)(BREAK:-1)", [("a", -1.0), ("BREAK", 1.0), ("", -1.0)]),
    ],
)
def test_corners(text: str, parsed: list[tuple[str, float]]) -> None:
    assert parse_attention(text) == parsed


# Strings in which something happens: marks, words, numbers as weights, and now and then any character at all.
MARKS = [
    *"()[]:\\ \n,",
    "((",
    "))",
    ":1.2)",
    ":0.5)",
    ": .7 )",
    ":-1)",
    ":+2.)",
    ":1",
    "1.5)",
    *(f"\\{c}" for c in "()[]\\"),
]
WORDS = ["cat", "a dog", "BREAK", " BREAK ", "BREAKS", "x_BREAK", "é", "日本", "٣", "²"]
TEXTS = st.lists(st.sampled_from(MARKS + WORDS) | st.characters(codec="utf-8"), max_size=14).map("".join)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(TEXTS)
@example("a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).")
@example("([BREAK")
@example("(x:٣)")
def test_as_a_second_reading_of_the_grammar(text: str) -> None:
    try:
        expected = plainly.attention(text)
    except ValueError:
        with pytest.raises(UsageError):
            parse_attention(text)
    else:
        assert parse_attention(text) == expected


@pytest.mark.parametrize("number", ["1.2.3", ".", "..", "-."])
def test_a_weight_that_is_no_number_is_named(number: str) -> None:
    with pytest.raises(UsageError, match=re.escape(repr(number))):
        parse_attention(f"a (cat:{number})")


def test_a_weight_beyond_all_numbers_is_refused() -> None:
    with pytest.raises(UsageError, match="beyond all numbers"):
        parse_attention(f"(a:{'9' * 400})")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("RAW photo, (high detailed skin:1.2), [dull], 8k", "RAW photo, high detailed skin, dull, 8k"),
        (r"a ((face:1.2)), \(signed\)", "a face, (signed)"),
        ("a cat BREAK a dog", "a cat, a dog"),
        ("a cat, BREAK (a dog BREAK a cow:1.2)", "a cat, a dog, a cow"),
        ("BREAK a BREAK BREAK b BREAK", "a, b"),
        ("(unbalanced [words", "unbalanced words"),
    ],
)
def test_without_weights(text: str, words: str) -> None:
    assert without_weights(text) == words


PLAIN = st.sampled_from(["cat", "old man", "8k", "film grain,", "(", ")", "[", "]", "\\"])


@given(
    st.lists(PLAIN, min_size=1, max_size=6),
    st.lists(st.sampled_from(["({})", "[{}]", "({}:1.3)", "(({}))"]), max_size=4),
)
def test_brackets_and_weights_leave_no_trace_in_the_words(words: list[str], brackets: list[str]) -> None:
    plain = " ".join(words)
    text = re.sub(r"([()\[\]\\])", r"\\\1", plain)
    for bracket in brackets:
        text = bracket.format(text)

    assert without_weights(text) == plain
    assert [piece for piece, _ in parse_attention(text)] == [plain]


@pytest.mark.parametrize(
    ("text", "chunks"),
    [
        ("", 1),
        ("word " * 75, 1),
        ("word " * 76, 2),
        ("1" * 76, 2),
        ("a BREAK b", 2),
        ("a BREAK", 1),
        ("BREAK BREAK", 2),
        ("(a BREAK b)", 1),
        ("é" * 80, 1),
        ("é " * 75, 1),
        ("<|endoftext|>" * 75, 1),
    ],
)
def test_fewest_chunks(text: str, chunks: int) -> None:
    assert fewest_chunks(text) == chunks


def test_the_longest_prompt() -> None:
    longest = "word, " * (MOST_CHUNKS * 75 // 2)

    assert too_long(longest) is None
    assert too_long(longest + "word") == (
        "the prompt needs at least 21 chunks of 75 tokens, and 20 are the most; shorten it"
    )
    assert too_long(" BREAK ".join("a" * (MOST_CHUNKS + 1))) is not None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a <lora:detail:0.8> face", "'<lora:detail:0.8>'"),
        ("a cat AND a dog", "AND"),
        ("a [boy:girl:0.5] smiling", "'[boy:girl:0.5]'"),
        ("a [smile: 12 ] face", "'[smile: 12 ]'"),
        ("a [(sad:1.2)|happy] face", "'[(sad:1.2)|happy]'"),
        ("[[a|b]", "'[a|b]'"),
    ],
)
def test_what_automatic1111_would_do_and_agfd_does_not_is_named(text: str, why: str) -> None:
    reason = unsupported(text)
    assert reason is not None
    assert why in reason


@pytest.mark.parametrize(
    "text",
    ["", "sand AND_ candy", "[a] b: 12", "[a (b:1.2)]", r"\[a:b:3\]", "a|b", "a <3 face", "[a (b:1.2", "ratio 1:2]"],
)
def test_what_both_read_alike_is_not(text: str) -> None:
    assert unsupported(text) is None


def test_no_torch_is_loaded() -> None:
    heavy = "{'torch', 'transformers', 'diffusers'}"
    code = f"import sys, agfd.generate.diffusers.prompt; sys.exit(bool({heavy} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True)
