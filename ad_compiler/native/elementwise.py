"""Elementwise functions of NumPy that are a few ufuncs: clip, select, sinc, angle, nan_to_num, round, divmod, modf."""
from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num, Seq
from . import arithmetic, indices, views
from .arithmetic import F8
from .composed import given
from .lower import Lowering
from .reductions import reduce_element
from .values import Scalar
from .writer import CannotLower

BOOL = np.dtype(np.bool_)


def operands(lo: Lowering, target: ir.Var, args: Sequence[ir.Arg]) -> tuple[Any, list[Scalar]]:
    """Where the lines of an elementwise operation go, and its operands there."""
    if isinstance(target.type, Num):
        return lo, [lo.scalar(a) for a in args]
    return lo.elements(args)


def give(lo: Lowering, target: ir.Var, sink: Any, value: Scalar) -> None:
    """Make a number, or the element of an open nest, the value of a variable."""
    t = target.type
    assert isinstance(t, (Num, Array))
    plain = arithmetic.simple(sink, arithmetic.cast(value, t.dtype))
    if isinstance(t, Num):
        lo.env[target] = lo.number(plain, t)
    else:
        lo.inner(target, sink, Scalar(plain, t.dtype, False))


def clip(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.clip(x, low, high)`: the larger of x and low, and of that and high the smaller one; NaN stays."""
    low = views.argument(call, 1, "a_min") or views.argument(call, 1, "min")
    high = views.argument(call, 2, "a_max") or views.argument(call, 2, "max")
    if set(dict(call.kwargs)) - {"a_min", "a_max", "min", "max"} or call.args[3:]:
        raise CannotLower("clip() with these arguments")
    bounds = [(fn, b) for fn, b in ((np.maximum, low), (np.minimum, high))
              if b is not None and not indices._is_const(b, None)]
    sink, (value, *others) = operands(lo, target, [call.args[0], *(b for _, b in bounds)])
    dtype = target.type.dtype
    for (fn, _), bound in zip(bounds, others, strict=True):
        value = arithmetic.apply(sink, fn, [value, bound], dtype, False, target.hint)
    give(lo, target, sink, value)


def select(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.select(conditions, values, default)`: the value of the first condition that holds."""
    conditions, values = (a.items if isinstance(a, ir.Pack) else () for a in call.args[:2])
    default = views.argument(call, 2, "default") or ir.Const(0)
    if len(conditions) != len(values) or not conditions:
        raise CannotLower("select() among lists made at run time")
    sink, found = operands(lo, target, [*conditions, *values, default])
    dtype, value = target.type.dtype, found[-1]
    for condition, other in reversed(list(zip(found, found[len(values):-1], strict=False))):
        value = arithmetic.apply(sink, np.where, [condition, other, value], dtype, False, target.hint)
    give(lo, target, sink, value)


def sinc(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`sin(pi x) / (pi x)`"""
    sink, (x,) = operands(lo, target, call.args)
    dtype = target.type.dtype
    if dtype.kind != "f":
        raise CannotLower("sinc() of complex numbers")
    plain = arithmetic.simple(sink, arithmetic.cast(x, dtype))
    near = Scalar(f"({arithmetic.literal(1e-20, dtype)} if {plain} == 0 else {plain})", dtype, False)
    y = arithmetic.apply(sink, np.multiply, [near, lo.constant(np.pi)], dtype, False)
    give(lo, target, sink, arithmetic.apply(
        sink, np.divide, [arithmetic.apply(sink, np.sin, [y], dtype, False), y], dtype, False, target.hint))


def angle(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.angle(z)`, in degrees if asked."""
    options = given(call, 1, "deg")
    sink, (z,) = operands(lo, target, call.args[:1])
    dtype = target.type.dtype
    pair = [arithmetic.apply(sink, fn, [z], dtype, False) if z.kind == "c" else Scalar(
        arithmetic.cast(z, dtype) if fn is np.real else arithmetic.literal(0, dtype), dtype, False)
        for fn in (np.imag, np.real)]
    found = arithmetic.apply(sink, np.arctan2, pair, dtype, False, target.hint)
    if options.get("deg"):
        found = arithmetic.apply(sink, np.multiply, [found, lo.constant(180.0 / np.pi)], dtype, False, target.hint)
    give(lo, target, sink, found)


def nan_to_num(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """NaN, infinity and minus infinity replaced."""
    options = given(call, 1, "copy", "nan", "posinf", "neginf")
    sink, (x,) = operands(lo, target, call.args[:1])
    dtype = target.type.dtype
    if not options.get("copy", True) or dtype.kind != "f":
        raise CannotLower("nan_to_num() with these arguments")
    most = np.finfo(dtype).max
    instead = [most if options.get("posinf") is None else options["posinf"],
               -most if options.get("neginf") is None else options["neginf"], options.get("nan", 0.0)]
    high, low, nan = (arithmetic.literal(float(v), dtype) for v in instead)
    plain = arithmetic.simple(sink, arithmetic.cast(x, dtype))
    infinite = f"({high} if {plain} > 0 else {low})"
    give(lo, target, sink, Scalar(
        f"({nan} if {plain} != {plain} else ({plain} if math.isfinite({plain}) else {infinite}))", dtype, False))


def rounded(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.round(x, decimals)`, as NumPy computes it: by a power of ten and back."""
    digits = int(given(call, 1, "decimals").get("decimals", 0))
    sink, (x,) = operands(lo, target, call.args[:1])
    dtype = target.type.dtype
    if dtype.kind not in "fiu" or (dtype.kind != "f" and digits < 0):
        raise CannotLower(f"round() of {dtype}")
    if dtype.kind == "f":
        power = lo.constant(10.0 ** abs(digits))
        there, back = (np.multiply, np.divide) if digits >= 0 else (np.divide, np.multiply)
        if digits:
            x = arithmetic.apply(sink, there, [x, power], dtype, False)
        x = arithmetic.apply(sink, np.rint, [x], dtype, False, target.hint)
        if digits:
            x = arithmetic.apply(sink, back, [x, power], dtype, False, target.hint)
    give(lo, target, sink, x)


def close(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.isclose(a, b)` and `np.allclose(a, b)`: no further apart than a part of b, or equal, as infinities may be."""
    options = given(call, 2, "rtol", "atol", "equal_nan")
    if options.get("equal_nan"):
        raise CannotLower("isclose() that takes NaN to be equal")
    arrays = any(isinstance(getattr(a, "type", None), Array) for a in call.args[:2])
    sink, (a, b) = lo.elements(call.args[:2]) if arrays else (lo, [lo.scalar(a) for a in call.args[:2]])
    if any(v.dtype != F8 and not v.weak for v in (a, b)):
        raise CannotLower("isclose() of anything but float64")
    x, y = (Scalar(arithmetic.simple(sink, arithmetic.cast(v, F8)), F8, False) for v in (a, b))
    apart, most = sink.fresh("apart"), sink.fresh("most")
    sink.line(f"{apart} = abs({x.text} - {y.text})")
    sink.line(f"{most} = {options.get('atol', 1e-8)!r} + {options.get('rtol', 1e-5)!r} * abs({y.text})")
    sink.uses("math")
    found = Scalar(f"(({apart} <= {most} and math.isfinite({y.text})) or {x.text} == {y.text})", BOOL, False)
    if call.function is np.allclose and arrays:
        reduce_element(lo, target, sink, found, tuple(range(len(sink.sizes))), "all")
        return
    give(lo, target, sink, found)


def pairs(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`divmod(a, b)` and `np.modf(x)`: two results."""
    t = target.type
    if not isinstance(t, Seq) or len(t.items) != 2 or call.kwargs:
        raise CannotLower("two results of another kind")
    if isinstance(t.items[0], Num):
        values = [lo.scalar(a) for a in call.args]
        python = call.function is builtins.divmod and all(v.weak for v in values)
        lo.env[target] = tuple(lo.number(v.text, kind) for v, kind in zip(
            _both(lo, call.function, values, t, python), t.items, strict=True))
        return
    nest, values = lo.elements(call.args)
    made = [lo.allocate(kind.dtype, nest.sizes, ir.Var(target.hint, kind)) for kind in t.items]
    for place, value in zip(made, _both(nest, call.function, values, t, False), strict=True):
        nest.store(place, arithmetic.cast(value, place.dtype))
    lo.close()
    lo.env[target] = tuple(made)


def _both(sink: Any, fn: Any, values: list[Scalar], t: Seq, python: bool) -> list[Scalar]:
    types = [kind.dtype for kind in t.items]
    if fn is np.modf:
        whole = arithmetic.apply(sink, np.trunc, values, types[1], False)
        sink.fail_if(f"not math.isfinite({whole.text})")
        return [arithmetic.apply(sink, np.subtract, [values[0], whole], types[0], False), whole]
    return [arithmetic.apply(sink, ufunc, values, kind, python) for ufunc, kind in zip(
        (np.floor_divide, np.remainder), types, strict=True)]


HANDLERS = {np.clip: clip, np.select: select, np.sinc: sinc, np.angle: angle, np.nan_to_num: nan_to_num,
            np.round: rounded, np.around: rounded, np.divmod: pairs, np.modf: pairs, builtins.divmod: pairs,
            np.isclose: close, np.allclose: close}
