"""The rules of the house, read from the source."""

import ast
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "agfd"
FILES = sorted(SOURCE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
# The one analyzer that exists only with the extra [clip] (design/0029-production-analyzers.md).
WITH_TORCH = SOURCE / "analyze" / "clip.py"
# The generator that exists only with the extra [diffusers].
DIFFUSERS = SOURCE / "generate" / "diffusers"
# The small pipeline for tests of it.
PIPELINES = SOURCE / "testing" / "pipelines.py"
# What opens the page of a review must not be a hash of anything that is known.
WITH_SECRETS = (SOURCE / "review" / "remembered.py", SOURCE / "review" / "security.py")
HEAVY = ("numpy", "pydantic", "torch", "mitsuba", "pyarrow", "polars", "rich", "click", "scipy", "PIL", "yaml")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
    return found


def test_there_is_a_house() -> None:
    assert len(FILES) > 30
    assert SOURCE / "errors.py" in FILES


def test_layers_hold() -> None:
    pytest.importorskip("importlinter", reason="the layers are checked where the extra [check] is installed")
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", [*FILES, *TESTS], ids=name_of)
def test_files_are_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 500, f"{name_of(path)} has {lines} lines"
    if lines > 400:
        with warnings.catch_warnings():
            # To be seen in the report, not to fail: the suite turns warnings into errors.
            warnings.simplefilter("always")
            warnings.warn(f"{name_of(path)} has {lines} lines, wanted are 400", stacklevel=1)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_functions_are_short(path: Path) -> None:
    nodes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert not {f"{node.name} (line {node.lineno})" for node in nodes if code_lines(node) > 50}


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without its docstring."""
    lines = (node.end_lineno or 0) - node.lineno + 1
    if ast.get_docstring(node) is None:
        return lines
    return lines - ((node.body[0].end_lineno or 0) - node.body[0].lineno + 1)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_modules_say_what_they_are(path: Path) -> None:
    assert ast.get_docstring(tree(path))


def test_there_is_no_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "misc", "common"}
    assert not [name_of(path) for path in FILES if drawers & {*path.with_suffix("").parts[len(SOURCE.parts) :]}]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_randomness_is_born_in_ids_alone(path: Path) -> None:
    modules = {name.split(".")[0] for name in imported(path)}
    allowed = {"secrets"} if path in WITH_SECRETS else set()
    assert not modules & {"uuid", "random", "secrets"} - allowed
    assert not {"os.urandom", "numpy.random"} & imported(path)
    # numpy's global generator; a Generator made from a seed of ours is passed along instead.
    allowed = {"default_rng", "Generator", "PCG64", "Philox", "SeedSequence", "BitGenerator"}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"np.random", "numpy.random"}:
            assert node.attr in allowed, f"line {node.lineno}"
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng"):
            assert node.args or node.keywords, f"line {node.lineno}: a generator without a seed"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_torch_and_ray_stay_in_their_places(path: Path) -> None:
    of_diffusers = DIFFUSERS in path.parents or path == PIPELINES
    allowed = {"torch"} if path == WITH_TORCH else {"torch", "diffusers"} if of_diffusers else set()
    assert not {"torch", "ray", "anny", "diffusers"} & {name.split(".")[0] for name in imported(path)} - allowed


def loaded_by(code: str) -> set[str]:
    result = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print('\\n'.join(sys.modules))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(result.stdout.split())


def test_importing_the_package_is_light() -> None:
    loaded = loaded_by("import agfd")
    assert "agfd" in loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize(
    "module", ["errors", "ids", "records", "vocabulary", "ports", "stats", "judge", "fill", "dedup"]
)
def test_the_nouns_are_light(module: str) -> None:
    assert not loaded_by(f"import agfd.{module}") & set(HEAVY)


@pytest.mark.parametrize("module", ["images", "registry", "store"])
def test_libraries_are_loaded_when_they_are_used(module: str) -> None:
    assert not loaded_by(f"import agfd.{module}") & (set(HEAVY) - {"yaml"})


def test_importing_starts_no_thread_and_sets_up_no_logging() -> None:
    code = "import agfd, threading, logging; print(threading.active_count(), len(logging.getLogger().handlers))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["1", "0"]


def test_the_suite_is_strict() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert options["filterwarnings"][0] == "error"
    assert {"--strict-markers", "--strict-config"} <= set(options["addopts"])
    assert options["xfail_strict"] is True


def sleeps(node: ast.AST) -> int:
    return sum(isinstance(n, ast.Call) and ast.unparse(n.func) in {"time.sleep", "sleep"} for n in ast.walk(node))


@pytest.mark.parametrize("path", [path for path in TESTS if path.name.startswith("test_")], ids=name_of)
def test_tests_wait_for_states_and_not_for_times(path: Path) -> None:
    loops = [node for node in ast.walk(tree(path)) if isinstance(node, ast.While)]
    assert sleeps(tree(path)) == sum(sleeps(loop) for loop in loops)
