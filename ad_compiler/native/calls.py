"""Assignments: which function a call is of decides how it is lowered; elementwise functions are lowered here."""
from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Array, ListOf, Num, Seq, symbol
from . import arithmetic, gather, indices, list_parts, list_search, lists, views
from .lower import Lowering
from .values import Arr, Inner, Items, Scalar
from .writer import CannotLower, Int, text


def assign(lo: Lowering, s: ir.Assign) -> None:
    target, value = s.target, s.value
    if isinstance(value, ir.Call):
        call(lo, target, value)
    elif isinstance(value, (ir.Var, ir.Const)):
        found = lo.read(value, loose=target in lo.loose)
        lo.env[target] = lo.memory(value, loose=target in lo.loose) if isinstance(found, Inner) else found
    else:
        lo.env[target] = lo.read(value)


def call(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    try:
        handler = lo.handlers.get(value.function)
    except TypeError:
        handler = None
    if handler is not None:
        handler(lo, target, value)
    else:
        elementwise(lo, target, value)


def elementwise(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    fn, t = value.function, target.type
    if isinstance(t, ListOf) and fn in (np.add, np.multiply):
        return list_parts.added(lo, target, value) if fn is np.add else list_parts.repeated(lo, target, value)
    if fn in COMPARISONS and any(isinstance(a, ir.Pack) or isinstance(getattr(a, "type", None), Seq)
                                 for a in value.args):
        return list_search.compared(lo, target, value)
    if not arithmetic.is_elementwise(fn):
        raise CannotLower(f"{name_of(fn)} is not lowered")
    if value.kwargs:
        raise CannotLower(f"{name_of(fn)} with keyword arguments")
    if isinstance(t, Num):
        if t.dtype.name not in arithmetic.SUPPORTED:
            raise CannotLower(f"numbers of {t.dtype}")
        if target in lo.sums:
            return add_in_any_order(lo, target, t)
        lo.env[target] = scalar_call(lo, target, fn, [lo.scalar(a) for a in value.args], t)
    elif isinstance(t, Array):
        nest, elements = lo.elements(value.args)
        lo.inner(target, nest, arithmetic.apply(nest, fn, elements, t.dtype, False, target.hint))
    else:
        raise CannotLower(f"{name_of(fn)}, which gives a {t}")
    return None


def add_in_any_order(lo: Lowering, target: ir.Var, t: Num) -> None:
    """The next value of a sum, so that the compiler may keep several."""
    total, value, negative = lo.sums[target]
    first, more = lo.scalar(total), arithmetic.cast(lo.scalar(value), t.dtype)
    name = lo.fresh(target.hint)
    lo.uses("plus")
    lo.line(f"{name} = plus({first.text}, {'-' if negative else ''}{more})")
    lo.env[target] = lo.number(name, t)


def scalar_call(lo: Lowering, target: ir.Var, fn: Any, args: list[Scalar], t: Num) -> Scalar:
    """One operation on numbers; sums and differences of sizes and counters stay linear forms."""
    if fn is builtins.int and t.weak and args[0].kind in "iu" and not args[0].weak:
        lo.fail_if(f"abs({args[0].text}) > {1 << 31}")  # Python's integers have no end, NumPy's have
    form = _form(lo, fn, args) if t.dtype == arithmetic.I8 else None
    if form is not None:
        changing = any(a.changing for a in args)
        return Scalar(text(form) if form.known else lo.w.named(form, target.hint), t.dtype, t.weak, form,
                      form.const if form.known else None, changing)
    made = arithmetic.apply(lo, fn, args, t.dtype, t.weak, target.hint)
    found = lo.number(made.text, t)
    return Scalar(found.text, t.dtype, t.weak, found.form, None, any(a.changing for a in args))


def _form(lo: Lowering, fn: Any, args: list[Scalar]) -> Int | None:
    forms = [a.form for a in args]
    if any(f is None for f in forms):
        return None
    safe = not any(a.changing for a in args) or any(a.const is not None for a in args)
    match fn, forms:
        case (np.add, [Int() as a, Int() as b]) if safe:
            return a + b
        case (np.subtract, [Int() as a, Int() as b]) if safe:
            return a - b
        case (np.negative, [Int() as a]):
            return -a
        case (np.positive, [Int() as a]) | (builtins.int, [Int() as a]):
            return a
        case (np.multiply, [Int() as a, Int() as b]) if (a.known or b.known) and arithmetic.stays_small(
                (a if a.known else b).const, b if a.known else a):
            return lo.w.times(a, b)
    return None


def name_of(fn: Any) -> str:
    return getattr(fn, "__name__", None) or str(fn)


# --- parts of values ----------------------------------------------------------------------------------------
def item(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    """`base[index]`"""
    base, index = value.args[0], lo.spelled_out(value.args[1])
    group = lo.read(base)
    if isinstance(group, tuple):
        if isinstance(index, ir.Var):
            picked(lo, target, group, index)
        else:
            lo.env[target] = group[views.static(index)]
    elif isinstance(group, Items):
        bounds = None if isinstance(index, ir.Var) else indices.slice_parts(index)
        if bounds is None:
            lists.item(lo, target, group, index)
        else:
            n = symbol(lists.length(lo, group).text)
            list_parts.parts(lo, target, [(group, indices.sliced(lo, bounds, n))])
    elif isinstance(group, (Arr, Inner)):
        array = lo.memory(base)
        if indices.is_fancy(index, len(array.sizes)):
            gather.read(lo, target, array, index)
            return
        view = indices.select(lo, array, index)
        lo.env[target] = view if isinstance(target.type, Array) else lo.item(view)
    else:
        raise CannotLower("an index into something else")


def picked(lo: Lowering, target: ir.Var, group: tuple[Any, ...], index: ir.Var) -> None:
    """One of a few numbers, by an index that is known at run time only."""
    t, i = target.type, lo.w.named(lo.integer(index))
    if not isinstance(t, Num) or not all(isinstance(v, Scalar) for v in group) or len(group) > 64:
        raise CannotLower("one of a group, by an index that is known at run time only")
    lo.fail_if(f"{i} < {-len(group)} or {i} >= {len(group)}")
    name = lo.fresh(target.hint)
    for k, v in enumerate(group):
        if lo.singles and v.weak != t.weak:
            raise CannotLower("one of a group of numbers of Python's and NumPy's")
        line = f"{name} = {arithmetic.cast(v, t.dtype)}"
        lo.line(line if k == 0 else f"if {i} == {k} or {i} == {k - len(group)}:\n{'    ' * (lo.w.depth + 1)}{line}")
    lo.env[target] = lo.number(name, t)


def length(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    found = lo.read(value.args[0])
    if isinstance(found, tuple):
        lo.env[target] = lo.constant(len(found))
    elif isinstance(found, Items):
        lo.env[target] = lists.length(lo, found)
    elif isinstance(found, (Arr, Inner)) and found.sizes:
        lo.env[target] = views.length(lo, found.sizes[0])
    else:
        raise CannotLower("the length of something else")


def truth(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    """`bool(x)`; of a list, whether it has items."""
    found = lo.read(value.args[0])
    if isinstance(found, Items) and isinstance(target.type, Num):
        lo.env[target] = scalar_call(lo, target, builtins.bool, [lists.length(lo, found)], target.type)
    else:
        elementwise(lo, target, value)


def array_size(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    found = lo.read(value.args[0])
    if not isinstance(found, (Arr, Inner)) or len(value.args) > 1:
        raise CannotLower("the size of something else")
    lo.env[target] = views.length(lo, views.product(lo, tuple(lo.w.at_least_zero(n) for n in found.sizes)))


def display(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    """`[a, b]` as a run-time list."""
    list_parts.new(lo, target, value)




COMPARISONS = (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal)
COPIES = (np.copy, np.array)
VIEWS = {np.transpose: views.transpose, np.matrix_transpose: views.matrix_transpose, np.swapaxes: views.swapaxes,
         np.moveaxis: views.moveaxis, np.expand_dims: views.expand_dims, np.squeeze: views.squeeze,
         np.flip: views.flip, np.flipud: views.flip, np.fliplr: views.flip, np.broadcast_to: views.broadcast_to,
         np.reshape: views.reshape, np.ravel: views.reshape, prims.shape: views.shape, prims.dim: views.dim,
         np.shape: views.shape}
