"""New arrays: full of a number, counting, the identity, outer products."""
from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Dim, size
from . import arithmetic, indices, views
from .calls import name_of
from .copying import in_type
from .lower import Lowering
from .nests import Conflict
from .values import Arr, Inner, Items, Scalar, Value
from .writer import CannotLower, text


def filled(fill: Any) -> Any:
    """A handler for arrays full of a number; None: the number is an argument."""
    def handler(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
        fn, t = value.function, target.type
        if not isinstance(t, Array) or any(k not in ("dtype", "shape", "fill_value") for k, _ in value.kwargs):
            raise CannotLower(f"{name_of(fn)} with these arguments")
        if t.dtype.name not in arithmetic.SUPPORTED:
            raise CannotLower(f"arrays of {t.dtype}")
        like = fn in (np.zeros_like, np.ones_like, np.full_like, np.empty_like)
        if like and "shape" not in dict(value.kwargs):
            found = lo.read(value.args[0], loose=target in lo.loose)
            lo.all_loose = target in lo.loose
            sizes = _sizes_of(lo, found)
        else:
            sizes = lo.integers(dict(value.kwargs)["shape"] if like else views.argument(value, 0, "shape"))
            for n in sizes:
                if not lo.w.facts.never_negative(n):
                    lo.w.fail_if(f"{text(n)} < 0")
        number = fill
        if fill is None:
            number = lo.read(views.argument(value, 1, "fill_value"), loose=True)
            if not isinstance(number, Scalar):
                nest, (element,) = lo.elements([views.argument(value, 1, "fill_value")], sizes)
                lo.inner(target, nest, in_type(nest, element, target))
                return
        if number == "empty":
            lo.env[target] = dataclasses.replace(lo.allocate(t.dtype, sizes, target), loose=target in lo.loose)
            return
        plain = arithmetic.cast(number, t.dtype) if isinstance(number, Scalar) else arithmetic.literal(number, t.dtype)
        nest = lo.open(sizes)
        const = number.const if isinstance(number, Scalar) else number
        lo.inner(target, nest, Scalar(arithmetic.simple(nest, plain), t.dtype, False, None, const))
    return handler


def _sizes_of(lo: Lowering, value: Value) -> tuple[Dim, ...]:
    """The sizes of what may be a number, an array, or a list or tuple of numbers."""
    match value:
        case Arr() | Inner():
            return value.sizes
        case Scalar():
            return ()
        case Items() if value.ndim < 0:
            n = lo.fresh("n")
            lo.line(f"{n} = {value.length}")
            lo.w.facts.low[n] = views.ZERO
            return (views.symbol(n),)
        case tuple() if all(isinstance(v, Scalar) for v in value):
            return (size(len(value)),)
    raise CannotLower("an array that is like nested lists, or a list of arrays")


def arange(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    """`np.arange(start, stop, step)`: as many numbers as NumPy has, counted from the start."""
    t = target.type
    if not isinstance(t, Array) or any(k != "dtype" for k, _ in value.kwargs) or t.dtype not in (
            arithmetic.I8, arithmetic.F8) or len(value.args) > 3:
        raise CannotLower("arange() of anything but integers and float64")
    numbers = [lo.scalar(a) for a in value.args]
    start, stop = (lo.constant(0), numbers[0]) if len(numbers) == 1 else numbers[:2]
    step = numbers[2] if len(numbers) == 3 else lo.constant(1)
    assert isinstance(start, Scalar) and isinstance(step, Scalar)
    if all(n.kind in "iub" for n in (start, stop, step)):
        first, last, by = (lo.integer(a) if n.form is None else n.form for n, a in zip(
            (start, stop, step), (value.args if len(value.args) > 1 else (ir.Const(0), *value.args)) + (ir.Const(1),),
            strict=False))
        count = last - first if by == views.ONE else None
        if count is None:
            from .loops import count_of

            count = views.symbol(count_of(lo, first, last, by))
            lo.w.facts.low[text(count)] = views.ZERO
        nest = lo.open((count,))
        plain = f"{text(first)} + {nest.index[0]}" + ("" if by == views.ONE else f" * ({text(by)})")
        element = Scalar(f"({plain})", arithmetic.I8)
    else:
        low, high, by_text = (arithmetic.simple(lo, arithmetic.cast(n, arithmetic.F8)) for n in (start, stop, step))
        lo.fail_if(f"{by_text} == 0.0 or not abs(({high} - {low}) / {by_text}) < 1.0e15")
        name, delta = lo.fresh("n"), lo.fresh("delta")
        lo.line(f"{name} = max(0, int(np.ceil(({high} - {low}) / {by_text})))")
        lo.line(f"{delta} = ({low} + {by_text}) - {low}")
        lo.w.facts.low[name] = views.ZERO
        nest = lo.open((views.symbol(name),))
        element = Scalar(f"({low} + {nest.index[0]} * {delta})", arithmetic.F8)
        if t.dtype == arithmetic.I8:
            raise CannotLower("arange() of integers between numbers that are none")
    made = nest.fresh(target.hint)
    nest.line(f"{made} = {arithmetic.cast(element, t.dtype)}")
    lo.inner(target, nest, Scalar(made, t.dtype, weak=False))


def eye(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    t = target.type
    if not isinstance(t, Array) or any(k not in ("dtype", "k", "M") for k, _ in value.kwargs):
        raise CannotLower("eye() with these arguments")
    n = lo.integer(value.args[0])
    columns, k = views.argument(value, 1, "M"), views.argument(value, 2, "k")
    m = n if columns is None or indices._is_const(columns, None) else lo.integer(columns)
    shift = "" if k is None else f" + {text(lo.integer(k))}"
    nest = lo.open((n, m))
    one, zero = (arithmetic.literal(k, t.dtype) for k in (1, 0))
    name = nest.fresh(target.hint)
    nest.line(f"{name} = {one} if {nest.index[0]}{shift} == {nest.index[1]} else {zero}")
    lo.inner(target, nest, Scalar(name, t.dtype, weak=False))


def outer(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    left, right = lo.memory(value.args[0]), lo.memory(value.args[1])
    if len(left.sizes) != 1 or len(right.sizes) != 1 or value.kwargs:
        raise CannotLower("outer() of matrices")
    column = left.with_axes((*left.sizes, views.ONE), (*left.strides, views.ZERO))
    sizes = (left.sizes[0], right.sizes[0])
    nest = lo.open(sizes)
    try:
        pair = [lo.element(nest, column), lo.element(nest, right)]
    except Conflict:
        lo.close()
        nest = lo.open(sizes)
        pair = [lo.element(nest, column), lo.element(nest, right)]
    lo.inner(target, nest, arithmetic.apply(nest, np.multiply, pair, target.type.dtype, False, target.hint))


FILLS = {np.zeros: 0, np.zeros_like: 0, np.ones: 1, np.ones_like: 1, np.empty: "empty", np.empty_like: "empty",
         np.full: None, np.full_like: None}
