"""Options come as text and end in one sentence where they are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agfd.errors import UnknownNameError, UsageError
from agfd.generate.diffusers.options import Options, parse

if TYPE_CHECKING:
    from pathlib import Path


def test_options_are_text() -> None:
    given = parse({"steps": "12", "cfg_scale": "4.5", "lora": "a.safetensors:0.5, b.safetensors", "compile": "off"})
    assert (given.steps, given.cfg_scale, given.compile) == (12, 4.5, "off")
    assert given.lora == ("a.safetensors:0.5", "b.safetensors")
    assert parse({}) == Options()


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="named 'step'; did you mean 'steps'"):
        parse({"step": "3"})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("steps", "many", "generator.steps: input should be a valid integer"),
        ("steps", "0", "greater than or equal to 1"),
        ("dtype", "int8", "'auto', 'float16', 'bfloat16' or 'float32'"),
        ("quality", "great", "'draft', 'standard' or 'best'"),
        ("device", "gpu", "auto, cpu, mps, cuda, cuda:N"),
        ("compile", "yes", "'auto', 'on' or 'off'"),
        ("clip_skip", "-1", "greater than or equal to 1"),
        ("cfg_scale", "inf", "less than or equal to 50"),
        ("cfg_scale", "nan", "generator.cfg_scale"),
    ],
)
def test_a_bad_value_is_named_with_what_would_be_right(name: str, value: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse({name: value})
    message = str(caught.value)
    assert message.startswith(f"generator.{name}: ")
    assert said in message
    assert repr(value) in message
    assert "\n" not in message


def test_every_option_says_what_it_is() -> None:
    assert all(field.description for field in Options.model_fields.values())


def test_files_are_named_so_that_they_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("model.safetensors", "skin.safetensors"):
        (tmp_path / name).touch()
    given = parse({"model": "model.safetensors", "vae": "owner/vae", "lora": "skin.safetensors:0.5,owner/lora:2"})
    assert given.anywhere() == {
        "model": str(tmp_path / "model.safetensors"),
        "vae": "owner/vae",
        "lora": f"{tmp_path / 'skin.safetensors'}:0.5,owner/lora:2",
    }
    assert parse({"steps": "3"}).anywhere() == {}
