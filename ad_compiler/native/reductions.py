"""Sums, means, products, extremes over axes; products of matrices and vectors; the sum that undoes broadcasting."""
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
        from .calls import converted

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
def dot(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`a @ b` and `np.dot(a, b)` of vectors and matrices."""
    if call.kwargs or len(call.args) != 2:
        raise CannotLower("a product with these arguments")
    a, b = (lo.read(x) for x in call.args)
    if isinstance(a, Scalar) or isinstance(b, Scalar):
        from .calls import elementwise

        return elementwise(lo, target, ir.Call(np.multiply, call.args))
    ranks = (views.rank(call.args[0]), views.rank(call.args[1]))
    if ranks == (1, 1):
        nest, pair = lo.elements(call.args)
        product = arithmetic.apply(nest, np.multiply, pair, target.type.dtype, False)
        return reduce_element(lo, target, nest, product, (0,), "sum")
    left, right = lo.memory(call.args[0]), lo.memory(call.args[1])
    left = lo.memory(call.args[0])
    if ranks == (2, 1):
        lo.require_equal(left.sizes[1], right.sizes[0])
        sizes, axis = left.sizes, 1
        wide, other = left, right.with_axes(sizes, (ZERO, right.strides[0]))
    elif ranks == (1, 2):
        lo.require_equal(left.sizes[0], right.sizes[0])
        sizes, axis = right.sizes, 0
        wide, other = left.with_axes(sizes, (left.strides[0], ZERO)), right
        if right.strides[0] == ONE and right.strides[1] != ONE:
            sizes, axis = right.sizes[::-1], 1
            wide, other = wide.with_axes(sizes, wide.strides[::-1]), right.with_axes(sizes, right.strides[::-1])
    elif ranks == (2, 2):
        return matrices(lo, target, left, right)
    else:
        from .contracting import inner, product

        return inner(lo, target, call) if call.function is np.dot else product(lo, target, call)
    return contract(lo, target, wide, other, sizes, axis)


def matrices(lo: Lowering, target: ir.Var, left: Arr, right: Arr) -> None:
    """By BLAS, or in loops: row by row where the right operand's rows are contiguous, else element by element."""
    (n, k), (k2, m) = left.sizes, right.sizes
    lo.require_equal(k, k2)
    if left.dtype == right.dtype == np.dtype(np.float64) and not all(s.known for s in (n, k, m)):
        return by_blas(lo, target, left, right)
    if right.strides[0] == ONE and right.strides[1] != ONE:
        sizes, axis = (n, m, k), 2
        a = left.with_axes(sizes, (left.strides[0], ZERO, left.strides[1]))
        b = right.with_axes(sizes, (ZERO, right.strides[1], right.strides[0]))
    else:
        sizes, axis = (n, k, m), 1
        a = left.with_axes(sizes, (left.strides[0], left.strides[1], ZERO))
        b = right.with_axes(sizes, (ZERO, right.strides[0], right.strides[1]))
    contract(lo, target, a, b, sizes, axis)


def by_blas(lo: Lowering, target: ir.Var, left: Arr, right: Arr) -> None:
    """A call of `gemm`, which knows the sizes and the strides."""
    (n, k), (_, m) = left.sizes, right.sizes
    lo.close()
    lo.uses("gemm")
    out = lo.allocate(left.dtype, (n, m), target)
    given = [x for a in (left, right) for x in (a.base.pointer, *map(text, (a.offset, *a.strides)))]
    lo.line(f"gemm(blas, {', '.join(given)}, {out.base.pointer}, {text(out.offset)}, {text(n)}, {text(k)}, {text(m)})")
    lo.env[target] = out


def contract(lo: Lowering, target: ir.Var, a: Arr, b: Arr, sizes: tuple[Int, ...], axis: int) -> None:
    lo.close()
    nest = lo.open(sizes)
    pair = [nest.load(a), nest.load(b)]
    product = arithmetic.apply(nest, np.multiply, pair, target.type.dtype, False)
    reduce_element(lo, target, nest, product, (axis,), "sum")
    lo.close()


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

    def last(sink: Any, found: Scalar) -> Scalar:
        if plain:
            return arithmetic.apply(sink, np.sqrt, [found], dtype, False, target.hint)
        return found if order == 0 else arithmetic.apply(sink, np.power, [found, lo.constant(1.0 / order)], dtype,
                                                         False, target.hint)

    if isinstance(target.type, Num):
        lo.env[target] = last(lo, lo.scalar(total))
    else:
        nest, (found,) = lo.elements([total])
        lo.inner(target, nest, last(nest, found))
    lo.left[total] = 0
    return None
