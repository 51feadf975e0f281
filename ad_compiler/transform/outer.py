"""Outer products of vectors by broadcasting, in adjoint code: `np.outer` is a Python function of four calls.

    np.outer(u, v)          ==>         u[:, None] * v
"""
from __future__ import annotations

import numpy as np

from ..analysis.indexing import index_type
from ..ir import nodes as ir
from ..ir import prims, visit
from .defer import is_outer

_FULL = ir.Pack("slice", (ir.Const(None), ir.Const(None), ir.Const(None)))
_COLUMN = ir.Pack("tuple", (_FULL, ir.Const(None)))


def spread_outer_products(fn: ir.Function) -> ir.Function:
    """The function without `np.outer` in the statements that are not the user's."""
    if not any(_ours(s) for s in visit.walk(fn.body)):
        return fn
    return fn.with_body(visit.replaced(fn.body, _spread))


def _spread(stmt: ir.Stmt) -> list[ir.Stmt] | None:
    if not _ours(stmt):
        return None
    assert isinstance(stmt, ir.Assign)
    assert isinstance(stmt.value, ir.Call)
    u, v = stmt.value.args
    assert isinstance(u, ir.Var)
    column = ir.Var("t", index_type(u.type, _COLUMN)[0])
    return [ir.Assign(column, ir.Call(prims.item, (u, _COLUMN), (), "index"), stmt.origin),
            ir.Assign(stmt.target, ir.Call(np.multiply, (column, v), (), "op"), stmt.origin)]


def _ours(stmt: ir.Stmt) -> bool:
    return is_outer(stmt) and (stmt.origin is None or stmt.origin.adjoint)
