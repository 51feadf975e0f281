"""Indices of arrays: numbers, slices and new axes, in range by proof or by check."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, ListOf, Num, size, symbol
from .lower import Lowering
from .values import Arr
from .writer import ONE, ZERO, CannotLower, Int, text


def index_items(index: ir.Arg, ndim: int) -> list[Any]:
    """The parts of an index, one per axis or new axis; `...` and what is left out are written as full slices."""
    if isinstance(index, ir.Pack) and index.kind == "tuple":
        items: list[Any] = list(index.items)
    elif isinstance(index, ir.Const) and isinstance(index.value, tuple):
        items = [ir.Const(v) for v in index.value]
    else:
        items = [index]
    axes = sum(1 for i in items if not _is_const(i, None) and not _is_const(i, Ellipsis))
    full = ir.Pack("slice", (ir.Const(None), ir.Const(None), ir.Const(None)))
    missing = [full] * (ndim - axes)
    at = next((k for k, i in enumerate(items) if _is_const(i, Ellipsis)), None)
    return [*items, *missing] if at is None else [*items[:at], *missing, *items[at + 1:]]


def _is_const(item: Any, value: Any) -> bool:
    return isinstance(item, ir.Const) and item.value is value


def is_fancy(index: ir.Arg, ndim: int) -> bool:
    """Whether an index has arrays in it."""
    def several(i: Any) -> bool:
        return (isinstance(i, ir.Var) and isinstance(i.type, (Array, ListOf))) or (
            isinstance(i, ir.Pack) and i.kind == "list") or (isinstance(i, ir.Const) and isinstance(i.value, list))

    return any(map(several, index_items(index, ndim)))


def select(lo: Lowering, array: Arr, index: ir.Arg) -> Arr:
    """`array[index]` for numbers, slices and new axes."""
    offset = array.offset
    sizes: list[Int] = []
    strides: list[Int] = []
    axis = 0
    for item in index_items(index, len(array.sizes)):
        if _is_const(item, None):
            sizes.append(ONE)
            strides.append(ZERO)
            continue
        if axis >= len(array.sizes):
            raise CannotLower("an index with too many parts")
        n, stride = array.sizes[axis], array.strides[axis]
        axis += 1
        bounds = slice_parts(item)
        if bounds is None:
            offset = offset + lo.w.times(checked(lo, item, n), stride)
            continue
        start, count, step = sliced(lo, bounds, n)
        offset = offset + lo.w.times(start, stride)
        sizes.append(count)
        strides.append(lo.w.times(step, stride))
    return array.with_axes(tuple(sizes), tuple(strides), offset)


def slice_parts(item: Any) -> tuple[Any, Any, Any] | None:
    """Start, stop and step of a slice; None for a number."""
    if isinstance(item, ir.Pack) and item.kind == "slice":
        start, stop, step = item.items
        return start, stop, step
    if isinstance(item, ir.Const) and isinstance(item.value, slice):
        return ir.Const(item.value.start), ir.Const(item.value.stop), ir.Const(item.value.step)
    if isinstance(item, ir.Const) and isinstance(item.value, (int, np.integer)) and not isinstance(item.value, bool):
        return None
    if isinstance(item, ir.Var) and isinstance(item.type, Num) and item.type.kind in "iu":
        return None
    raise CannotLower("an index of this kind")


def checked(lo: Lowering, item: ir.Arg, n: Int) -> Int:
    """An index as a number from the front, known to be in range: proven, or checked."""
    w, i = lo.w, lo.integer(item)
    if i.known and i.const < 0:
        i = n + i
        if not w.facts.never_negative(i):
            lo.w.fail_if(f"{text(n)} < {-(i - n).const}")
        return i
    if not w.facts.never_negative(i):
        name = w.once(f"{text(i)} if {text(i)} >= 0 else {text(i + n)}", "i")
        lo.w.fail_if(f"{name} < 0 or {name} >= {text(n)}")
        return symbol(name)
    if not w.facts.never_negative(n - i - 1):
        lo.w.fail_if(f"{text(i)} >= {text(n)}")
    return i


def sliced(lo: Lowering, bounds: tuple[Any, Any, Any], n: Int) -> tuple[Int, Int, Int]:
    """Start, count and step of a slice of an axis with `n` elements. A count below zero means none."""
    given = [None if _is_const(b, None) else lo.integer(b) for b in bounds]
    step = given[2] if given[2] is not None else ONE
    if not step.known or step.const == 0:
        raise CannotLower("a slice whose step is not known")
    if step.const < 0:
        return _backward(lo, given[0], given[1], n, step)
    start = ZERO if given[0] is None else clamped(lo, given[0], n, is_start=True)
    stop = n if given[1] is None else clamped(lo, given[1], n, is_start=False)
    span = stop - start
    if step == ONE:
        return start, span, step
    if span.known:
        return start, size(max(0, -(-span.const // step.const))), step
    count = symbol(lo.w.once(f"max(0, ({text(span + (step.const - 1))}) // {step.const})", "n"))
    lo.w.facts.low[text(count)] = ZERO
    return start, count, step


def clamped(lo: Lowering, bound: Int, n: Int, is_start: bool) -> Int:
    """A bound of a slice between 0 and n. A constant start beyond n gives a count below zero, which is as good."""
    w = lo.w
    if bound.known and bound.const >= 0:
        if bound.const == 0 or (is_start and not n.known) or w.facts.never_negative(n - bound):
            return bound if not (is_start and n.known and bound.const > n.const) else n
        lo.w.fail_if(f"{text(n)} < {bound.const}")
        return bound
    if bound.known:
        if n.known:
            return size(max(0, n.const + bound.const))
        if is_start and not w.facts.never_negative(n + bound):
            lo.w.fail_if(f"{text(n)} < {-bound.const}")
        return n + bound
    if not w.facts.never_negative(bound):
        bound = symbol(w.once(f"max(0, {text(bound + n)}) if {text(bound)} < 0 else {text(bound)}", "i"))
        w.facts.low[text(bound)] = ZERO
    if not w.facts.never_negative(n - bound):
        bound = symbol(w.once(f"min({text(bound)}, {text(n)})", "i"))
        w.facts.low[text(bound)] = ZERO
        w.facts.high[text(bound)] = n
    return bound


def _backward(lo: Lowering, start: Int | None, stop: Int | None, n: Int, step: Int) -> tuple[Int, Int, Int]:
    w, by = lo.w, -step.const
    if start is None:
        first = n - 1
    else:
        plain = text(start)
        first = symbol(w.once(f"min({plain} if {plain} >= 0 else max({text(start + n)}, -1), {text(n - 1)})", "i"))
    if stop is None:
        last = size(-1)
    else:
        plain = text(stop)
        last = symbol(w.once(f"min({plain} if {plain} >= 0 else max({text(stop + n)}, -1), {text(n - 1)})", "i"))
    span = first - last
    if by == 1:
        return first, span, step
    return first, symbol(w.once(f"max(0, ({text(span + (by - 1))}) // {by})", "n")), step
