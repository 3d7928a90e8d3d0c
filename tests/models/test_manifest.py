"""The list of weights: what an entry must say, and what the shipped one says."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from agfd import models
from agfd.errors import ModelError
from agfd.models.convert import CONVERTERS
from agfd.models.manifest import Weight, parse
from models.tiny import BETTER, MEMBER, TINY


def toml(entry: Weight) -> str:
    """The entry as the manifest writes it."""
    keys = ("source", "profile", "package", "version", "sha256", "code_licence", "weights_licence", "training_data")
    lines = [f"{key} = {getattr(entry, key)!r}" for key in keys]
    if entry.convert:
        members = (f"{{ path = {one.path!r}, sha256 = {one.sha256!r}, size = {one.size} }}" for one in entry.members)
        lines += [f"convert = {entry.convert!r}", f"members = [{', '.join(members)}]"]
    else:
        lines.append(f"member = {entry.members[0].path!r}")
    lines += [f"size = {entry.size}", f"commercial = {str(entry.commercial).lower()}", f"tasks = {list(entry.tasks)!r}"]
    return "\n".join([f"[{entry.name}]", *lines, ""])


@pytest.mark.parametrize(
    "entry",
    [
        TINY,
        replace(BETTER, commercial=False),
        replace(TINY, convert="free", members=(MEMBER, replace(MEMBER, path="holder/more.bin")), size=7),
    ],
)
def test_an_entry_is_read_as_it_is_written(entry: Weight) -> None:
    assert parse(toml(entry)) == {entry.name: entry}
    told = parse(toml(entry) + "measured = ['something: all of 3, nowhere']\n")
    assert told[entry.name].measured == ("something: all of 3, nowhere",)


@pytest.mark.parametrize("convert", [None, "free"])
@pytest.mark.parametrize("suffix", [".pth", ".pkl", ".pt", ".pkl.gz", ".gz", ""])
def test_a_manifest_that_names_a_pickle_is_refused(convert: str | None, suffix: str) -> None:
    entry = replace(TINY, convert=convert, members=(replace(MEMBER, path=f"holder/tiny{suffix}"),))
    with pytest.raises(ModelError, match=rf"holder/tiny{re.escape(suffix)} is refused"):
        parse(toml(entry))


def test_only_a_converter_reads_raw_numbers() -> None:
    with pytest.raises(ModelError, match=r"tiny\.bin is refused"):
        parse(toml(replace(TINY, members=(replace(MEMBER, path="holder/tiny.bin"),))))


def test_a_manifest_with_a_key_too_few_or_too_many_is_refused() -> None:
    for key in ("version", "member", "commercial", "training_data", "tasks"):
        with pytest.raises(ModelError, match="'tiny' is not complete"):
            parse(toml(TINY).replace(f"{key} =", "#", 1))
    with pytest.raises(ModelError, match="'tiny' is not complete"):
        parse(toml(TINY) + "url = 'x'\n")


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(ModelError, match="'tiny' has a source that is none of pypi, npm"):
        parse(toml(TINY).replace("'pypi'", "'ftp'", 1))


def test_a_converted_file_is_an_onnx_file_named_by_its_own_hash() -> None:
    made = replace(TINY, convert="free", members=(replace(MEMBER, path="holder/tiny.json"),), sha256="ab" * 32)
    assert made.file == "tiny-abababababab.onnx"
    assert replace(TINY, members=(replace(MEMBER, path="a/b.tflite"),)).file.endswith(".tflite")
    assert replace(TINY, members=(replace(MEMBER, path="a/b.txt.gz"),)).file.endswith(".txt.gz")


def test_the_shipped_manifest_is_complete() -> None:
    for name, entry in models.weights().items():
        assert entry.name == name
        for sha256 in (entry.sha256, *(member.sha256 for member in entry.members)):
            assert re.fullmatch("[0-9a-f]{64}", sha256)
        assert all((entry.code_licence, entry.weights_licence, entry.training_data, entry.tasks))
        assert entry.profile == entry.source
        assert entry.convert is None or entry.convert in CONVERTERS
