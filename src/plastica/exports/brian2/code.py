"""Pieces of a script for Brian2: the code of an event, and names that Brian2 lets a model have."""

import re
from collections.abc import Iterable, Mapping, Sequence

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
# Words that mean something in the code of a model: constants, functions, variables of every group, units.
TAKEN = frozenset(
    "e pi inf i j t dt N w v ge gi x y u exp log log10 tanh sqrt abs sin cos tan sinh cosh arcsin arccos arctan clip "
    "int sign ceil floor rand randn poisson binomial exprel expm1 log1p timestep where not_refractory lastspike "
    "refractory t_in_timesteps lastupdate delay drive heard error eta change changed gbar_i w_max target stimuli".split()
)
_PREFIX = "(?:y|z|a|f|p|n|u|m|c|d|da|h|k|M|G|T|P|E|Z|Y)?"
_UNIT = re.compile(
    f"{_PREFIX}(?:metre|meter|m|gram|gramme|g|second|s|amp|ampere|A|kelvin|mole|mol|candle|radian|steradian|hertz|Hz|"
    "newton|N|pascal|Pa|joule|J|watt|W|coulomb|C|volt|V|farad|F|ohm|siemens|S|weber|Wb|tesla|T|henry|H|lumen|lux|"
    "becquerel|gray|sievert|katal|kat|molar|M|liter|litre|l)[23]?|kilogram|kilogramme|celsius"
)


def allowed(words: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """A name for each trace or parameter that a model may have: no unit, no word of Brian2, and none that ends as the
    variables of either side do."""
    plain = {word: re.sub("_(pre|post)$", r"\1", word) for word in words}
    units = [word for word in plain.values() if _UNIT.fullmatch(word)]
    # A name with an underscore at its end is allowed, one with an underscore at its beginning is not.
    safe = {word: f"p{other}" if other.startswith("_") else other for word, other in plain.items()}
    found = renamed(list(safe.values()), (*TAKEN, *taken, *units))
    return {word: found[other] for word, other in safe.items()}


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


def namespace(source: Source, connection: str, names: Mapping[str, str], indent: str = "    ") -> list[str]:
    """The entries of a dict of all numbers of a rule; times have their unit."""
    units = source.units(connection)
    return [
        f'{indent}"{names[word]}": {value!r}{"*ms" if units[word] == "ms" else ""},'
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
