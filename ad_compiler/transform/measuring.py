"""Reverse sweeps that read an array's shape and nothing else of it: the shape is recorded, and not the array.

    t = a + b                                     t = a + b
    t_saved.append(t)                             shape_saved.append(t.shape)
    ...                               ==>         ...
    t = t_saved[k]                                shape = shape_saved[k]
    a_bar += sum_to_shape(g, t.shape)             a_bar += sum_to_shape(g, shape)
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Array, Num, Seq, Type
from .shape_sources import ShapeSources, measured, values_of

_INDEX = np.dtype(np.int64)
#: arrays of the shape of another, by how they are made from the shape
_MADE = {np.zeros_like: np.zeros, np.ones_like: np.ones}
Recorder = Callable[[str, ir.Call, Type], ir.Var]


class Measures:
    """Which statements of a reverse sweep read only shapes, of arrays that it has no other need of."""

    def __init__(self, fn: ir.Function, definition: Callable[[ir.Var], ir.Assign | None]) -> None:
        def value(var: ir.Var) -> ir.Expr | None:
            made = definition(var)
            return None if made is None else made.value

        self._sources = ShapeSources((*fn.params, *fn.keywords), value, lambda: values_of(fn))

    def read(self, stmt: ir.Stmt) -> ir.Var | None:
        """The array that a statement reads nothing but the shape of, if it can do with the shape."""
        array = measured(stmt)
        if array is None or not isinstance(stmt, ir.Assign) or not isinstance(stmt.value, ir.Call):
            return None
        call = stmt.value
        like = call.style == "call"
        made = like and call.function in _MADE and len(call.args) == 1 and not call.kwargs
        return array if made or not like else None

    def instead(self, stmt: ir.Assign, at_hand: Callable[[ir.Var], bool], record: Recorder) -> list[ir.Stmt]:
        """The statement without the array: by arguments of the same sizes, or by a recorded shape."""
        call = stmt.value
        assert isinstance(call, ir.Call)
        other = self._other(call, at_hand)
        if other is not None:
            return [ir.Assign(stmt.target, other, stmt.origin)]
        array = call.args[0]
        assert isinstance(array, ir.Var) and isinstance(array.type, Array)
        if call.function is prims.attribute:
            return [ir.Assign(stmt.target, record("size", call, stmt.target.type), stmt.origin)]
        kind = Seq(tuple(Num(_INDEX, dim=d) for d in array.type.dims))
        whole = ir.Call(prims.shape, (array,), (), "attribute")
        if call.style == "call":
            same = self._other(whole, at_hand)
            if same is not None:
                shape = ir.Var("t", kind)
                return [ir.Assign(shape, same, stmt.origin),
                        ir.Assign(stmt.target, _new(call.function, array.type, shape), stmt.origin)]
            sizes = self._sizes(array, at_hand)
            if sizes:
                pack = ir.Pack("tuple", tuple(s.target for s in sizes))
                return [*sizes, ir.Assign(stmt.target, _new(call.function, array.type, pack), stmt.origin)]
        shape = record("shape", whole, kind)
        if call.function is prims.shape:
            return [ir.Assign(stmt.target, shape, stmt.origin)]
        if call.function is prims.dim:
            return [ir.Assign(stmt.target, ir.Call(prims.item, (shape, call.args[1]), (), "index"), stmt.origin)]
        return [ir.Assign(stmt.target, _new(call.function, array.type, shape), stmt.origin)]

    def _other(self, call: ir.Call, at_hand: Callable[[ir.Var], bool]) -> ir.Call | None:
        """The same read of an argument of the function."""
        found = self._sources.other(call)
        source = None if found is None else found.args[0]
        return found if isinstance(source, ir.Var) and at_hand(source) else None

    def _sizes(self, array: ir.Var, at_hand: Callable[[ir.Var], bool]) -> list[ir.Assign]:
        """The sizes of an array one by one, each that of an argument; nothing if one of them is not."""
        assert isinstance(array.type, Array)
        out: list[ir.Assign] = []
        for axis, dim in enumerate(array.type.dims):
            found = self._other(ir.Call(prims.dim, (array, ir.Const(axis)), (), "dim"), at_hand)
            if found is None:
                return []
            out.append(ir.Assign(ir.Var("t", Num(_INDEX, dim=dim)), found))
        return out


def _new(function: Any, t: Array, shape: ir.Arg) -> ir.Call:
    """`np.zeros(shape)` for `np.zeros_like` of an array of type `t`."""
    made = _MADE[function]
    kind = () if t.dtype == np.float64 else (ir.Const(t.dtype.type, f"np.{t.dtype.name}"),)
    return ir.Call(made, (shape, *kind), (), "call", f"np.{made.__name__}")


__all__ = ["Measures"]
