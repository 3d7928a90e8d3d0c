import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from agfd import registry
from agfd.errors import DuplicateNameError, MissingDependencyError, UnknownNameError, UsageError
from agfd.registry import Registry, register


def plain(size: int = 1) -> dict[str, int]:
    return {"size": size}


def anything(**options: int) -> dict[str, int]:
    return options


def breaks() -> None:
    raise TypeError("an error inside the factory")


def nested() -> None:
    plain(inner=1)  # type: ignore[call-arg]


@register("the thing 'needy'", needs=("agfd-no-such-package",), install="agfd[needy]")
def needy() -> str:
    return "made"


@register("the thing 'new'", needs=("pytest>=9999.1",), install="agfd[new]")
def new() -> str:
    return "made"


@register("the thing 'content'", needs=("pytest>=1.0", "hypothesis"))
def content(word: str = "made") -> str:
    """Docs of the factory."""
    return word


def entry(name: str, target: str) -> EntryPoint:
    return EntryPoint(name, target, "agfd.things")


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> Registry[Any]:
    offered = [entry(f.__name__, f"{__name__}:{f.__name__}") for f in (plain, breaks, nested, needy, new, content)]
    offered.append(entry("open", f"{__name__}:anything"))
    offered.append(entry("gone", "agfd_no_such_module.inner:make"))
    return use(monkeypatch, offered)


def use(monkeypatch: pytest.MonkeyPatch, offered: list[EntryPoint]) -> Registry[Any]:
    monkeypatch.setattr(registry, "entry_points", lambda group: offered if group == "agfd.things" else [])
    return Registry("thing", "agfd.things")


def test_a_thing_is_made_by_its_name_and_options(things: Registry[Any]) -> None:
    assert things.make("plain", size=3) == {"size": 3}
    assert things.make("content", word="x") == "x"


def test_names_are_sorted(things: Registry[Any]) -> None:
    assert things.names() == ["breaks", "content", "gone", "needy", "nested", "new", "open", "plain"]


def test_an_unknown_name_comes_with_the_nearest(things: Registry[Any]) -> None:
    with pytest.raises(UnknownNameError, match="no thing named 'plane'; did you mean 'plain'"):
        things.make("plane")


def test_an_unknown_option_is_wrong_use(things: Registry[Any]) -> None:
    with pytest.raises(UsageError, match="the thing 'plain' has no option 'sise'"):
        things.make("plain", sise=3)


def test_a_factory_may_take_any_option(things: Registry[Any]) -> None:
    assert things.make("open", anything=3) == {"anything": 3}


def test_an_error_inside_the_factory_is_not_hidden(things: Registry[Any]) -> None:
    with pytest.raises(TypeError, match="an error inside the factory"):
        things.make("breaks")


def test_a_wrong_call_inside_the_factory_is_not_blamed_on_the_user(things: Registry[Any]) -> None:
    with pytest.raises(TypeError, match="inner"):
        things.make("nested")


def test_a_missing_dependency_gives_the_command(things: Registry[Any]) -> None:
    with pytest.raises(MissingDependencyError) as caught:
        things.make("needy")
    assert str(caught.value) == "the thing 'needy' needs agfd-no-such-package: pip install \"agfd[needy]\""


def test_a_missing_dependency_names_the_only_platforms() -> None:
    make = register("it", needs=("agfd-no-such-package",), platforms="one machine")(lambda: "made")
    with pytest.raises(MissingDependencyError, match=r'pip install "agfd" \(it exists for one machine only\)'):
        make()


@pytest.mark.parametrize(
    ("system", "machine", "there"),
    [
        ("linux", "x86_64", True),
        ("win32", "AMD64", True),
        ("darwin", "arm64", True),
        ("linux", "aarch64", False),
        ("darwin", "x86_64", False),
        ("win32", "ARM64", False),
    ],
)
def test_what_the_renderer_needs_is_asked_for_where_it_exists(system: str, machine: str, there: bool) -> None:
    """Elsewhere the rest of agfd must install, and only the renderer say what is missing."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {r.name: r.marker for r in map(Requirement, project["dependencies"])}
    for name in ("mitsuba", "pyoidn"):
        marker = asked[name]
        assert marker is not None
        assert marker.evaluate({"sys_platform": system, "platform_machine": machine}) is there


def test_a_dependency_that_is_too_old_says_which_there_is(things: Registry[Any]) -> None:
    with pytest.raises(MissingDependencyError) as caught:
        things.make("new")
    assert f"needs pytest>=9999.1 (there is {pytest.__version__}): pip install" in str(caught.value)


def test_a_plug_in_whose_package_went_away(things: Registry[Any]) -> None:
    with pytest.raises(UsageError, match=r"of the thing 'gone' \(agfd_no_such_module.inner\) is not installed"):
        things.make("gone")


def test_two_packages_with_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    both = use(monkeypatch, [entry("x", "first:make"), entry("x", "second:make")])
    with pytest.raises(DuplicateNameError, match="two packages offer a thing 'x': first:make, second:make"):
        both.make("x")


def test_one_package_seen_twice_is_no_duplicate(monkeypatch: pytest.MonkeyPatch) -> None:
    # An editable installation beside a built one lists the same entry point twice.
    assert use(monkeypatch, [entry("x", "first:make"), entry("x", "first:make")]).names() == ["x"]


@pytest.mark.parametrize(
    ("found", "lowest", "enough"),
    [
        ("3.6.0", "3.6", True),
        ("3.6", "3.6.0", True),
        ("3.10", "3.9", True),
        ("3.5.9", "3.6", False),
        ("2.1.0+cu121", "2.1", True),
        ("4.0.0rc1", "3.6", True),
        ("3.6.1.dev4", "3.6.1", True),
        ("3.6rc1", "3.6", True),
        ("3", "3.0.1", False),
    ],
)
def test_versions(monkeypatch: pytest.MonkeyPatch, found: str, lowest: str, enough: bool) -> None:
    monkeypatch.setattr(registry, "version", lambda name: found)
    make = register("it", needs=(f"package>={lowest}",))(lambda: "made")
    if enough:
        assert make() == "made"
    else:
        with pytest.raises(MissingDependencyError, match=f"there is {found}"):
            make()


@pytest.mark.parametrize(("found", "right"), [("4.2.1", True), ("4.2.1.0", True), ("4.2.0", False), ("4.3", False)])
def test_the_only_version(monkeypatch: pytest.MonkeyPatch, found: str, right: bool) -> None:
    monkeypatch.setattr(registry, "version", lambda name: found)
    make = register("it", needs=("package==4.2.1",), install="agfd[it]")(lambda: "made")
    if right:
        assert make() == "made"
    else:
        with pytest.raises(MissingDependencyError, match=rf'needs package==4.2.1 \(there is {found}\): .*"agfd\[it\]"'):
            make()


def test_the_factory_keeps_its_name_and_docs() -> None:
    assert (content.__name__, content.__doc__) == ("content", "Docs of the factory.")


def test_our_own_plug_ins_are_found() -> None:
    assert {"render", "fake"} <= set(registry.GENERATORS.names())
    assert {"basic", "fake"} <= set(registry.ANALYZERS.names())
    assert "imagefolder" in registry.EXPORTERS.names()
