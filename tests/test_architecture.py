"""The shape of the house: imports run one way, files have telling names, packages say what they are."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import plastica
from plastica.parts import DATA, LOSSES, NETWORKS, RULES

ROOT = Path(plastica.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# A part may import from parts further up in this list, and from itself; parts on one line do not know each other.
ORDER = [
    ("environment", "errors", "section", "interruption", "terminal", "cma_package"),
    ("python_file", "toml_text", "complaint", "new_task", "ending", "markup"),
    ("rules", "runs"),
    ("inner",),
    ("tasks",),
    ("analysis", "engines"),
    ("outer", "findings"),
    ("installed", "from_file", "task_file"),
    ("parts",),
    ("presets",),
    ("config",),
    ("memory", "kept", "testing", "given_rule"),
    ("exports",),
    ("conduct", "plan"),
    ("experiment", "table", "bench"),
    ("comparison", "inference"),
    ("studies",),
    ("figures", "display"),
    ("simulation", "report"),
    ("commands",),
    ("cli",),
    ("__main__", "__init__"),
]
LEVEL = {part: level for level, parts in enumerate(ORDER) for part in parts}
# Beyond the order.
NEVER = {("runs", part) for part in LEVEL if part not in ("runs", "errors")} | {("analysis", "outer")}


def part_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(source: str) -> Iterator[str]:
    """The parts of the package that a source imports anywhere, also inside functions."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "write imports in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "plastica":
                yield parts[1] if len(parts) > 1 and parts[1] in LEVEL else "__init__"


def is_allowed(source: str, target: str) -> bool:
    return (source == target or LEVEL[target] < LEVEL[source]) and (source, target) not in NEVER


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(ROOT)) for file in FILES])
def test_imports_run_one_way(file):
    """rules <- inner <- tasks <- engines <- outer <- config <- experiment <- figures <- cli; runs knows only errors."""
    wrong = [target for target in imports(file.read_text()) if not is_allowed(part_of(file), target)]
    assert not wrong, f"{file.relative_to(ROOT)} imports {', '.join(wrong)}"


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(file) for file in FILES}


def modules(file: Path) -> set[str]:
    """The modules of the package that a file imports, wherever in it; `from package import module` names the module."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names if names <= MODULES else {str(node.module)}
    return found


def circles(imported: dict[str, set[str]]) -> list[list[str]]:
    """Every module that reaches itself by imports, with the way round."""
    found = []
    for start in imported:
        ways = [[start]]
        seen = set()
        while ways:
            way = ways.pop()
            for target in sorted(imported[way[-1]] & imported.keys()):
                if target == start:
                    found.append([*way, start])
                elif target not in seen:
                    seen.add(target)
                    ways.append([*way, target])
    return found


def test_no_two_files_import_each_other():
    """Nor do three in a circle, nor inside functions. The package itself names its parts; none of them imports it."""
    imported = {name_of(file): modules(file) - {"plastica"} for file in FILES}
    assert circles(imported) == []


def test_a_circle_is_noticed():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})[0] == ["a", "b", "c", "a"]


def test_every_part_has_its_place():
    """A new package or module of the first level takes a line in the order above."""
    assert {part_of(file) for file in FILES} <= set(LEVEL)


def test_the_order_itself_is_enforced():
    """The test above would notice: it finds imports in functions, of modules and of names."""
    lines = ("from plastica import experiment", "import plastica.outer.loop", "from plastica.runs import RunFolder")
    source = "def f():\n    " + "\n    ".join(lines)
    assert list(imports(source)) == ["experiment", "outer", "runs"]
    assert not is_allowed("tasks", "engines")
    assert not is_allowed("runs", "section")
    assert not is_allowed("analysis", "outer")
    assert is_allowed("cli", "experiment")


def test_no_attics():
    """No file says only that it did not know where to go."""
    attics = {"utils", "util", "helpers", "helper", "common", "misc", "core", "aux"}
    assert not [file for file in FILES if attics & {file.stem, *file.relative_to(ROOT).parts}]


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(ROOT)) for file in FILES])
def test_every_file_says_what_it_is(file):
    """Packages and modules begin with a docstring."""
    assert ast.get_docstring(ast.parse(file.read_text()))


def test_kernels_are_never_parallel():
    """`parallel=True` aborts inside workers and after a fork."""
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                assert not any(keyword.arg == "parallel" for keyword in node.keywords), file


KINDS = {kind.__name__: kind.__module__ for kinds in (NETWORKS, RULES, DATA, LOSSES) for kind in kinds.values()}


def asked_for(source: str) -> Iterator[str]:
    """The kinds of networks, rules, data and losses that a source asks isinstance, issubclass or `type(..) is` of."""
    for node in ast.walk(ast.parse(source)):
        asks = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("is")
        if asks or isinstance(node, ast.Compare):
            yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in KINDS)


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(ROOT)) for file in FILES])
def test_no_file_asks_what_kind_it_has(file):
    """But that of the kind itself: what differs between kinds, each of them brings."""
    assert [kind for kind in asked_for(file.read_text()) if KINDS[kind] != name_of(file)] == []


def test_a_question_for_a_kind_is_noticed():
    found = asked_for(
        "isinstance(network, RateNetwork)\nif type(rule) is SpikePair: pass\nissubclass(a, (b, Volterra))"
    )
    assert sorted(found) == ["RateNetwork", "SpikePair", "Volterra"]


# What turns data into code. One module does, for files that the user trusts; `__init__` loads its own parts by name.
FOREIGN = {"pickle", "cloudpickle", "dill", "marshal", "shelve", "joblib", "runpy", "code", "codeop", "importlib"}
HARMLESS = ("importlib.metadata", "importlib.util.find_spec")
RUNNERS = {"eval", "exec", "__import__", "exec_module", "load_module", "run_path", "allow_pickle", "sympify"}
HOMES = {
    "python_file.py": {"importlib.machinery.SourceFileLoader", "exec_module"},
    "__init__.py": {"importlib.import_module"},
    "testing.py": {"pickle"},  # of a task that is at hand
    "engines/dask_worker.py": {"cloudpickle"},  # of the task that the program itself sends, never of a file
}


def running_of_data(source: str) -> Iterator[str]:
    """Whatever in a source could run what a file holds: modules that unpickle or import, and calls that evaluate."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if name.split(".")[0] in FOREIGN and not name.startswith(HARMLESS):
                yield name
        if isinstance(node, ast.Name) and node.id in RUNNERS:
            yield node.id
        elif isinstance(node, ast.Attribute) and node.attr in RUNNERS:
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg in RUNNERS:
            yield node.arg


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(ROOT)) for file in FILES])
def test_a_run_folder_is_data_only(file):
    """Nothing is unpickled, evaluated or imported by path, but for the rules that a user trusts."""
    name = str(file.relative_to(ROOT))
    assert set(running_of_data(file.read_text())) <= HOMES.get(name, set())


def test_that_data_would_be_run_is_noticed():
    """The test above sees imports inside functions, calls by name and as attributes, and numpy's option."""
    lines = ("import cloudpickle", "from pickle import loads", "eval('1')", "spec.loader.exec_module(m)")
    source = "def f():\n    " + "\n    ".join(
        (
            *lines,
            "numpy.load(file, allow_pickle=True)",
        )
    )
    found = ["cloudpickle", "pickle.loads", "eval", "exec_module", "allow_pickle"]
    assert sorted(running_of_data(source)) == sorted(found)
