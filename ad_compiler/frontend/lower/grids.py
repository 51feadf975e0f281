"""NumPy's index helpers: `np.r_ c_ s_ mgrid ogrid ix_`."""
from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import ONE, Array
from ..lowering import Lowering
from ..values import TupleV, Value

HELPERS: tuple[Any, ...] = (np.r_, np.c_, np.s_, np.index_exp, np.mgrid, np.ogrid)


def grid_helper(lo: Lowering, helper: Any, index: Value, node: ast.AST) -> Value:
    """`np.s_[...]` is its index; `np.r_[...]` of arrays and numbers joins them; `np.c_` stacks columns; `np.mgrid` and
    `np.ogrid` span a grid."""
    if helper in (np.s_, np.index_exp):
        return index
    if isinstance(index, ir.Const) and isinstance(index.value, tuple):  # all of them constants: `np.r_[0.5, -1.0]`
        index = TupleV([ir.Const(v) for v in index.value])
    items = index.items if isinstance(index, TupleV) else [index]
    if helper is np.r_ and items and isinstance(items[0], ir.Const) and isinstance(items[0].value, str):
        return _directed(lo, items[0].value, [_part(lo, item, node) for item in items[1:]], node)
    parts = [_part(lo, item, node) for item in items]
    if helper is np.ogrid or helper is np.mgrid:
        return _grid(lo, parts, isinstance(index, TupleV), helper is np.mgrid, node)
    if helper is np.r_:
        parts = [lo.call(np.atleast_1d, (p,), text="np.atleast_1d",
                         type_=_at_least_1d(lo.type_of(p))) for p in parts]
    function = np.concatenate if helper is np.r_ else np.column_stack
    return lo.call(function, (ir.Pack("tuple", tuple(parts)),), text=f"np.{function.__name__}", node=node)


def _directed(lo: Lowering, directive: str, parts: list[ir.Arg], node: ast.AST) -> Value:
    """`np.r_["axis,ndmin,start", ...]`: joined along an axis, with axes added so that each part has `ndmin` of them,
    its own from place `start` on (the last ones without that)."""
    if directive in ("r", "c"):
        lo.fail("AD126", node, f"np.r_[{directive!r}, ...] makes a matrix, which is not supported", "leave it out")
    given = [int(number) for number in directive.split(",")]
    axis, ndmin, start = (*given, *(1, -1)[len(given) - 1:])
    joined = [_with_axes(lo, part, ndmin, start) for part in parts]
    return lo.call(np.concatenate, (ir.Pack("tuple", tuple(joined)),), {"axis": ir.Const(axis)},
                   text="np.concatenate", node=node)


def _with_axes(lo: Lowering, part: ir.Arg, ndmin: int, start: int) -> ir.Arg:
    part = lo.call(np.atleast_1d, (part,), text="np.atleast_1d", type_=_at_least_1d(lo.type_of(part)))
    own = lo.type_of(part)
    more = ndmin - own.ndim if isinstance(own, Array) else 0
    if more <= 0 or not isinstance(own, Array):
        return part
    first = start + more + 1 if start < 0 else start
    added = (*range(first), *range(first + own.ndim, ndmin))
    return lo.call(np.expand_dims, (part, ir.Const(added)), text="np.expand_dims")


def _part(lo: Lowering, item: Value, node: ast.AST) -> ir.Arg:
    """A slice as the numbers that it means: `start:stop:step`, or `start:stop:count` with an imaginary count."""
    operand = lo.operand(item, node)
    if isinstance(operand, ir.Pack) and operand.kind in ("list", "tuple"):
        return lo.call(np.array, (operand,), text="np.array", node=node)
    if not isinstance(operand, ir.Pack) or operand.kind != "slice":
        return operand
    start, stop, step = (ir.Const({0: 0, 1: None, 2: 1}[i]) if isinstance(p, ir.Const) and p.value is None
                         else p for i, p in enumerate(operand.items))
    if isinstance(step, ir.Const) and isinstance(step.value, complex):
        return lo.call(np.linspace, (start, stop, ir.Const(int(abs(step.value)))), text="np.linspace")
    return lo.call(np.arange, (start, stop, step), text="np.arange")


def _grid(lo: Lowering, parts: list[ir.Arg], several: bool, dense: bool, node: ast.AST) -> Value:
    if not several:
        return parts[0]
    n = len(parts)
    if dense:
        grids = lo.call(np.meshgrid, parts, {"indexing": ir.Const("ij")}, text="np.meshgrid", node=node)
        return lo.call(np.stack, (grids,), text="np.stack", node=node)
    return TupleV([_along(lo, p, k, n) for k, p in enumerate(parts)])


def _along(lo: Lowering, part: ir.Arg, axis: int, n: int) -> Value:
    """A one-dimensional array along an axis of n."""
    from ...analysis.indexing import index_type

    index = ir.Pack("tuple", tuple(ir.Pack("slice", (ir.Const(None),) * 3) if i == axis else ir.Const(None)
                                   for i in range(n)))
    t = lo.type_of(part)
    assert isinstance(t, Array)
    return lo.call(prims.item, (part, index), style="index", type_=index_type(t, index)[0])


def open_mesh(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    """`np.ix_(rows, columns)`"""
    arrays = [lo.call(np.asarray, (lo.operand(a),), text="np.asarray") for a in args]
    places = [lo.call(np.flatnonzero, (a,), text="np.flatnonzero") if _is_mask(lo, a) else a for a in arrays]
    return TupleV([_along(lo, a, k, len(args)) for k, a in enumerate(places)])


def _is_mask(lo: Lowering, array: Any) -> bool:
    t = lo.type_of(array)
    return isinstance(t, Array) and t.dtype == np.bool_


def _at_least_1d(t: Any) -> Any:
    return t if isinstance(t, Array) and t.ndim else Array(t.dtype, (ONE,))
