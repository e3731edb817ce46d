"""`Lanes`: sixteen candidates side by side in one vector, as a number that numba kernels can compute with.

All candidates of a population see the same stimuli, so a kernel walks through a dataset once and carries many
candidates with it. A `Lanes` value holds one float32 (or float64) of each of sixteen candidates; `a * b + c`, `fma`,
comparisons and `where` work lane by lane, so a kernel reads like the scalar formula, and a plain Python function of
scalars compiles for lanes unchanged. LLVM maps the vector to whatever the processor has (AVX-512, AVX2, NEON).

A lane never depends on its neighbours, and `fma` is fused everywhere: the result of a candidate is the same bit for
bit wherever it travels.

In an array, lanes are the last axis: `load(array, k)` takes the k-th group of sixteen numbers of a C-ordered array.
"""

import operator
from collections.abc import Callable
from math import prod

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.core.extending import intrinsic, models, overload, register_model
from numba.core.registry import cpu_target

from plastica.errors import UserError

if numba.config.DISABLE_JIT:
    raise UserError("NUMBA_DISABLE_JIT is set, but plastica's kernels exist only as compiled code: unset it")

LANES = 16
FEATURES = cpu_target.target_context.codegen().magic_tuple()[2]  # of the processor, as LLVM names them
WIDE = "+avx512f" in FEATURES  # 32 registers, each for sixteen float32
ALIGNMENT = 4  # bytes that every numpy array guarantees


class LanesType(types.Type):
    """The numba type of a vector of floats (`element` is float32 or float64) or booleans; of `LANES`, or twice as many
    where two populations of lanes travel together."""

    def __init__(self, element: types.Type, width: int = LANES) -> None:
        self.element, self.width = element, width
        super().__init__(name=f"Lanes({element}, {width})")


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm, fe_type) -> None:
        bits = {types.float32: ir.FloatType(), types.float64: ir.DoubleType(), types.boolean: ir.IntType(1)}
        super().__init__(dmm, fe_type, ir.VectorType(bits[fe_type.element], fe_type.width))


def of(element: types.Type, width: int = LANES) -> LanesType:
    """The lanes type of an element type."""
    return LanesType(element, width)


def aligned(array: np.ndarray, dtype: npt.DTypeLike = None) -> np.ndarray:
    """A C-ordered copy whose lanes lie within cache lines: not needed for a right result, but for a fast one."""
    copy = _aligned(np.empty, array.shape, array.dtype if dtype is None else dtype)
    copy[...] = array
    return copy


def aligned_zeros(shape: tuple[int, ...], dtype: npt.DTypeLike) -> np.ndarray:
    """The same of zeros."""
    return _aligned(np.zeros, shape, dtype)


def _aligned(make: Callable[..., np.ndarray], shape: tuple[int, ...], dtype: npt.DTypeLike) -> np.ndarray:
    size = prod(shape) * np.dtype(dtype).itemsize
    raw = make(size + 64, np.uint8)
    shift = -raw.__array_interface__["data"][0] % 64
    return raw[shift : size + shift].view(dtype).reshape(shape)


def _is_float(value) -> bool:
    return isinstance(value, LanesType) and value.element != types.boolean


def _is_boolean(value) -> bool:
    return isinstance(value, LanesType) and value.element == types.boolean


def splatted(builder, scalar, vector_type):
    one = builder.insert_element(ir.Constant(vector_type, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), vector_type.count), [0] * vector_type.count)
    return builder.shuffle_vector(one, ir.Constant(vector_type, ir.Undefined), mask)


def _group_pointer(context, builder, array_type, array, index, vector_type):
    """Address of the `index`-th group of lanes of a C-ordered array."""
    data = context.make_array(array_type)(context, builder, array).data
    offset = builder.mul(index, ir.Constant(index.type, vector_type.count))
    return builder.bitcast(builder.gep(data, [offset]), vector_type.as_pointer())


@intrinsic(prefer_literal=False)
def load(typingctx, array, index):
    """The `index`-th group of lanes of a C-ordered float array."""
    if not (isinstance(array, types.Array) and array.layout == "C"):
        raise TypingError(f"lanes load from C-ordered arrays, not from {array}")
    return of(array.dtype)(array, types.intp), _load_group


@intrinsic(prefer_literal=False)
def load_packs(typingctx, array, index, packs):
    """The `index`-th group of as many times sixteen numbers as the tuple `packs` is long."""
    return of(array.dtype, LANES * len(packs))(array, types.intp, packs), _load_group


def _load_group(context, builder, signature, args):
    vector = context.get_value_type(signature.return_type)
    pointer = _group_pointer(context, builder, signature.args[0], args[0], args[1], vector)
    return builder.load(pointer, align=ALIGNMENT)


@intrinsic(prefer_literal=False)
def load_from(typingctx, array, index):
    """Sixteen numbers of a C-ordered float array, of which the first is the `index`-th."""
    result = of(array.dtype)

    def codegen(context, builder, signature, args):
        vector = context.get_value_type(result)
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        pointer = builder.bitcast(builder.gep(data, [args[1]]), vector.as_pointer())
        return builder.load(pointer, align=ALIGNMENT)

    return result(array, types.intp), codegen


@intrinsic(prefer_literal=False)
def store(typingctx, array, index, value):
    """Write lanes to the `index`-th group of a C-ordered float array."""
    if not (isinstance(array, types.Array) and array.layout == "C" and _is_float(value)):
        raise TypingError(f"lanes store floats to C-ordered arrays, not {value} to {array}")

    def codegen(context, builder, signature, args):
        vector = context.get_value_type(signature.args[2])
        pointer = _group_pointer(context, builder, signature.args[0], args[0], args[1], vector)
        builder.store(args[2], pointer, align=ALIGNMENT)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), codegen


@intrinsic(prefer_literal=False)
def splat(typingctx, scalar, like):
    """The same scalar in every lane, in the precision of `like` (lanes or an array)."""
    result = like if isinstance(like, LanesType) else of(like.dtype)

    def codegen(context, builder, signature, args):
        scalar_value = context.cast(builder, args[0], signature.args[0], result.element)
        return splatted(builder, scalar_value, context.get_value_type(result))

    return result(scalar, like), codegen


@intrinsic(prefer_literal=False)
def registers(typingctx, array):
    """How many registers lanes of a float array take: of 512 bits where `WIDE`, else of 256; a constant."""
    count = LANES * array.dtype.bitwidth // (512 if WIDE else 256)

    def codegen(context, builder, signature, args):
        return ir.Constant(context.get_value_type(types.intp), count)

    return types.intp(array), codegen


@intrinsic(prefer_literal=False)
def spread(typingctx, array, index):
    """One number of a C-ordered array in every lane."""
    if not (isinstance(array, types.Array) and array.layout == "C"):
        raise TypingError(f"lanes spread from C-ordered arrays, not from {array}")

    def codegen(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return splatted(
            builder, builder.load(builder.gep(data, [args[1]])), context.get_value_type(signature.return_type)
        )

    return of(array.dtype)(array, types.intp), codegen


@intrinsic(prefer_literal=False)
def _fma(typingctx, a, b, c):
    def codegen(context, builder, signature, args):
        vector = args[0].type
        kind = "f32" if a.element == types.float32 else "f64"
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fma.v{a.width}{kind}"
        )
        return builder.call(function, args)

    return a(a, a, a), codegen


def fma(a, b, c):
    """a * b + c, rounded once."""
    raise NotImplementedError("for use in compiled kernels")


@overload(fma, inline="always")
def _overload_fma(a, b, c):
    if _is_float(a) and a == b == c:
        return lambda a, b, c: _fma(a, b, c)
    return None


def _binary(name):
    @intrinsic(prefer_literal=False)
    def combine(typingctx, a, b):
        def codegen(context, builder, signature, args):
            return getattr(builder, name)(*args)

        return a(a, b), codegen

    return combine


def _compare(symbol):
    @intrinsic(prefer_literal=False)
    def compare(typingctx, a, b):
        def codegen(context, builder, signature, args):
            return builder.fcmp_ordered(symbol, *args)

        return LanesType(types.boolean, a.width)(a, b), codegen

    return compare


def _register(operation, function, accepts):
    """Let `operation` work between lanes of one type, and between lanes and scalars."""

    @overload(operation, inline="always")
    def _lanes_operation(a, b):
        if accepts(a) and a == b:
            return lambda a, b: function(a, b)
        if _is_float(a) and isinstance(b, types.Number):
            return lambda a, b: function(a, splat(b, a))
        if _is_float(b) and isinstance(a, types.Number):
            return lambda a, b: function(splat(a, b), b)
        return None


for _operation, _name in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _register(_operation, _binary(_name), _is_float)
for _operation, _symbol in ((operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">=")):
    _register(_operation, _compare(_symbol), _is_float)
for _operation, _name in ((operator.and_, "and_"), (operator.or_, "or_")):
    _register(_operation, _binary(_name), _is_boolean)


@overload(operator.neg, inline="always")
def _lanes_negation(a):
    return (lambda a: a * -1.0) if _is_float(a) else None


@intrinsic(prefer_literal=False)
def where(typingctx, condition, a, b):
    """Lane by lane: `a` where the condition holds, else `b`."""

    def codegen(context, builder, signature, args):
        return builder.select(*args)

    return a(condition, a, a), codegen


@intrinsic(prefer_literal=False)
def any_lane(typingctx, condition):
    """Whether the condition holds in any lane."""

    def codegen(context, builder, signature, args):
        bits = builder.bitcast(args[0], ir.IntType(condition.width))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(condition), codegen


@intrinsic(prefer_literal=False)
def lane_bits(typingctx, condition):
    """The condition as an integer: bit i is lane i."""

    def codegen(context, builder, signature, args):
        return builder.zext(builder.bitcast(args[0], ir.IntType(condition.width)), ir.IntType(64))

    return types.int64(condition), codegen


@intrinsic(prefer_literal=False)
def lowest(typingctx, bits):
    """The number of the lowest bit that is set, of an integer that is not zero."""

    def codegen(context, builder, signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), codegen


@intrinsic(prefer_literal=False)
def count_lanes(typingctx, condition):
    """In how many lanes the condition holds."""

    def codegen(context, builder, signature, args):
        bits = builder.bitcast(args[0], ir.IntType(condition.width))
        return builder.zext(builder.ctpop(bits), ir.IntType(64))

    return types.int64(condition), codegen


def _pick(symbol):
    @intrinsic(prefer_literal=False)
    def pick(typingctx, a, b):
        def codegen(context, builder, signature, args):
            return builder.select(builder.fcmp_ordered(symbol, *args), *args)

        return a(a, b), codegen

    return pick


def maximum(a, b):
    """Lane by lane, the larger of two; `b` where they cannot be compared."""
    raise NotImplementedError("for use in compiled kernels")


def minimum(a, b):
    """Lane by lane, the smaller of two; `b` where they cannot be compared."""
    raise NotImplementedError("for use in compiled kernels")


_register(maximum, _pick(">"), _is_float)
_register(minimum, _pick("<"), _is_float)


@intrinsic(prefer_literal=False)
def load_rows(typingctx, array, first, step, template):
    """Groups `first`, `first` + `step`, ... of a C-ordered float array as a tuple, as long as the tuple `template`."""
    lanes = of(array.dtype)
    result = types.BaseTuple.from_types((lanes,) * len(template))

    def codegen(context, builder, signature, args):
        vector = context.get_value_type(lanes)
        count = [builder.mul(args[2], ir.Constant(args[2].type, row)) for row in range(len(template))]
        places = [builder.add(args[1], one) for one in count]
        pointers = [_group_pointer(context, builder, array, args[0], place, vector) for place in places]
        return context.make_tuple(builder, result, [builder.load(p, align=ALIGNMENT) for p in pointers])

    return result(array, types.intp, types.intp, template), codegen


@intrinsic(prefer_literal=False)
def products(typingctx, a, b):
    """Two tuples of lanes, multiplied member by member."""

    def codegen(context, builder, signature, args):
        pairs = zip(*(cgutils.unpack_tuple(builder, one, len(a)) for one in args), strict=True)
        return context.make_tuple(builder, a, [builder.fmul(x, y) for x, y in pairs])

    return a(a, a), codegen
