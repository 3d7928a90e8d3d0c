"""The table of presets holds what a user decides by, and each of its models is an address."""

from __future__ import annotations

from pathlib import Path

import pytest

from agfd.errors import UnknownNameError
from agfd.generate.diffusers import families, hub
from agfd.generate.diffusers.adapters import find_lora
from agfd.generate.diffusers.presets import DEFAULT, preset, presets


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_complete(name: str) -> None:
    found = preset(name)
    assert found.name == name
    assert found.family in families.FAMILIES
    family = families.FAMILIES[found.family]
    assert found.size % family.multiple == 0
    assert hub.address(found.model) is not None
    assert all((found.title, found.code_licence, found.weights_licence, found.outputs))
    assert 1 <= found.steps <= 50
    assert 0 <= found.guidance <= 10
    # Where there is no guidance, there is nothing that a negative prompt could push away from.
    assert not (found.negative and found.guidance <= 1)
    # Only families of which we drive the steps take a sampler by name.
    assert (found.sampler is not None) == (family.kind == "unet")
    assert found.schedule is None or found.sampler is not None
    assert found.memory == pytest.approx(2e-3 * found.parameters, abs=0.06)
    for lora in found.loras:
        assert find_lora(lora).weight == 1


def test_the_default_is_there_and_a_wrong_name_is_told() -> None:
    assert preset(DEFAULT).family == "sd-1.5"
    with pytest.raises(UnknownNameError, match="did you mean 'sdxl'"):
        preset("sdxll")


def test_the_users_page_says_what_the_table_says() -> None:
    page = Path(__file__).parents[3] / "docs" / "diffusion.md"
    if not page.is_file():
        pytest.skip("the documents are not here")
    rows = [line.split("|") for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    told = {cells[1].split("`")[1]: [cell.strip() for cell in cells[2:-1]] for cells in rows}
    assert set(told) == set(presets())
    for name, (size, steps, weights, card, *_terms) in told.items():
        found = preset(name)
        assert (size, steps, weights) == (str(found.size), str(found.steps), f"{found.memory:.1f} GB")
        assert float(card.removesuffix(" GB")) > found.memory
        assert ("gated" in told[name][4]) == found.gated
        assert (told[name][5] == "yes") == found.commercial
