"""Assignments: which function a call is of decides how it is lowered; elementwise functions are lowered here."""
from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Array, ListOf, Num, Seq, symbol
from . import arithmetic, gather, list_parts, list_search, lists, views
from .lower import Lowering
from .values import Arr, Inner, Items, Scalar, contiguous
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
        case (np.multiply, [Int() as a, Int() as b]) if (a.known or b.known) and abs(
                (a if a.known else b).const) < 1 << 20:
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
        bounds = None if isinstance(index, ir.Var) else views.slice_parts(index)
        if bounds is None:
            lists.item(lo, target, group, index)
        else:
            n = symbol(lists.length(lo, group).text)
            list_parts.parts(lo, target, [(group, views.sliced(lo, bounds, n))])
    elif isinstance(group, (Arr, Inner)):
        array = lo.memory(base)
        if views.is_fancy(index, len(array.sizes)):
            gather.read(lo, target, array, index)
            return
        view = views.select(lo, array, index)
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


# --- copies and fills ---------------------------------------------------------------------------------------
def copied(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    """The same elements in new memory: copy, array, and the like."""
    from . import joining

    source, options = value.args[0], dict(value.kwargs)
    least = views.static(options.pop("ndmin", ir.Const(0)))
    found = lo.read(source) if isinstance(source, ir.Var) else None
    if least > (len(found.sizes) if isinstance(found, (Arr, Inner)) else 0):
        raise CannotLower(f"{name_of(value.function)} with more axes")
    if "copy" in options and views.static(options["copy"]) is None and isinstance(found, (Arr, Inner)):
        return same_or_copy(lo, target, ir.Call(np.asarray, (source,)))
    if set(options) - {"dtype", "copy", "order"} or len(value.args) > (2 if value.function is np.array else 1) or (
            "copy" in options and not views.static(options["copy"])):
        raise CannotLower(f"{name_of(value.function)} with these arguments")
    if isinstance(source, ir.Pack):
        if any(isinstance(i, ir.Var) and isinstance(i.type, Array) for i in source.items):
            return joining.stacked(lo, target, [joining.as_array(lo, i) for i in source.items], 0)
        return from_group(lo, target, lo.read(source))
    found = lo.read(source)
    if isinstance(found, Items) and isinstance(source, ir.Var):
        if found.ndim < 0 and found.refs is None:
            return lists.to_array(lo, target, found)
        return joining.stacked_list(lo, target, source, 0)
    if isinstance(found, tuple):
        return from_group(lo, target, found)
    if not isinstance(target.type, Array):
        if not isinstance(target.type, Num):
            raise CannotLower("a copy of something else")
        lo.env[target] = converted(lo, lo.scalar(source), target.type)
        return None
    nest, (element,) = lo.elements([source])
    lo.inner(target, nest, in_type(nest, element, target))
    return None


def converted(lo: Lowering, value: Scalar, t: Num) -> Scalar:
    name = lo.fresh("t")
    lo.line(f"{name} = {arithmetic.cast(value, t.dtype)}")
    return lo.number(name, t)


def in_type(nest: Any, element: Scalar, target: ir.Var) -> Scalar:
    """The element in the target's type."""
    dtype = target.type.dtype
    if dtype.name not in arithmetic.SUPPORTED:
        raise CannotLower(f"arrays of {dtype}")
    if element.dtype == dtype and not element.weak:
        return element
    return Scalar(arithmetic.simple(nest, arithmetic.cast(element, dtype)), dtype, weak=False)


def same_or_copy(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    """`np.asarray(x)`: the array itself where it is one of the right type and order."""
    source = value.args[0]
    options = {k: views.static(v) for k, v in value.kwargs if k != "dtype"}
    if options.pop("copy", None):
        return copied(lo, target, ir.Call(np.array, (source,), (), value.style))
    if set(options) - {"like"} or any(v is not None for v in options.values()):
        raise CannotLower(f"{name_of(value.function)} with these arguments")
    found = lo.read(source) if isinstance(source, ir.Var) else None
    if isinstance(found, (Arr, Inner)) and found.dtype == getattr(target.type, "dtype", None):
        array = lo.memory(source)
        if value.function is np.asarray or array.strides == contiguous(lo.w, array.sizes):
            lo.env[target] = array
            return None
        raise CannotLower("ascontiguousarray() of memory whose order is not known")
    if value.function is np.ascontiguousarray and isinstance(found, Scalar):
        raise CannotLower("ascontiguousarray() of a number")
    return copied(lo, target, ir.Call(value.function, value.args[:1], (), value.style))


def astype(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    """`x.astype(dtype)`: new memory, cast as NumPy casts; with `copy=False` the array itself if it has the type."""
    options = dict(value.kwargs)
    copy = views.static(options.pop("copy", ir.Const(True)))
    if set(options) - {"dtype"} or len(value.args) not in (1, 2):
        raise CannotLower("astype() with these arguments")
    if not copy:
        return same_or_copy(lo, target, ir.Call(np.asarray, value.args[:1], (), value.style))
    if isinstance(target.type, Num):
        lo.env[target] = converted(lo, lo.scalar(value.args[0]), target.type)
        return None
    nest, (element,) = lo.elements(value.args[:1])
    lo.inner(target, nest, in_type(nest, element, target))
    return None


def part(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    """The real or imaginary part: a copy, as good as a view while nobody writes either."""
    if isinstance(target.type, Array) and lo.aliases.array_written(target):
        raise CannotLower("a part of complex numbers that are written")
    elementwise(lo, target, value)


def from_group(lo: Lowering, target: ir.Var, group: Any) -> None:
    """An array made of a nested group of numbers, or of arrays of one shape."""
    t = target.type
    if not isinstance(t, Array) or not isinstance(group, tuple):
        raise CannotLower("an array of something else")
    lo.close()
    sizes: list[Int] = []
    inner: Any = group
    while isinstance(inner, tuple):
        sizes.append(arithmetic_size(len(inner)))
        if not inner:
            raise CannotLower("an array made of nothing")
        inner = inner[0]
    if isinstance(inner, Scalar) and len(sizes) == t.ndim:
        array = lo.allocate(t.dtype, tuple(sizes), target)
        _fill_group(lo, array, group, ())
        lo.env[target] = array
        return
    raise CannotLower("an array made of arrays")


def _fill_group(lo: Lowering, array: Arr, group: Any, index: tuple[str, ...]) -> None:
    if isinstance(group, tuple):
        for k, part in enumerate(group):
            _fill_group(lo, array, part, (*index, str(k)))
    elif isinstance(group, Scalar) and len(index) == len(array.sizes):
        from .nests import stored_line

        places = tuple(str(k) for k in index)
        lo.line(stored_line(array, element_at(array, places), arithmetic.cast(group, array.dtype)))
    else:
        raise CannotLower("a ragged group of numbers")


def element_at(array: Arr, index: tuple[str, ...]) -> str:
    """The element at constant places."""
    offset = array.offset
    for k, stride in zip(index, array.strides, strict=True):
        offset = offset + stride.scaled(int(k))
    return f"{array.base.pointer}[{text(offset)}]"


def arithmetic_size(n: int) -> Int:
    from ..ir.types import size

    return size(n)


COMPARISONS = (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal)
COPIES = (np.copy, np.array)
VIEWS = {np.transpose: views.transpose, np.matrix_transpose: views.matrix_transpose, np.swapaxes: views.swapaxes,
         np.moveaxis: views.moveaxis, np.expand_dims: views.expand_dims, np.squeeze: views.squeeze,
         np.flip: views.flip, np.flipud: views.flip, np.fliplr: views.flip, np.broadcast_to: views.broadcast_to,
         np.reshape: views.reshape, np.ravel: views.reshape, prims.shape: views.shape, prims.dim: views.dim,
         np.shape: views.shape}
