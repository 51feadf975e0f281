"""NumPy functions that need more than a row of the table: those that write, or ask for a shape."""
from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import Array, ListOf, Num
from ..lowering import Lowering
from ..values import ShapeV, TupleV, Value
from .array_writes import WRITING
from .arrays import array_attribute, same_dtype
from .grids import open_mesh


def _array_display(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                   hint: str | None) -> Value:
    """`np.array` of numbers, of nested displays, of an array (a copy)."""
    from .collecting import collect
    from .tables import call_table

    first = args[0]
    from ..values import GeneratorV, IterV, RangeV

    if isinstance(first, (GeneratorV, IterV, RangeV)):
        first = collect(lo, first, node)
    t = lo.type_of(first) if isinstance(first, (ir.Var, ir.Const)) else None
    if function.value is np.asarray and isinstance(t, Array) and len(args) == 1 and same_dtype(t, kwargs.get("dtype")):
        return first
    if isinstance(t, ListOf) and isinstance(t.item, Array):
        return lo.call(np.stack, (lo.operand(first),), text="np.stack", hint=hint)
    out = call_table(lo, function, [first, *args[1:]], kwargs, node, hint)
    assert out is not None
    return out


def _np_shape(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    array = lo.number(args[0], node)
    return ShapeV(array) if isinstance(lo.type_of(array), Array) else TupleV([])


def _np_size(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    base = lo.operand(lo.number(args[0], node))
    if isinstance(base, ir.Var) and isinstance(base.type, Array):
        if len(args) > 1:
            from .items import load_item

            return load_item(lo, ShapeV(base), args[1], node, hint)
        return array_attribute(lo, base, "size", node, hint)
    return ir.Const(1)


def _np_ndim(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    t = lo.type_of(lo.number(args[0]))
    return ir.Const(t.ndim if isinstance(t, Array) else 0)


def _isscalar(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    return ir.Const(isinstance(lo.type_of(args[0]), Num))


ARRAY_CALLS: dict[Any, Callable[..., Value]] = {
    **WRITING,
    np.array: _array_display, np.asarray: _array_display, np.shape: _np_shape, np.size: _np_size,
    np.ndim: _np_ndim, np.isscalar: _isscalar, np.ix_: open_mesh,
}
