"""Sums along axes in adjoint code by the functions that are quick at it.

    g.sum(axis=0)           ==>         np.ones(g.shape[0]) @ g             where g is a matrix
    g.sum(axis=1)           ==>         g @ np.ones(g.shape[1])
    g.sum(axis=2)           ==>         np.einsum("ijk->ij", g)

NumPy's `sum` runs one loop for each line along the last axis that is left or taken, and a loop of a few elements costs
more than what it adds: 0.4 ms for 10000 lines of 5 elements, where the product takes 0.05 ms. Where whole planes are
added, and where everything is, `sum` stays. Only NumPy's text is written so: machine code has its own loops.
"""
from __future__ import annotations

import numpy as np

from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array
from .sums import LETTERS

_BLAS = (np.dtype(np.float64), np.dtype(np.float32))
_FULL = ir.Pack("slice", (ir.Const(None), ir.Const(None), ir.Const(None)))


def quick_sums(fn: ir.Function) -> ir.Function:
    """The function with quicker sums in the statements that are not the user's."""
    if not any(_axes(s) for s in visit.walk(fn.body)):
        return fn
    return fn.with_body(visit.replaced(fn.body, _quicker))


def _quicker(stmt: ir.Stmt) -> list[ir.Stmt] | None:
    axes = _axes(stmt)
    if not axes:
        return None
    assert isinstance(stmt, ir.Assign)
    return _quick(stmt, axes)


def _axes(stmt: ir.Stmt) -> tuple[int, ...]:
    """The axes that a statement of ours sums an array along, if there is a quicker way; else nothing."""
    if not isinstance(stmt, ir.Assign) or not (stmt.origin is None or stmt.origin.adjoint):
        return ()
    call = stmt.value
    if not isinstance(call, ir.Call) or call.function is not np.sum or call.style != "method" or len(call.args) != 1:
        return ()
    array, kwargs = call.args[0], dict(call.kwargs)
    t = array.type if isinstance(array, ir.Var) else None
    if not isinstance(t, Array) or t.dtype not in _BLAS or not 2 <= t.ndim <= len(LETTERS):
        return ()
    axes = _constant(kwargs.get("axis"))
    if kwargs.keys() - {"axis", "keepdims"} or len(axes) in (0, t.ndim):
        return ()
    planes = t.ndim - len(axes) > 1 and axes == tuple(range(len(axes)))
    return () if planes or (t.dims[-1].known and t.dims[-1].const == 1) else axes


def _constant(axis: ir.Arg | None) -> tuple[int, ...]:
    found = [axis] if isinstance(axis, ir.Const) else axis.items if isinstance(axis, ir.Pack) else ()
    values = [a.value for a in found if isinstance(a, ir.Const)]
    if len(values) == 1 and isinstance(values[0], tuple):
        values = list(values[0])
    whole = bool(values) and all(type(v) is int and v >= 0 for v in values)
    return tuple(sorted(values)) if whole and len(values) >= len(found) else ()


def _quick(stmt: ir.Assign, axes: tuple[int, ...]) -> list[ir.Stmt]:
    assert isinstance(stmt.value, ir.Call)
    array, origin = stmt.value.args[0], stmt.origin
    assert isinstance(array, ir.Var) and isinstance(array.type, Array)
    keep = bool(dict(stmt.value.kwargs).get("keepdims", ir.Const(False)).value)
    dims = tuple(d for k, d in enumerate(array.type.dims) if k not in axes)
    total = ir.Var("t", Array(array.type.dtype, dims)) if keep else stmt.target
    out: list[ir.Stmt]
    if array.type.ndim == 2:
        out = [*_product(array, axes[0], total, origin)]
    else:
        letters = LETTERS[:array.type.ndim]
        left = "".join(c for k, c in enumerate(letters) if k not in axes)
        spelled = ir.Const(f"{letters}->{left}")
        out = [ir.Assign(total, ir.Call(np.einsum, (spelled, array), (), "call", "np.einsum"), origin)]
    if keep:
        index = ir.Pack("tuple", tuple(ir.Const(None) if k in axes else _FULL for k in range(array.type.ndim)))
        out.append(ir.Assign(stmt.target, ir.Call(prims.item, (total, index), (), "index"), origin))
    return out


def _product(array: ir.Var, axis: int, total: ir.Var, origin: ir.Origin | None) -> list[ir.Stmt]:
    """The sum of a matrix along an axis as its product with a vector of ones."""
    assert isinstance(array.type, Array)
    count = ir.Var("t", type_of(ir.Const(1)))
    ones = ir.Var("t", Array(array.type.dtype, (array.type.dims[axis],)))
    single = array.type.dtype != np.float64
    shape: tuple[ir.Arg, ...] = (count, ir.Const(np.float32)) if single else (count,)
    pair = (ones, array) if axis == 0 else (array, ones)
    return [ir.Assign(count, ir.Call(prims.dim, (array, ir.Const(axis)), (), "dim"), origin),
            ir.Assign(ones, ir.Call(np.ones, shape, (), "call", "np.ones"), origin),
            ir.Assign(total, ir.Call(np.matmul, pair, (), "op"), origin)]


__all__ = ["quick_sums"]
