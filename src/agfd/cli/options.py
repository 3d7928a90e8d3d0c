"""Command line options from a pydantic model: each is declared once, there."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import click

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

Command = Callable[..., Any]


def from_model(model: type[BaseModel], *, without: tuple[str, ...] = ()) -> Callable[[Command], Command]:
    """Decorate a command with one option for each field of the model, in the model's order.

    What the user does not give is not handed on, so the model's defaults hold.
    """

    def decorate(command: Command) -> Command:
        for name, field in reversed(model.model_fields.items()):
            if name not in without:
                command = _option(name, field)(command)
        return command

    return decorate


def given(options: dict[str, Any]) -> dict[str, Any]:
    """The options that the user gave."""
    return {name: value for name, value in options.items() if value is not None and value != ()}


def _option(name: str, field: FieldInfo) -> Callable[[Command], Command]:
    flag = "--" + name.replace("_", "-")
    help_text = field.description
    if field.default not in (None, (), True, False):
        help_text = (
            f"{help_text}  [{field.default:g}]"
            if isinstance(field.default, float)
            else f"{help_text}  [{field.default}]"
        )
    annotation = _bare(field.annotation)
    if annotation is bool:
        if not field.default:
            return click.option(flag, name, flag_value=True, default=None, help=help_text)
        # Most switches of the models are on by default, so the command line offers to switch them off.
        return click.option(f"--no-{name.replace('_', '-')}", name, flag_value=False, default=None, help=help_text)
    if get_origin(annotation) is Literal:
        return click.option(flag, name, type=click.Choice(get_args(annotation)), help=help_text)
    if annotation is int:
        return click.option(flag, name, type=int, help=help_text)
    if name == "set":
        return click.option(flag, name, multiple=True, metavar="KEY=VALUE", help=help_text)
    metavar = {"scale": "S", "rows": "ID,..."}.get(name)
    return click.option(flag, name, type=str, metavar=metavar, help=help_text)


def _bare(annotation: Any) -> Any:
    """The type without `| None`."""
    if get_origin(annotation) in {Union, types.UnionType}:
        return next(a for a in get_args(annotation) if a is not type(None))
    return annotation
