"""Tasks of installed packages: what they offer is known from their metadata, and imported when it is named.

A package offers a `Preset` in its pyproject.toml, and with it the classes of its modules as parts of other tasks:

    [project.entry-points."plastica.tasks"]
    ring-memory = "labpkg.tasks:RING_MEMORY"
"""

from collections.abc import Callable, Iterable
from importlib.metadata import Distribution, EntryPoint, entry_points
from typing import Any

from plastica.errors import UserError

GROUP = "plastica.tasks"


def offered() -> dict[str, EntryPoint]:
    """{task: where it is}; nothing is imported. Raises UserError where two packages offer a task of one name."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            both = f"{package(other)} and {package(point)}"
            raise UserError(f"{both} both offer a task {point.name}: uninstall one of them")
    return found


def load(point: EntryPoint) -> Any:
    """What a package offers. Raises UserError if it fails when it is imported."""
    return _loaded(f"the task {point.name} of {package(point)}", point.load)


def part(key: str, word: str) -> Any:
    """A class or function by `module:name`, of a package that offers tasks. Raises UserError for any other."""
    if word.partition(":")[0].split(".")[0] not in _packages():
        raise UserError(
            f"parts.{key} = {word!r}: no installed package that offers tasks to plastica has it; install the package "
            "that the task is made of"
        )
    return _loaded(f"parts.{key} = {word!r}", EntryPoint("", word, GROUP).load)


def word_of(found: Any) -> str | None:
    """`module:name` of a class or function of such a package; None for anything else."""
    module, name = str(getattr(found, "__module__", "")), str(getattr(found, "__qualname__", ""))
    return f"{module}:{name}" if name.isidentifier() and module.split(".")[0] in _packages() else None


def versions(words: Iterable[str]) -> dict[str, str]:
    """{distribution: version} of the packages behind tasks and `module:name`s."""
    points, packages = offered(), _packages()
    behind = [points[word].dist if word in points else packages.get(word.split(":")[0].split(".")[0]) for word in words]
    return {one.name: one.version for one in behind if one}


def package(point: EntryPoint) -> str:
    """The distribution of an entry point and its version, in words."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _packages() -> dict[str, Distribution]:
    """{package that is imported: its distribution} of all that offer tasks."""
    return {point.module.split(".")[0]: point.dist for point in offered().values() if point.dist}


def _loaded(what: str, act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Exception as error:
        message = " ".join(f"{type(error).__name__}: {error}".split())
        raise UserError(f"{what} cannot be loaded ({message}): mend or reinstall its package") from None
