"""NumPy functions that are a few operations of others: variances, grids of numbers, places of extremes."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num, size
from . import arithmetic, views
from .arithmetic import I8
from .lower import Lowering
from .nests import Total, stored_line
from .reductions import reduce_element
from .values import Scalar
from .writer import CannotLower, Int, text


def given(call: ir.Call, first: int, *names: str) -> dict[str, Any]:
    """The constant arguments behind the first ones, by name. Raises CannotLower for others."""
    found = {name: views.static(a) for name, a in zip(names, call.args[first:], strict=False)}
    for name, a in call.kwargs:
        if name not in names:
            raise CannotLower(f"{getattr(call.function, '__name__', 'a function')} with `{name}`")
        found[name] = views.static(a)
    if len(call.args) - first > len(names):
        raise CannotLower("more arguments than are known")
    return {k: v for k, v in found.items() if v is not np._NoValue}


def axes_of(value: Any, rank: int) -> tuple[int, ...]:
    return tuple(range(rank)) if value is None else tuple(sorted(a % rank for a in views._tuple(value)))


def variance(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.var` and `np.std`: the mean square distance from the mean, as NumPy adds it up."""
    options = given(call, 1, "axis", "dtype", "out", "ddof", "keepdims")
    if options.get("dtype") is not None or options.get("out") is not None:
        raise CannotLower("var() with these arguments")
    source = lo.memory(call.args[0])
    if source.dtype.kind != "f":
        raise CannotLower(f"var() of {source.dtype}")
    rank, ddof = len(source.sizes), options.get("ddof", 0)
    axes = axes_of(options.get("axis"), rank)
    dtype = source.dtype
    kept = tuple(n for k, n in enumerate(source.sizes) if k not in axes)
    small = ir.Var("mean", Array(dtype, tuple(size(1) for _ in kept)) if kept else Num(dtype, weak=False))
    lo.left[small] = 1
    nest, (element,) = lo.elements(call.args[:1])
    reduce_element(lo, small, nest, element, axes, "mean", keepdims=bool(kept))
    lo.close()
    whole = ir.Var(target.hint, target.type)
    lo.left[whole] = 1
    nest, (x, mean) = lo.elements([call.args[0], small])
    apart = arithmetic.apply(nest, np.subtract, [x, mean], dtype, False)
    square = arithmetic.apply(nest, np.multiply, [apart, apart], dtype, False)
    reduce_element(lo, whole, nest, square, axes, "sum", bool(options.get("keepdims", False)))
    lo.close()
    count = views.product(lo, tuple(source.sizes[k] for k in axes)) - int(ddof)
    if not count.known:
        lo.w.fail_if(f"{text(count)} <= 0")
    n = Scalar(f"np.{dtype.name}({text(count)})" if dtype.itemsize == 4 else f"float({text(count)})", dtype, False)
    root = call.function is np.std

    def last(sink: Any, total: Scalar) -> Scalar:
        out = arithmetic.apply(sink, np.divide, [total, n], dtype, False)
        return arithmetic.apply(sink, np.sqrt, [out], dtype, False, target.hint) if root else out

    if isinstance(target.type, Num):
        total = lo.scalar(whole)
        lo.env[target] = last(lo, total)
    else:
        nest, (total,) = lo.elements([whole])
        lo.inner(target, nest, last(nest, total))
    lo.left[small] = lo.left[whole] = 0


def linspace(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.linspace(start, stop, num)`: the last number is `stop` itself."""
    t = target.type
    others = tuple(k for k in call.kwargs if k[0] != "num")
    options = given(ir.Call(call.function, call.args, others), 3, "endpoint", "retstep", "dtype", "axis")
    num = views.argument(call, 2, "num")
    n = size(50) if num is None else lo.integer(num)
    if not isinstance(t, Array) or t.ndim != 1 or t.dtype != np.dtype(np.float64) or options.get("retstep"):
        raise CannotLower("linspace() of arrays")
    start, stop = (arithmetic.simple(lo, arithmetic.cast(lo.scalar(a), t.dtype)) for a in call.args[:2])
    ends = bool(options.get("endpoint", True))
    if not n.known:
        lo.w.fail_if(f"{text(n)} < 2")
    elif n.const < 2:
        raise CannotLower("linspace() of fewer than two numbers")
    step = lo.fresh("step")
    lo.line(f"{step} = ({stop} - {start}) / ({text(n - 1 if ends else n)})")
    nest = lo.open((n,))
    name, i = nest.fresh(target.hint), nest.index[0]
    plain = f"{i} * {step} + {start}"
    nest.line(f"{name} = {stop} if {i} == {text(n - 1)} else {plain}" if ends else f"{name} = {plain}")
    lo.inner(target, nest, Scalar(name, t.dtype, False))


def trapezoid(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.trapezoid(y, x)` or `(y, dx=...)` along the last axis."""
    array = lo.memory(call.args[0])
    x, dx = views.argument(call, 1, "x"), views.argument(call, 2, "dx")
    axis = views.argument(call, 3, "axis")
    rank = len(array.sizes)
    if not array.sizes:
        raise CannotLower("trapezoid() of a number")
    along = rank - 1 if axis is None else views.static(axis) % rank
    order = [*(k for k in range(rank) if k != along), along]
    array = array.with_axes(tuple(array.sizes[k] for k in order), tuple(array.strides[k] for k in order))
    if any(k not in ("x", "dx", "axis") for k, _ in call.kwargs) or array.dtype != np.dtype(np.float64):
        raise CannotLower("trapezoid() with these arguments")
    lo.close()
    (*outer, last), (*_, step) = array.sizes, array.strides
    sizes = (*outer, last - 1)
    nest = lo.open(sizes)
    right = nest.load(array.with_axes(sizes, array.strides, array.offset + step))
    left = nest.load(array.with_axes(sizes, array.strides))
    total = arithmetic.apply(nest, np.add, [right, left], array.dtype, False)
    if x is not None and not (isinstance(x, ir.Const) and x.value is None):
        places = lo.memory(x)
        if len(places.sizes) > 1 and along != rank - 1:
            raise CannotLower("trapezoid() along another axis")
        steps = places.strides if len(places.sizes) > 1 else (*(views.ZERO for _ in sizes[:-1]), places.strides[0])
        lo.require_equal(places.sizes[len(places.sizes) - 1], last)
        far = nest.load(places.with_axes(sizes, steps, places.offset + places.strides[len(places.strides) - 1]))
        near = nest.load(places.with_axes(sizes, steps))
        width = arithmetic.apply(nest, np.subtract, [far, near], array.dtype, False)
    else:
        width = lo.constant(1.0) if dx is None else lo.scalar(dx)
    area = arithmetic.apply(nest, np.multiply, [width, total], array.dtype, False)
    half = arithmetic.apply(nest, np.divide, [area, lo.constant(2.0)], array.dtype, False)
    reduce_element(lo, target, nest, half, (rank - 1,), "sum")


def place_of_extreme(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.argmax` and `np.argmin`: the first place, of NaN if there is one."""
    options = given(call, 1, "axis", "out", "keepdims")
    if options.get("out") is not None or options.get("keepdims"):
        raise CannotLower("argmax() with these arguments")
    array = lo.memory(call.args[0])
    rank = len(array.sizes)
    axis = options.get("axis")
    if array.dtype.kind not in "fiu":
        raise CannotLower(f"argmax() of {array.dtype}")
    axes = axes_of(axis, rank)
    order = [k for k in range(rank) if k not in axes] + list(axes)
    sizes: tuple[Int, ...] = tuple(array.sizes[k] for k in order)
    for k in axes:
        lo.w.fail_if(f"{text(array.sizes[k])} <= 0")
    lo.close()
    depth = rank - len(axes)
    out = None if isinstance(target.type, Num) else lo.allocate(I8, sizes[:depth], target)
    nest = lo.open(sizes)
    value = nest.load(array.with_axes(sizes, tuple(array.strides[k] for k in order))).text
    best, at, here = nest.fresh("best"), nest.fresh(target.hint), nest.fresh("here")
    sign = ">" if call.function is np.argmax else "<"
    nest.line(f"if {here} == 0 or {value} {sign} {best} or ({value} != {value} and {best} == {best}):")
    nest.line(f"    {best} = {value}")
    nest.line(f"    {at} = {here}")
    nest.line(f"{here} += 1")
    before = [f"{best} = {arithmetic.literal(0, array.dtype)}", f"{at} = 0", f"{here} = 0"]
    after = [] if out is None else [stored_line(out, out.element(nest.index[:depth]), at)]
    nest.totals.append(Total(depth, before, after))
    nest.writes.append((target, object()))
    lo.close()
    lo.env[target] = lo.number(at, target.type) if isinstance(target.type, Num) else out


def product_of_others(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """For each element the product of all others: of those before it times those behind it."""
    axis = views.argument(call, 1, "axis")
    array, t = lo.memory(call.args[0]), target.type
    if (axis is not None and views.static(axis) is not None and len(array.sizes) > 1) or not isinstance(t, Array):
        raise CannotLower("products of others along an axis")
    lo.close()
    out = lo.allocate(t.dtype, array.sizes, target)
    total = lo.fresh("product")
    for back in (False, True):
        lo.line(f"{total} = {arithmetic.literal(1, t.dtype)}")
        names = [lo.fresh("k") for _ in array.sizes]
        for k, n in zip(names, array.sizes, strict=True):
            lo.w.open(f"for {k} in range({text(n - 1)}, -1, -1):" if back else f"for {k} in range({text(n)}):")
        element, place = array.element(tuple(names)), out.element(tuple(names))
        lo.line(f"{place} = {place} * {total}" if back else f"{place} = {total}")
        lo.line(f"{total} = {total} * {element}")
        for _ in names:
            lo.w.close()
    lo.env[target] = out


def cumulated(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.cumsum` and `np.cumprod`, of a vector or along an axis."""
    options = given(call, 1, "axis", "dtype", "out")
    array, t = lo.memory(call.args[0]), target.type
    rank, axis = len(array.sizes), options.get("axis")
    if axis is None and rank > 1:
        from .arranging import flattened

        array, rank = lo.memory(flattened(lo, call.args[0])), 1
    if not isinstance(t, Array) or not rank or set(options) - {"axis"}:
        raise CannotLower("cumsum() of a number")
    along = (axis or 0) % rank
    order = [k for k in range(rank) if k != along] + [along]
    lo.close()
    out = lo.allocate(t.dtype, array.sizes, target)
    sizes = tuple(array.sizes[k] for k in order)
    nest = lo.open(sizes)
    value = nest.load(array.with_axes(sizes, tuple(array.strides[k] for k in order)))
    total, times = nest.fresh(target.hint), call.function is np.cumprod
    sign = "*" if times else "+"
    nest.line(f"{total} = {total} {sign} {arithmetic.cast(value, t.dtype)}")
    nest.totals.append(Total(rank - 1, [f"{total} = {arithmetic.literal(int(times), t.dtype)}"], []))
    nest.store(out.with_axes(sizes, tuple(out.strides[k] for k in order)), total)
    lo.close()
    lo.env[target] = out
