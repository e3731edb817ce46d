"""Lanes whose numbers stand apart in memory: rows of four that places name, and numbers that lanes are added to.

Sixteen loads of four numbers and a transposition take half the time of sixteen times three loads of one, and need no
instructions for gathering.
"""

from llvmlite import ir
from numba.core import types
from numba.core.errors import TypingError
from numba.core.extending import intrinsic

from plastica.inner.lanes import LANES, of

FOUR = 4


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
    """Add lanes to the numbers of an array that the `index`-th sixteen places name, no two of them the same."""

    def codegen(context, builder, signature, args):
        data = context.make_array(array)(context, builder, args[0]).data
        for lane, place in enumerate(_places(context, builder, places, args[1], args[2])):
            pointer = builder.gep(data, [place])
            added = builder.extract_element(args[3], ir.Constant(ir.IntType(32), lane))
            builder.store(builder.fadd(builder.load(pointer), added), pointer)
        return context.get_dummy_value()

    return types.void(array, places, types.intp, value), codegen


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
