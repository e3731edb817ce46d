"""Pieces of a script for Brian2: the code of an event, and names that Brian2 lets a model have."""

import re
from collections.abc import Iterable, Mapping, Sequence

from plastica.exports.names import BRIAN2_TAKEN, is_unit
from plastica.exports.source import Source
from plastica.exports.written import Language, factored, renamed, sum_lines, written
from plastica.rules.expression import Expression

BRIAN2 = Language(
    {
        "where": "where(int({0}), {1}, {2})",  # which Brian2 has not: `WHERE` gives it to a script
        "minimum": "clip({0}, -inf, {1})",
        "maximum": "clip({0}, {1}, inf)",
        **{word: f"{word}({{0}})" for word in ("exp", "log", "tanh", "sqrt", "abs")},
    }
)
WHERE = '''\
@implementation("cpp", "double where(int c, double a, double b) { return c ? a : b; }")
@implementation("cython", "cdef double where(int c, double a, double b):\\n    return a if c else b")
@check_units(c=1, a=1, b=1, result=1)
def where(c, a, b):
    """a where c holds, else b."""
    return np.where(c, a, b)


'''
WIDTH = 90


def allowed(traces: Iterable[str], parameters: Iterable[str]) -> dict[str, str]:
    """A name for each trace and parameter that a model may have: no unit, no word of Brian2, and no trace that ends as
    the variables of either side do."""
    plain = {word: word.replace("_pre", "pre").replace("_post", "post") for word in traces}
    plain |= {word: re.sub("_(pre|post)$", r"\1", word) if _is_variable(word) else word for word in parameters}
    safe = {word: f"p{other}" if other.startswith("_") else other for word, other in plain.items()}
    found = renamed(list(dict.fromkeys(safe.values())), [*BRIAN2_TAKEN, *filter(is_unit, safe.values())])
    return {word: found[other] for word, other in safe.items()}


def _is_variable(word: str) -> bool:
    """Whether Brian2 would take a name for a variable of either side."""
    return re.sub("_(pre|post)$", "", word) in BRIAN2_TAKEN


def where_of(source: Source) -> tuple[str, str]:
    """The function `where` for a script whose rules have one, and what it imports for that."""
    trees = [tree for rule in source.rules.values() for tree in rule.formulas.values()]
    needed = any("where(" in written(tree, BRIAN2) for tree in trees)
    return (WHERE, ", check_units, implementation") if needed else ("", "")


def code(result: str, tree: Expression, names: Mapping[str, str]) -> list[str]:
    """Statements that give a formula's value to `result`, on lines that are not too long."""
    parts, whole = factored(tree, "part_of_it")
    lines = [f"{word} = {written(part, BRIAN2, names)}" for word, part in parts.items()]
    first, *further = sum_lines(whole, BRIAN2, WIDTH, names)
    added = [f"{result} += {line[2:] if line.startswith('+ ') else '-' + line[2:]}" for line in further]
    return [*lines, f"{result} = {first}", *added]


def namespace(source: Source, connection: str, names: Mapping[str, str]) -> list[str]:
    """The entries of a dict of all numbers of a rule; times have their unit."""
    units = source.units(connection)
    choice = ['    "where": where,'] if where_of(source)[0] else []
    return choice + [
        f'    "{names[word]}": {value!r}{"*ms" if units[word] == "ms" else ""},'
        f"{'' if units[word] in ('1', 'ms') else '  # ' + units[word]}"
        for word, value in source.numbers(connection).items()
    ]


def in_formulas(source: Source, connection: str, names: Mapping[str, str]) -> dict[str, str]:
    """The names as formulas have them, which have no units: a time is a number of ms there."""
    units = source.units(connection)
    return {word: f"({name}/ms)" if units.get(word) == "ms" else name for word, name in names.items()}


def block(called: str, lines: Sequence[str]) -> str:
    """A string over several lines."""
    return "\n".join([f'{called} = """', *lines, '"""'])
