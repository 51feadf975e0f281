"""Functions that move elements: concatenate, stack, roll, diag; and those that run along an axis."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num, size, symbol
from . import arithmetic, views
from .composed import given
from .lower import Lowering
from .reductions import reduce_element
from .values import Arr, Inner, Scalar, contiguous
from .writer import ZERO, CannotLower, text


def attribute(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`x.size` and `x.ndim`"""
    found, name = lo.read(call.args[0]), views.static(call.args[1])
    if not isinstance(found, (Arr, Inner)) or name not in ("size", "ndim"):
        raise CannotLower(f"the attribute {name}")
    if name == "ndim":
        lo.env[target] = lo.constant(len(found.sizes))
    else:
        lo.env[target] = views.length(lo, views.product(lo, tuple(lo.w.at_least_zero(n) for n in found.sizes)))


def roll(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.roll`: along one axis by a constant, two pieces; otherwise each element from where it was."""
    shift, axis = views.argument(call, 1, "shift"), views.argument(call, 2, "axis")
    along = None if axis is None else views.static(axis)
    rank = views.rank(call.args[0])
    fixed = isinstance(shift, ir.Const) and isinstance(shift.value, int) and shift.value != 0
    if not fixed or not isinstance(along, int | None) or (along is None and rank != 1):
        return rolled(lo, target, call, shift, along)
    array = lo.memory(call.args[0])
    by, along = shift.value, (along or 0) % rank
    n = array.sizes[along]
    lo.w.fail_if(f"{text(n)} <= {abs(by)}")
    out = lo.allocate(array.dtype, array.sizes, target)
    first = size(by) if by > 0 else n + by  # where element 0 goes
    stride, step = array.strides[along], out.strides[along]
    for count, source, place in ((n - first, ZERO, first), (first, n - first, ZERO)):
        sizes = tuple(count if k == along else m for k, m in enumerate(array.sizes))
        nest = lo.open(sizes)
        piece = array.with_axes(sizes, array.strides, array.offset + lo.w.times(source, stride))
        element = nest.load(piece)
        nest.store(out.with_axes(sizes, out.strides, out.offset + lo.w.times(place, step)), element.text)
        lo.close()
    lo.env[target] = out
    return None


def rolled(lo: Lowering, target: ir.Var, call: ir.Call, shift: Any, along: Any) -> None:
    """`np.roll` by numbers known at run time, along several axes, or of all elements in a row."""
    from .arranging import flattened
    from .moving import mapped

    if along is None and views.rank(call.args[0]) != 1:
        shape = lo.memory(call.args[0]).sizes
        line = ir.Var("rolled", Array(target.type.dtype, (views.ONE,)))
        lo.left[line] = 1
        rolled(lo, line, ir.Call(np.roll, (flattened(lo, call.args[0]),)), shift, 0)
        lo.env[target] = lo.memory(line).with_axes(shape, contiguous(lo.w, shape))
        return
    array = lo.memory(call.args[0])
    axes = [a % len(array.sizes) for a in views._tuple(along or 0)]
    given_shifts = list(lo.integers(shift))
    shifts = given_shifts * len(axes) if len(given_shifts) == 1 else given_shifts
    axes = axes * len(shifts) if len(axes) == 1 else axes

    def places(nest: Any) -> list[tuple[str, str | None]]:
        found: list[tuple[str, str | None]] = [(i, None) for i in nest.index]
        for axis, by in zip(axes, shifts, strict=True):
            found[axis] = (f"(({found[axis][0]} - ({text(by)})) % max(1, {text(array.sizes[axis])}))", None)
        return found

    mapped(lo, target, array.sizes, array, array.sizes, places)


def diagonal(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.diag(x, k)`: a matrix with this diagonal, or the diagonal of a matrix."""
    array = lo.memory(call.args[0])
    k = views.argument(call, 1, "k")
    offset = 0 if k is None else views.static(k)
    if len(array.sizes) == 2 and isinstance(target.type, Array):
        line = diagonal_of(lo, array, offset)
        nest = lo.open(line.sizes)
        lo.inner(target, nest, nest.load(line))
        return
    if len(array.sizes) != 1:
        raise CannotLower("diag() of more axes")
    n = lo.w.at_least_zero(array.sizes[0]) + abs(offset)
    out = lo.allocate(array.dtype, (n, n), target)
    nest = lo.open((n, n))
    nest.store(out, arithmetic.literal(0, array.dtype))
    lo.close()
    nest = lo.open(array.sizes)
    element = nest.load(array)
    start = out.offset + (size(offset) if offset >= 0 else lo.w.times(size(-offset), n))
    nest.store(out.with_axes(array.sizes, (n + 1,), start), element.text)
    lo.close()
    lo.env[target] = out


def diagonal_of(lo: Lowering, array: Arr, offset: int = 0) -> Arr:
    """The diagonal of a matrix, as a view."""
    (n, m), (s, t) = array.sizes, array.strides
    start = array.offset + (t.scaled(offset) if offset >= 0 else s.scaled(-offset))
    rows, columns = (n, m - offset) if offset >= 0 else (n + offset, m)
    count = rows if rows == columns else symbol(lo.w.once(f"min({text(rows)}, {text(columns)})", "n"))
    return array.with_axes((count,), (s + t,), start)


def diff(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """Differences along an axis, `n` times; `prepend` and `append` lengthen the array first."""
    ends = {k: v for k, v in call.kwargs if k in ("prepend", "append")}
    rest = tuple((k, v) for k, v in call.kwargs if k not in ends)
    options = given(ir.Call(call.function, call.args[:3], rest), 1, "n", "axis")
    array, times = lo.memory(call.args[0]), options.get("n", 1)
    if not isinstance(times, int) or times < 1 or array.dtype.kind not in "fci" or len(call.args) > 3:
        raise CannotLower("diff() with these arguments")
    along = options.get("axis", -1) % len(array.sizes)
    if ends:
        array = _lengthened(lo, array, ends, along)
    for k in range(times):
        last = k == times - 1
        var = target if last else ir.Var("apart", Array(array.dtype, array.sizes))
        lo.left.setdefault(var, 1)
        n, stride = array.sizes[along], array.strides[along]
        sizes = tuple(n - 1 if k == along else m for k, m in enumerate(array.sizes))
        nest = lo.open(sizes)
        pair = [nest.load(array.with_axes(sizes, array.strides, array.offset + stride)),
                nest.load(array.with_axes(sizes, array.strides))]
        lo.inner(var, nest, arithmetic.apply(nest, np.subtract, pair, array.dtype, False, target.hint))
        if not last:
            array = lo.memory(var)


def _lengthened(lo: Lowering, array: Arr, ends: dict[str, Any], along: int) -> Arr:
    """The array with numbers, or arrays, put in front and behind along an axis."""
    from .arranging import as_variable
    from .joining import joined

    def part(arg: Any) -> ir.Var:
        value = lo.read(arg)
        if not isinstance(value, Scalar):
            return arg
        sizes = tuple(views.ONE if k == along else n for k, n in enumerate(array.sizes))
        made = lo.allocate(array.dtype, sizes, ir.Var("end", Array(array.dtype, sizes)))
        lo.close()
        nest = lo.open(sizes)
        nest.store(made, arithmetic.cast(value, array.dtype))
        lo.close()
        return as_variable(lo, made, "end")

    parts = [part(ends[k]) if k in ends else as_variable(lo, array) if k == "" else None for k in (
        "prepend", "", "append")]
    whole = ir.Var("whole", Array(array.dtype, array.sizes))
    lo.left[whole] = 1
    joined(lo, whole, [p for p in parts if p is not None], along)
    return lo.memory(whole)


def vdot(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """The sum of products of all elements of two arrays of one shape, the first conjugated."""
    if not isinstance(target.type, Num):
        raise CannotLower("vdot() of something else")
    lo.require_same(lo.memory(a).sizes if views.rank(a) else () for a in call.args)
    nest, pair = lo.elements(call.args)
    if pair[0].kind == "c":
        pair[0] = arithmetic.apply(nest, np.conjugate, pair[:1], pair[0].dtype, False)
    product = arithmetic.apply(nest, np.multiply, pair, target.type.dtype, False)
    reduce_element(lo, target, nest, product, tuple(range(len(nest.sizes))), "sum")
