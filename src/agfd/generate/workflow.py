"""Workflows of ComfyUI as templates: a graph in which placeholders stand for what a request asks for.

A template is what ComfyUI exports in its API format, `{node: {"class_type": ..., "inputs": {...}}}`. An input that is a
placeholder and nothing else becomes a value of its kind (`"{seed}"` a number); within longer texts it becomes text.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from agfd.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Workflow: TypeAlias = "Mapping[str, Any]"
"""By node."""

PLACEHOLDERS = ("prompt", "negative", "seed", "steps", "cfg", "sampler", "scheduler", "width", "height", "model")
# Without them all images would be the same one.
_NEEDED = ("prompt", "seed")
_MARK = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")
_LARGEST = 1 << 24

# A1111's names of samplers, without their schedules, in ComfyUI's words.
SAMPLERS = {
    "DDIM": "ddim",
    "DPM adaptive": "dpm_adaptive",
    "DPM fast": "dpm_fast",
    "DPM++ 2M": "dpmpp_2m",
    "DPM++ 2M SDE": "dpmpp_2m_sde",
    "DPM++ 2S a": "dpmpp_2s_ancestral",
    "DPM++ 3M SDE": "dpmpp_3m_sde",
    "DPM++ SDE": "dpmpp_sde",
    "DPM2": "dpm_2",
    "DPM2 a": "dpm_2_ancestral",
    "Euler": "euler",
    "Euler a": "euler_ancestral",
    "Heun": "heun",
    "LCM": "lcm",
    "LMS": "lms",
    "UniPC": "uni_pc",
}
# The endings of A1111's names; where there is none, steps are even over the training's, ComfyUI's `normal`.
SCHEDULES = {
    "Beta": "beta",
    "Exponential": "exponential",
    "Karras": "karras",
    "SGM Uniform": "sgm_uniform",
    "Simple": "simple",
    "Uniform": "normal",
}
_EVEN = "normal"


def sampler(name: str) -> tuple[str, str] | None:
    """ComfyUI's sampler and schedule for a name of A1111; None where there is no such pair.

    A name of ComfyUI itself may be given as `sampler/schedule`: `res_multistep/simple`.
    """
    own, slash, schedule = name.partition("/")
    if slash and own and schedule:
        return own, schedule
    for ending, scheduler in sorted(SCHEDULES.items(), key=lambda pair: -len(pair[0])):
        bare = name.removesuffix(f" {ending}")
        if bare != name and bare in SAMPLERS:
            return SAMPLERS[bare], scheduler
    return (SAMPLERS[name], _EVEN) if name in SAMPLERS else None


def load(path: str) -> Workflow:
    """The template in the file `path`, or ours where that is empty. Raises `UsageError`."""
    try:
        if not path:
            text = (resources.files("agfd.generate") / "txt2img.json").read_text(encoding="utf-8")
        elif Path(path).stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large for a workflow")
        else:
            text = Path(path).read_text(encoding="utf-8")
        read = json.loads(text)
    except OSError as error:
        raise UsageError(f"the workflow {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"the workflow {path} is no JSON: {error}") from None
    return _checked(path, read)


def _checked(path: str, read: Any) -> Workflow:
    if isinstance(read, dict) and isinstance(read.get("nodes"), list):
        raise UsageError(f"the workflow {path} is in the format of ComfyUI's page: export it in the API format")
    nodes = read.values() if isinstance(read, dict) else ()
    if not nodes or not all(isinstance(node, dict) and "class_type" in node and "inputs" in node for node in nodes):
        raise UsageError(f"{path} holds no workflow in ComfyUI's API format: nodes with class_type and inputs")
    there = set(_marks(read))
    missing = [f'"{{{name}}}"' for name in _NEEDED if name not in there]
    if missing:
        raise UsageError(
            f"the workflow {path} has no place for {' and '.join(missing)}: write it as an input of a node"
        )
    workflow: Workflow = read
    return workflow


def needs(workflow: Workflow, name: str) -> bool:
    """Whether it has a place for that."""
    return name in set(_marks(workflow))


def filled(value: Any, values: Mapping[str, str | int | float]) -> Any:
    """The workflow, or a part of it, with values for its placeholders. What they hold is not looked at again."""
    if isinstance(value, dict):
        return {key: filled(entry, values) for key, entry in value.items()}
    if isinstance(value, list):
        return [filled(entry, values) for entry in value]
    if not isinstance(value, str):
        return value
    whole = _MARK.fullmatch(value)
    return values[whole[1]] if whole else _MARK.sub(lambda mark: str(values[mark[1]]), value)


def _marks(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _marks(entry)
    elif isinstance(value, str):
        yield from _MARK.findall(value)
