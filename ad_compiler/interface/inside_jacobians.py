"""Jacobians inside a function that is being compiled: batched sweeps, read in place like any other emitted code."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..analysis.memory import Memory
from ..frontend.lower.inlining import call_python
from ..frontend.lower.sequences import items_of
from ..frontend.lowering import Lowering
from ..frontend.values import HeapV, PartialV, TupleV, Value
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array
from ..pipeline_batched import many_cotangents, many_tangents
from .directions import batched_or_none
from .inside import bound, floating_in, hidden_values, specialized, specs_of
from .inside_directions import NONE, structure
from .inside_one_by_one import parts_of_first, stacked
from .inside_pullbacks import InnerPullback, copied_argument, cotangent, floating_values
from .nested import moved, spec_at
from .results import result_positions
from .specialize import Specialization
from .target import resolve
from .wrt import chosen


# What is read in place: the arithmetic around the sweeps.
def units_of(x: Any) -> Any:
    """The unit vectors of an array, with their number in front."""
    return np.eye(x.size, dtype=x.dtype).reshape((x.size, *x.shape))


def no_units(x: Any, y: Any) -> Any:
    """As many zero arrays like `x` as `y` has elements."""
    return np.zeros((y.size, *x.shape), dtype=x.dtype)


def no_numbers(y: Any) -> Any:
    """As many zeros as `y` has elements."""
    return np.zeros(y.size, dtype=y.dtype)


def as_rows(bars: Any, out: Any) -> Any:
    """The cotangents for all units of `out` as a block of the Jacobian."""
    return bars.reshape((*out.shape, *bars.shape[1:]))


def as_columns(dots: Any, x: Any) -> Any:
    """The tangents along all units of `x` as a block of the Jacobian."""
    return np.moveaxis(dots, 0, -1).reshape((*dots.shape[1:], *x.shape))


def first(dots: Any) -> Any:
    return dots[0]


# --- rows -------------------------------------------------------------------------------------------------------------
def rows(lo: Lowering, out: Value, pullback: PartialV, node: Any) -> Value:
    """The Jacobian by pullbacks: the result's structure outside, the arguments' inside. (With auxiliary data `out` is a
    pair.)"""
    assert isinstance(pullback.function, ir.Const), "a pullback is a value that is known"
    inner: InnerPullback = pullback.function.value
    (record,) = pullback.args
    value = out.items[0] if inner.special.request.aux else out
    leaves = list(floating_values(value))
    many = _many(inner.special, lambda: many_cotangents(inner.special.compiled, inner.special.request.options))

    def pulled(given: list[Value]) -> list[Value]:
        return items_of(lo, call_python(lo, inner.special.compiled.rev.call, [record, *given], {}, node, None), node)

    blocks = []
    for leaf in leaves:
        if not isinstance(lo.type_of(leaf), Array):
            bars = _placed(lo, inner.special, [ir.Const(1.0) if v is leaf else _zeros_like(lo, v) for v in leaves])
            found = pulled(bars)
        else:
            given = [_inline(lo, units_of, leaf) if v is leaf else _no_units(lo, v, leaf) for v in leaves]
            bars = _placed(lo, inner.special, given)
            swept = stacked(lo, pulled, bars, node) if many is None else items_of(
                lo, call_python(lo, many.call, [record, *bars], {}, node, None), node)
            found = [_inline(lo, as_rows, bar, leaf) for bar in swept]
        numbers = iter(found)
        parts = [cotangent(lo, spec, numbers) for spec in inner.wanted]
        blocks.append(parts[0] if inner.single else TupleV(parts))
    each = iter(blocks)
    return _over_result(lo, value, each)


def _placed(lo: Lowering, special: Specialization, leaves: list[Value]) -> list[Any]:
    """Cotangents of the result's numbers as the reverse sweep takes them."""
    bars: list[Any] = [None] * len(special.compiled.out_leaves)
    for position, bar in zip(result_positions(special), leaves, strict=True):
        if position is not None:
            bars[position] = bar if bars[position] is None else lo.call(np.add, (bars[position], bar), style="op")
    return bars


def _no_units(lo: Lowering, v: Any, leaf: Value) -> Value:
    return _inline(lo, no_units, v, leaf) if isinstance(lo.type_of(v), Array) else _inline(lo, no_numbers, leaf)


def _zeros_like(lo: Lowering, v: Any) -> Value:
    return lo.call(np.zeros_like, (v,), text="np.zeros_like") if isinstance(lo.type_of(v), Array) else ir.Const(0.0)


def _inline(lo: Lowering, function: Any, *args: Value) -> Value:
    return call_python(lo, function, list(args), {}, lo.frame.source.node, None)


def _over_result(lo: Lowering, out: Any, blocks: Iterator[Value]) -> Value:
    """The blocks in the structure of the result; None for what carries no derivative."""
    if isinstance(out, TupleV):
        return TupleV([_over_result(lo, part, blocks) for part in out.items], out.cls)
    if isinstance(out, HeapV):
        parts = [_over_result(lo, part, blocks) for part in out.slots.values()]
        return structure(lo, out.cls, list(out.slots), parts)
    return next(blocks) if any(True for _ in floating_values(out)) else NONE


def _many(special: Specialization, make: Callable[[], Any]) -> Any:
    """The sweep for many cotangents or tangents; None where there is no such form."""
    if "many" not in special.extra:
        special.extra["many"] = batched_or_none(make)
    return special.extra["many"]


# --- columns ----------------------------------------------------------------------------------------------------------
def columns(lo: Lowering, f: Any, args: list[Value], kwargs: dict[str, Value], places: list[int], single: bool,
            options: Any, node: Any) -> tuple[Value, Value]:
    """The result, and its Jacobian by tangents: the result's structure outside, the arguments' inside."""
    target = resolve(f)
    function, values = bound(lo, target, args, kwargs, node)
    own = [moved(target, chosen(target, place).paths[0], values) for place in places]
    specs = specs_of(lo, values, node)
    paths = tuple(path for place in own for path in floating_in(specs, place))
    special = specialized(lo, "forward", options, function, values, paths, node)
    many = _many(special, lambda: many_tangents(special.main, len(paths), special.request.options))
    leaves = [leaf for place in places for leaf in _floating(lo, args[place])]
    out: Value = NONE
    blocks: list[list[Value]] = []
    hidden = hidden_values(lo, special, function)
    first_run = [values[name] for name in special.main.params]
    again = _for_more_runs(lo, special, first_run, node)

    def pushed(call: Any, units: list[Value], given: list[Value]) -> tuple[Value, list[Value]]:
        out, dot = items_of(lo, call_python(lo, call, [*given, *units], hidden, node, None), node)
        return out, _dots(lo, out, dot, node)

    for leaf in leaves:
        given = again() if blocks else first_run
        array = isinstance(lo.type_of(leaf), Array)
        units = [_unit(lo, leaf) if v is leaf else _none(lo, v, leaf if array else None) for v in leaves]
        if many is None:
            out, _ = pushed(special.main.call, parts_of_first(lo, units, node), given)
            dots = stacked(lo, lambda parts: pushed(special.main.call, parts, again())[1], units, node)
        else:
            out, dots = pushed(many.call, units, given)
        blocks.append([_inline(lo, as_columns, d, leaf) if array else _inline(lo, first, d) for d in dots])
    each = iter(list(zip(*blocks, strict=True)))

    def block() -> Iterator[Value]:
        for found in each:
            numbers = iter(found)
            parts = [cotangent(lo, spec_at(specs, place), numbers) for place in own]
            yield parts[0] if single else TupleV(parts)

    return out, _over_result(lo, out, block())


def _for_more_runs(lo: Lowering, special: Specialization, given: list[Value], node: Any) -> Callable[[], list[Value]]:
    """The arguments for one more run: copies of these as they are now, where the function writes into them."""
    fn = special.main.raw or special.main.function
    memory, stmts = Memory(fn), list(visit.walk(fn.body))
    for stmt in stmts:
        memory.note(stmt)
    if not any(isinstance(s, ir.Store) and memory.seen_outside(s, s.base) for s in stmts):
        return lambda: given
    kept = [copied_argument(lo, v, node) for v in given]
    return lambda: [copied_argument(lo, v, node) for v in kept]


def _floating(lo: Lowering, value: Any) -> list[Value]:
    found: list[Value] = list(floating_values(value))
    if not found:
        lo.fail("AD145", None, "this argument holds no floating-point number to differentiate by",
                "convert it to float")
    return found


def _unit(lo: Lowering, leaf: Value) -> Value:
    if isinstance(lo.type_of(leaf), Array):
        return _inline(lo, units_of, leaf)
    return lo.call(np.ones, (ir.Const(1),), text="np.ones")


def _none(lo: Lowering, v: Value, leaf: Value | None) -> Value:
    """No tangent for one argument while another has units."""
    if leaf is not None:
        return _no_units(lo, v, leaf)
    if isinstance(lo.type_of(v), Array):
        return lo.call(np.expand_dims, (_zeros_like(lo, v), ir.Const(0)), text="np.expand_dims")
    return lo.call(np.zeros, (ir.Const(1),), text="np.zeros")


def _dots(lo: Lowering, out: Any, dot: Any, node: Any) -> list[Value]:
    """The tangents of the floating numbers of a result, in order."""
    if isinstance(out, TupleV):
        return [d for part, more in zip(out.items, items_of(lo, dot, node), strict=True)
                for d in _dots(lo, part, more, node)]
    if isinstance(out, HeapV):
        slots = dot.items if isinstance(dot, TupleV) else list(dot.slots.values())
        return [d for part, more in zip(out.slots.values(), slots, strict=True) for d in _dots(lo, part, more, node)]
    return [dot] if any(True for _ in floating_values(out)) else []


__all__ = ["columns", "rows"]
