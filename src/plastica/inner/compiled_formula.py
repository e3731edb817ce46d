"""The reader of a formula for kernels: numba compiles the tree itself, for numbers and for lanes of sixteen.

    change = Formula(tree, ("x", "y", "w"), ("A110", "A021"))

is an argument of a kernel, in which `apply(change, (x, y, w), rules, first)` is what the tree is worth: the parameters
stand in `rules` from `first` on. Every formula has a numba type of its own, so a kernel is compiled once for each and
kept on disk (`formula_cache`); the type names the tree by a fingerprint, and formulas that differ in names alone share
it.
"""

import hashlib
from collections.abc import Callable, Mapping

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.core.extending import NativeValue, intrinsic, models, register_model, unbox

from plastica.inner import lane_functions as functions
from plastica.inner.lanes import ALIGNMENT, LANES, LanesType
from plastica.rules.expression import Expression, fold, name

_BY_MULTIPLICATION = 64  # whole powers up to this one
_TREES: dict[str, Expression] = {}  # by fingerprint; names are the positions of the arguments


class FormulaType(types.Type):
    """The numba type of one formula. It is pickled into numba's index of what is on disk: a fingerprint, not a tree."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        super().__init__(name=f"Formula({fingerprint})")

    @property
    def tree(self) -> Expression:
        return _TREES[self.fingerprint]


register_model(FormulaType)(models.OpaqueModel)


@unbox(FormulaType)
def _unbox_formula(typ, obj, c):
    return NativeValue(c.context.get_dummy_value())  # all that there is to know is in the type


class Formula:
    """A tree whose names are quantities, which a kernel computes, and parameters, which stand in an array.

    Raises ValueError where the tree has another name.
    """

    def __init__(self, tree: Expression, quantities: tuple[str, ...], parameters: tuple[str, ...]) -> None:
        places = {word: name(str(place)) for place, word in enumerate((*quantities, *parameters))}
        unknown = [word for word in tree.names if word not in places]
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is neither a quantity nor a parameter")
        placed = tree.replaced(places)
        fingerprint = hashlib.sha256(repr(placed).encode()).hexdigest()
        _TREES[fingerprint] = placed
        self._numba_type_ = FormulaType(fingerprint)


@intrinsic(prefer_literal=False)
def apply(typingctx, formula, quantities, parameters, first):
    """What a formula is worth: quantities is a tuple of lanes, or of numbers; parameters a C-ordered array, in which
    they begin at the `first`-th lanes (or number)."""
    if not isinstance(formula, FormulaType):
        raise TypingError(f"{formula} is not a formula")
    kind = quantities.types[0]
    if any(one != kind for one in quantities.types) or not (isinstance(kind, LanesType) or kind in types.real_domain):
        raise TypingError(f"the quantities of a formula are all lanes, or all numbers, not {quantities}")
    if not (isinstance(parameters, types.Array) and parameters.layout == "C"):
        raise TypingError(f"the parameters of a formula stand in a C-ordered array, not in {parameters}")

    def codegen(context, builder, signature, args):
        given = cgutils.unpack_tuple(builder, args[1])
        data = context.make_array(parameters)(context, builder, args[2]).data
        target = context.get_value_type(kind)
        width = LANES if isinstance(kind, LanesType) else 1

        def value_of(place):
            if place < len(given):
                return given[place]
            offset = builder.add(args[3], ir.Constant(args[3].type, place - len(given)))
            offset = builder.mul(offset, ir.Constant(offset.type, width))
            pointer = builder.bitcast(builder.gep(data, [offset]), target.as_pointer())
            value = builder.load(pointer, align=ALIGNMENT)
            value.set_metadata("invariant.load", builder.module.add_metadata([]))  # no kernel changes a rule
            return value

        return _walk(builder, formula.tree, value_of, ir.Constant(target, ir.Undefined))

    return kind(formula, quantities, parameters, types.intp), codegen


@intrinsic(prefer_literal=False)
def numbers(typingctx, array, first, template):
    """Numbers `first`, `first` + 1, ... of a C-ordered float array as a tuple, as long as the tuple `template`."""
    result = types.BaseTuple.from_types((array.dtype,) * len(template))

    def codegen(context, builder, signature, args):
        data = context.make_array(array)(context, builder, args[0]).data
        places = [builder.add(args[1], ir.Constant(args[1].type, k)) for k in range(len(template))]
        return context.make_tuple(builder, result, [builder.load(builder.gep(data, [place])) for place in places])

    return result(array, types.intp, template), codegen


@intrinsic(prefer_literal=False)
def is_unchanged(typingctx, formula):
    """Whether a formula is worth its first quantity, whatever the others are."""
    unchanged = formula.tree == name("0")

    def codegen(context, builder, signature, args):
        return context.get_constant(types.boolean, unchanged)

    return types.boolean(formula), codegen


class _Product:
    """a * b that is not computed yet: a sum takes it as a fused multiply-add."""

    def __init__(self, a: ir.Value, b: ir.Value) -> None:
        self.factors = a, b


def _walk(builder, tree, value_of, like):
    """The value of a tree, whose name "k" is worth value_of(k); `like` has the type of all values."""

    def value(one):
        if isinstance(one, _Product):
            return builder.fmul(*one.factors)
        return functions.constant(like, _in_precision(one, like)) if isinstance(one, float) else one

    def leaf(operation, argument):
        return value_of(int(argument)) if operation == "name" else argument

    def node(operation, *arguments):
        if operation == "multiply":
            return _Product(*map(value, arguments))
        if operation in ("add", "subtract") and any(isinstance(one, _Product) for one in arguments):
            return _fused(builder, operation, arguments, value)
        if operation == "power" and _is_whole(arguments[1]):
            return functions.whole_power(builder, value(arguments[0]), int(arguments[1]))
        return _INSTRUCTIONS[operation](builder, *map(value, arguments))

    return value(fold(tree, leaf, node))


def _fused(builder, operation, arguments, value):
    """a + b or a - b, at least one of them a product."""
    a, b = arguments
    if isinstance(a, _Product):
        rest = value(b) if operation == "add" else builder.fneg(value(b))
        return functions.fma(builder, *a.factors, rest)
    x, y = b.factors
    return functions.fma(builder, x if operation == "add" else builder.fneg(x), y, value(a))


def _in_precision(number: float, like: ir.Value) -> float:
    """A number as the type can hold it: what is too large for it is infinite."""
    element = like.type.element if isinstance(like.type, ir.VectorType) else like.type
    with np.errstate(over="ignore"):
        return float(np.float32(number)) if isinstance(element, ir.FloatType) else number


def _is_whole(exponent: object) -> bool:
    return isinstance(exponent, float) and exponent.is_integer() and abs(exponent) <= _BY_MULTIPLICATION


def _ordered(symbol: str) -> Callable[..., ir.Value]:
    return lambda builder, a, b: builder.fcmp_ordered(symbol, a, b)


_INSTRUCTIONS: Mapping[str, Callable[..., ir.Value]] = {
    "negative": lambda builder, a: builder.fneg(a),
    "add": lambda builder, a, b: builder.fadd(a, b),
    "subtract": lambda builder, a, b: builder.fsub(a, b),
    "divide": lambda builder, a, b: builder.fdiv(a, b),
    "power": functions.power,
    "less": _ordered("<"),
    "less_equal": _ordered("<="),
    "greater": _ordered(">"),
    "greater_equal": _ordered(">="),
    "where": lambda builder, condition, a, b: builder.select(condition, a, b),
    "exp": functions.exp,
    "log": functions.log,
    "tanh": functions.tanh,
    "sqrt": functions.sqrt,
    "abs": functions.absolute,
    "minimum": functions.smaller,
    "maximum": functions.larger,
}
