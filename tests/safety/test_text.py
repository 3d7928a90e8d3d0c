"""The screen finds terms in every disguise it names, and nothing in words that only look like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agfd import vocabulary
from agfd.planning import Table
from agfd.recipe import load
from agfd.safety import screen, screen_negative


@pytest.mark.parametrize(
    "text",
    [
        "a nude woman",
        "NUDE",
        "n.u.d.e",
        "n u d e woman",
        "nuuuude",
        "n\u200bude",
        "n\u00fade",
        "\uff4e\uff55\uff44\uff45",
        "n\u0430ked",
        "(naked:1.3)",
        "n4k3d",
        "p0rn",
        "pornography",
        "$exy",
        "topless_man",
        "see-through blouse",
        "breasts",
    ],
)
def test_sexual_terms_are_found_at_every_age(text: str) -> None:
    hit = screen(text, 40)
    assert hit is not None
    assert not hit.minors


@pytest.mark.parametrize("text", ["in a bikini", "sultry look", "on a bed", "shirtless", "flirting"])
def test_some_words_are_refused_for_minors_only(text: str) -> None:
    assert screen(text, 18) is None
    hit = screen(text, 17)
    assert hit is not None
    assert hit.minors
    assert "under 18" in str(hit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Essex",
        "a cocktail dress",
        "assistant with a title",
        "classic cumulus clouds",
        "grapes on a drape",
        "therapist",
        "nude lipstick",
        "nude make-up",
        "breast cancer ribbon",
        "double-breasted suit",
        "visible to the naked eye",
        "8k uhd, dslr, 20s",
        "a hand over the face",
        "bracelet",
        "embedded",
        "baby boy laughing",
    ],
)
def test_harmless_words_pass_at_every_age(text: str) -> None:
    assert screen(text, 1) is None


def test_no_prompt_of_the_table_raises_an_alarm() -> None:
    table = Table(load("agfd-20k", ["ages=[1, 5, 12, 17, 25]"]))
    recipe = table.recipe
    prompts = {
        (request.prompt, int(request.attributes["age"]))
        for row in recipe.rows
        for sex in recipe.axes.sex
        for slot in range(min(40, table.count(row, sex)))
        for request in [table.request(row, sex, slot)]
    }
    assert len(prompts) > 1000
    assert not [prompt for prompt, age in prompts if screen(prompt, age)]


def test_no_word_of_the_vocabulary_raises_an_alarm() -> None:
    for entry in vocabulary.ATTRIBUTES.values():
        for word in (entry.name, entry.doc, *getattr(entry, "values", ())):
            assert screen(word.replace("_", " "), 1) is None, word


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_term_is_found_whatever_stands_around_it(before: str, after: str) -> None:
    assert screen(f"{before}, topless, {after}", 30) is not None


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    hit = screen(text, 5)
    assert hit is None or hit.term


@pytest.mark.parametrize("text", ["clothes", "blurry, (clothing:1.3), text", "CL0THES", "fully dressed", "sfw"])
def test_clothes_may_not_be_kept_out(text: str) -> None:
    hit = screen_negative(text)
    assert hit is not None
    assert "may not be kept out" in str(hit)


@pytest.mark.parametrize(
    "text", ["", "nude, nsfw, naked, underwear", "blurry, extra fingers", "address, cloth texture"]
)
def test_what_is_kept_out_for_good_reasons_passes(text: str) -> None:
    assert screen_negative(text) is None


def test_the_tables_negative_prompt_passes() -> None:
    assert screen_negative(load("agfd-20k").negative) is None
