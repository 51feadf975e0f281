"""Iteration: what can be indexed becomes a counted loop, what is a structure is unrolled."""
from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import Array, ListOf, Num
from ..lowering import Lowering
from ..values import ExternalV, GeneratorV, HeapV, IterV, RangeV, RowsV, RowV, ShapeV, TupleV, Value
from .optional import present
from .row_objects import opened_row

INT = Num(np.dtype(np.int64))
ZERO, ONE, ENDLESS = ir.Const(0), ir.Const(1), ir.Const(sys.maxsize)


@dataclass(eq=False)
class Indexable:
    """Items by number: `for k in range(start, stop, step): item(k)`."""

    start: ir.Operand
    stop: ir.Operand
    step: ir.Operand
    item: Callable[[ir.Operand], Value]
    is_range: bool = False


def length(lo: Lowering, value: Value, node: ast.AST | None) -> ir.Operand:
    from .builtin_sequences import length_of

    out = length_of(lo, value, node)
    assert isinstance(out, (ir.Var, ir.Const))
    return out


def indexable(lo: Lowering, value: Value, node: ast.AST | None) -> Indexable:
    """The items of a value by number. What can only be read in order is collected first."""
    value = present(lo, value, node)
    match value:
        case RangeV(start, stop, step):
            return Indexable(start, stop, step, lambda k: k, is_range=True)
        case ir.Var(type=Array() | ListOf()):
            return Indexable(ZERO, length(lo, value, node), ONE, _loading(lo, value, node))
        case RowsV():
            return Indexable(ZERO, length(lo, value, node), ONE, _loading(lo, value, node))
        case IterV("part", [rows, RangeV() as numbers]):
            return replace(indexable(lo, numbers, node), item=_loading(lo, rows, node), is_range=False)
        case IterV(kind) if kind in _NUMBERED:
            return _NUMBERED[kind](lo, value, node)
        case RowV() if value.row.cls is dict:
            return indexable(lo, opened_row(lo, value), node)
        case HeapV() | RowV() if not (isinstance(value, HeapV) and value.cls in (list, dict, set)):
            from .iterators import generated

            return indexable(lo, generated(lo, value, node), node)
        case TupleV() | HeapV() | ExternalV() | ShapeV() | IterV("keys" | "values" | "items"):
            from .items import load_item
            from .unrolling import unroll_items

            items = unroll_items(lo, value)
            if items is not None:
                # read anew in each iteration: the body may change the list or the dict
                return Indexable(ZERO, ir.Const(len(items)), ONE, lambda k: load_item(
                    lo, TupleV(unroll_items(lo, value) or []), k, node, None))
        case GeneratorV() | IterV():
            from .collecting import collect

            return indexable(lo, collect(lo, value, node), node)
        case _:
            pass
    lo.fail("AD103", node, "this value cannot be iterated over here", "loop over ranges, arrays, lists or dicts")


def _loading(lo: Lowering, base: Value, node: ast.AST | None) -> Callable[[ir.Operand], Value]:
    from .items import load_item

    return lambda k: load_item(lo, base, k, node, None)


def _arithmetic(lo: Lowering, op: ast.operator, a: Value, b: Value, node: ast.AST | None) -> Any:
    from .expressions import binary

    return binary(lo, op, a, b, node, None)


def _enumerated(lo: Lowering, value: IterV, node: ast.AST | None) -> Indexable:
    source = from_zero(lo, value.parts[0], node)
    offset = value.parts[1] if len(value.parts) > 1 else ZERO

    def numbered(k: ir.Operand) -> Value:
        zero = isinstance(offset, ir.Const) and offset.value == 0
        return TupleV([k if zero else _arithmetic(lo, ast.Add(), k, offset, node), source.item(k)])

    return Indexable(ZERO, source.stop, ONE, numbered)


def _zipped(lo: Lowering, value: IterV, node: ast.AST | None) -> Indexable:
    from .iterators import partly

    with partly(lo):
        sources = [from_zero(lo, p, node) for p in value.parts]
    ends = [s.stop for s, p in zip(sources, value.parts, strict=True) if not _endless(p)]
    stop = ends[0] if ends else ENDLESS
    for other in ends[1:]:
        if other is not stop:
            stop = lo.call(min, (stop, other), type_=INT, text="min")
    return Indexable(ZERO, stop, ONE, lambda k: TupleV([s.item(k) for s in sources]))


def _endless(value: Value) -> bool:
    return isinstance(value, IterV) and (value.kind in ("count", "cycle") or (
        value.kind == "repeat" and len(value.parts) == 1))


def _reversed(lo: Lowering, value: IterV, node: ast.AST | None) -> Indexable:
    inner = value.parts[0]
    if isinstance(inner, RangeV):
        return _reversed_range(lo, inner, node)
    source = from_zero(lo, inner, node)
    stop = lo.operand(value.parts[1]) if len(value.parts) > 1 else source.stop
    assert isinstance(stop, (ir.Var, ir.Const)), "a number"

    def backwards(k: ir.Operand) -> Value:
        last = _arithmetic(lo, ast.Sub(), stop, ONE, node)
        return source.item(_arithmetic(lo, ast.Sub(), last, k, node))

    return Indexable(ZERO, stop, ONE, backwards)


def _mapped(lo: Lowering, value: IterV, node: ast.AST | None) -> Indexable:
    from .calls import call_value

    sources = [from_zero(lo, p, node) for p in value.parts]
    function = value.function
    assert function is not None
    return Indexable(ZERO, sources[0].stop, ONE, lambda k: call_value(
        lo, function, [s.item(k) for s in sources], {}, node, None))


def _pairs(lo: Lowering, value: IterV, node: ast.AST | None) -> Indexable:
    source = from_zero(lo, value.parts[0], node)

    def pair(k: ir.Operand) -> Value:
        return TupleV([source.item(k), source.item(_arithmetic(lo, ast.Add(), k, ONE, node))])

    return Indexable(ZERO, _arithmetic(lo, ast.Sub(), source.stop, ONE, node), ONE, pair)


def _counted(lo: Lowering, value: IterV, node: ast.AST | None) -> Indexable:
    """`itertools.count`, which has no end of its own."""
    start, step = (*value.parts, ZERO, ONE)[:2] if len(value.parts) != 1 else (value.parts[0], ONE)
    one = isinstance(step, ir.Const) and step.value == 1
    return Indexable(ZERO, ENDLESS, ONE, lambda k: _arithmetic(
        lo, ast.Add(), start, k if one else _arithmetic(lo, ast.Mult(), k, step, node), node))


def _cycled(lo: Lowering, value: IterV, node: ast.AST | None) -> Indexable:
    """`itertools.cycle`"""
    source = from_zero(lo, value.parts[0], node)
    return Indexable(ZERO, ENDLESS, ONE, lambda k: source.item(_arithmetic(lo, ast.Mod(), k, source.stop, node)))


def _repeated(lo: Lowering, value: IterV, node: ast.AST | None) -> Indexable:
    """`itertools.repeat`"""
    times = value.parts[1] if len(value.parts) > 1 else ENDLESS
    return Indexable(ZERO, times, ONE, lambda k: value.parts[0])


def from_zero(lo: Lowering, value: Value, node: ast.AST | None) -> Indexable:
    """The same items numbered 0, 1, 2, ..."""
    source = indexable(lo, value, node)
    if not source.is_range or (isinstance(source.start, ir.Const) and source.start.value == 0
                               and isinstance(source.step, ir.Const) and source.step.value == 1):
        return source
    assert isinstance(value, RangeV)

    def item(k: ir.Operand) -> Value:
        return _arithmetic(lo, ast.Add(), source.start, _arithmetic(lo, ast.Mult(), k, source.step, node), node)

    return Indexable(ZERO, length(lo, value, node), ONE, item)


def _reversed_range(lo: Lowering, value: RangeV, node: ast.AST | None) -> Indexable:
    def op(o: ast.operator, a: Value, b: Value) -> Any:
        return _arithmetic(lo, o, a, b, node)

    if isinstance(value.step, ir.Const) and value.step.value == 1:
        return Indexable(op(ast.Sub(), value.stop, ONE), op(ast.Sub(), value.start, ONE), ir.Const(-1),
                         lambda k: k, is_range=True)
    n = length(lo, value, node)
    last = op(ast.Add(), value.start, op(ast.Mult(), op(ast.Sub(), n, ONE), value.step))
    return Indexable(last, op(ast.Sub(), value.start, value.step), op(ast.Mult(), value.step, ir.Const(-1)),
                     lambda k: k, is_range=True)


def _ndindex(lo: Lowering, value: IterV, node: ast.AST | None) -> Indexable:
    """`np.ndindex(n, m)`: one counted loop; the numbers come from division."""
    total: Any = ONE
    for p in value.parts:
        total = _arithmetic(lo, ast.Mult(), total, p, node)

    def item(k: ir.Operand) -> Value:
        rest: Value = k
        out: list[Value] = []
        for p in reversed(value.parts):
            out.append(_arithmetic(lo, ast.Mod(), rest, p, node))
            rest = _arithmetic(lo, ast.FloorDiv(), rest, p, node)
        return TupleV(out[::-1])

    return Indexable(ZERO, total, ONE, item)


def _ndenumerate(lo: Lowering, value: IterV, node: ast.AST | None) -> Indexable:
    from .items import load_item
    from .sequences import items_of

    array = value.parts[0]
    grid = _ndindex(lo, IterV("ndindex", items_of(lo, ShapeV(array), node)), node)

    def item(k: ir.Operand) -> Value:
        index = grid.item(k)
        return TupleV([index, load_item(lo, array, index, node, None)])

    return Indexable(ZERO, grid.stop, ONE, item)


_NUMBERED: dict[str, Callable[[Lowering, IterV, ast.AST | None], Indexable]] = {
    "iter": lambda lo, value, node: from_zero(lo, value.parts[0], node),
    "enumerate": _enumerated, "zip": _zipped, "reversed": _reversed, "map": _mapped, "pairwise": _pairs,
    "count": _counted, "cycle": _cycled, "repeat": _repeated, "ndindex": _ndindex, "ndenumerate": _ndenumerate,
}
