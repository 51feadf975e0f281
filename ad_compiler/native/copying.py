"""Copies of arrays, groups of numbers as arrays, and other types."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num
from . import arithmetic, lists, views
from .calls import elementwise, name_of
from .lower import Lowering
from .values import Arr, Inner, Items, Scalar, contiguous
from .writer import CannotLower, Int, text


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
