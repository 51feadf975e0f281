"""Arrays put together from pieces and copies: append, tile, block, meshgrid, cross, convolve, rot90, atleast."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num, Seq, size
from . import arithmetic, joining, views
from .composed import given
from .lower import Lowering
from .reductions import reduce_element
from .values import Arr, Scalar
from .writer import ONE, ZERO, CannotLower, text


def with_rank(array: Arr, rank: int) -> Arr:
    """The array with new axes in front."""
    missing = rank - len(array.sizes)
    return array.with_axes((ONE,) * missing + array.sizes, (ZERO,) * missing + array.strides)


def as_variable(lo: Lowering, array: Arr, hint: str = "part") -> ir.Var:
    """A variable for an array that the program has no name for."""
    var = ir.Var(hint, Array(array.dtype, array.sizes))
    lo.env[var], lo.left[var] = array, 1
    return var


def flattened(lo: Lowering, arg: ir.Arg) -> ir.Var:
    """All elements of an operand, one after the other."""
    operand = joining.as_array(lo, arg)
    var = ir.Var("line", Array(operand.type.dtype, (ONE,)))
    lo.left[var] = 1
    views.reshape(lo, var, ir.Call(np.ravel, (operand,)))
    return var


def flatten(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`x.flatten(order)`: a copy in any case."""
    from .copying import copied

    order = tuple(call.args[1:]) or tuple(v for _, v in call.kwargs)
    line = ir.Var("line", target.type)
    lo.left[line] = 1
    views.reshape(lo, line, ir.Call(np.ravel, (call.args[0], *order)))
    copied(lo, target, ir.Call(np.copy, (line,)))


def append(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.append(a, values, axis)`"""
    axis = given(call, 2, "axis").get("axis")
    if axis is None:
        return joining.joined(lo, target, [flattened(lo, a) for a in call.args[:2]], 0)
    return joining.joined(lo, target, [joining.as_array(lo, a) for a in call.args[:2]], int(axis))


def tile(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.tile(x, reps)`: a nest over the copies and, inside, over the array."""
    if not isinstance(target.type, Array):
        raise CannotLower("tile() of a number")
    array = lo.memory(joining.as_array(lo, call.args[0]))
    times = list(lo.integers(call.args[1]))
    rank = max(len(times), len(array.sizes))
    times = [ONE] * (rank - len(times)) + times
    for n in times:
        if not lo.w.facts.never_negative(n):
            lo.w.fail_if(f"{text(n)} < 0")
    array = with_rank(array, rank)
    whole = tuple(lo.w.times(t, lo.w.at_least_zero(n)) for t, n in zip(times, array.sizes, strict=True))
    out = lo.allocate(array.dtype, whole, target)
    sizes = (*times, *array.sizes)
    lo.close()
    nest = lo.open(sizes)
    steps = tuple(lo.w.times(s, n) for s, n in zip(out.strides, array.sizes, strict=True))
    element = nest.load(array.with_axes(sizes, (*(ZERO for _ in times), *array.strides)))
    nest.store(out.with_axes(sizes, (*steps, *out.strides)), arithmetic.cast(element, out.dtype))
    lo.close()
    lo.env[target] = out


def block(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.block`: innermost lists along the last axis, those around them along the one before."""
    t = target.type
    if not isinstance(t, Array):
        raise CannotLower("block() of a number")

    def depth(arg: Any) -> int:
        return 1 + max(map(depth, arg.items), default=0) if isinstance(arg, ir.Pack) else 0

    levels = depth(call.args[0])

    def made(arg: Any, level: int) -> ir.Var:
        if not isinstance(arg, ir.Pack):
            return as_variable(lo, with_rank(lo.memory(joining.as_array(lo, arg)), t.ndim))
        parts = [made(i, level - 1) for i in arg.items]
        var = target if level == levels else ir.Var("row", Array(t.dtype, (ONE,) * t.ndim))
        lo.left.setdefault(var, 1)
        joining.joined(lo, var, parts, t.ndim - level)
        return var

    if not levels:
        raise CannotLower("block() of an array")
    made(call.args[0], levels)


def depth_stack(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.dstack`: matrices along a third axis."""
    joining.joined(lo, target, [as_variable(lo, lifted(lo.memory(p), 3)) for p in joining.parts(lo, call)], 2)


def lifted(array: Arr, want: int) -> Arr:
    """The array with at least so many axes, where `np.atleast_3d` and its kin put them."""
    rank = len(array.sizes)
    if want == 3 and rank in (1, 2):
        front, zeros = ((ONE,), (ZERO,)) if rank == 1 else ((), ())
        return array.with_axes((*front, *array.sizes, ONE), (*zeros, *array.strides, ZERO))
    return with_rank(array, max(want, rank))


def at_least(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.atleast_1d` and its kin, of one array: a view with new axes."""
    want = {np.atleast_1d: 1, np.atleast_2d: 2, np.atleast_3d: 3}[call.function]
    if len(call.args) != 1 or not isinstance(target.type, Array):
        raise CannotLower("several arrays with more axes at once")
    lo.env[target] = lifted(lo.memory(joining.as_array(lo, call.args[0])), want)


def turned(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.rot90(x, k, axes)`: a view."""
    options = given(call, 1, "k", "axes")
    array = lo.memory(call.args[0])
    k, (a, b) = int(options.get("k", 1)) % 4, (n % len(array.sizes) for n in options.get("axes", (0, 1)))
    offset, sizes, strides = array.offset, list(array.sizes), list(array.strides)
    for axis in {0: (), 1: (b,), 2: (a, b), 3: (a,)}[k]:
        offset = offset + lo.w.times(sizes[axis] - 1, strides[axis])
        strides[axis] = -strides[axis]
    if k in (1, 3):
        sizes[a], sizes[b] = sizes[b], sizes[a]
        strides[a], strides[b] = strides[b], strides[a]
    lo.env[target] = array.with_axes(tuple(sizes), tuple(strides), offset)


def roll_axis(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.rollaxis(x, axis, start)`"""
    options = given(call, 1, "axis", "start")
    rank = views.rank(call.args[0])
    axis, start = options["axis"] % rank, options.get("start", 0)
    start += rank if start < 0 else 0
    order = [k for k in range(rank) if k != axis]
    order.insert(start - (1 if axis < start else 0), axis)
    views.permuted(lo, target, call.args[0], order)


def meshgrid(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.meshgrid` of lines and `np.broadcast_arrays`: new arrays for the former, views for the latter."""
    t = target.type
    arrays = [lo.memory(joining.as_array(lo, a)) for a in call.args]
    if not isinstance(t, Seq) or len(t.items) != len(arrays):
        raise CannotLower("a group of arrays")
    if call.function is np.broadcast_arrays:
        sizes = lo.broadcast(a.sizes for a in arrays)
        lo.env[target] = tuple(lo.fit(a, sizes) for a in arrays)
        return
    options = {k: views.static(v) for k, v in call.kwargs}
    known = not set(options) - {"indexing", "sparse", "copy"} and options.get("copy", True)
    if not known or any(len(a.sizes) > 1 for a in arrays) or not all(isinstance(i, Array) for i in t.items):
        raise CannotLower("meshgrid() with these arguments")
    arrays = [with_rank(a, 1) for a in arrays]
    places = list(range(len(arrays)))
    if options.get("indexing", "xy") == "xy" and len(arrays) > 1:
        places[:2] = 1, 0
    made = []
    for k, (a, kind) in enumerate(zip(arrays, t.items, strict=True)):
        sizes = tuple(arrays[p].sizes[0] if not options.get("sparse") or p == k else ONE for p in places)
        strides = tuple(a.strides[0] if p == k else ZERO for p in places)
        out = lo.allocate(a.dtype, sizes, ir.Var("grid", kind))
        lo.close()
        nest = lo.open(sizes)
        nest.store(out, nest.load(a.with_axes(sizes, strides)).text)
        lo.close()
        made.append(out)
    lo.env[target] = tuple(made)


def cross(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.cross` of vectors of three numbers, along the last axis; of two, the third number alone."""
    options = given(call, 2, "axisa", "axisb", "axisc", "axis")
    axes = {options[k] for k in options if options[k] is not None}
    a, b = (lo.memory(joining.as_array(lo, x)) for x in call.args[:2])
    ranks = {len(a.sizes), len(b.sizes)}
    lengths = [x.sizes[-1] for x in (a, b)]
    if axes - {-1} and not (len(ranks) == 1 and axes <= {-1, *(r - 1 for r in ranks)}):
        raise CannotLower("cross() along another axis")
    dims = [lo.read(x).sizes[-1] if isinstance(x, ir.Var) else n for x, n in zip(call.args, lengths, strict=False)]
    two = all(n == size(2) for n in dims)
    if not two:
        for n in dims:
            lo.require_equal(n, size(3))
    sizes = lo.broadcast([a.sizes[:-1], b.sizes[:-1]])
    t = target.type
    lo.close()
    a, b = (lo.memory(joining.as_array(lo, x)) for x in call.args[:2])
    lo.close()
    nest = lo.open(sizes)

    def parts(x: Arr) -> list[Scalar]:
        columns = [x.with_axes(x.sizes[:-1], x.strides[:-1], x.offset + x.strides[-1].scaled(k))
                   for k in range(2 if two else 3)]
        return [nest.load(lo.fit(c, sizes)) for c in columns]

    u, v = parts(a), parts(b)

    def part(i: int, j: int) -> Scalar:
        dtype = t.dtype
        pair = [arithmetic.apply(nest, np.multiply, p, dtype, False) for p in ([u[i], v[j]], [u[j], v[i]])]
        return arithmetic.apply(nest, np.subtract, pair, dtype, False, target.hint)

    if two:
        if isinstance(t, Num):
            reduce_element(lo, target, nest, part(0, 1), (), "sum")
        else:
            lo.inner(target, nest, part(0, 1))
        return
    values = [part(1, 2), part(2, 0), part(0, 1)]
    out = lo.allocate(t.dtype, (*sizes, size(3)), target)
    for k, value in enumerate(values):
        nest.store(out.with_axes(sizes, out.strides[:-1], out.offset + size(k)), arithmetic.cast(value, out.dtype))
    lo.close()
    lo.env[target] = out


def convolve(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.convolve(a, v, mode)` and `np.correlate`: each result a sum over the places where both have one."""
    t = target.type
    back = call.function is np.correlate
    mode = given(call, 2, "mode").get("mode", "valid" if back else "full")
    a, v = (lo.memory(x) for x in call.args[:2])
    a = lo.memory(call.args[0])
    if not isinstance(t, Array) or t.dtype.kind not in "fi" or len(a.sizes) != 1 or len(v.sizes) != 1:
        raise CannotLower("convolve() of anything but two lines of real numbers")
    n, m = (text(lo.w.at_least_zero(x.sizes[0])) for x in (a, v))
    lo.fail_if(f"{n} <= 0 or {m} <= 0" + (f" or {n} < {m}" if back and mode == "same" else ""))
    few = lo.w.once(f"min({n}, {m})", "few")
    count, first = {"full": (f"{n} + {m} - 1", "0"), "same": (f"max({n}, {m})", f"({few} - 1) // 2"),
                    "valid": (f"max({n}, {m}) - {few} + 1", f"{few} - 1")}[mode]
    length = lo.fresh("n")
    lo.line(f"{length} = {count}")
    lo.w.facts.low[length] = ZERO
    if back and mode == "same":
        first = f"{m} - 1 - {m} // 2"
    lo.close()
    out = lo.allocate(t.dtype, (views.symbol(length),), target)
    k, i, at, total = (lo.fresh(h) for h in ("k", "i", "at", "total"))
    lo.uses("plus")
    with lo.w.block(f"for {k} in range({length}):"):
        lo.line(f"{at} = {k} + {first}")
        lo.line(f"{total} = {arithmetic.literal(0, t.dtype)}")
        with lo.w.block(f"for {i} in range(max(0, {at} - {m} + 1), min({n}, {at} + 1)):"):
            other = f"({m} - 1 - {at} + {i})" if back else f"({at} - {i})"
            pair = [Scalar(x.element((p,)), x.dtype) for x, p in ((a, i), (v, other))]
            term = " * ".join(arithmetic.cast(s, t.dtype) for s in pair)
            lo.line(f"{total} = plus({total}, {term})" if t.dtype.kind == "f" else f"{total} = {total} + {term}")
        lo.line(f"{out.element((k,))} = {total}")
    lo.env[target] = out


HANDLERS: dict[Any, Any] = {
    np.append: append, np.tile: tile, np.block: block, np.dstack: depth_stack, np.rot90: turned,
    np.rollaxis: roll_axis, np.meshgrid: meshgrid, np.broadcast_arrays: meshgrid, np.cross: cross,
    np.linalg.cross: cross, np.convolve: convolve, np.correlate: convolve, np.ndarray.flatten: flatten,
    **dict.fromkeys((np.atleast_1d, np.atleast_2d, np.atleast_3d), at_least),
}
