"""exp, log, tanh and powers of sixteen float32 numbers at once, as instructions of LLVM; and of all else, by libm.

The float32 forms reduce the range and take a polynomial, fused multiply-adds throughout: one result wherever it is
computed. Largest errors, measured over all of float32: exp and log 1 unit in the last place, tanh 5; a power a^b, by
exp and log, 2^-23 times (2 + |b log a|). Infinities, what is not a number and subnormal numbers come out as IEEE says,
and exp as zero where it would be subnormal; but a power of minus zero has no sign, nor 1 to what is not a number a
value.
"""

from llvmlite import ir
from numba.core import cgutils

_INT = ir.IntType(32)
_LOG2_E = 1.44269504088896341
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.12194440e-4  # the first has few digits: its product with an exponent is exact
_EXP_LARGEST, _EXP_LEAST = 88.7228394, -87.3365448  # beyond: infinite, and below the least normal number
# Of (exp(r) - 1 - r) / r^2 for |r| < ln(2) / 2, and of log(1 + r) beyond r - r^2 / 2 for 1/2 < (1 + r)^2 < 2 (Cephes).
_EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
_LOG = (
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
# tanh(x) = x p(x^2) / q(x^2) between where it is x and where it is one (the approximation that Eigen and XLA use).
_TANH_X, _TANH_ONE = 4e-4, 7.90531110763549805
_TANH_P = (
    -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08,
    1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03,
)  # fmt: skip
_TANH_Q = (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03)


def constant(like, number):
    """A number as a constant of the type of `like`, lanes or scalar."""
    vector = isinstance(like.type, ir.VectorType)
    return ir.Constant(like.type, [number] * like.type.count if vector else number)


def fma(builder, a, b, c):
    """a * b + c, rounded once."""
    return _intrinsic(builder, "fma", a, b, c)


def sqrt(builder, x):
    return _intrinsic(builder, "sqrt", x)


def absolute(builder, x):
    return _intrinsic(builder, "fabs", x)


def exp(builder, x):
    return _exp(builder, x) if _is_fast(x) else _by_number(builder, "llvm.exp", x)


def log(builder, x):
    return _log(builder, x) if _is_fast(x) else _by_number(builder, "llvm.log", x)


def tanh(builder, x):
    return _tanh(builder, x) if _is_fast(x) else _by_number(builder, "tanh", x)


def power(builder, a, b):
    return _power(builder, a, b) if _is_fast(a) else _by_number(builder, "llvm.pow", a, b)


def whole_power(builder, x, exponent):
    """x to a whole exponent, by multiplication."""
    result, square, left = None, x, abs(exponent)
    while left:
        if left & 1:
            result = square if result is None else builder.fmul(result, square)
        left >>= 1
        if left:
            square = builder.fmul(square, square)
    one = constant(x, 1.0)
    result = one if result is None else result
    return builder.fdiv(one, result) if exponent < 0 else result


def smaller(builder, a, b):
    """The smaller of two; what is not a number, where either is."""
    return _unless_nan(builder, a, builder.select(builder.fcmp_ordered("<", a, b), a, b))


def larger(builder, a, b):
    """The larger of two; what is not a number, where either is."""
    return _unless_nan(builder, a, builder.select(builder.fcmp_ordered(">", a, b), a, b))


def _is_fast(x):
    return isinstance(x.type, ir.VectorType) and isinstance(x.type.element, ir.FloatType)


def _intrinsic(builder, name, *arguments):
    """An operation that LLVM has for numbers and for vectors of them."""
    kind = arguments[0].type
    vector = isinstance(kind, ir.VectorType)
    element = "f32" if isinstance(kind.element if vector else kind, ir.FloatType) else "f64"
    suffix = f"v{kind.count}{element}" if vector else element
    signature = ir.FunctionType(kind, [kind] * len(arguments))
    return builder.call(cgutils.get_or_insert_function(builder.module, signature, f"llvm.{name}.{suffix}"), arguments)


def _by_number(builder, name, *arguments):
    """A function of libm, one number after the other."""
    kind = arguments[0].type
    if not isinstance(kind, ir.VectorType):
        single = isinstance(kind, ir.FloatType)
        suffix = (".f32" if single else ".f64") if name.startswith("llvm.") else ("f" if single else "")
        signature = ir.FunctionType(kind, [kind] * len(arguments))
        return builder.call(cgutils.get_or_insert_function(builder.module, signature, name + suffix), arguments)
    result = ir.Constant(kind, ir.Undefined)
    for lane in range(kind.count):
        at = ir.Constant(_INT, lane)
        number = _by_number(builder, name, *(builder.extract_element(a, at) for a in arguments))
        result = builder.insert_element(result, number, at)
    return result


def _unless_nan(builder, a, otherwise):
    return builder.select(builder.fcmp_unordered("uno", a, a), a, otherwise)


def _polynomial(builder, x, coefficients):
    """Horner, from the highest power down."""
    total = constant(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total = fma(builder, total, x, constant(x, coefficient))
    return total


def _bits(like):
    return ir.VectorType(_INT, like.type.count)


def _two_to(builder, n, like):
    """2^n of whole numbers n within the exponents of normal float32 numbers."""
    biased = builder.add(n, ir.Constant(n.type, [127] * n.type.count))
    return builder.bitcast(builder.shl(biased, ir.Constant(n.type, [23] * n.type.count)), like.type)


def _exp(builder, x):
    held = builder.select(builder.fcmp_ordered("<", x, constant(x, _EXP_LARGEST)), x, constant(x, _EXP_LARGEST))
    held = builder.select(builder.fcmp_ordered(">", held, constant(x, _EXP_LEAST)), held, constant(x, _EXP_LEAST))
    n = _intrinsic(builder, "rint", builder.fmul(held, constant(x, _LOG2_E)))
    r = fma(builder, n, constant(x, -_LN2_HIGH), held)
    r = fma(builder, n, constant(x, -_LN2_LOW), r)
    tail = fma(builder, builder.fmul(r, r), _polynomial(builder, r, _EXP), r)
    near_one = builder.fadd(tail, constant(x, 1.0))
    whole = builder.fptosi(n, _bits(x))
    half = builder.ashr(whole, ir.Constant(whole.type, [1] * whole.type.count))  # 2^128 is no float32: in two steps
    result = builder.fmul(near_one, _two_to(builder, half, x))
    result = builder.fmul(result, _two_to(builder, builder.sub(whole, half), x))
    result = builder.select(builder.fcmp_ordered(">", x, constant(x, _EXP_LARGEST)), constant(x, float("inf")), result)
    result = builder.select(builder.fcmp_ordered("<", x, constant(x, _EXP_LEAST)), constant(x, 0.0), result)
    return _unless_nan(builder, x, result)


def _log(builder, x):
    small = builder.fcmp_ordered("<", x, constant(x, 2.0**-126))  # a subnormal number has no bits of an exponent
    scaled = builder.select(small, builder.fmul(x, constant(x, 2.0**23)), x)
    shift = builder.select(small, constant(x, 23.0), constant(x, 0.0))
    word = builder.bitcast(scaled, _bits(x))
    mask = lambda value: ir.Constant(word.type, [value] * word.type.count)  # noqa: E731
    # mantissa in [sqrt(1/2), sqrt(2)): the bits of sqrt(1/2) taken off first carry into the exponent
    moved = builder.sub(word, mask(0x3F3504F3))
    exponent = builder.fsub(builder.sitofp(builder.ashr(moved, mask(23)), x.type), shift)
    mantissa = builder.bitcast(builder.add(builder.and_(moved, mask(0x007FFFFF)), mask(0x3F3504F3)), x.type)
    r = builder.fsub(mantissa, constant(x, 1.0))
    square = builder.fmul(r, r)
    tail = builder.fmul(builder.fmul(r, square), _polynomial(builder, r, _LOG))
    tail = fma(builder, exponent, constant(x, _LN2_LOW), tail)
    tail = fma(builder, square, constant(x, -0.5), tail)
    result = fma(builder, exponent, constant(x, _LN2_HIGH), builder.fadd(r, tail))
    infinite = constant(x, float("inf"))
    result = builder.select(builder.fcmp_ordered("==", x, infinite), infinite, result)
    result = builder.select(builder.fcmp_ordered("==", x, constant(x, 0.0)), constant(x, float("-inf")), result)
    result = builder.select(builder.fcmp_ordered("<", x, constant(x, 0.0)), constant(x, float("nan")), result)
    return _unless_nan(builder, x, result)


def _tanh(builder, x):
    held = builder.select(builder.fcmp_ordered("<", x, constant(x, _TANH_ONE)), x, constant(x, _TANH_ONE))
    held = builder.select(builder.fcmp_ordered(">", held, constant(x, -_TANH_ONE)), held, constant(x, -_TANH_ONE))
    square = builder.fmul(held, held)
    above = builder.fmul(held, _polynomial(builder, square, _TANH_P))
    result = builder.fdiv(above, _polynomial(builder, square, _TANH_Q))
    result = builder.select(builder.fcmp_ordered("<=", constant(x, _TANH_ONE), x), constant(x, 1.0), result)
    result = builder.select(builder.fcmp_ordered("<=", x, constant(x, -_TANH_ONE)), constant(x, -1.0), result)
    within = builder.fcmp_unordered("<", absolute(builder, x), constant(x, _TANH_X))  # and what is not a number
    return builder.select(within, x, result)


def _power(builder, a, b):
    """exp(b log |a|); a negative base has a power where the exponent is whole."""
    base, infinite = absolute(builder, a), constant(a, float("inf"))
    size = _exp(builder, builder.fmul(b, _log(builder, base)))
    size = builder.select(builder.fcmp_ordered("==", base, constant(a, 1.0)), constant(a, 1.0), size)
    truncated = lambda value: _intrinsic(builder, "trunc", value)  # noqa: E731
    half = builder.fmul(b, constant(b, 0.5))
    odd = builder.fcmp_ordered("!=", half, truncated(half))
    signed = builder.select(odd, builder.fsub(constant(a, -0.0), size), size)
    broken = builder.select(builder.fcmp_ordered("==", base, infinite), size, constant(a, float("nan")))
    signed = builder.select(builder.fcmp_ordered("==", b, truncated(b)), signed, broken)
    result = builder.select(builder.fcmp_ordered("<", a, constant(a, 0.0)), signed, size)
    return builder.select(builder.fcmp_ordered("==", b, constant(b, 0.0)), constant(b, 1.0), result)
