"""NumPy functions that need more than a row of the table: those that write, that ask for a shape, that index."""
from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import Array, ListOf, Num, Passive
from ..lowering import Lowering
from ..values import ShapeV, TupleV, Value
from .arrays import INT64, array_attribute, same_dtype
from .updates import note_write

_AT = {np.add.at: "+", np.subtract.at: "-", np.multiply.at: "*", np.divide.at: "/"}


def _ufunc_at(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    base = lo.operand(args[0])
    assert isinstance(base, ir.Var)
    symbol = _AT[function.value]
    if symbol not in "+-":
        lo.fail("AD107", node, "`ufunc.at` is supported for add and subtract", "write the loop out")
    lo.emit(ir.Store(base, lo.operand(args[1]), symbol, lo.number(args[2]), lo.origin, scatter=True))
    note_write(lo, base)
    return ir.Const(None)


def _copyto(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    base = lo.operand(args[0])
    assert isinstance(base, ir.Var)
    value = lo.number(args[1])
    if "where" in kwargs:
        value = lo.call(np.where, (lo.operand(kwargs["where"]), value, base), text="np.where")
    lo.emit(ir.Store(base, ir.Const(Ellipsis), "", value, lo.origin))
    note_write(lo, base)
    return ir.Const(None)


def _fill_diagonal(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                   hint: str | None) -> Value:
    base = lo.operand(args[0])
    assert isinstance(base, ir.Var) and isinstance(base.type, Array)
    n = lo.call(min, (lo.call(prims.shape, (base,), style="attribute", type_=Passive(tuple)),), type_=Num(INT64))
    k = lo.call(np.arange, (n,), text="np.arange")
    lo.emit(ir.Store(base, ir.Pack("tuple", (k,) * base.type.ndim), "", lo.number(args[1]), lo.origin))
    note_write(lo, base)
    return ir.Const(None)


def _put(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
         hint: str | None) -> Value:
    base = lo.operand(args[0])
    assert isinstance(base, ir.Var) and isinstance(base.type, Array)
    flat = base if base.type.ndim == 1 else lo.call(np.ravel, (base,), text="np.ravel")
    lo.emit(ir.Store(flat, lo.operand(args[1]), "", lo.number(args[2]), lo.origin))
    note_write(lo, base)
    return ir.Const(None)


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


def _ix(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
        hint: str | None) -> Value:
    n = len(args)
    out: list[Value] = []
    for k, a in enumerate(args):
        index = ir.Pack("tuple", tuple(ir.Pack("slice", (ir.Const(None),) * 3) if i == k else ir.Const(None)
                                       for i in range(n)))
        array = lo.call(np.asarray, (lo.operand(a),), text="np.asarray")
        out.append(lo.call(prims.item, (array, index), style="index",
                           type_=_index_type(lo, array, index)))
    return TupleV(out)


def _index_type(lo: Lowering, array: ir.Var, index: ir.Arg) -> Any:
    from ...analysis.indexing import index_type

    return index_type(array.type, index)[0]


def grid_helper(lo: Lowering, helper: Any, index: Value, node: ast.AST) -> Value:
    """`np.s_[...]` is its index; `np.r_[...]` of arrays and numbers joins them; `np.c_` stacks columns."""
    if helper in (np.s_, np.index_exp):
        return index
    items = index.items if isinstance(index, TupleV) else [index]
    parts: list[ir.Arg] = []
    for item in items:
        operand = lo.operand(item, node)
        if isinstance(operand, ir.Pack) and operand.kind == "slice":
            start, stop, step = (ir.Const({0: 0, 1: None, 2: 1}[i]) if isinstance(p, ir.Const) and p.value is None
                                 else p for i, p in enumerate(operand.items))
            operand = lo.call(np.arange, (start, stop, step), text="np.arange")
        if helper is np.r_:
            operand = lo.call(np.atleast_1d, (operand,), text="np.atleast_1d",
                              type_=_at_least_1d(lo.type_of(operand)))  # type: ignore[arg-type]
        parts.append(operand)
    function = np.concatenate if helper is np.r_ else np.column_stack
    return lo.call(function, (ir.Pack("tuple", tuple(parts)),), text=f"np.{function.__name__}", node=node)


def _at_least_1d(t: Any) -> Any:
    from ...ir.types import ONE

    return t if isinstance(t, Array) and t.ndim else Array(t.dtype, (ONE,))


ARRAY_CALLS: dict[Any, Callable[..., Value]] = {
    **dict.fromkeys(_AT, _ufunc_at), np.copyto: _copyto, np.fill_diagonal: _fill_diagonal, np.put: _put,
    np.array: _array_display, np.asarray: _array_display, np.shape: _np_shape, np.size: _np_size,
    np.ndim: _np_ndim, np.isscalar: _isscalar, np.ix_: _ix,
}
