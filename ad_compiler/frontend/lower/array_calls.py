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


def _einsum(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    """`np.einsum`; of one array without a sum it is a view, of which the writes and reads are those of the array."""
    from .tables import call_table

    text = args[0].value if isinstance(args[0], ir.Const) else None
    if isinstance(text, str) and len(args) == 2 and not kwargs and text.count("->") == 1 and "." not in text:
        array = lo.number(args[1], node)
        before, after = text.replace(" ", "").split("->")
        if isinstance(array, ir.Var) and isinstance(array.type, Array) and set(before) == set(after) and (
                len(before) == array.type.ndim):
            view = _looked_at(lo, array, before, after, hint)
            if view is not None:
                return view
    out = call_table(lo, function, args, kwargs, node, hint)
    assert out is not None
    return out


def _looked_at(lo: Lowering, array: ir.Var, before: str, after: str, hint: str | None) -> Value | None:
    """`np.einsum('iij->ji', a)` as the diagonal of a transpose; None where it is no single diagonal at the end."""
    if len(before) == len(after):
        axes = tuple(before.index(letter) for letter in after)
        return lo.call(np.transpose, (array, ir.Const(axes)), text="np.transpose", hint=hint)
    last = after[-1]
    if len(before) != len(after) + 1 or before.count(last) != 2:
        return None
    axes = (*(before.index(letter) for letter in after), before.rindex(last))
    if axes != tuple(range(len(axes))):
        array = lo.call(np.transpose, (array, ir.Const(axes)), text="np.transpose", hint=hint)
    n = len(axes)
    places = () if n == 2 else (ir.Const(0), ir.Const(n - 2), ir.Const(n - 1))
    return lo.call(np.diagonal, (array, *places), text="np.diagonal", hint=hint)


ARRAY_CALLS: dict[Any, Callable[..., Value]] = {
    **WRITING,
    np.array: _array_display, np.asarray: _array_display, np.shape: _np_shape, np.size: _np_size,
    np.ndim: _np_ndim, np.isscalar: _isscalar, np.ix_: open_mesh, np.einsum: _einsum,
}
