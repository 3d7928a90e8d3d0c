"""Who sits for the picture."""

from __future__ import annotations

import pytest

from agfd.generate.render.person import OVER_LOBES, person


@pytest.mark.parametrize("sex", ["male", "female"])
def test_who_is_asked_to_be_blond_has_hair(sex: str) -> None:
    for seed in range(200):
        sitter = person(seed, {"age": 60, "sex": sex, "race": "White", "hair_color": "blond"})
        assert sitter.attributes["hair_style"] != "bald"
        assert sitter.keeps_hair


def test_some_men_are_bald_when_nobody_asks() -> None:
    styles = {person(seed, {"age": 60, "sex": "male"}).attributes["hair_style"] for seed in range(100)}
    assert "bald" in styles


def test_a_bald_blond_is_made_when_both_are_asked() -> None:
    sitter = person(1, {"age": 40, "sex": "male", "hair_color": "blond", "hair_style": "bald"})
    assert sitter.attributes["hair_style"] == "bald"


def test_one_attribute_more_leaves_the_rest_of_the_person() -> None:
    plain = person(7, {"age": 30, "sex": "female", "race": "Indian"})
    blond = person(7, {"age": 30, "sex": "female", "race": "Indian", "hair_color": "blond"})
    assert (plain.shape, plain.melanin, plain.iris) == (blond.shape, blond.melanin, blond.iris)


def test_who_shows_earrings_hides_no_lobes() -> None:
    facts = {"age": 30, "sex": "female", "race": "White"}
    plain = [person(seed, facts).attributes["hair_style"] for seed in range(30)]
    shown = [person(seed, facts | {"jewellery": "earrings"}).attributes["hair_style"] for seed in range(30)]
    assert set(plain) & set(OVER_LOBES)
    assert not set(shown) & set(OVER_LOBES)
