"""Lanes whose numbers stand apart in memory, where places name them: gathered, written back, added to.

Rows of four are sixteen loads of four numbers and a transposition, which take half the time of sixteen times three
loads of one.
"""

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.core.extending import intrinsic

from plastica.inner.lanes import FEATURES, LANES, WIDE, of, splatted

FOUR = 4
# Whether to gather by the processor's instruction: AMD's, which alone have SSE4a, takes longer than sixteen loads.
GATHERS = WIDE and "+sse4a" not in FEATURES


@intrinsic(prefer_literal=False)
def load_fours(typingctx, array, places, index):
    """Rows of a C-ordered float array [numbers, 4] that the `index`-th sixteen places name, as four lanes: the first
    number of each row, the second, the third, the fourth."""
    if not (isinstance(array, types.Array) and array.layout == "C" and array.ndim > 1):
        raise TypingError(f"lanes load fours from C-ordered arrays of rows, not from {array}")
    result = types.BaseTuple.from_types((of(array.dtype),) * FOUR)

    def codegen(context, builder, signature, args):
        data = context.make_array(array)(context, builder, args[0]).data
        row = ir.VectorType(context.get_value_type(array.dtype), FOUR)
        size = context.get_abi_sizeof(row.element)
        pointers = (
            builder.gep(data, [builder.mul(place, ir.Constant(place.type, FOUR))])
            for place in _places(context, builder, places, args[1], args[2])
        )
        rows = [builder.load(builder.bitcast(pointer, row.as_pointer()), align=size) for pointer in pointers]
        return context.make_tuple(builder, result, _transposed(builder, rows))

    return result(array, places, types.intp), codegen


@intrinsic(prefer_literal=False)
def add_at(typingctx, array, places, index, value):
    """Add lanes to the numbers of an array that the `index`-th sixteen places name, one after the other."""
    _check(array)

    def codegen(context, builder, signature, args):
        data = context.make_array(array)(context, builder, args[0]).data
        for lane, place in enumerate(_places(context, builder, places, args[1], args[2])):
            pointer = builder.gep(data, [place])
            added = builder.extract_element(args[3], ir.Constant(ir.IntType(32), lane))
            builder.store(builder.fadd(builder.load(pointer), added), pointer)
        return context.get_dummy_value()

    return types.void(array, places, types.intp, value), codegen


@intrinsic(prefer_literal=False)
def gather(typingctx, array, places, index):
    """The numbers of a C-ordered float array that the `index`-th sixteen places name."""
    _check(array)

    def codegen(context, builder, signature, args):
        data = context.make_array(array)(context, builder, args[0]).data
        return _gathered(context, builder, data, places, args[1], args[2])

    return of(array.dtype)(array, places, types.intp), codegen


@intrinsic(prefer_literal=False)
def gather_rows(typingctx, array, rows, places, index):
    """The same of those rows of an array [rows, numbers] that a tuple of numbers names, as a tuple of lanes."""
    _check(array)
    result = types.BaseTuple.from_types((of(array.dtype),) * len(rows))

    def codegen(context, builder, signature, args):
        given = context.make_array(array)(context, builder, args[0])
        _, numbers = cgutils.unpack_tuple(builder, given.shape, 2)
        firsts = [
            builder.gep(given.data, [builder.mul(row, numbers)]) for row in cgutils.unpack_tuple(builder, args[1])
        ]
        lanes = [_gathered(context, builder, first, places, args[2], args[3]) for first in firsts]
        return context.make_tuple(builder, result, lanes)

    return result(array, rows, places, types.intp), codegen


@intrinsic(prefer_literal=False)
def scatter(typingctx, array, places, index, value):
    """Write lanes to the numbers of an array that the `index`-th sixteen places name, in the order of lanes."""
    _check(array)

    def codegen(context, builder, signature, args):
        data = context.make_array(array)(context, builder, args[0]).data
        for lane, place in enumerate(_places(context, builder, places, args[1], args[2])):
            builder.store(
                builder.extract_element(args[3], ir.Constant(ir.IntType(32), lane)), builder.gep(data, [place])
            )
        return context.get_dummy_value()

    return types.void(array, places, types.intp, value), codegen


def _gathered(context, builder, data, array_type, array, index):
    """The numbers behind an address that sixteen places name."""
    lanes = ir.Constant(ir.VectorType(data.type.pointee, LANES), ir.Undefined)
    if GATHERS:
        return _by_instruction(context, builder, data, array_type, array, index, lanes)
    for lane, place in enumerate(_places(context, builder, array_type, array, index)):
        number = builder.load(builder.gep(data, [place]))
        lanes = builder.insert_element(lanes, number, ir.Constant(ir.IntType(32), lane))
    return lanes


def _by_instruction(context, builder, data, array_type, array, index, nothing):
    """The same by the processor's own instruction."""
    size, wide = context.get_abi_sizeof(data.type.pointee), ir.VectorType(ir.IntType(64), LANES)  # no place is negative
    first = context.make_array(array_type)(context, builder, array).data
    first = builder.gep(first, [builder.mul(index, ir.Constant(index.type, LANES))])
    named = builder.bitcast(first, ir.VectorType(first.type.pointee, LANES).as_pointer())
    named = builder.zext(builder.load(named, align=context.get_abi_sizeof(first.type.pointee)), wide)
    begin = splatted(builder, builder.ptrtoint(data, wide.element), wide)
    addresses = builder.add(begin, builder.mul(named, ir.Constant(wide, [size] * LANES)))
    pointers, mask = ir.VectorType(data.type, LANES), ir.VectorType(ir.IntType(1), LANES)
    kind = ir.FunctionType(nothing.type, [pointers, ir.IntType(32), mask, nothing.type])
    called = f"llvm.masked.gather.v{LANES}f{8 * size}.v{LANES}p0f{8 * size}"
    return builder.call(
        cgutils.get_or_insert_function(builder.module, kind, called),
        [builder.inttoptr(addresses, pointers), ir.IntType(32)(size), ir.Constant(mask, [1] * LANES), nothing],
    )


def _check(array):
    if not (isinstance(array, types.Array) and array.layout == "C"):
        raise TypingError(f"places name numbers of C-ordered arrays, not of {array}")


def _places(context, builder, array_type, array, index):
    """The `index`-th sixteen numbers of an array of unsigned integers, as they are used."""
    data = context.make_array(array_type)(context, builder, array).data
    first = builder.mul(index, ir.Constant(index.type, LANES))
    for lane in range(LANES):
        pointer = builder.gep(data, [builder.add(first, ir.Constant(first.type, lane))])
        yield builder.zext(builder.load(pointer), ir.IntType(64))


def _transposed(builder, rows):
    """The four columns of sixteen rows of four."""
    quarters = range(0, LANES, FOUR)
    # Of rows k, k + 4, k + 8 and k + 12 one vector, for k from 0 to 3: then each quarter is a matrix of 4 x 4.
    halves = [[_shuffle(builder, rows[k + q], rows[k + q + FOUR], range(8)) for q in (0, 8)] for k in range(FOUR)]
    a, b, c, d = (_shuffle(builder, left, right, range(LANES)) for left, right in halves)
    low = [q + at for q in quarters for at in (0, LANES, 1, LANES + 1)]
    high = [at + 2 for at in low]
    first = [q + at for q in quarters for at in (0, 1, LANES, LANES + 1)]
    second = [at + 2 for at in first]
    pairs = [(_shuffle(builder, a, b, half), _shuffle(builder, c, d, half)) for half in (low, high)]
    return [_shuffle(builder, left, right, mask) for left, right in pairs for mask in (first, second)]


def _shuffle(builder, a, b, mask):
    """The numbers of two vectors that the mask names, those of the second behind those of the first."""
    places = list(mask)
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places))
