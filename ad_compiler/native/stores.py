"""Writing into arrays: `base[index] op= value`."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, ListOf
from . import arithmetic, gather, indices, lists, views
from .lower import Lowering
from .nests import Conflict, Nest, stored_line
from .values import Arr, Scalar
from .writer import CannotLower

UFUNC = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power, "//": np.floor_divide,
         "%": np.remainder, "@": None, "&": np.bitwise_and, "|": np.bitwise_or, "^": np.bitwise_xor,
         "<<": np.left_shift, ">>": np.right_shift}


def store(lo: Lowering, s: ir.Store) -> None:
    if isinstance(s.base.type, ListOf):
        return lists.store(lo, s)
    if not isinstance(s.base.type, Array):
        raise CannotLower("a store into something else")
    whole = s.index is None or (isinstance(s.index, ir.Const) and s.index.value is Ellipsis)
    if isinstance(s.index, ir.Var):
        s = replace(s, index=lo.spelled_out(s.index))
    base = lo.memory(s.base)
    if not whole and indices.is_fancy(s.index, len(base.sizes)):
        return gather.write(lo, s, base)
    view = base if whole else indices.select(lo, base, s.index)
    if not view.sizes:
        return store_number(lo, view, s)
    return store_array(lo, view, s)


def store_number(lo: Lowering, view: Arr, s: ir.Store) -> None:
    """`a[i, j] op= number`"""
    value = one_number(lo, s.value)
    lo.close()
    place = view.element(())
    text = updated(lo, view, place, s.op, value)
    lo.line(stored_line(view, place, text))


def one_number(lo: Lowering, arg: ir.Operand) -> Scalar:
    """A number, or the only element of an array."""
    t = arg.type if isinstance(arg, ir.Var) else None
    if isinstance(t, Array) and t.ndim:
        array = lo.memory(arg)
        for n in array.sizes:
            lo.require_equal(n, views.ONE)
        return lo.item(array.with_axes((), ()))
    return lo.scalar(arg)


def updated(sink: Any, array: Arr, place: str, op: str, value: Scalar, old: Scalar | None = None) -> str:
    """The new value of an element, as an expression of the array's type."""
    if not op:
        arithmetic.must_fit(sink, value, array.dtype)
        return arithmetic.cast(value, array.dtype)
    fn = UFUNC[op]
    if fn is None:
        raise CannotLower("@=")
    if old is None:
        name = sink.fresh("old")
        sink.line(f"{name} = {place}" + (" != 0" if array.dtype.kind == "b" else ""))
        old = Scalar(name, array.dtype, weak=False)
    _, result = arithmetic.loop_types(fn, [old, value])
    if not np.can_cast(result, array.dtype, "same_kind"):
        raise CannotLower("an update that NumPy refuses to cast")
    return arithmetic.apply(sink, fn, [old, value], array.dtype, False, "new").text


def store_array(lo: Lowering, view: Arr, s: ir.Store) -> None:
    """One loop over the elements that are written; buffered where the value is read from the same memory."""
    for attempt in range(3):
        value: Any = s.value
        if attempt == 2:
            value = buffered(lo, view, s)
        nest, element = value_in(lo, view, value)
        try:
            old = nest.load(view) if s.op else None
            nest.may_store(view)
        except Conflict:
            lo.close()
            continue
        nest.added[view.key] += s.op in ("+", "-")
        nest.store(view, updated(nest, view, "", s.op, element, old))
        return
    raise CannotLower("a store that gets in the way of what it reads")


def value_in(lo: Lowering, view: Arr, value: Any) -> tuple[Nest, Scalar]:
    """The value's element in a nest over the view."""
    if isinstance(value, Arr):
        nest = lo.open(view.sizes)
        return nest, lo.element(nest, value)
    nest, (element,) = lo.elements([value], view.sizes)
    return nest, element


def buffered(lo: Lowering, view: Arr, s: ir.Store) -> Arr:
    """A copy of the value in memory of its own."""
    if not isinstance(s.value, ir.Var):
        raise CannotLower("a store that gets in the way of what it reads")
    own = lo.memory(s.value)
    nest, (element,) = lo.elements([s.value], own.sizes)
    fresh = lo.allocate(own.dtype, own.sizes, ir.Var(s.value.hint, s.value.type))
    nest.store(fresh, element.text)
    lo.close()
    return fresh
