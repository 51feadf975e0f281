"""Functions that join the arrays of a run-time list into one: which join it is, and its adjoint.

The cotangent of the result is taken apart again, cell by cell. How long a part is says the cell of the shadow list,
which has the shape of its item:

    y = np.concatenate(xs, axis=1)          at = 0
                                            for k in range(len(xs_bar)):
                                                n = xs_bar[k].shape[1]
                                                xs_bar[k] += y_bar[:, at:at + n]
                                                at = at + n
"""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Array, ListOf, Num

if TYPE_CHECKING:
    from .reverse import Reverse

_INT = Num(np.dtype(np.int64))
FUNCTIONS = {np.array, np.asarray, np.stack, np.concatenate, np.concat, np.vstack, np.hstack, np.column_stack,
             np.dstack}


def join(call: ir.Call) -> tuple[str, int] | None:
    """How a call joins the items of its list: ("stack" or "concatenate", axis); None if that is not known.

    ("layers", 2) is `np.dstack` of vectors, whose result has an axis of size one in front."""
    if call.function not in FUNCTIONS:
        return None
    items = call.args[0].type.item
    ndim = items.ndim if isinstance(items, Array) else 0
    named = dict(call.kwargs)
    axis = named.pop("axis", call.args[1] if len(call.args) > 1 else ir.Const(0))
    if named or len(call.args) > 2 or not isinstance(axis, ir.Const) or not isinstance(axis.value, int):
        return None
    return _join(call.function, ndim, axis.value, len(call.args) + len(call.kwargs) > 1)


def _join(function: object, ndim: int, axis: int, given: bool) -> tuple[str, int] | None:
    if function in (np.stack, np.concatenate, np.concat):
        stacks = function is np.stack
        size = ndim + stacks
        return ("stack" if stacks else "concatenate", axis % size) if size else None
    if given:
        return None
    if function in (np.array, np.asarray):
        return "stack", 0
    if ndim == 0:
        return ("stack", 0) if function is np.hstack else None
    if function is np.vstack:
        return ("stack" if ndim == 1 else "concatenate"), 0
    if function is np.hstack:
        return "concatenate", 0 if ndim == 1 else 1
    if function is np.column_stack:
        return ("stack" if ndim == 1 else "concatenate"), 1
    return ("concatenate" if ndim > 2 else "stack" if ndim == 2 else "layers"), 2


def take_apart(rev: Reverse, shadow: ir.Var, how: tuple[str, int], bar: ir.Operand, like: ListOf, shared: bool) -> None:
    """Add the parts of the cotangent of a joined list to the cells; with `shared`, in the cells' own memory."""
    e = rev.emitter
    kind, axis = how
    n = e.call(len, (shadow,), text="len", type_=_INT)
    k = ir.Var("k", _INT)
    at = ir.Var("at", _INT)
    if kind == "concatenate":
        e.emit(ir.Copy((at,), (ir.Const(0),), e.origin))
    outer, e.block = e.block, ir.Block()
    cell = e.call(prims.item, (shadow, k), style="index", type_=like.item)
    stop: ir.Var | None = None
    if kind == "concatenate":
        size = e.call(prims.dim, (cell, ir.Const(axis)), style="dim", type_=_INT)
        stop = e.call(np.add, (at, size), style="op", type_=_INT)
    _add_part(rev, shadow, k, cell, bar, _index(kind, axis, k, at, stop), like, shared)
    if stop is not None:
        e.emit(ir.Copy((at,), (stop,), e.origin))
    body, e.block = e.block, outer
    e.emit(ir.For(k, ir.Const(0), n, ir.Const(1), body, e.origin))


def _index(kind: str, axis: int, k: ir.Var, at: ir.Var, stop: ir.Var | None) -> ir.Arg:
    none = ir.Const(None)
    whole = ir.Pack("slice", (none, none, none))
    if kind == "layers":
        return ir.Pack("tuple", (ir.Const(0), whole, k))
    part: ir.Arg = k if kind == "stack" else ir.Pack("slice", (at, stop, none))
    return part if axis == 0 else ir.Pack("tuple", (*[whole] * axis, part))


def _add_part(rev: Reverse, shadow: ir.Var, k: ir.Var, cell: ir.Var, bar: ir.Operand, index: ir.Arg, like: ListOf,
              shared: bool) -> None:
    e = rev.emitter
    item = like.item
    assert item is not None, "a list that is joined has items"
    t = type_of(bar)
    part = bar
    if isinstance(t, (Array, ListOf)):
        part = e.call(prims.item, (bar, index), style="index", type_=t.item if isinstance(t, ListOf) else None)
    if isinstance(item, ListOf):
        take_apart(rev, cell, ("stack", 0), part, item, shared)
    elif shared and isinstance(item, Array):
        e.emit(ir.Store(cell, None, "+", part, e.origin))
    else:
        new = e.call(np.add, (cell, part), style="op")
        e.emit(ir.Store(shadow, k, "", new, e.origin))


__all__ = ["FUNCTIONS", "join", "take_apart"]
