"""Functions given by samples, and what runs along a line: interp, trapezoid, scan, polynomials, gradient."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num
from ..support import sampling
from ..support.reducing import scan
from . import arithmetic, indices, views
from .arithmetic import F8
from .composed import given
from .elementwise import give
from .joining import as_array
from .lower import Lowering
from .values import Arr, Scalar
from .writer import ONE, ZERO, CannotLower, Int, text


def line_of(lo: Lowering, arg: ir.Arg) -> Arr:
    """A line of float64 numbers."""
    array = lo.memory(as_array(lo, arg))
    if len(array.sizes) != 1 or array.dtype != F8:
        raise CannotLower("samples that are no line of numbers")
    return array


class Cell:
    """Where `np.interp` looks: the lines that find, for the number `x`, the node to its left, and the weight of the one
    to its right. `place` is the node, -1 below all nodes and their number above them."""

    def __init__(self, sink: Any, x: str, nodes: Arr, n: str) -> None:
        low, high, middle = (sink.fresh(h) for h in ("low", "high", "middle"))
        self.place, self.node, self.right = (sink.fresh(h) for h in ("place", "node", "right"))
        self.weight, gap = sink.fresh("weight"), sink.fresh("gap")
        at = nodes.element
        for line in (f"{low} = 0", f"{high} = {n}", f"while {low} < {high}:", f"    {middle} = ({low} + {high}) >> 1",
                     f"    if {at((middle,))} <= {x} or {x} != {x}:", f"        {low} = {middle} + 1", "    else:",
                     f"        {high} = {middle}", f"{self.node} = min(max({low} - 1, 0), max({n} - 2, 0))",
                     f"{self.right} = min({self.node} + 1, {n} - 1)",
                     f"{gap} = {at((self.right,))} - {at((self.node,))}",
                     f"{self.weight} = ({x} - {at((self.node,))}) / (1.0 if {gap} == 0.0 else {gap})",
                     f"{self.place} = -1 if {x} < {at(('0',))} else ({n} if {x} > {at((f'({n} - 1)',))} "
                     f"else {self.node})"):
            sink.line(line)
        self.gap = gap


def interp(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.interp(x, xp, fp, left, right)`, and `interp_slope(x, xp, fp)`: the slope of the piece that `x` lies on."""
    slope = call.function is sampling.interp_slope
    if set(dict(call.kwargs)) - {"left", "right"} or call.args[5:]:
        raise CannotLower("interp() of a periodic function")
    nodes, values = (line_of(lo, a) for a in call.args[1:3])
    nodes = line_of(lo, call.args[1])
    ends = [views.argument(call, 3, "left"), views.argument(call, 4, "right")]
    ends = [None if e is None or indices._is_const(e, None) else lo.scalar(e) for e in ends]
    lo.require_equal(nodes.sizes[0], values.sizes[0])
    n = text(nodes.sizes[0])
    lo.w.fail_if(f"{n} < {2 if slope else 1}")
    lo.close()
    number = isinstance(target.type, Num)
    sink: Any = lo
    if number:
        value = lo.scalar(call.args[0])
    else:
        sink, (value,) = lo.elements(call.args[:1])
        sink.reads += [(nodes.owner, object()), (values.owner, object())]
    x = arithmetic.simple(sink, arithmetic.cast(value, F8))
    cell = Cell(sink, x, nodes, n)
    left, right = values.element((cell.node,)), values.element((cell.right,))
    if slope:
        found = f"(({right} - {left}) / {cell.gap} if 0 <= {cell.place} < {n} else 0.0)"
    else:
        low, high = (arithmetic.cast(e, F8) if e is not None else values.element((place,)) for e, place in zip(
            ends, ("0", f"({n} - 1)"), strict=True))
        steep = sink.fresh("steep")
        sink.line(f"{steep} = ({right} - {left}) / (1.0 if {cell.gap} == 0.0 else {cell.gap})")
        inner, node = sink.fresh("inner"), nodes.element((cell.node,))
        for line in (  # from the other end where the one is infinite, as NumPy does
                f"{inner} = {left} if {x} == {node} else {left} + {steep} * ({x} - {node})",
                f"if {inner} != {inner}:",
                f"    {inner} = {right} + {steep} * ({x} - {nodes.element((cell.right,))})",
                f"    if {inner} != {inner} and {left} == {right}:", f"        {inner} = {left}"):
            sink.line(line)
        above = f"({high} if {cell.place} >= {n} else {inner})"
        found = f"({x} if {x} != {x} else ({low} if {cell.place} < 0 else {above}))"
    name = sink.fresh(target.hint)
    sink.line(f"{name} = {found}")
    give(lo, target, sink, Scalar(name, F8, False))


def interp_transposed(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """The cotangent of the samples under `np.interp(x, xp, fp)`."""
    with_left, with_right = (views.static(a) for a in call.args[3:5])
    nodes = line_of(lo, call.args[2])
    n = text(nodes.sizes[0])
    lo.w.fail_if(f"{n} < 1")
    if not isinstance(target.type, Array) or target.type.dtype != F8:
        raise CannotLower("interp() of single precision")
    lo.close()
    out = lo.allocate(F8, nodes.sizes, target)
    nest = lo.open(nodes.sizes)
    nest.store(out, "0.0")
    lo.close()
    sink: Any = lo
    if all(isinstance(getattr(a, "type", None), Array) for a in call.args[:1]):
        sink, (v, value) = lo.elements(call.args[:2])
        sink.reads.append((nodes.owner, object()))
        sink.writes.append((target, object()))
    else:
        v, value = (lo.scalar(a) for a in call.args[:2])
    x, g = (arithmetic.simple(sink, arithmetic.cast(s, F8)) for s in (value, v))
    cell = Cell(sink, x, nodes, n)
    left, right = out.element((cell.node,)), out.element((cell.right,))
    sink.line(f"if 0 <= {cell.place} < {n}:")
    sink.line(f"    {left} = {left} + {g} * (1.0 - {cell.weight})")
    sink.line(f"    {right} = {right} + {g} * {cell.weight}")
    for condition, place, given_end in ((f"{cell.place} < 0", "0", with_left),
                                        (f"{cell.place} == {n}", f"({n} - 1)", with_right)):
        if not given_end:
            sink.line(f"if {condition}:")
            sink.line(f"    {out.element((place,))} = {out.element((place,))} + {g}")
    lo.close()
    lo.env[target] = out


def linear_recurrence(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`scan(factors, terms, axis, reverse)`: `y[k] = factors[k] * y[k-1] + terms[k]` along an axis."""
    t, axis = target.type, views.static(call.args[2])
    backward = bool(views.static(views.argument(call, 3, "reverse") or ir.Const(False)))
    if not isinstance(t, Array) or t.dtype.kind not in "fc":
        raise CannotLower("scan() of integers")
    factors, terms = (lo.memory(a) for a in call.args[:2])
    factors = lo.memory(call.args[0])
    sizes = lo.broadcast([factors.sizes, terms.sizes])
    factors, terms = lo.fit(factors, sizes), lo.fit(terms, sizes)
    along = axis % len(sizes)
    lo.close()
    out = lo.allocate(t.dtype, sizes, target)
    names = [lo.fresh("k") for _ in sizes]
    last = text(sizes[along])
    order = [k for k in range(len(sizes)) if k != along] + [along]
    for k in order:
        header = f"range({last} - 1, -1, -1)" if k == along and backward else f"range({text(sizes[k])})"
        lo.w.open(f"for {names[k]} in {header}:")
    here, beside, ahead = list(names), list(names), list(names)
    beside[along] = f"({names[along]} {'+' if backward else '-'} 1)"
    ahead[along] = beside[along] if backward else names[along]
    term = arithmetic.cast(Scalar(terms.element(tuple(here)), terms.dtype), t.dtype)
    factor = arithmetic.cast(Scalar(factors.element(tuple(ahead)), factors.dtype), t.dtype)
    first = f"{names[along]} == {last} - 1" if backward else f"{names[along]} == 0"
    lo.line(f"if {first}:")
    lo.line(f"    {out.element(tuple(here))} = {term}")
    lo.line("else:")
    lo.line(f"    {out.element(tuple(here))} = {term} + {factor} * {out.element(tuple(beside))}")
    for _ in names:
        lo.w.close()
    lo.env[target] = out


def polynomial(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.polyval(p, x)`: Horner's rule."""
    p = lo.memory(as_array(lo, call.args[0]))
    dtype = target.type.dtype
    if len(p.sizes) != 1 or dtype.kind not in "fci":
        raise CannotLower("polyval() with these arguments")
    lo.close()
    number = isinstance(target.type, Num)
    sink: Any = lo
    if number:
        value = lo.scalar(call.args[1])
    else:
        sink, (value,) = lo.elements(call.args[1:2])
        sink.reads.append((p.owner, object()))
    x = arithmetic.simple(sink, arithmetic.cast(value, dtype))
    name, k = sink.fresh(target.hint), sink.fresh("k")
    sink.line(f"{name} = {arithmetic.literal(0, dtype)}")
    sink.line(f"for {k} in range({text(p.sizes[0])}):")
    sink.line(f"    {name} = {name} * {x} + {arithmetic.cast(Scalar(p.element((k,)), p.dtype), dtype)}")
    give(lo, target, sink, Scalar(name, dtype, False))


def derivative_of_polynomial(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.polyder(p)`"""
    p, t = lo.memory(as_array(lo, call.args[0])), target.type
    if given(call, 1, "m").get("m", 1) != 1 or len(p.sizes) != 1 or not isinstance(t, Array):
        raise CannotLower("polyder() of higher order")
    n = p.sizes[0]
    lo.w.fail_if(f"{text(n)} < 1")
    nest = lo.open((n - 1,))
    factor = Scalar(f"({text(n - 1)} - {nest.index[0]})", arithmetic.I8)
    element = nest.load(p.with_axes((n - 1,), p.strides))
    lo.inner(target, nest, arithmetic.apply(nest, np.multiply, [element, factor], t.dtype, False, target.hint))


def powers(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.vander(x, N, increasing)`: by repeated products."""
    x, t = lo.memory(as_array(lo, call.args[0])), target.type
    columns, rising = views.argument(call, 1, "N"), views.argument(call, 2, "increasing")
    if not isinstance(t, Array) or len(x.sizes) != 1 or t.dtype.kind not in "fci":
        raise CannotLower("vander() with these arguments")
    n = x.sizes[0] if columns is None or indices._is_const(columns, None) else lo.integer(columns)
    forward = rising is not None and bool(views.static(rising))
    lo.close()
    out = lo.allocate(t.dtype, (x.sizes[0], n), target)
    i, j, power = lo.fresh("i"), lo.fresh("j"), lo.fresh("power")
    with lo.w.block(f"for {i} in range({text(x.sizes[0])}):"):
        lo.line(f"{power} = {arithmetic.literal(1, t.dtype)}")
        with lo.w.block(f"for {j} in range({text(n)}):"):
            lo.line(f"{out.element((i, j if forward else f'({text(n - 1)} - {j})'))} = {power}")
            lo.line(f"{power} = {power} * {arithmetic.cast(Scalar(x.element((i,)), x.dtype), t.dtype)}")
    lo.env[target] = out


def trapezoid_weights(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """The weight of each sample under `np.trapezoid` along the last axis: half of the steps on either side."""
    x, dx, extent, dtype, axis = call.args
    sizes = lo.integers(extent)
    k, t = views.static(axis) % len(sizes), target.type
    spaced = not indices._is_const(x, None)
    if np.dtype(views.static(dtype)) != F8 or not isinstance(t, Array) or (spaced and views.rank(x) != 1):
        raise CannotLower("trapezoid() with these arguments")
    n = sizes[k]
    lo.w.fail_if(f"{text(n)} < 2")
    places = lo.memory(x) if spaced else None
    step = None if spaced else arithmetic.simple(lo, arithmetic.cast(lo.scalar(dx), F8))
    lo.close()
    shape: tuple[Int, ...] = tuple(n if j == k else ONE for j in range(len(sizes)))
    out = lo.allocate(F8, (n,), target)
    i, low, high = lo.fresh("i"), lo.fresh("low"), lo.fresh("high")
    with lo.w.block(f"for {i} in range({text(n)}):"):
        for name, a, b, ok in ((low, f"({i} - 1)", i, f"{i} > 0"), (high, i, f"({i} + 1)", f"{i} + 1 < {text(n)}")):
            value = step if places is None else f"{places.element((b,))} - {places.element((a,))}"
            lo.line(f"{name} = {value} if {ok} else 0.0")
        lo.line(f"{out.element((i,))} = 0.5 * ({high} + {low})")
    lo.env[target] = out.with_axes(shape, tuple(ONE if j == k else ZERO for j in range(len(sizes))))


HANDLERS: dict[Any, Any] = {
    np.interp: interp, sampling.interp_slope: interp, sampling.interp_transposed: interp_transposed,
    scan: linear_recurrence, np.polyval: polynomial, np.polyder: derivative_of_polynomial, np.vander: powers,
    sampling.trapezoid_weights: trapezoid_weights,
}
