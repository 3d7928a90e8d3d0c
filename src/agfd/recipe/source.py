"""Recipe files: YAML with the line of every key, and the inheritance of `extends`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from agfd.errors import RecipeError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

Key = tuple[str | int, ...]

MAX_BYTES = 4_000_000
MAX_NODES = 400_000
MAX_DEPTH = 50
_TEXT_TAGS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"}


@dataclass(frozen=True, slots=True)
class Source:
    """The plain data of a recipe and for each key the `file:line` where it was last set."""

    data: dict[str, Any]
    lines: Mapping[Key, str]

    def where(self, key: Key) -> str | None:
        """`file:line` of the key, or of the nearest key above it."""
        for length in range(len(key), -1, -1):
            if key[:length] in self.lines:
                return self.lines[key[:length]]
        return None


def shipped() -> dict[str, Traversable]:
    """The recipes inside the package, by name."""
    folder = resources.files("agfd.recipe") / "data"
    return {entry.name[:-5]: entry for entry in folder.iterdir() if entry.name.endswith(".yaml")}


def read(name: str) -> Source:
    """The recipe of that name or file with everything that it extends.

    Raises `RecipeError`, or `UnknownNameError` where it is neither a shipped name nor a file.
    """
    return _read(name, Path(), ())


def _read(name: str, folder: Path, seen: tuple[str, ...]) -> Source:
    file = _find(name, folder)
    label = name if not isinstance(file, Path) else str(file)
    identity = label if not isinstance(file, Path) else str(file.resolve())
    if identity in seen:
        raise RecipeError(f"extends itself through {' -> '.join((*seen, identity))}", where=label, key="extends")
    own = parse(_text(file, label), label)
    base_name = own.data.pop("extends", None)
    if base_name is None:
        return own
    if not isinstance(base_name, str):
        raise RecipeError("names one recipe or file", where=own.where(("extends",)), key="extends")
    inner = file.parent if isinstance(file, Path) else Path()
    try:
        base = _read(base_name, inner, (*seen, identity))
    except UnknownNameError as error:
        raise RecipeError(str(error), where=own.where(("extends",)), key="extends") from None
    return laid_over(base, own)


def _find(name: str, folder: Path) -> Traversable | Path:
    built_in = shipped()
    if name in built_in:
        return built_in[name]
    path = folder / name
    try:
        if path.is_file():
            return path
    except OSError as error:
        raise RecipeError(f"cannot be read: {error.strerror}", where=f"{name[:80]}...") from None
    if path.suffix in {".yaml", ".yml"} or len(Path(name).parts) > 1:
        raise RecipeError("there is no such file", where=str(path))
    raise UnknownNameError("recipe", name, built_in)


def _text(file: Traversable | Path, label: str) -> str:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise RecipeError(f"cannot be read: {error.strerror}", where=label) from None
    if len(raw) > MAX_BYTES:
        raise RecipeError(f"is larger than {MAX_BYTES:,} bytes", where=label)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(f"is not UTF-8 (byte {error.start})", where=label) from None


def parse(text: str, label: str) -> Source:
    """YAML text as plain data with lines. `label` names it in messages."""
    data, lines = located(text, label)
    if not isinstance(data, dict):
        raise RecipeError("must be a mapping of keys such as name, template, rows", where=f"{label}:1")
    return Source(data, lines)


def located(text: str, label: str) -> tuple[Any, dict[Key, str]]:
    """Any YAML value, within bounds of size and depth, and the `label:line` of each key in it."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        lines: dict[Key, str] = {}
        if node is not None:
            _locate(node, (), lines, label)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RecipeError(f"is not YAML: {error.problem or error.context}", where=f"{label}:{line}") from None
    except RecursionError:
        raise RecipeError("is too large or nested too deeply", where=label) from None
    except (yaml.YAMLError, ValueError) as error:
        raise RecipeError(f"is not YAML: {str(error).splitlines()[0]}", where=label) from None
    return data, lines


def _locate(node: yaml.Node, key: Key, lines: dict[Key, str], label: str) -> None:
    if len(lines) > MAX_NODES or len(key) > MAX_DEPTH:
        raise RecipeError("is too large or nested too deeply", where=label)
    lines.setdefault(key, f"{label}:{node.start_mark.line + 1}")
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name_node, value in node.value:
            where = f"{label}:{name_node.start_mark.line + 1}"
            if not isinstance(name_node, yaml.ScalarNode):
                raise RecipeError("a key must be a plain word", where=where)
            name = str(name_node.value)
            if name_node.tag not in _TEXT_TAGS:
                # Unquoted, YAML reads 5, no and 2024-01-01 as a number, a truth value and a date.
                raise RecipeError(f'a key must be text; write it as "{name}"', where=where)
            if name in seen:
                raise RecipeError("this key stands here twice", where=where, key=".".join(map(str, (*key, name))))
            seen.add(name)
            lines[(*key, name)] = where
            _locate(value, (*key, name), lines, label)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _locate(value, (*key, index), lines, label)


def laid_over(base: Source, own: Source) -> Source:
    """The keys of `own` over those of `base`."""
    return Source(_laid_over(base.data, own.data), {**base.lines, **own.lines})


def _laid_over(base: Any, own: Any) -> Any:
    """Mappings are merged key by key; anything else replaces. A row set to null is taken out."""
    if not (isinstance(base, dict) and isinstance(own, dict)):
        return own
    merged = dict(base)
    for key, value in own.items():
        merged[key] = _laid_over(base[key], value) if key in base else value
    return merged
