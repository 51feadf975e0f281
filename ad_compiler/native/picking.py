"""Elements picked by numbers that are known at run time: take, nonzero, tril_indices, bincount, diagonals."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num, Seq, symbol
from ..support import moving
from . import arithmetic, gather, indices, views
from .arithmetic import I8
from .arranging import as_variable, flattened
from .composed import given
from .lower import Lowering
from .moving import mapped
from .reductions import reduce_element
from .shaping import diagonal_of
from .sorting import lined
from .values import contiguous
from .writer import ZERO, CannotLower, Int, text

FULL = ir.Const(slice(None))


def places_of(lo: Lowering, arg: ir.Arg) -> ir.Arg:
    """An operand of places: a number, or a variable that holds an array of integers."""
    if isinstance(arg, ir.Var) and not isinstance(arg.type, (Num, Array)):
        return gather.listed(lo, arg)
    if isinstance(arg, ir.Const) and isinstance(arg.value, (int, np.integer)):
        return arg
    return arg if isinstance(arg, ir.Var) else gather.listed(lo, _as_list(arg))


def _as_list(arg: Any) -> Any:
    if isinstance(arg, ir.Const) and isinstance(arg.value, tuple):
        return ir.Const(list(arg.value))
    return ir.Pack("list", arg.items) if isinstance(arg, ir.Pack) else arg


def take(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.take(x, places, axis)`: `x[:, places]`."""
    options = given(call, 2, "axis", "out", "mode")
    axis = options.get("axis")
    if options.get("mode", "raise") != "raise" or options.get("out") is not None:
        raise CannotLower("take() with these arguments")
    base = call.args[0] if axis is not None or views.rank(call.args[0]) == 1 else flattened(lo, call.args[0])
    index = (*[FULL] * ((axis or 0) % views.rank(base)), places_of(lo, call.args[1]))
    from .calls import item

    item(lo, target, ir.Call(item, (base, ir.Pack("tuple", index)), (), "index"))


def take_transposed(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """The cotangent of what `np.take` took from: added up at the places."""
    axis, mode = (views.static(a) for a in call.args[3:5])
    shape = lo.integers(call.args[2])
    if mode != "raise" or (axis is None and len(shape) != 1) or not isinstance(target.type, Array):
        raise CannotLower("take() with these arguments")
    out = lo.allocate(target.type.dtype, shape, target)
    lo.close()
    nest = lo.open(shape)
    nest.store(out, arithmetic.literal(0, out.dtype))
    lo.close()
    lo.env[target] = out
    index = (*[FULL] * ((axis or 0) % len(shape)), places_of(lo, call.args[1]))
    value = call.args[0]
    assert isinstance(value, (ir.Var, ir.Const))
    from .stores import store

    store(lo, ir.Store(target, ir.Pack("tuple", index), "+", value, None, scatter=True))


def nonzero(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.nonzero(x)` and `np.where(x)`: the places that are not zero, an array for each axis; `np.flatnonzero`."""
    array, t = lo.memory(call.args[0]), target.type
    flat = call.function is np.flatnonzero
    rank = len(array.sizes)
    if not (isinstance(t, Array) if flat else isinstance(t, Seq) and len(t.items) == rank) or not rank:
        raise CannotLower(f"{call.function.__name__} of one argument")
    lo.close()
    n, k = lo.fresh("n"), lo.fresh("k")
    lo.line(f"{n} = 0")

    def loops(inside: Any) -> None:
        names = tuple(lo.fresh("i") for _ in array.sizes)
        for name, m in zip(names, array.sizes, strict=True):
            lo.w.open(f"for {name} in range({text(m)}):")
        lo.w.open(f"if {array.element(names)} != 0:")
        inside(names)
        for _ in range(len(names) + 1):
            lo.w.close()

    loops(lambda names: lo.line(f"{n} += 1"))
    lo.w.facts.low[n] = ZERO
    outs = [lo.allocate(I8, (symbol(n),), ir.Var(target.hint, Array(I8, (symbol(n),))))
            for _ in range(1 if flat else rank)]
    lo.line(f"{k} = 0")

    def put(names: tuple[str, ...]) -> None:
        steps = contiguous(lo.w, array.sizes)
        whole = " + ".join(f"{i} * ({text(s)})" for i, s in zip(names, steps, strict=True))
        for out, value in zip(outs, [whole] if flat else names, strict=True):
            lo.line(f"{out.element((k,))} = {value}")
        lo.line(f"{k} += 1")

    loops(put)
    lo.env[target] = outs[0] if flat else tuple(outs)


def triangle_places(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.tril_indices(n, k, m)` and `np.triu_indices`; `..._from(x, k)`."""
    low = call.function in (np.tril_indices, np.tril_indices_from)
    if call.function in (np.tril_indices_from, np.triu_indices_from):
        shift = given(call, 1, "k").get("k", 0)
        rows, columns = lo.memory(call.args[0]).sizes
    else:
        k = views.argument(call, 1, "k")
        shift, m = 0 if k is None else views.static(k), views.argument(call, 2, "m")
        rows = lo.integer(call.args[0])
        columns = rows if m is None or indices._is_const(m, None) else lo.integer(m)
    lo.close()
    n, i, j, at = (lo.fresh(h) for h in ("n", "i", "j", "at"))
    first, last = ("0", f"min({text(columns)}, {i} + {shift + 1})") if low else (
        f"max(0, {i} + {shift})", text(columns))
    lo.line(f"{n} = 0")
    with lo.w.block(f"for {i} in range({text(rows)}):"):
        lo.line(f"{n} += max(0, {last} - {first})")
    lo.w.facts.low[n] = ZERO
    outs = tuple(lo.allocate(I8, (symbol(n),), ir.Var(target.hint, Array(I8, (symbol(n),)))) for _ in "ij")
    lo.line(f"{at} = 0")
    with lo.w.block(f"for {i} in range({text(rows)}):"), lo.w.block(f"for {j} in range({first}, {last}):"):
        for out, value in zip(outs, (i, j), strict=True):
            lo.line(f"{out.element((at,))} = {value}")
        lo.line(f"{at} += 1")
    lo.env[target] = outs


def bincount(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.bincount(places, weights, minlength)`"""
    t = target.type
    weights, least = views.argument(call, 1, "weights"), views.argument(call, 2, "minlength")
    places = lined(lo, call.args[0])
    if not isinstance(t, Array) or places.dtype.kind not in "iu" or len(places.sizes) != 1:
        raise CannotLower("bincount() of anything but a line of integers")
    weighted = weights is not None and not indices._is_const(weights, None)
    values = lo.memory(weights) if weighted else None
    places = lo.memory(call.args[0]) if values is not None and isinstance(getattr(
        call.args[0], "type", None), Array) else places
    n, k, at = lo.fresh("n"), lo.fresh("k"), lo.fresh("at")
    least_text = "0" if least is None else text(lo.integer(least))
    if values is not None:
        lo.require_equal(values.sizes[0], places.sizes[0])
    lo.close()
    lo.line(f"{n} = {least_text}")
    with lo.w.block(f"for {k} in range({text(places.sizes[0])}):"):
        lo.line(f"{at} = int({places.element((k,))})")
        lo.line(f"if {at} < 0:")
        lo.line("    return 1")
        lo.line(f"{n} = max({n}, {at} + 1)")
    lo.w.facts.low[n] = ZERO
    out = lo.allocate(t.dtype, (symbol(n),), target)
    nest = lo.open(out.sizes)
    nest.store(out, arithmetic.literal(0, out.dtype))
    lo.close()
    with lo.w.block(f"for {k} in range({text(places.sizes[0])}):"):
        place = out.element((f"int({places.element((k,))})",))
        one = "1" if values is None else f"float({values.element((k,))})"
        lo.line(f"{place} = {place} + {one}")
    lo.env[target] = out


def diagonal(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.diagonal(x, offset, axis1, axis2)`: a view, the diagonal last; `np.trace` adds it up."""
    trace = call.function in (np.trace, np.linalg.trace)
    stacked = call.function in (np.linalg.trace, np.linalg.diagonal)
    names = ("offset", "dtype") if stacked else ("offset", "axis1", "axis2", "dtype")
    options = given(call, 1, *names)
    array = lo.memory(call.args[0])
    rank = len(array.sizes)
    a, b = (rank - 2, rank - 1) if stacked else (options.get(n, k) % rank for k, n in enumerate(("axis1", "axis2")))
    if options.get("dtype") is not None or a == b:
        raise CannotLower("a diagonal with these arguments")
    offset: Any = options.get("offset", 0)
    rest = [k for k in range(rank) if k not in (a, b)]
    line = diagonal_of(lo, array.with_axes((array.sizes[a], array.sizes[b]), (array.strides[a], array.strides[b])),
                       int(offset))
    sizes: tuple[Int, ...] = (*(array.sizes[k] for k in rest), *line.sizes)
    view = line.with_axes(sizes, (*(array.strides[k] for k in rest), *line.strides))
    if not trace:
        lo.env[target] = view
        return
    nest, (element,) = lo.elements([as_variable(lo, view)])
    reduce_element(lo, target, nest, element, (rank - 2,), "sum")


def labels_along_axis(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """The flat positions that `np.take_along_axis(x, places, axis)` takes from."""
    places, shape, axis = lo.memory(call.args[0]), lo.integers(call.args[1]), views.static(call.args[2])
    if axis is None or len(shape) != len(places.sizes):
        raise CannotLower("take_along_axis() of flattened arrays")
    along = axis % len(shape)

    def where(nest: Any) -> list[tuple[str, str | None]]:
        at, n = nest.fresh("at"), text(shape[along])
        nest.line(f"{at} = {nest.load(places).text}")
        nest.line(f"{at} = {at} + {n} if {at} < 0 else {at}")
        nest.fail_if(f"{at} < 0 or {at} >= {n}")
        return [(at if k == along else i, None) for k, i in enumerate(nest.index)]

    mapped(lo, target, places.sizes, None, shape, where)


def where(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.where(condition, a, b)`; of the condition alone, where it holds."""
    from .calls import elementwise

    (nonzero if len(call.args) == 1 else elementwise)(lo, target, call)


def diagonal_matrix(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.diagflat(x, k)`: a matrix with all elements on a diagonal."""
    from .shaping import diagonal as of_line

    of_line(lo, target, ir.Call(np.diag, (flattened(lo, call.args[0]), *call.args[1:]), call.kwargs))


HANDLERS: dict[Any, Any] = {
    np.where: where, moving.along_axis_source: labels_along_axis, np.take: take,
    moving.take_transposed: take_transposed, np.nonzero: nonzero, np.flatnonzero: nonzero,
    **dict.fromkeys((np.tril_indices, np.triu_indices, np.tril_indices_from, np.triu_indices_from), triangle_places),
    np.bincount: bincount, np.diagflat: diagonal_matrix,
    **dict.fromkeys((np.diagonal, np.trace, np.linalg.diagonal, np.linalg.trace), diagonal),
}
