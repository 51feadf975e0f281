"""Sums, means, products, extremes over axes; the sum that undoes broadcasting."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num
from . import arithmetic, views
from .lower import Lowering
from .nests import Nest, Total, stored_line
from .values import Arr, Inner, Scalar
from .writer import ONE, ZERO, CannotLower, Int, text

NAN = {np.nansum: "sum", np.nanprod: "prod"}  # what is not a number counts as nothing
KINDS = {**NAN, np.count_nonzero: "sum", np.sum: "sum", np.mean: "mean", np.prod: "prod", np.max: "max", np.min: "min",
         np.amax: "max", np.amin: "min", np.any: "any", np.all: "all"}


def reduction(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    kind, source = KINDS[call.function], call.args[0]
    options = {k for k, _ in call.kwargs} - {"axis", "keepdims"}
    if options - ({"dtype"} if kind in ("sum", "prod", "mean") else set()) or len(call.args) > 2:
        raise CannotLower(f"{kind} with these arguments")
    found = lo.read(source, loose=len(call.args) == 1 and not call.kwargs)
    axis, keep = views.argument(call, 1, "axis"), views.argument(call, 9, "keepdims")
    if isinstance(found, Scalar):
        from .copying import converted

        if not isinstance(target.type, Num):
            raise CannotLower(f"{kind} of a number")
        lo.env[target] = converted(lo, found, target.type)
        return
    if not isinstance(found, (Arr, Inner)):
        raise CannotLower(f"{kind} of something else")
    value = None if axis is None else views.static(axis)
    rank = len(found.sizes)
    axes = tuple(range(rank)) if value is None else tuple(a % rank for a in views._tuple(value))
    nest, (element,) = lo.elements([source])
    if call.function in NAN and element.kind == "f":
        instead = arithmetic.literal(int(kind == "prod"), element.dtype)
        element = replace(element, text=f"({instead} if {element.text} != {element.text} else {element.text})")
    if call.function is np.count_nonzero:
        element = Scalar(arithmetic.cast(element, arithmetic.B1), arithmetic.B1)
    keepdims = keep is not None and bool(views.static(keep)) and views.static(keep) is not np._NoValue
    reduce_element(lo, target, nest, element, axes, kind, keepdims)


def reduce_element(lo: Lowering, target: ir.Var, nest: Nest, element: Scalar, axes: tuple[int, ...], kind: str,
                   keepdims: bool = False) -> None:
    """Add up an element of a nest over some of its axes."""
    dtype = target.type.dtype
    if dtype.name not in arithmetic.SUPPORTED or (dtype.kind == "c" and kind in ("max", "min")):
        raise CannotLower(f"{kind} of {dtype}")
    rank = len(nest.sizes)
    kept = [k for k in range(rank) if k not in axes]
    if kind in ("max", "min"):
        for k in axes:
            lo.w.fail_if(f"{text(nest.sizes[k])} <= 0")
    value = arithmetic.simple(nest, arithmetic.cast(element, dtype))
    sizes = tuple(nest.sizes[k] for k in kept)
    if kept == list(range(len(kept))):
        total = lo.fresh(target.hint)
        if kind in ("sum", "mean") and dtype.kind == "f":
            nest.uses("plus")
            nest.line(f"{total} = plus({total}, {value})")
        else:
            nest.line(f"{total} = {_step(kind, total, value)}")
        before, after = [f"{total} = {_start(kind, dtype)}"], []
        if kind == "mean":
            after.append(f"{total} = {total} / {_count(lo, nest, axes, dtype)}")
        if isinstance(target.type, Num):
            nest.totals.append(Total(0, before, after))
            lo.env[target] = lo.number(total, target.type)
            lo.waiting.add(target)
            return
        out = lo.allocate(dtype, sizes, target)
        after.append(stored_line(out, out.element(nest.index[:len(kept)]), total))
        nest.totals.append(Total(len(kept), before, after))
    else:
        out = lo.allocate(dtype, sizes, target)
        place = out.element(tuple(nest.index[k] for k in kept))
        old = place + (" != 0" if dtype.kind == "b" else "")
        name = nest.fresh("sum")
        nest.line(f"{name} = {old}")
        nest.line(stored_line(out, place, _step(kind, name, value)))
        before = _loops(lo, out, lambda e: stored_line(out, e, _start(kind, dtype)))
        after = []
        if kind == "mean":
            count = _count(lo, nest, axes, dtype)
            after = _loops(lo, out, lambda e: f"{e} = {e} / {count}")
        nest.totals.append(Total(0, before, after))
    nest.writes.append((target, object()))
    lo.env[target] = with_kept_axes(out, axes, rank) if keepdims else out


def with_kept_axes(out: Arr, axes: tuple[int, ...], rank: int) -> Arr:
    pairs = iter(zip(out.sizes, out.strides, strict=True))
    full = [(ONE, ZERO) if k in axes else next(pairs) for k in range(rank)]
    return out.with_axes(tuple(n for n, _ in full), tuple(s for _, s in full))


def _loops(lo: Lowering, out: Arr, line: Any) -> list[str]:
    """Loops over all elements of an array, as lines."""
    names = tuple(lo.fresh("k") for _ in out.sizes)
    lines = ["    " * d + f"for {name} in range({text(n)}):" for d, (name, n) in enumerate(
        zip(names, out.sizes, strict=True))]
    return [*lines, "    " * len(names) + line(out.element(names))]


def _start(kind: str, dtype: Any) -> str:
    if kind in ("sum", "mean"):
        return arithmetic.literal(0, dtype)
    if kind == "prod":
        return arithmetic.literal(1, dtype)
    if kind in ("any", "all"):
        return "False" if kind == "any" else "True"
    if dtype.kind == "f":
        return arithmetic.literal(-np.inf if kind == "max" else np.inf, dtype)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return arithmetic.literal(info.min if kind == "max" else info.max, dtype)
    raise CannotLower(f"{kind} of {dtype}")


def _step(kind: str, total: str, value: str) -> str:
    return {"sum": f"{total} + {value}", "mean": f"{total} + {value}", "prod": f"{total} * {value}",
            "any": f"{total} or {value}", "all": f"{total} and {value}",
            "max": f"({value} if {value} > {total} or {value} != {value} else {total})",
            "min": f"({value} if {value} < {total} or {value} != {value} else {total})"}[kind]


def _count(lo: Lowering, nest: Nest, axes: tuple[int, ...], dtype: Any) -> str:
    n = views.product(lo, tuple(nest.sizes[k] for k in axes))
    plain = arithmetic.literal(n.const, dtype) if n.known else f"float({text(n)})"
    return plain if n.known or dtype.itemsize in (8, 16) else f"np.{dtype.name}({text(n)})"


def sum_to_shape(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`sum_to_shape(cotangent, shape)`: over the axes in front, and where the shape has one element."""
    found = lo.read(call.args[0], loose=True)
    sizes = lo.integers(call.args[1])
    if isinstance(found, Scalar) or not isinstance(found, (Arr, Inner)) or not isinstance(target.type, Array):
        raise CannotLower("sum_to_shape() of a number")
    if target.type.dtype.name not in arithmetic.SUPPORTED or len(found.sizes) < len(sizes):
        raise CannotLower("sum_to_shape() to more axes")
    nest, (element,) = lo.elements(call.args[:1])
    extra = len(nest.sizes) - len(sizes)
    out = replace(lo.allocate(target.type.dtype, sizes, target), loose=target in lo.loose)
    strides: list[Int] = []
    for n, have, stride in zip(sizes, nest.sizes[extra:], out.strides, strict=True):
        if n == ONE:
            strides.append(ZERO)
        elif n == have:
            strides.append(stride)
        else:
            nest.apart = False  # all may go to one place
            lo.w.fail_if(f"{text(n)} != {text(have)} and {text(n)} != 1")
            strides.append(views.symbol(lo.w.once(f"0 if {text(n)} == 1 else {text(stride)}", "s")))
    place = out.with_axes(nest.sizes[extra:], tuple(strides)).element(nest.index[extra:])
    name = nest.fresh("sum")
    nest.line(f"{name} = {place}")
    nest.line(f"{place} = {name} + {arithmetic.cast(element, out.dtype)}")
    zero = arithmetic.literal(0, out.dtype)
    nest.totals.append(Total(0, _loops(lo, out, lambda e: f"{e} = {zero}"), []))
    nest.writes.append((target, object()))
    lo.env[target] = out


# --- products -----------------------------------------------------------------------------------------------
def norm(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """The norm of all elements, or along an axis: Euclidean, or of another order of vectors."""
    from .composed import axes_of, given

    options = given(call, 1, "ord", "axis", "keepdims")
    rank, order = views.rank(call.args[0]), options.get("ord")
    axes = axes_of(options.get("axis"), rank)
    lines = len(axes) == 1
    plain = order is None or (order == 2 and lines) or (order == "fro" and len(axes) == 2)
    if (not plain and not (lines and isinstance(order, (int, float)))) or (options.get("axis") is not None
                                                                          and len(axes) > 2):
        raise CannotLower("norm() with these arguments")
    nest, (element,) = lo.elements(call.args[:1])
    if element.kind != "f":
        raise CannotLower("norm() of complex numbers")
    dtype, keep = target.type.dtype, bool(options.get("keepdims"))
    absolute = element if plain else arithmetic.apply(nest, np.absolute, [element], dtype, False)
    if not plain and order in (np.inf, -np.inf, 1):
        kind = {1: "sum", np.inf: "max", -np.inf: "min"}[order]
        return reduce_element(lo, target, nest, absolute, axes, kind, keep)
    if plain:
        term = arithmetic.apply(nest, np.square, [element], dtype, False)
    elif order == 0:
        term = arithmetic.apply(nest, np.not_equal, [element, lo.constant(0)], np.dtype(bool), False)
    else:
        term = arithmetic.apply(nest, np.power, [absolute, lo.constant(float(order))], dtype, False)
    total = ir.Var(target.hint, target.type)
    lo.left[total] = 1
    reduce_element(lo, total, nest, term, axes, "sum", keep)
    lo.close()

    root = 1.0 / float(order) if order and order != "fro" else 1.0

    def last(sink: Any, found: Scalar) -> Scalar:
        if plain:
            return arithmetic.apply(sink, np.sqrt, [found], dtype, False, target.hint)
        return found if order == 0 else arithmetic.apply(sink, np.power, [found, lo.constant(root)],
                                                         dtype, False, target.hint)

    if isinstance(target.type, Num):
        lo.env[target] = last(lo, lo.scalar(total))
    else:
        nest, (found,) = lo.elements([total])
        lo.inner(target, nest, last(nest, found))
    lo.left[total] = 0
    return None
