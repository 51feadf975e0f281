"""Calls that ask for a type, for a place among axes, whether something has items: they are answered when compiling.

    dtype = np.common_type(x, y)                            float64
    axis = np.lib.array_utils.normalize_axis_index(-1, 3)   2
    np.iterable([1.0, x])                                   True
"""
from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib import array_utils
from numpy.polynomial import polyutils

from ...ir import nodes as ir
from ...ir.types import Array, Num
from ..lowering import Lowering
from ..values import ExternalV, HeapV, TupleV, Value
from .matrices import is_matrix, is_sparse
from .raising import impossible

UNKNOWN = object()


def _answered(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    """The answer, from a small array or number of each argument's type; a call like any other if one is not known."""
    from .tables import of_table

    given = [_example(lo, a) for a in args]
    named = {name: _example(lo, v) for name, v in kwargs.items()}
    if not any(v is UNKNOWN for v in (*given, *named.values())):
        try:
            return ir.Const(function.value(*given, **named))
        except (TypeError, ValueError):
            pass  # NumPy's own error, when the call is made
    return of_table(lo, function, args, kwargs, node, hint)


def _place(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    """`normalize_axis_index` of constants."""
    from .tables import of_table

    if kwargs or not all(isinstance(a, ir.Const) for a in args):
        return of_table(lo, function, args, kwargs, node, hint)
    return _answered(lo, function, args, kwargs, node, hint)


def _index(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    """`operator.index(n)`, also as `numpy.polynomial` asks for it: an integer as it is."""
    number = lo.number(args[0], node)
    if isinstance(number, ir.Const):
        try:
            return ir.Const(operator.index(number.value))
        except TypeError as error:
            impossible(lo, TypeError, node, str(error))
    t = lo.type_of(number)
    if isinstance(t, Num) and t.kind == "i":
        return number
    impossible(lo, TypeError, node, "not an integer")
    lo.fail("AD107", node, "`operator.index` of what is no integer")


def _limits(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    """`np.finfo(x.dtype)`, `np.iinfo(int)`: what it says is read off when compiling."""
    found = _answered(lo, function, args, kwargs, node, hint)
    if isinstance(found, ir.Const):
        return ir.Const(found.value, f"np.{function.value.__name__}(np.{found.value.dtype.name})")
    return found


def _dtype(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    """`np.dtype("float64")`: NumPy has one object of each plain dtype, so `x.dtype is np.dtype("float64")` may hold."""
    from .tables import of_table

    found = _answered(lo, function, args, kwargs, node, hint) if all(isinstance(a, ir.Const) for a in args) else None
    if isinstance(found, ir.Const) and found.value.isbuiltin == 1:
        return ir.Const(found.value, f'np.dtype("{found.value.name}")')
    return of_table(lo, function, args, kwargs, node, hint)


def _sparse(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    """`scipy.sparse.issparse`"""
    return ir.Const(is_matrix(args[0]))


def _iterable(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    value = args[0]
    if isinstance(value, (ir.Const, ExternalV)):
        return ir.Const(bool(np.iterable(value.value)))
    t = lo.type_of(value) if isinstance(value, ir.Var) else None
    if isinstance(t, (Array, Num)):
        return ir.Const(isinstance(t, Array) and t.ndim > 0)
    if isinstance(value, TupleV) or (isinstance(value, HeapV) and value.cls in (list, dict)):
        return ir.Const(True)
    from .tables import of_table

    return of_table(lo, function, args, kwargs, node, hint)


def _example(lo: Lowering, value: Value) -> Any:
    """Something of the type that a value has when the program runs."""
    if isinstance(value, ir.Const):
        return value.value
    t = lo.type_of(value) if isinstance(value, ir.Var) else None
    if isinstance(t, Array):
        return np.ones((1,) * t.ndim, t.dtype)
    if isinstance(t, Num) and t.dim is None:
        one = t.dtype.type(1)
        return one.item() if t.weak else one
    return UNKNOWN


TYPE_FACTS: dict[Any, Callable[..., Value]] = dict.fromkeys(
    (np.result_type, np.common_type, np.promote_types, np.can_cast, np.iscomplexobj, np.isrealobj, np.issubdtype),
    _answered) | {array_utils.normalize_axis_index: _place, operator.index: _index,
                  polyutils._as_int: _index, np.iterable: _iterable,
                  np.dtype: _dtype, np.finfo: _limits, np.iinfo: _limits, is_sparse: _sparse}

__all__ = ["TYPE_FACTS"]
