"""Arrays put together: concatenate, stack, and their kin in one and two dimensions; of run-time lists too."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, ListOf, Num, size, symbol
from . import arithmetic, lists, views
from .lower import Lowering
from .values import Arr, Inner, Items, Scalar
from .writer import ONE, ZERO, CannotLower, Int, text


def put(lo: Lowering, target: Arr, source: Any) -> None:
    """Copy an operand into memory, broadcast."""
    nest, (element,) = lo.elements([source], target.sizes)
    nest.store(target, arithmetic.cast(element, target.dtype))


def concatenate(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.concatenate`: the parts one after the other along an axis."""
    axis = along(call, 0)
    if isinstance(getattr(call.args[0], "type", None), ListOf):
        return concatenated_list(lo, target, call.args[0], axis)
    return joined(lo, target, parts(lo, call), axis)


def along(call: ir.Call, default: int) -> int:
    """The axis, a constant."""
    given = views.argument(call, 1, "axis")
    axis = default if given is None else views.static(given)
    if not isinstance(axis, int) or any(k != "axis" for k, _ in call.kwargs):
        raise CannotLower("arrays put together with these arguments")
    return axis


def parts(lo: Lowering, call: ir.Call) -> list[ir.Var]:
    """The parts as arrays; groups of numbers and constants among them become arrays."""
    group = lo.spelled_out(call.args[0])
    items: Iterable[Any] = group.items if isinstance(group, ir.Pack) else ()
    if isinstance(group, ir.Const) and isinstance(group.value, (tuple, list)):
        items = [ir.Const(v) for v in group.value]
    found = [as_array(lo, i) for i in items]
    if not found:
        raise CannotLower("a group of parts that is made at run time")
    return found


def as_array(lo: Lowering, arg: Any) -> ir.Var:
    """An operand as a variable that holds an array: a number has no axes, a group of numbers one."""
    if isinstance(arg, ir.Var) and isinstance(arg.type, Array):
        return arg
    value = lo.read(arg)
    if isinstance(value, Scalar):
        made = lo.allocate(value.dtype, (), ir.Var("part", Num(value.dtype)))
        lo.line(f"{made.element(())} = {arithmetic.cast(value, value.dtype)}")
    elif isinstance(value, tuple) and value and all(isinstance(v, Scalar) for v in value):
        dtype = np.result_type(*(v.dtype for v in value))
        made = lo.allocate(dtype, (size(len(value)),), ir.Var("part", Num(dtype)))
        for k, v in enumerate(value):
            lo.line(f"{made.element((str(k),))} = {arithmetic.cast(v, dtype)}")
    else:
        raise CannotLower("a group of parts that is made at run time")
    if made.dtype.kind == "b":
        raise CannotLower("truth values among the parts")
    var = ir.Var("part", Array(made.dtype, made.sizes))
    lo.env[var], lo.left[var] = made, 1
    return var


def joined(lo: Lowering, target: ir.Var, given: Sequence[ir.Var], axis: int, least: int = 0) -> None:
    """The parts one after the other; `least`: the rank they have at least, new axes being put in front."""
    t = target.type
    if not isinstance(t, Array):
        raise CannotLower("concatenate() that gives no array")
    axis %= t.ndim
    arrays = [lo.memory(p) for p in given]
    arrays = [a.with_axes((ONE,) * (least - len(a.sizes)) + a.sizes, (ZERO,) * (least - len(a.sizes)) + a.strides)
              for a in arrays]
    if any(len(a.sizes) != t.ndim for a in arrays):
        raise CannotLower("concatenate() of arrays with different numbers of axes")
    total = size(0)
    for a in arrays:
        total = total + lo.w.at_least_zero(a.sizes[axis])
        for k in range(t.ndim):
            if k != axis:
                lo.require_equal(a.sizes[k], arrays[0].sizes[k])
    sizes = tuple(total if k == axis else n for k, n in enumerate(arrays[0].sizes))
    out = lo.allocate(t.dtype, sizes, target)
    lo.env[target] = out
    start = ZERO
    for a in arrays:
        place = out.with_axes(a.sizes, out.strides, out.offset + lo.w.times(start, out.strides[axis]))
        copy(lo, place, a)
        start = start + lo.w.at_least_zero(a.sizes[axis])
    lo.close()


def copy(lo: Lowering, place: Arr, source: Arr) -> None:
    """Copy memory of the same sizes."""
    nest = lo.open(place.sizes)
    nest.store(place, arithmetic.cast(nest.load(source.with_axes(place.sizes, source.strides)), place.dtype))
    lo.close()


def stack(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.stack`: the parts along a new axis."""
    axis = along(call, 0)
    if isinstance(getattr(call.args[0], "type", None), ListOf):
        return stacked_list(lo, target, call.args[0], axis)
    return stacked(lo, target, parts(lo, call), axis)


def stacked(lo: Lowering, target: ir.Var, given: Sequence[ir.Var], axis: int) -> None:
    t = target.type
    if not isinstance(t, Array):
        raise CannotLower("stack() that gives no array")
    axis %= t.ndim
    values = [lo.read(p) for p in given]
    lo.require_same(v.sizes if isinstance(v, (Arr, Inner)) else () for v in values)
    inner = lo.broadcast(v.sizes for v in values if isinstance(v, (Arr, Inner)))
    if len(inner) + 1 != t.ndim:
        raise CannotLower("stack() of arrays with different numbers of axes")
    sizes = (*inner[:axis], size(len(given)), *inner[axis:])
    out = lo.allocate(t.dtype, sizes, target)
    lo.env[target] = out
    rest = out.strides[:axis] + out.strides[axis + 1:]
    for k, part in enumerate(given):
        put(lo, out.with_axes(inner, rest, out.offset + out.strides[axis].scaled(k)), part)
    lo.close()


def vertical(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.vstack`"""
    joined(lo, target, parts(lo, call), 0, 2)


def horizontal(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.hstack`"""
    given = parts(lo, call)
    rank = target.type.ndim if isinstance(target.type, Array) else 1
    joined(lo, target, given, 0 if rank == 1 else 1, 1)


def columns(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.column_stack`: vectors are columns."""
    made = []
    for p in parts(lo, call):
        a = lo.memory(p)
        var = ir.Var(p.hint, Array(a.dtype, (*a.sizes, ONE)[:2]))
        lo.env[var] = a.with_axes((*a.sizes, ONE), (*a.strides, ZERO)) if len(a.sizes) == 1 else a
        made.append(var)
    joined(lo, target, made, 1)


# --- run-time lists -----------------------------------------------------------------------------------------
def items_of(lo: Lowering, var: ir.Var) -> tuple[Items, str]:
    """A list of arrays or of lists of numbers, which must not be empty, and its length."""
    items = lo.read(var)
    if not isinstance(items, Items) or not isinstance(var.type, ListOf):
        raise CannotLower("a group of parts that is made at run time")
    lo.close()
    n = lists.length(lo, items).text
    lo.fail_if(f"{n} <= 0")
    return items, n


def part_at(lo: Lowering, items: Items, source: ir.Var, index: str) -> Arr:
    """The array at an index of the list that is `source`; a list of numbers is one with one axis."""
    t = source.type.item if isinstance(source.type, ListOf) else None
    place, var = ir.Var("k", Num(arithmetic.I8)), ir.Var("part", t)
    lo.aliases.join(var, source)  # a reference may be one to an argument
    lo.env[place] = Scalar(index, arithmetic.I8, True, size(int(index)) if index.isdigit() else symbol(index))
    lists.item(lo, var, items, place)
    found = lo.env[var]
    if isinstance(found, Items) and isinstance(t, ListOf) and isinstance(t.item, Num):
        n, start = lo.fresh("n"), lo.fresh("at")
        lo.line(f"{n} = {found.length}")
        lo.line(f"{start} = {found.place}")
        lo.w.facts.low[n] = ZERO
        return Arr(found.base, found.dtype, symbol(start), (symbol(n),), (ONE,), ir.Var("line", t))
    if not isinstance(found, Arr):
        raise CannotLower("a group of parts that is made at run time")
    return found


def stacked_list(lo: Lowering, target: ir.Var, source: ir.Var, axis: int) -> None:
    """`np.stack(list)` and `np.array(list)` of arrays, or of lists of numbers."""
    t, (items, n) = target.type, items_of(lo, source)
    if not isinstance(t, Array):
        raise CannotLower("stack() that gives no array")
    axis %= t.ndim
    inner = part_at(lo, items, source, "0").sizes
    if len(inner) + 1 != t.ndim:
        raise CannotLower("stack() of arrays with different numbers of axes")
    sizes: tuple[Int, ...] = (*inner[:axis], symbol(n), *inner[axis:])
    out = lo.allocate(t.dtype, sizes, target)
    k = lo.fresh("k")
    lo.w.open(f"for {k} in range({n}):")
    part = part_at(lo, items, source, k)
    for have, want in zip(part.sizes, inner, strict=True):
        lo.require_equal(have, want)
    rest = out.strides[:axis] + out.strides[axis + 1:]
    copy(lo, out.with_axes(inner, rest, out.offset + lo.w.times(symbol(k), out.strides[axis])), part)
    lo.w.close()
    lo.env[target] = out


def concatenated_list(lo: Lowering, target: ir.Var, source: ir.Var, axis: int) -> None:
    """`np.concatenate(list)` of arrays."""
    t, (items, n) = target.type, items_of(lo, source)
    if not isinstance(t, Array):
        raise CannotLower("concatenate() that gives no array")
    axis %= t.ndim
    first = part_at(lo, items, source, "0").sizes
    if len(first) != t.ndim:
        raise CannotLower("concatenate() of arrays with different numbers of axes")
    total, k = lo.fresh("total"), lo.fresh("k")
    lo.line(f"{total} = 0")
    lo.w.open(f"for {k} in range({n}):")
    part = part_at(lo, items, source, k)
    lo.line(f"{total} += {text(part.sizes[axis])}")
    lo.w.close()
    lo.w.facts.low[total] = ZERO
    out = lo.allocate(t.dtype, tuple(symbol(total) if a == axis else m for a, m in enumerate(first)), target)
    done = lo.fresh("done")
    lo.line(f"{done} = 0")
    lo.w.open(f"for {k} in range({n}):")
    part = part_at(lo, items, source, k)
    for a, (have, want) in enumerate(zip(part.sizes, first, strict=True)):
        if a != axis:
            lo.require_equal(have, want)
    copy(lo, out.with_axes(part.sizes, out.strides, out.offset + lo.w.times(symbol(done), out.strides[axis])), part)
    lo.line(f"{done} += {text(part.sizes[axis])}")
    lo.w.close()
    lo.env[target] = out


JOINERS = {np.concatenate: concatenate, np.stack: stack, np.vstack: vertical, np.hstack: horizontal,
           np.column_stack: columns}
