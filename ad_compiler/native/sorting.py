"""Sorting along an axis: `np.argsort`, `np.sort`, `np.lexsort`, `np.median`; of lists of numbers too."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num, symbol
from . import arithmetic
from .arithmetic import I8
from .composed import given
from .joining import as_array
from .lower import Lowering
from .nests import stored_line
from .values import Arr, Items, Scalar, contiguous
from .writer import ONE, ZERO, CannotLower, Int, text


def lined(lo: Lowering, arg: ir.Arg) -> Arr:
    """An operand in memory; a list of numbers as it lies there."""
    value = lo.read(arg)
    if isinstance(value, Items) and value.ndim < 0 and value.refs is None:
        lo.close()
        n, at = lo.fresh("n"), lo.fresh("at")
        lo.line(f"{n} = {value.length}")
        lo.line(f"{at} = {value.place}")
        lo.w.facts.low[n] = ZERO
        return Arr(value.base, value.dtype, symbol(at), (symbol(n),), (ONE,), ir.Var("line", None))
    if isinstance(value, tuple):
        return lo.memory(as_array(lo, arg))
    return lo.memory(arg)


def ordered(lo: Lowering, target: ir.Var, array: Arr, axis: int | None, keys: tuple[Arr, ...]) -> tuple[Arr, int]:
    """The places that sort an array along an axis (None: all of it), by keys of its sizes, the last one first."""
    rank = len(array.sizes)
    if axis is None and rank != 1:
        raise CannotLower("sorting of all elements of a matrix")
    axis = axis or 0
    along = axis % rank
    if any(k.dtype.kind not in "fiub" for k in keys):
        raise CannotLower(f"sorting of {keys[0].dtype}")
    lo.close()
    n = array.sizes[along]
    out = lo.allocate(I8, array.sizes, target)
    work = lo.allocate(I8, (n,), ir.Var("work", Array(I8, (n,))))
    moved = (*(m for k, m in enumerate(array.sizes) if k != along), n)
    store = lo.allocate(I8, moved, ir.Var("places", target.type)) if along != rank - 1 else out
    nest = lo.open(moved)
    nest.store(store.with_axes(moved, contiguous(lo.w, moved)), nest.index[-1])
    lo.close()
    names = _loops(lo, moved[:-1])
    lo.uses("order")
    lines = contiguous(lo.w, moved)[:-1]
    for key in reversed(keys):
        strides = [s for k, s in enumerate(key.strides) if k != along]
        start, to = _at(lo, key.offset, names, strides), _at(lo, store.offset, names, lines)
        lo.line(f"order({key.base.pointer}, {start}, {text(key.strides[along])}, {text(lo.w.at_least_zero(n))}, "
                f"{store.base.pointer}, {to}, {work.base.pointer}, {text(work.offset)})")
    for _ in names:
        lo.w.close()
    if store is not out:
        nest = lo.open(moved)
        place = (*(s for k, s in enumerate(out.strides) if k != along), out.strides[along])
        nest.store(out.with_axes(moved, place), nest.load(store.with_axes(moved, contiguous(lo.w, moved))).text)
        lo.close()
    return out, along


def _loops(lo: Lowering, sizes: tuple[Int, ...]) -> list[str]:
    names = [lo.fresh("k") for _ in sizes]
    for name, n in zip(names, sizes, strict=True):
        lo.w.open(f"for {name} in range({text(n)}):")
    return names


def _at(lo: Lowering, start: Int, names: list[str], strides: tuple[Int, ...] | list[Int]) -> str:
    for name, stride in zip(names, strides, strict=True):
        start = start + lo.w.times(symbol(name), stride)
    return text(start)


def options_of(lo: Lowering, call: ir.Call) -> int | None:
    """The axis; the kind of sort makes no difference but for equal elements, which stay in their order here."""
    options = given(call, 1, "axis", "kind", "order", "stable")
    if options.get("order") is not None:
        raise CannotLower("sorting by names")
    return options.get("axis", -1)


def argsort(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.argsort(x, axis)`"""
    array = lined(lo, call.args[0])
    lo.env[target], _ = ordered(lo, target, array, options_of(lo, call), (array,))


def lexsort(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.lexsort((second, first))`: by the last key, where equal by the one before it."""
    group = call.args[0]
    if not isinstance(group, ir.Pack) or len(call.args) > 1 or call.kwargs:
        raise CannotLower("lexsort() of keys made at run time")
    keys = tuple(lined(lo, k) for k in group.items)
    keys = tuple(lined(lo, k) if isinstance(k, ir.Var) and isinstance(k.type, Array) else found
                 for k, found in zip(group.items, keys, strict=True))
    for k in keys[1:]:
        lo.require_equal(k.sizes[0], keys[0].sizes[0])
    if any(len(k.sizes) != 1 for k in keys):
        raise CannotLower("lexsort() of matrices")
    lo.env[target], _ = ordered(lo, target, keys[0], -1, keys[::-1])


def sort(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.sort(x, axis)`"""
    array = lined(lo, call.args[0])
    places, along = ordered(lo, target, array, options_of(lo, call), (array,))
    lo.env[target] = taken(lo, target, array, places, along, lambda n, at: [])


def taken(lo: Lowering, target: ir.Var, array: Arr, places: Arr, along: int,
          check: Callable[[str, str], list[str]]) -> Arr:
    """`np.take_along_axis`: of each line, the elements at its places."""
    out = lo.allocate(array.dtype, places.sizes, target)
    lo.close()
    nest = lo.open(places.sizes)
    at = nest.fresh("at")
    nest.line(f"{at} = {nest.load(places).text}")
    for line in check(text(array.sizes[along]), at):
        nest.line(line)
    index = tuple(at if k == along else i for k, i in enumerate(nest.index))
    nest.reads.append((array.owner, object()))
    value = Scalar(f"({array.element(index)} != 0)" if array.dtype.kind == "b" else array.element(index), array.dtype)
    nest.writes.append((target, object()))
    nest.line(stored_line(out, out.element(nest.index), value.text))
    lo.close()
    return out


def take_along_axis(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    axis = given(call, 2, "axis").get("axis", -1)
    array, places = lo.memory(call.args[0]), lo.memory(call.args[1])
    array = lo.memory(call.args[0])
    rank = len(array.sizes)
    if axis is None or len(places.sizes) != rank or places.dtype != I8:
        raise CannotLower("take_along_axis() with these arguments")
    along = axis % rank
    for k in range(rank):
        if k != along:
            lo.require_equal(array.sizes[k], places.sizes[k])

    def check(n: str, at: str) -> list[str]:
        return [f"if {at} < 0:", f"    {at} += {n}", f"if {at} < 0 or {at} >= {n}:", "    return 1"]

    lo.env[target] = taken(lo, target, array, places, along, check)


def median(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.median` of a line: the mean of the two in the middle; NaN if there is one."""
    if given(call, 1, "axis").get("axis") not in (None, 0, -1) or not isinstance(target.type, Num):
        raise CannotLower("median() along an axis")
    array = lo.memory(call.args[0])
    if len(array.sizes) != 1 or array.dtype != np.dtype(np.float64):
        raise CannotLower("median() of a matrix")
    places, _ = ordered(lo, ir.Var("places", Array(I8, array.sizes)), array, 0, (array,))
    n = text(array.sizes[0])
    lo.fail_if(f"{n} <= 0")
    low, high, last = (arithmetic.simple(lo, array.element((places.element((where,)),))) for where in (
        f"(({n} - 1) >> 1)", f"(({n}) >> 1)", f"({n} - 1)"))
    name = lo.fresh(target.hint)
    lo.line(f"{name} = {last} if {last} != {last} else ({low} if {low} == {high} else ({low} + {high}) / 2.0)")
    lo.env[target] = lo.number(name, target.type)


HANDLERS = {np.argsort: argsort, np.sort: sort, np.lexsort: lexsort, np.take_along_axis: take_along_axis,
            np.median: median}
